"use client";

import { messageText, type ChatActions, type Message } from "@automna/client";
import { useExternalStoreRuntime, type AppendMessage, type AssistantRuntime } from "@assistant-ui/react";
import { useMemo, useSyncExternalStore } from "react";

import {
  useCapabilities,
  useHistory,
  useIsRunning,
  useSessionKey,
  useSessions,
} from "../runtime/chat-hooks.ts";
import type { ChatRuntime } from "../runtime/chat-runtime.ts";
import { nextFrame } from "../runtime/frame-schedule.ts";
import { useChatRuntime } from "../runtime/provider.tsx";
import { convertMessage } from "./convert-message.ts";
import { messageSnapshots } from "./message-snapshots.ts";
import { readAppend } from "./read-append.ts";

/**
 * A gateway's chat for assistant-ui's components: messages, sending with attachments, stop, edit, regenerate, and the
 * sessions as its thread list. Delivery, reconnecting and history stay with the chat's own store.
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
export function useAssistantUiRuntime(own?: ChatRuntime): AssistantRuntime {
  const chat = useChatRuntime(own);
  const { store, actions } = chat;
  const snapshots = useMemo(() => messageSnapshots(store, nextFrame), [store]);
  const messages = useSyncExternalStore(snapshots.subscribe, snapshots.getSnapshot, snapshots.getSnapshot);
  const isRunning = useIsRunning(chat);
  const history = useHistory(chat);
  const threadList = useThreadList(chat);
  return useExternalStoreRuntime({
    messages,
    convertMessage,
    isRunning,
    isLoading: history.status === "loading" && messages.length === 0,
    onNew: async (message: AppendMessage) => {
      const { text, attachments } = readAppend(message);
      actions.send(text, attachments.length > 0 ? { attachments } : undefined);
    },
    onEdit: async (message: AppendMessage) => {
      if (message.sourceId !== null) actions.editAndResend(message.sourceId, readAppend(message).text);
    },
    onReload: async (parentId) => askAgain(messages, parentId, actions),
    onCancel: () => actions.abort(),
    adapters: { threadList },
  });
}

/** A gateway's transcript has no branches: like an edited question, one from further up is asked as a new turn. */
function askAgain(messages: readonly Message[], parentId: string | null, actions: ChatActions): void {
  const isQuestion = ({ role }: Message) => role === "user";
  const above = messages.slice(0, messages.findIndex(({ id }) => id === parentId) + 1);
  const question = above.findLast(isQuestion);
  if (!question) return;
  if (question === messages.findLast(isQuestion)) actions.regenerate();
  else actions.editAndResend(question.id, messageText(question));
}

function useThreadList(chat: ChatRuntime) {
  const { actions } = chat;
  const threadId = useSessionKey(chat);
  const list = useSessions(chat);
  const { canRename, canDelete } = useCapabilities(chat) ?? {};
  return useMemo(() => {
    const items = list.status === "none" ? [] : list.items;
    return {
      threadId,
      isLoading: list.status === "loading" && items.length === 0,
      threads: items.map(({ key, title }) => ({ status: "regular" as const, id: key, title })),
      onSwitchToNewThread: async () => void (await actions.createSession()),
      onSwitchToThread: (id: string) => actions.switchSession(id),
      ...(canRename === true && {
        onRename: (id: string, title: string) => actions.renameSession(id, title),
      }),
      ...(canDelete === true && { onDelete: (id: string) => actions.deleteSession(id) }),
    };
  }, [threadId, list, actions, canRename, canDelete]);
}
