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

/** What a person can do in this chat. Stable. */
export function useChatActions(runtime?: ChatRuntime): ChatActions {
  return useChatRuntime(runtime).actions;
}

/** What the connection is doing. */
export function useConnection(runtime?: ChatRuntime): ConnectionState {
  return useQuietState(connection, runtime);
}

/** The ids of all messages in reading order: the React keys of the rows. Changes when a row comes, goes or moves. */
export function useMessageIds(runtime?: ChatRuntime): readonly string[] {
  return useQuietState(order, runtime);
}

/**
 * One message. No other message's change renders the component again; while this one streams, it renders some thirty times
 * a second at most, a long one seven times, and one that comes faster than anybody reads five times.
 *
 * @returns `undefined` when the message is gone.
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

/** How much of the history is here. */
export function useHistory(runtime?: ChatRuntime): HistoryState {
  return useQuietState(history, runtime);
}

/** The runs that are going on in the open session, oldest first. */
export function useRuns(runtime?: ChatRuntime): readonly ActiveRun[] {
  return useQuietState(runs, runtime);
}

/** Whether a run is going on in the open session. */
export function useIsRunning(runtime?: ChatRuntime): boolean {
  return useQuietState(selectIsRunning, runtime);
}

/** Own sends that the gateway's history does not show yet. */
export function useOutbox(runtime?: ChatRuntime): readonly OutboxEntry[] {
  return useQuietState(outbox, runtime);
}

/** What this gateway can do; `null` before the first connection. */
export function useCapabilities(runtime?: ChatRuntime): Capabilities | null {
  return useQuietState(capabilities, runtime);
}

/** The open session's canonical key. */
export function useSessionKey(runtime?: ChatRuntime): string {
  return useQuietState(sessionKey, runtime);
}

/** The session list, loaded and kept current while a component with this hook is mounted. */
export function useSessions(runtime?: ChatRuntime): SessionListState {
  const { actions } = useChatRuntime(runtime);
  useEffect(() => actions.watchSessions(), [actions]);
  return useQuietState(sessions, runtime);
}

/** What the agent asks to be allowed. */
export function useApprovals(runtime?: ChatRuntime): readonly Approval[] {
  return useQuietState(approvals, runtime);
}

/** What the agent wants to know. */
export function useQuestions(runtime?: ChatRuntime): readonly QuestionRequest[] {
  return useQuietState(questions, runtime);
}

/** The last action that failed and was not about one message. */
export function useNotice(runtime?: ChatRuntime): MessageError | null {
  return useQuietState(notice, runtime);
}
