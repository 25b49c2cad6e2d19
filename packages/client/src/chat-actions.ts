import { adviseOnRequestError, chatAbort, parseAbortAnswer, type SessionPatch } from "@automna/protocol";

import { canonicalKey, requestOver } from "./chat-context.ts";
import { selectMessage, type ChatState } from "./chat-state.ts";
import type { ChatActions } from "./chat-store.ts";
import type { ChatPanels } from "./chat-panels.ts";
import type { Chat } from "./chat.ts";
import { ConnectionLostError, errorMessage, GatewayRequestError } from "./errors.ts";
import { filesAgain } from "./files-again.ts";
import { messageText, type Message, type MessageError } from "./message.ts";
import type { Draft } from "./outbox-store.ts";
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
  return { kind: "unknown", message: errorMessage(error), cause: error };
}

function filesGone(isEmpty: boolean): MessageError {
  const gone = "The files of this message are not here any more. Attach them to a new one";
  return {
    kind: "files",
    message: isEmpty ? `${gone}.` : `${gone}, or do this once more to send the text alone.`,
  };
}

/** The actions for which the chat itself has to be here. */
export type DeferredActions = Omit<ChatActions, "send" | "reconnect" | "switchSession" | "dismissNotice">;

/** The person's actions on a chat. */
export function chatActions(chat: Chat): DeferredActions {
  const { context, desk } = chat;

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

  /**
   * Reads what a page shows; nothing has to be repeated by the person. That the connection went away meanwhile is told by
   * the connection, and what has come says nothing about an action that was refused.
   */
  const readBeside = async <T>(look: (panels: ChatPanels) => Promise<T>): Promise<T> => {
    try {
      return await look(await chat.panels());
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) context.patch({ notice: noticeOf(error) });
      throw error;
    }
  };

  /** What cannot be taken in is told by the notice: there is no composer here that could. */
  const accept = (draft: Draft): string | null => {
    try {
      const sendId = desk.accept(draft);
      if (context.read().notice !== null) context.patch({ notice: null });
      return sendId;
    } catch (error) {
      context.patch({ notice: noticeOf(error) });
      return null;
    }
  };

  /** Messages of which the person was told that their files cannot be had. */
  const told = new Set<string>();

  /** Asks an own message again, perhaps in other words, with its files. Without them only once the person knows. */
  const sendAgain = (message: Message, text = messageText(message)): string | null => {
    const sessionKey = chat.session.key;
    const files = filesAgain(message, desk.filesOf(message.sendId ?? message.id));
    const isEmpty = text.trim() === "";
    if (files === null && (isEmpty || !told.has(message.id))) {
      told.add(message.id);
      context.patch({ notice: filesGone(isEmpty) });
      return null;
    }
    if (isEmpty && files?.length === 0) return null;
    return accept({ sessionKey, text, ...(files !== null && { attachments: files }) });
  };

  /** An action of the panels, which may have to be loaded for it. */
  const beside = <T>(action: (panels: ChatPanels) => Promise<T>): Promise<T> =>
    noticed(async () => action(await chat.panels()));

  const askToStop = async (runId: string, sessionKey: string): Promise<boolean> => {
    const { openStops, askedStops } = desk;
    openStops.set(runId, sessionKey);
    askedStops.add(runId);
    const call = chatAbort(sessionKey, runId);
    try {
      const { aborted } = valueOf(parseAbortAnswer(await requestOver(context, call)), call.method);
      openStops.delete(runId);
      return aborted;
    } catch (error) {
      // Without an answer it is asked again over the next connection: it names one run and can do no other any harm.
      const isFinal =
        error instanceof GatewayRequestError && adviseOnRequestError(error.shape).action === "stop";
      if (isFinal) openStops.delete(runId);
      desk.stopWanted(runId);
      throw error;
    } finally {
      askedStops.delete(runId);
    }
  };

  const stopRun = async (runId: string, sessionKey: string): Promise<void> => {
    // Version 3 says No of other people's runs that it cannot stop, too.
    const wasRunning = await askToStop(runId, sessionKey);
    if (wasRunning) desk.runEnded(runId, false);
    else desk.stopWanted(runId);
    if (sessionKey !== chat.session.key) return;
    const isStopped = wasRunning || desk.isOwn(runId);
    chat.session.dispatch(
      isStopped ? { type: "run-ended", runId, how: "aborted" } : { type: "run-gone", runId },
    );
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
    if (desk.isOwn(runId)) desk.openStops.set(runId, state.sessionKey);
  };

  chat.onReady = () => {
    for (const [runId, sessionKey] of desk.openStops) {
      desk.stopWanted(runId);
      stopRun(runId, sessionKey).catch(() => {});
    }
  };

  const retry = (sendId: string): void => {
    const message = selectMessage(context.read(), sendId);
    if (message?.error?.kind !== "interrupted") return void desk.retry(sendId);
    if (sendAgain(message) !== null) chat.session.dispatch({ type: "send-discarded", sendId });
  };

  const patchSession = (patch: SessionPatch): Promise<void> =>
    beside(({ directory }) => directory.patch(chat.session.key, patch));

  return {
    retry,
    abort: (runId) => noticed(() => abort(runId)),
    discard: (sendId) => desk.discard(sendId),
    regenerate() {
      const question = lastQuestion(context.read());
      return question === null ? null : sendAgain(question);
    },
    editAndResend(messageId, text) {
      const message = selectMessage(context.read(), messageId);
      return message?.role === "user" && text.trim() !== "" ? sendAgain(message, text) : null;
    },
    loadOlder: () => noticed(() => chat.session.loadOlder()),
    loadFull: (messageId) =>
      noticed(() => chat.session.loadFull(selectMessage(context.read(), messageId)?.rowIds ?? [])),
    reload: () => chat.session.reload(),
    createSession: () =>
      beside(async ({ directory }) => {
        const key = await directory.create();
        chat.open(key);
        return key;
      }),
    renameSession: (sessionKey, title) =>
      beside(({ directory }) => directory.patch(canonicalKey(context, sessionKey), { label: title })),
    resetSession: (sessionKey) =>
      beside(async ({ directory }) => {
        const key = canonicalKey(context, sessionKey ?? chat.session.key);
        await directory.reset(key);
        chat.emptied(key);
        await chat.session.reload();
      }),
    deleteSession: (sessionKey) =>
      beside(async ({ directory }) => {
        const key = canonicalKey(context, sessionKey);
        await desk.end(key, () => directory.delete(key));
        if (key === chat.session.key) chat.open("main");
        chat.emptied(key);
      }),
    watchSessions: () => chat.watchSessions(),
    loadMoreSessions: () => readBeside(({ directory }) => directory.loadMore()),
    setModel: (model) => patchSession({ model }),
    setThinking: (thinkingLevel) => patchSession({ thinkingLevel }),
    listModels: () => readBeside((panels) => panels.models()),
    listCommands: () => readBeside((panels) => panels.commands(chat.session.key)),
    loadUsage: (days) => readBeside((panels) => panels.usage(days)),
    loadArtifact: (artifactId) => readBeside((panels) => panels.artifact(chat.session.key, artifactId)),
    resolveApproval: (id, decision) => beside(({ approvals }) => approvals.resolve(id, decision)),
    answerQuestion: (id, answers) => beside(({ questions }) => questions.answer(id, answers)),
    cancelQuestion: (id) => beside(({ questions }) => questions.cancel(id)),
  };
}
