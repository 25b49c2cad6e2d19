import {
  chatAbort,
  commandsList,
  modelsList,
  parseAbortAnswer,
  parseCommands,
  parseModels,
  type SessionPatch,
} from "@automna/protocol";

import { requestOver } from "./chat-context.ts";
import { selectMessage, type ChatState } from "./chat-state.ts";
import type { ChatActions, SendOptions } from "./chat-store.ts";
import type { Chat } from "./chat.ts";
import { errorMessage } from "./errors.ts";
import { messageText, type Message, type MessageError } from "./message.ts";
import { valueOf } from "./parse-answer.ts";

function lastQuestion(state: ChatState): Message | null {
  const { order } = state.transcript;
  for (let index = order.length - 1; index >= 0; index -= 1) {
    const message = selectMessage(state, order[index] ?? "");
    if (message?.role === "user") return message;
  }
  return null;
}

function noticeOf(error: unknown): MessageError {
  return { kind: "unknown", message: errorMessage(error) };
}

/** The person's actions on a chat. */
export function chatActions(chat: Chat): ChatActions {
  const { context, desk, directory, approvals } = chat;

  /** Runs an action; its failure is shown as the notice and also thrown. */
  const noticed = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      const result = await action();
      if (context.read().notice !== null) context.patch({ notice: null });
      return result;
    } catch (error) {
      context.patch({ notice: noticeOf(error) });
      throw error;
    }
  };

  const send = (text: string, options: SendOptions = {}): string =>
    desk.accept(chat.session.key, text, options);

  const stopRun = async (runId: string, sessionKey: string): Promise<void> => {
    const call = chatAbort(sessionKey, runId);
    const answer = valueOf(parseAbortAnswer(await requestOver(context, call)), call.method);
    if (sessionKey !== chat.session.key) return;
    chat.session.dispatch(
      answer.aborted ? { type: "run-ended", runId, how: "aborted" } : { type: "run-gone", runId },
    );
    desk.runEnded(runId, false);
    await chat.session.reload();
  };

  const abort = async (wanted?: string): Promise<void> => {
    const state = context.read();
    const waiting = state.outbox.findLast(
      (entry) => entry.state === "acked" && entry.sessionKey === state.sessionKey,
    );
    const runId = wanted ?? state.runs.at(-1)?.runId ?? waiting?.sendId;
    if (runId === undefined) return;
    const queued = state.outbox.find((entry) => entry.sendId === runId && entry.state === "queued");
    if (queued !== undefined) return desk.discard(queued.sendId);
    if (context.gateway !== null) return stopRun(runId, state.sessionKey);
    // Offline only a run of one's own may be stopped later: who knows what else will be running by then.
    if (desk.isOwn(runId)) chat.wantAbort(runId);
  };

  chat.onReady = () => {
    for (const [runId, sessionKey] of chat.takePendingAborts()) stopRun(runId, sessionKey).catch(() => {});
  };

  const retry = (sendId: string): void => {
    const message = selectMessage(context.read(), sendId);
    if (message?.error?.kind !== "interrupted") return desk.retry(sendId);
    chat.session.dispatch({ type: "send-discarded", sendId });
    send(messageText(message));
  };

  const patchSession = (patch: SessionPatch): Promise<void> =>
    noticed(() => directory.patch(chat.session.key, patch));

  return {
    send,
    retry,
    abort: (runId) => noticed(() => abort(runId)),
    discard: (sendId) => desk.discard(sendId),
    regenerate() {
      const question = lastQuestion(context.read());
      return question === null ? null : send(messageText(question));
    },
    editAndResend: (messageId, text) =>
      selectMessage(context.read(), messageId)?.role === "user" ? send(text) : null,
    loadOlder: () => noticed(() => chat.session.loadOlder()),
    loadFull: (messageId) =>
      noticed(() => chat.session.loadFull(selectMessage(context.read(), messageId)?.rowIds ?? [])),
    reload: () => chat.session.reload(),
    reconnect: () => chat.reconnect(),
    switchSession: (sessionKey) => chat.open(sessionKey),
    createSession: () =>
      noticed(async () => {
        const key = await directory.create();
        chat.open(key);
        return key;
      }),
    renameSession: (sessionKey, title) => noticed(() => directory.patch(sessionKey, { label: title })),
    resetSession: (sessionKey) =>
      noticed(async () => {
        await directory.reset(sessionKey ?? chat.session.key);
        await chat.session.reload();
      }),
    deleteSession: (sessionKey) =>
      noticed(async () => {
        await directory.delete(sessionKey);
        if (sessionKey === chat.session.key) chat.open("main");
      }),
    watchSessions: () => directory.watch(),
    setModel: (model) => patchSession({ model }),
    setThinking: (thinkingLevel) => patchSession({ thinkingLevel }),
    listModels: () =>
      noticed(async () => {
        const call = modelsList();
        const models = valueOf(parseModels(await requestOver(context, call)), call.method);
        return models.map(({ id, provider, name, thinkingLevels }) => ({
          id: id.startsWith(`${provider}/`) ? id : `${provider}/${id}`,
          provider,
          name,
          thinkingLevels: thinkingLevels.map((level) => level.id),
        }));
      }),
    listCommands: () =>
      noticed(async () => {
        const call = context.gateway && commandsList(context.gateway.dialect.protocol, chat.session.key);
        if (!call) return [];
        const commands = valueOf(parseCommands(await requestOver(context, call)), call.method);
        return commands.map(({ name, description }) => ({ name, description }));
      }),
    resolveApproval: (id, decision) => noticed(() => approvals.resolve(id, decision)),
    dismissNotice: () => context.patch({ notice: null }),
  };
}
