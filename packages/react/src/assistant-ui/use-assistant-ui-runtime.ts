"use client";

import { messageText, type ChatActions, type Message } from "@automna/client";
import {
  MessageNotSentError,
  useExternalStoreRuntime,
  type AppendMessage,
  type AssistantRuntime,
  type CompleteAttachment,
} from "@assistant-ui/react";
import { useEffect, useMemo, useSyncExternalStore } from "react";

import { describeSendError } from "../composer/describe-refusal.ts";
import type { PrepareFile } from "../composer/read-files.ts";
import { useStrings } from "../i18n/language.tsx";
import {
  useCapabilities,
  useHistory,
  useIsRunning,
  useQuietState,
  useSessionKey,
  useSessions,
} from "../runtime/chat-hooks.ts";
import type { ChatRuntime } from "../runtime/chat-runtime.ts";
import { nextFrame } from "../runtime/frame-schedule.ts";
import { selectMainSessionKey } from "../runtime/main-session.ts";
import { useChatRuntime } from "../runtime/provider.tsx";
import { convertMessage } from "./convert-message.ts";
import { messageSnapshots } from "./message-snapshots.ts";
import { readAppend } from "./read-append.ts";
import { useAttachments } from "./use-attachments.ts";
import { useShownArtifacts } from "./use-shown-artifacts.ts";

/** What {@link useAssistantUiRuntime} leaves to its host. */
export interface AssistantUiOptions {
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
export function useAssistantUiRuntime(own?: ChatRuntime, options: AssistantUiOptions = {}): AssistantRuntime {
  const chat = useChatRuntime(own);
  const { store, actions } = chat;
  const snapshots = useMemo(() => messageSnapshots(store, nextFrame), [store]);
  const stored = useSyncExternalStore(snapshots.subscribe, snapshots.getSnapshot, snapshots.getSnapshot);
  const messages = useShownArtifacts(stored, chat);
  const isRunning = useIsRunning(chat);
  const history = useHistory(chat);
  const threadList = useThreadList(chat);
  const { adapter: attachments, keepsMessage, watch } = useAttachments(chat, options.prepareFile);
  const strings = useStrings();

  const refuse = (sentences: readonly string[]): never => {
    options.onRefused?.(sentences);
    throw new MessageNotSentError(sentences.join(" "));
  };
  /** What is refused before it leaves the page is handed back to the composer. */
  const send = (message: AppendMessage) => {
    const { text, attachments: files } = readAppend(message);
    try {
      actions.send(text, files.length > 0 ? { attachments: files } : undefined);
    } catch (error) {
      const limits = store.getState().capabilities?.attachments ?? null;
      refuse(describeSendError(error, files, limits, strings));
    }
  };
  const runtime = useExternalStoreRuntime({
    messages,
    convertMessage,
    isRunning,
    isLoading: history.status === "loading" && messages.length === 0,
    isSendDisabled: keepsMessage,
    onNew: async (message: AppendMessage) => send(message),
    onEdit: async (message: AppendMessage) => {
      const source = messages.find(({ id }) => id === message.sourceId);
      // Asked in other words it goes with its files; with others, it is a new question.
      if (source && hasSameFiles(message, source)) actions.editAndResend(source.id, readAppend(message).text);
      else if (message.attachments?.some(isName)) refuse([strings.message.error.files]);
      else send(message);
    },
    onReload: async (parentId) => askAgain(messages, parentId, actions),
    onCancel: () => actions.abort(),
    adapters: { threadList, attachments },
  });
  useEffect(() => watch(runtime), [watch, runtime]);
  return runtime;
}

/** A file of an earlier message is here by name alone, and cannot go with a new one. */
function isName({ content }: CompleteAttachment): boolean {
  return content.length === 0;
}

/** Whether the files that assistant-ui's editor was given with a message are still what it has. */
function hasSameFiles(edited: AppendMessage, source: Message): boolean {
  const { content, attachments: named = [] } = convertMessage(source);
  const pictures =
    typeof content === "string" ? [] : content.flatMap((part) => (part.type === "image" ? part.image : []));
  const given = [...pictures, ...named.map(({ id }) => id)];
  const attached = edited.attachments ?? [];
  const parts = [...edited.content, ...attached.flatMap((file) => file.content)];
  const files = parts.flatMap((part) => {
    if (part.type === "image") return part.image;
    return part.type === "file" ? part.data : [];
  });
  const now = [...files, ...attached.flatMap((file) => (isName(file) ? file.id : []))];
  return now.length === given.length && now.every((file, index) => file === given[index]);
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

/** What a person may do to a session: `custom` of assistant-ui's thread list items. */
export type SessionRights = {
  readonly canRename: boolean;
  readonly canDelete: boolean;
};

function useThreadList(chat: ChatRuntime) {
  const { actions } = chat;
  const threadId = useSessionKey(chat);
  const list = useSessions(chat);
  const mainKey = useQuietState(selectMainSessionKey, chat);
  const { canRename = false, canDelete = false } = useCapabilities(chat) ?? {};
  return useMemo(() => {
    const items = list.status === "none" ? [] : list.items;
    const rightsTo = (key: string): SessionRights => ({
      canRename,
      canDelete: canDelete && key !== mainKey,
    });
    return {
      threadId,
      isLoading: list.status === "loading" && items.length === 0,
      threads: items.map(({ key, title }) => ({
        status: "regular" as const,
        id: key,
        title,
        custom: rightsTo(key),
      })),
      onSwitchToNewThread: async () => void (await actions.createSession()),
      onSwitchToThread: (id: string) => actions.switchSession(id),
      ...(canRename && { onRename: (id: string, title: string) => actions.renameSession(id, title) }),
      ...(canDelete && { onDelete: (id: string) => actions.deleteSession(id) }),
    };
  }, [threadId, list, actions, mainKey, canRename, canDelete]);
}
