"use client";

import {
  selectIsRunning,
  type ActiveRun,
  type Approval,
  type Capabilities,
  type ChatActions,
  type ChatState,
  type ConnectionState,
  type HistoryState,
  type Message,
  type MessageError,
  type OutboxEntry,
  type QuestionRequest,
  type SessionListState,
} from "@automna/client";
import { useEffect, useMemo, useSyncExternalStore } from "react";

import type { ChatRuntime } from "./chat-runtime.ts";
import { calmFrames, everyOtherFrame, REST_MS } from "./frame-schedule.ts";
import { messageSubscription } from "./message-subscription.ts";
import { useChatRuntime } from "./provider.tsx";
import { quietly } from "./quiet-subscription.ts";

/**
 * Anything of the chat's state. The component renders again only when the selected value is another one
 * (`Object.is`), so select what is there instead of making something new.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * const waiting = useChatState((state) => state.outbox.length);
 * ```
 */
export function useChatState<T>(selector: (state: ChatState) => T, runtime?: ChatRuntime): T {
  const { store } = useChatRuntime(runtime);
  return useSyncExternalStore(
    store.subscribe,
    () => selector(store.getState()),
    () => selector(store.getInitialState()),
  );
}

/**
 * {@link useChatState} of what no text that streams can change: not even the selector is called for it, which many
 * components notice in a fast reply.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * const count = useQuietState((state) => state.transcript.order.length);
 * ```
 */
export function useQuietState<T>(selector: (state: ChatState) => T, runtime?: ChatRuntime): T {
  const { store } = useChatRuntime(runtime);
  return useSyncExternalStore(
    quietly(store),
    () => selector(store.getState()),
    () => selector(store.getInitialState()),
  );
}

const connection = (state: ChatState) => state.connection;
const order = (state: ChatState) => state.transcript.order;
const history = (state: ChatState) => state.history;
const runs = (state: ChatState) => state.runs;
const outbox = (state: ChatState) => state.outbox;
const capabilities = (state: ChatState) => state.capabilities;
const sessions = (state: ChatState) => state.sessions;
const approvals = (state: ChatState) => state.approvals;
const questions = (state: ChatState) => state.questions;
const notice = (state: ChatState) => state.notice;
const sessionKey = (state: ChatState) => state.sessionKey;

/**
 * What a person can do in this chat. The same object for as long as the chat is the same, so it may be a dependency of an
 * effect.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useChatActions } from "@automna/react";
 *
 * function Greeting() {
 *   const { send } = useChatActions();
 *   return <button onClick={() => send("Hello")}>Say hello</button>;
 * }
 * ```
 */
export function useChatActions(runtime?: ChatRuntime): ChatActions {
  return useChatRuntime(runtime).actions;
}

/**
 * What the connection is doing. Narrow it by `status`: each state has what belongs to it. {@link useConnectionNotice} puts it into
 * words.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useConnection } from "@automna/react";
 *
 * function Status() {
 *   const connection = useConnection();
 *   if (connection.status === "failed") return <p role="alert">{connection.advice.code}</p>;
 *   return <p role="status">{connection.status}</p>;
 * }
 * ```
 */
export function useConnection(runtime?: ChatRuntime): ConnectionState {
  return useQuietState(connection, runtime);
}

/**
 * The ids of all messages in reading order: the React keys of the rows. Changes when a row comes, goes or moves.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { MessageRow, useMessageIds } from "@automna/react";
 *
 * function Rows() {
 *   const ids = useMessageIds();
 *   return <>{ids.map((id, index) => <MessageRow key={id} id={id} previousId={ids[index - 1]} />)}</>;
 * }
 * ```
 */
export function useMessageIds(runtime?: ChatRuntime): readonly string[] {
  return useQuietState(order, runtime);
}

/**
 * One message. No other message's change renders the component again; while this one streams, it renders some thirty times
 * a second at most, a long one seven times, and one that comes faster than anybody reads five times.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 * @returns `undefined` when there is no such message, or no more
 *
 * @example
 * ```tsx
 * import { messageText } from "@automna/client";
 * import { useMessage } from "@automna/react";
 *
 * function Row({ id }: { id: string }) {
 *   const message = useMessage(id);
 *   return message ? <p data-status={message.status}>{messageText(message)}</p> : null;
 * }
 * ```
 */
export function useMessage(id: string, runtime?: ChatRuntime): Message | undefined {
  const { store } = useChatRuntime(runtime);
  const { subscribe, getSnapshot } = useMemo(
    () =>
      messageSubscription(store, id, {
        short: everyOtherFrame(),
        long: calmFrames(REST_MS.long),
        fast: calmFrames(REST_MS.fast),
      }),
    [store, id],
  );
  return useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
}

/**
 * How much of the open session's history is here, and whether there is more before it.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useChatActions, useHistory } from "@automna/react";
 *
 * function Earlier() {
 *   const history = useHistory();
 *   const { loadOlder } = useChatActions();
 *   if (history.status !== "ready" || !history.hasOlder) return null;
 *   return <button onClick={() => loadOlder().catch(console.error)}>Earlier messages</button>;
 * }
 * ```
 */
export function useHistory(runtime?: ChatRuntime): HistoryState {
  return useQuietState(history, runtime);
}

/**
 * The runs that are going on in the open session, oldest first.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useChatActions, useRuns } from "@automna/react";
 *
 * function Runs() {
 *   const { abort } = useChatActions();
 *   return useRuns().map(({ runId, phase }) => (
 *     <button key={runId} onClick={() => abort(runId).catch(console.error)}>
 *       Stop {phase}
 *     </button>
 *   ));
 * }
 * ```
 */
export function useRuns(runtime?: ChatRuntime): readonly ActiveRun[] {
  return useQuietState(runs, runtime);
}

/**
 * Whether a run is going on in the open session.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useIsRunning } from "@automna/react";
 *
 * function Working() {
 *   return useIsRunning() ? <p role="status">The assistant is at work.</p> : null;
 * }
 * ```
 */
export function useIsRunning(runtime?: ChatRuntime): boolean {
  return useQuietState(selectIsRunning, runtime);
}

/**
 * Own sends that the gateway's history does not show yet, of all sessions; {@link OutboxEntry.state} says how far each is.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useOutbox } from "@automna/react";
 *
 * function Waiting() {
 *   const queued = useOutbox().filter(({ state }) => state === "queued");
 *   return queued.length > 0 ? <p>{queued.length} messages go out when the gateway is back.</p> : null;
 * }
 * ```
 */
export function useOutbox(runtime?: ChatRuntime): readonly OutboxEntry[] {
  return useQuietState(outbox, runtime);
}

/**
 * What this gateway can do, by its version and the rights that it granted. Sizes are in bytes.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 * @returns `null` before the first connection
 *
 * @example
 * ```tsx
 * import { useCapabilities } from "@automna/react";
 *
 * function LargestFile() {
 *   const limits = useCapabilities()?.attachments;
 *   return limits ? <p>Files of up to {Math.floor(limits.maxFileBytes / 1024)} KB</p> : null;
 * }
 * ```
 */
export function useCapabilities(runtime?: ChatRuntime): Capabilities | null {
  return useQuietState(capabilities, runtime);
}

/**
 * The open session's key as the gateway writes it (`agent:main:main`); before the first connection, as the host wrote it.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useSessionKey } from "@automna/react";
 *
 * function OpenSession() {
 *   return <code>{useSessionKey()}</code>;
 * }
 * ```
 */
export function useSessionKey(runtime?: ChatRuntime): string {
  return useQuietState(sessionKey, runtime);
}

/**
 * The session list, loaded and kept current while a component with this hook is mounted. Times are milliseconds since the epoch.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useChatActions, useSessions } from "@automna/react";
 *
 * function Sessions() {
 *   const list = useSessions();
 *   const { switchSession } = useChatActions();
 *   if (list.status === "none") return null;
 *   return list.items.map(({ key, title }) => (
 *     <button key={key} onClick={() => switchSession(key)}>{title}</button>
 *   ));
 * }
 * ```
 */
export function useSessions(runtime?: ChatRuntime): SessionListState {
  const { actions } = useChatRuntime(runtime);
  useEffect(() => actions.watchSessions(), [actions]);
  return useQuietState(sessions, runtime);
}

/**
 * What the agent asks to be allowed, oldest first. Who is to answer asks for the scope `operator.approvals` (option `scopes`).
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useApprovals, useChatActions } from "@automna/react";
 *
 * function Requests() {
 *   const { resolveApproval } = useChatActions();
 *   return useApprovals().map(({ id, command, title }) => (
 *     <button key={id} onClick={() => resolveApproval(id, "allow-once").catch(console.error)}>
 *       Allow {command ?? title}
 *     </button>
 *   ));
 * }
 * ```
 */
export function useApprovals(runtime?: ChatRuntime): readonly Approval[] {
  return useQuietState(approvals, runtime);
}

/**
 * What the agent wants to know, oldest first (version 4). Who is to answer asks for the scope `operator.questions` (option
 * `scopes`).
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { QuestionCard, useQuestions } from "@automna/react";
 *
 * function OldestQuestion() {
 *   const [oldest] = useQuestions();
 *   return oldest ? <QuestionCard request={oldest} /> : null;
 * }
 * ```
 */
export function useQuestions(runtime?: ChatRuntime): readonly QuestionRequest[] {
  return useQuietState(questions, runtime);
}

/**
 * The last action that failed and was not about one message; `null` when there is none, or once it was dismissed.
 *
 * @param runtime default: that of the nearest {@link ChatProvider}
 * @throws {MissingChatError} when there is neither
 *
 * @example
 * ```tsx
 * import { useChatActions, useNotice } from "@automna/react";
 *
 * function Failure() {
 *   const notice = useNotice();
 *   const { dismissNotice } = useChatActions();
 *   return notice ? <button onClick={dismissNotice}>{notice.message}</button> : null;
 * }
 * ```
 */
export function useNotice(runtime?: ChatRuntime): MessageError | null {
  return useQuietState(notice, runtime);
}
