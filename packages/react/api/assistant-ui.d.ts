import { ChatActions, ChatStore, Message } from "@automna/client";
import { AssistantRuntime, ThreadMessageLike } from "@assistant-ui/react";
/**
 * A message as assistant-ui reads it. What it has no place for (delivery, usage, model, error) is in `metadata.custom`.
 */
declare function convertMessage(message: Message): ThreadMessageLike;
/** Texts that were typed but not sent, one for each session. */
interface Drafts {
  get(sessionKey: string): string;
  set(sessionKey: string, text: string): void;
}
/**
 * One chat with one gateway, outside of React: the same object for as long as the gateway and the identity stay the
 * same. Give it to {@link ChatProvider}, to `<AutomnaChat runtime>` or to the selector hooks.
 */
interface ChatRuntime {
  /** State, subscription and life cycle. */
  readonly store: ChatStore;
  /** What a person can do. Stable: may be a dependency of an effect. */
  readonly actions: ChatActions;
  /** What was typed but not sent. */
  readonly drafts: Drafts;
}
/**
 * A gateway's chat for assistant-ui's components: messages, sending with attachments, stop, edit, regenerate, and the
 * sessions as its thread list. Delivery, reconnecting and history stay with the chat's own store.
 *
 * @param own default: the runtime of the nearest `ChatProvider`
 *
 * @example
 * ```tsx
 * import { AssistantRuntimeProvider } from "@assistant-ui/react";
 *
 * const chat = useClawdbotRuntime({ gatewayUrl, authToken });
 * const runtime = useAssistantUiRuntime(chat);
 * return <AssistantRuntimeProvider runtime={runtime}><Thread /></AssistantRuntimeProvider>;
 * ```
 */
declare function useAssistantUiRuntime(own?: ChatRuntime): AssistantRuntime;
export { convertMessage, useAssistantUiRuntime };
