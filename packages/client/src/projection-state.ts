import type { AgentEvent, ChatEvent, ChatMessage, ProtocolVersion } from "@automna/protocol";

import type { Transcript } from "./chat-state.ts";
import type { PlacedGroup, RowMemory } from "./coverage.ts";
import type { HistorySnapshot, OlderRows } from "./history-snapshot.ts";
import type { LiveRun } from "./live-run.ts";
import type { LocalSend } from "./local-send.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import type { StoredRow } from "./stored-rows.ts";
import { arrange, liveMessages, settle } from "./transcript.ts";

/** Everything that can change the messages of the open session. */
export type ProjectionEvent =
  | { readonly type: "connected"; readonly protocol: ProtocolVersion; readonly sameBoot: boolean }
  | { readonly type: "history-loaded"; readonly snapshot: HistorySnapshot; readonly requestedAt: number }
  | { readonly type: "older-loaded"; readonly snapshot: HistorySnapshot }
  /** The retries after a run's end are used up: what the history does not show by now, it will not show. */
  | { readonly type: "history-final"; readonly requestedAt: number }
  | { readonly type: "chat"; readonly event: ChatEvent }
  | { readonly type: "agent"; readonly event: AgentEvent }
  /** The whole of a row that the history shortens. */
  | { readonly type: "row-loaded"; readonly rowId: string; readonly row: ChatMessage }
  /** Frames were lost: increments are worthless until a whole text comes. */
  | { readonly type: "gap" }
  | { readonly type: "send-changed"; readonly entry: OutboxEntry }
  /** The send's run ended and the gateway keeps no row of it (a command, an aborted first turn). */
  | { readonly type: "send-settled"; readonly sendId: string }
  | { readonly type: "send-discarded"; readonly sendId: string }
  /** The gateway has the send, died before it could answer, and will not go on by itself. */
  | { readonly type: "send-interrupted"; readonly sendId: string }
  /** The person had the session emptied. */
  | { readonly type: "reset" }
  /** The gateway begins the run again, counting from the start. */
  | { readonly type: "run-restarted"; readonly runId: string }
  /** An answer, not an event, told that the run is over. */
  | { readonly type: "run-ended"; readonly runId: string; readonly how: "final" | "aborted" }
  /** The gateway does not know the run, or has said nothing about it for longer than it lets one work. */
  | { readonly type: "run-gone"; readonly runId: string };

/**
 * The transcript of one session and what it is made from. Only `reduceProjection` makes a new one. There is no
 * other place where history, live events and own sends meet.
 */
export interface Projection {
  readonly protocol: ProtocolVersion;
  /** Counts events; a request remembers it to know what is newer than itself. */
  readonly counter: number;
  /** Value of `counter` since which no event was lost: the start of the connection, or the last gap. */
  readonly unbrokenSince: number;
  /** `null` until the first history came. */
  readonly rows: readonly StoredRow[] | null;
  readonly olderFrom: OlderRows;
  readonly placed: readonly PlacedGroup[];
  readonly runs: readonly LiveRun[];
  /** Runs that ended, newest last; late events must not bring them back. */
  readonly ended: readonly string[];
  readonly sends: readonly LocalSend[];
  readonly interrupted: readonly string[];
  /** Whole rows that were fetched, by row id; the history goes on sending the short ones. */
  readonly wholeRows: Readonly<Record<string, ChatMessage>>;
  readonly memory: RowMemory;
  /** Events that came before the first history. */
  readonly early: readonly ProjectionEvent[];
  readonly transcript: Transcript;
}

const MAX_ENDED = 256;

const EMPTY_TRANSCRIPT: Transcript = { order: [], settled: {}, live: {} };

/** A session of which nothing is known. */
export function emptyProjection(protocol: ProtocolVersion = 4): Projection {
  return {
    protocol,
    counter: 0,
    unbrokenSince: 0,
    rows: null,
    olderFrom: null,
    placed: [],
    runs: [],
    ended: [],
    sends: [],
    interrupted: [],
    wholeRows: {},
    memory: { aliases: {}, links: {} },
    early: [],
    transcript: EMPTY_TRANSCRIPT,
  };
}

/** Runs that are over but whose rows the history does not show yet. */
export function awaitsHistory(projection: Projection): boolean {
  return projection.runs.some((run) => run.outcome.state !== "active" && run.anchor === undefined);
}

/** The runs that were heard of since nothing can have been missed. */
export function heardRuns(projection: Projection): readonly LiveRun[] {
  return activeRuns(projection).filter((run) => run.touched > projection.unbrokenSince);
}

/** The runs that go on. */
export function activeRuns(projection: Projection): readonly LiveRun[] {
  return projection.runs.filter((run) => run.outcome.state === "active");
}

/** Whether a run is known: going on, ended, or waiting for its rows. */
export function knowsRun(projection: Projection, runId: string): boolean {
  return projection.ended.includes(runId) || projection.runs.some((run) => run.runId === runId);
}

function sameOrder(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

/** Builds the transcript anew, keeping every object in it that did not change. */
export function arranged(next: Projection, former: Projection): Projection {
  const { transcript } = former;
  const settled =
    next.placed === former.placed && next.interrupted === former.interrupted
      ? transcript.settled
      : settle(next.placed, { placed: former.placed, settled: transcript.settled }, next.interrupted);
  const order = arrange(next);
  const live = liveMessages(next, settled, transcript.live);
  return {
    ...next,
    transcript: { order: sameOrder(order, transcript.order) ? transcript.order : order, settled, live },
  };
}

export function nextRank(projection: Projection): number {
  const ranks = [...projection.sends, ...projection.runs].map(({ rank }) => rank);
  return Math.floor(Math.max(0, ...ranks)) + 1;
}

/** Remembers that a run is over. */
export function markEnded(ended: readonly string[], runId: string): readonly string[] {
  return ended.includes(runId) ? ended : [...ended, runId].slice(-MAX_ENDED);
}
