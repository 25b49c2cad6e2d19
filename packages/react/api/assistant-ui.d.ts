import { ChatActions, ChatStore, Message } from "@automna/client";
import { AssistantRuntime, ThreadMessageLike } from "@assistant-ui/react";
/**
 * A message as assistant-ui reads it. What it has no place for (delivery, usage, model, error) is in `metadata.custom`.
 * A person's files and pictures without an address are its `attachments`, by name alone.
 * {@link useAssistantUiRuntime} does it already; this is for a runtime of your own.
 *
 * @example
 * ```ts
 * import { selectMessages } from "@automna/client";
 * import { useChatRuntime } from "@automna/react";
 * import { convertMessage } from "@automna/react/assistant-ui";
 *
 * const { store } = useChatRuntime();
 * const messages = selectMessages(store.getState()).map((message) => convertMessage(message));
 * ```
 */
declare function convertMessage(message: Message): ThreadMessageLike;
/** Gives the file that is to be sent in place of the one that was chosen: smaller, or without its metadata. */
type PrepareFile = (file: File) => File | Promise<File>;
/** Texts that were typed but not sent, one for each session. */
interface Drafts {
  /** The session's text, `""` where there is none. */
  get(sessionKey: string): string;
  /** Keeps a text; `""` forgets it. */
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
/** What {@link useAssistantUiRuntime} leaves to its host. */
interface AssistantUiOptions {
  /** Gives the file that is attached in place of a chosen one: smaller, or without its metadata. */
  readonly prepareFile?: PrepareFile;
  /** Told why a message was not sent; it is in the composer again, but for one that was edited. */
  readonly onRefused?: (sentences: readonly string[]) => void;
}
/**
 * A gateway's chat for assistant-ui's components: messages, sending with attachments, stop, edit, regenerate, and the
 * sessions as its thread list, each with what this person may do to it in `custom` ({@link SessionRights}). Delivery,
 * reconnecting and history stay with the chat's own store.
 *
 * @param own default: the runtime of the nearest `ChatProvider`
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { AssistantRuntimeProvider, ThreadPrimitive } from "@assistant-ui/react";
 * import { useClawdbotRuntime } from "@automna/react";
 * import { useAssistantUiRuntime } from "@automna/react/assistant-ui";
 *
 * function Chat({ children }: { children: React.ReactNode }) {
 *   const runtime = useAssistantUiRuntime(useClawdbotRuntime({ gatewayUrl, authToken }));
 *   return (
 *     <AssistantRuntimeProvider runtime={runtime}>
 *       <ThreadPrimitive.Root>{children}</ThreadPrimitive.Root>
 *     </AssistantRuntimeProvider>
 *   );
 * }
 * ```
 */
declare function useAssistantUiRuntime(own?: ChatRuntime, options?: AssistantUiOptions): AssistantRuntime;
/** What a person may do to a session: `custom` of assistant-ui's thread list items. */
type SessionRights = {
  readonly canRename: boolean;
  readonly canDelete: boolean;
};
export { type AssistantUiOptions, type SessionRights, convertMessage, useAssistantUiRuntime };
