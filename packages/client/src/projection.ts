import type { AgentEvent, ChatEvent, ChatMessage, ProtocolVersion } from "@automna/protocol";

import type { Transcript } from "./chat-state.ts";
import {
  claimGroups,
  closedTextOf,
  idsByRow,
  isCovered,
  placeGroups,
  runMessageId,
  type PlacedGroup,
  type RowMemory,
} from "./coverage.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import {
  adopt,
  afterAgentEvent,
  afterChatEvent,
  hasContent,
  isSilentRun,
  messageOfRun,
  newRun,
  type LiveRun,
} from "./live-run.ts";
import { messageOfSend, type LocalSend } from "./local-send.ts";
import type { OutboxEntry } from "./outbox-entry.ts";
import { groupRows } from "./stored-messages.ts";
import { identifyRows, mergeLatestPage, type StoredRow } from "./stored-rows.ts";
import { arrange, liveMessages, settle, storedPartsOf } from "./transcript.ts";

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
  /** The gateway begins the run again, counting from the start. */
  | { readonly type: "run-restarted"; readonly runId: string }
  /** An answer, not an event, told that the run is over. */
  | { readonly type: "run-ended"; readonly runId: string; readonly how: "final" | "aborted" }
  /** The gateway does not know the run any more. */
  | { readonly type: "run-gone"; readonly runId: string };

/**
 * The transcript of one session and what it is made from. Only {@link reduceProjection} makes a new one. There is no
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
  readonly hasOlder: boolean;
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
const MAX_EARLY = 2_000;
const MAX_RESIDUE = 100;

const EMPTY_TRANSCRIPT: Transcript = { order: [], settled: {}, live: {} };

/** A session of which nothing is known. */
export function emptyProjection(protocol: ProtocolVersion = 4): Projection {
  return {
    protocol,
    counter: 0,
    unbrokenSince: 0,
    rows: null,
    hasOlder: false,
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
function arranged(next: Projection, former: Projection): Projection {
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

function nextRank(projection: Projection): number {
  const ranks = [...projection.sends, ...projection.runs].map(({ rank }) => rank);
  return Math.floor(Math.max(0, ...ranks)) + 1;
}

function birth(projection: Projection, runId: string, startedAt: number): LiveRun {
  const send = projection.sends.find(({ entry }) => entry.sendId === runId);
  return newRun({
    runId,
    protocol: projection.protocol,
    messageId: runMessageId(runId),
    startedAt,
    touched: projection.counter,
    rank: send === undefined ? nextRank(projection) : send.rank + 0.5,
    lastRowBefore: projection.rows?.at(-1)?.id ?? null,
  });
}

function markEnded(ended: readonly string[], runId: string): readonly string[] {
  return ended.includes(runId) ? ended : [...ended, runId].slice(-MAX_ENDED);
}

/** Puts a changed run in its place. While it only grows, nothing but its one message is replaced. */
function withRun(projection: Projection, run: LiveRun): Projection {
  const at = projection.runs.findIndex(({ runId }) => runId === run.runId);
  if (at < 0) return arranged({ ...projection, runs: [...projection.runs, run] }, projection);
  const runs = projection.runs.with(at, run);
  const { transcript } = projection;
  const message = messageOfRun(run, storedPartsOf(run, transcript.settled));
  return {
    ...projection,
    runs,
    transcript: { ...transcript, live: { ...transcript.live, [run.messageId]: message } },
  };
}

function withoutRun(projection: Projection, runId: string): Projection {
  const runs = projection.runs.filter((run) => run.runId !== runId);
  const ended = markEnded(projection.ended, runId);
  if (runs.length === projection.runs.length) return { ...projection, ended };
  return arranged({ ...projection, runs, ended }, projection);
}

function onRunEnded(projection: Projection, runId: string, how: "final" | "aborted"): Projection {
  const run = activeRuns(projection).find((active) => active.runId === runId);
  if (run === undefined) return projection;
  const next = withRun(projection, {
    ...run,
    outcome: how === "final" ? { state: how, unseen: true } : { state: how },
    phase: null,
    touched: projection.counter,
  });
  return { ...next, ended: markEnded(next.ended, runId) };
}

function onRunRestarted(projection: Projection, runId: string): Projection {
  const next = withoutRun(projection, runId);
  return { ...next, ended: next.ended.filter((ended) => ended !== runId) };
}

function onChat(projection: Projection, event: ChatEvent): Projection {
  const { runId } = event;
  if (projection.ended.includes(runId)) return projection;
  const known = projection.runs.find((run) => run.runId === runId);
  const isEnd = event.state === "final" || event.state === "aborted" || event.state === "error";
  // The run of a message that was queued behind another one ends empty; the answer comes under a run of its own.
  if (known === undefined && event.state === "final" && event.message === undefined)
    return { ...projection, ended: markEnded(projection.ended, runId) };
  const at = "message" in event ? (event.message?.timestamp ?? 0) : 0;
  const run = afterChatEvent(known ?? birth(projection, runId, at), event, projection.counter);
  if (run === known) return projection;
  const next = withRun(projection, run);
  if (!isEnd) return next;
  return { ...next, ended: markEnded(next.ended, runId) };
}

function onAgent(projection: Projection, event: AgentEvent): Projection {
  const { runId } = event;
  if (projection.ended.includes(runId)) return projection;
  const known = projection.runs.find((run) => run.runId === runId);
  // Bookkeeping that follows a run's end must not begin a run.
  if (known === undefined && event.stream === "lifecycle" && event.phase !== "start") return projection;
  const run = afterAgentEvent(known ?? birth(projection, runId, event.ts ?? 0), event, projection.counter);
  return run === known ? projection : withRun(projection, run);
}

function onConnected(projection: Projection, protocol: ProtocolVersion, sameBoot: boolean): Projection {
  const unbrokenSince = projection.counter;
  if (sameBoot && protocol === projection.protocol) {
    const runs = projection.runs.map((run) => ({ ...run, inSync: false }));
    return { ...projection, unbrokenSince, runs, early: [] };
  }
  // No run outlives its gateway process; version 4 resumes under a new id, version 3 may run the same id again.
  const runs = projection.runs.filter((run) => run.anchor !== undefined);
  const next = { ...projection, protocol, unbrokenSince, runs, ended: [], early: [] };
  return arranged(next, projection);
}

function onGap(projection: Projection): Projection {
  const runs = projection.runs.map((run) => ({ ...run, inSync: false }));
  return { ...projection, runs, unbrokenSince: projection.counter };
}

function rememberRows(
  { memory, placed }: Projection,
  rows: readonly StoredRow[],
  snapshot: HistorySnapshot,
): RowMemory {
  const links: Record<string, string> = {};
  const aliases: Record<string, string> = {};
  const shown = idsByRow(placed);
  const offset = rows.length - snapshot.rows.length;
  rows.forEach(({ id }, index) => {
    const alias = shown[id] ?? memory.aliases[id];
    if (alias !== undefined) aliases[id] = alias;
    const link = snapshot.sendOfRow.get(index - offset) ?? memory.links[id];
    if (link !== undefined) links[id] = link;
  });
  return { aliases, links };
}

function adoptInFlight(projection: Projection, snapshot: HistorySnapshot): Projection {
  const { inFlight } = snapshot;
  if (inFlight === null || projection.ended.includes(inFlight.runId)) return projection;
  const known = projection.runs.find(({ runId }) => runId === inFlight.runId);
  const run = adopt(
    known ?? birth(projection, inFlight.runId, inFlight.startedAt),
    inFlight.text,
    projection.counter,
  );
  const runs = known ? projection.runs.map((old) => (old === known ? run : old)) : [...projection.runs, run];
  return { ...projection, runs };
}

/** Takes away the runs that the history shows wholly, and gives their messages the ids under which they streamed. */
function settleRuns(projection: Projection, snapshot: HistorySnapshot, requestedAt: number): Projection {
  const rows = projection.rows ?? [];
  const claims = claimGroups(projection, rows);
  const aliases: Record<string, string> = { ...projection.memory.aliases };
  const runs: LiveRun[] = [];
  let { ended } = projection;
  for (const run of projection.runs) {
    const claim = claims.get(run.runId);
    const isActive = run.outcome.state === "active";
    const stillActive = isActive && isStillActive(run, snapshot, requestedAt);
    const isSilent = !isActive && isSilentRun(run);
    const isHeard = isActive && run.touched > projection.unbrokenSince;
    const covered = isCovered(run, { claim, groups: projection.placed, rows, stillActive, isHeard });
    const first = claim !== undefined && (covered || claim.group.open) ? claim.group.rows[0] : undefined;
    const messageId = first === undefined ? run.messageId : (aliases[first.id] ?? run.messageId);
    if (first !== undefined) aliases[first.id] = messageId;
    if (covered || isSilent || (isActive && run.protocol === 4 && !stillActive)) {
      ended = markEnded(ended, run.runId);
      continue;
    }
    runs.push(besideClosedTurns({ ...run, messageId }, claim, projection.placed));
  }
  const memory = { ...projection.memory, aliases };
  return { ...projection, runs, ended, memory };
}

/** A steered run of version 4 goes on after a message of its own is closed: it continues in a new message. */
function besideClosedTurns(
  run: LiveRun,
  claim: PlacedGroup | undefined,
  placed: readonly PlacedGroup[],
): LiveRun {
  if (run.protocol === 3 || run.outcome.state !== "active") return run;
  const current = claim?.group.open ? claim : undefined;
  const storedPrefix = closedTextOf(run.runId, placed, current);
  if (storedPrefix === run.storedPrefix) return run;
  let { messageId } = run;
  while (placed.some((other) => other.id === messageId && other !== current)) messageId += "+";
  return { ...run, storedPrefix, messageId };
}

function isStillActive(run: LiveRun, snapshot: HistorySnapshot, requestedAt: number): boolean {
  if (run.touched > requestedAt) return true;
  return snapshot.activeRunIds === null || snapshot.activeRunIds.includes(run.runId);
}

function withHistory(
  projection: Projection,
  rows: readonly StoredRow[],
  snapshot: HistorySnapshot,
): Projection {
  const memory = rememberRows(projection, rows, snapshot);
  return { ...projection, rows, memory, placed: placeGroups(groupRows(rows), memory) };
}

/** The present groups, with the former objects where neither rows nor names changed. */
function placeAgain(projection: Projection): Projection {
  const placed = placeGroups(
    projection.placed.map(({ group }) => group),
    projection.memory,
  );
  const shown = new Set(placed.map(({ sendId }) => sendId));
  const sends = projection.sends.filter(({ entry }) => !shown.has(entry.sendId));
  return { ...projection, placed, sends };
}

function onHistory(projection: Projection, snapshot: HistorySnapshot, requestedAt: number): Projection {
  const page = identifyRows(snapshot.rows, projection.protocol).map((stored) => {
    const whole = projection.wholeRows[stored.id];
    return whole === undefined ? stored : { ...stored, row: whole };
  });
  const { rows, keptOlder } = mergeLatestPage(projection.rows ?? [], page);
  const hasOlder = keptOlder ? projection.hasOlder : snapshot.hasOlder;
  const loaded = adoptInFlight(withHistory({ ...projection, hasOlder }, rows, snapshot), snapshot);
  const settled = placeAgain(settleRuns(loaded, snapshot, requestedAt));
  const ended = [...settled.ended, ...(projection.early.length > 0 ? storedRuns(settled, snapshot) : [])];
  const next = arranged({ ...settled, ended: ended.slice(-MAX_ENDED), early: [] }, projection);
  if (projection.early.length === 0) return next;
  const heard = projection.early.reduce<Projection>(reduceProjection, next);
  // They came before the history did, so what they told of may be in it.
  const runs = heard.runs.map((run) =>
    next.runs.some(({ runId }) => runId === run.runId) ? run : { ...run, lastRowBefore: null },
  );
  return arranged(placeAgain(settleRuns({ ...heard, runs }, snapshot, requestedAt)), projection);
}

/** Runs whose whole answer is in the history: what was heard of them before it came is old. */
function storedRuns({ placed }: Projection, snapshot: HistorySnapshot): string[] {
  return placed.flatMap(({ id, group }, index) => {
    if (group.kind !== "assistant" || group.open) return [];
    const runs = [group.runId, id.startsWith("run:") ? id.slice(4) : null, placed[index - 1]?.sendId];
    return runs
      .filter((runId) => typeof runId === "string" && !snapshot.activeRunIds?.includes(runId))
      .map(String);
  });
}

function onOlder(projection: Projection, snapshot: HistorySnapshot): Projection {
  const known = new Set((projection.rows ?? []).map(({ id }) => id));
  const older = identifyRows(snapshot.rows, projection.protocol).filter(({ id }) => !known.has(id));
  const rows = [...older, ...(projection.rows ?? [])];
  const whole = { ...snapshot, rows: rows.map(({ row }) => row) };
  const next = placeAgain(withHistory({ ...projection, hasOlder: snapshot.hasOlder }, rows, whole));
  return arranged(next, projection);
}

function onRowLoaded(projection: Projection, rowId: string, row: ChatMessage): Projection {
  const wholeRows = { ...projection.wholeRows, [rowId]: row };
  const rows = (projection.rows ?? []).map((stored) => (stored.id === rowId ? { id: rowId, row } : stored));
  const placed = placeGroups(groupRows(rows), projection.memory);
  return arranged({ ...projection, wholeRows, rows, placed }, projection);
}

/** What is left over stays where it happened, though only this client knows it. */
function onHistoryFinal(projection: Projection, requestedAt: number): Projection {
  const isLeftOver = (run: LiveRun) =>
    run.outcome.state !== "active" && run.anchor === undefined && run.touched <= requestedAt;
  if (!projection.runs.some(isLeftOver)) return projection;
  const runs = projection.runs
    .filter((run) => !isLeftOver(run) || hasContent(run) || run.outcome.state === "error")
    .map((run) => (isLeftOver(run) ? { ...endedUnseen(run), anchor: anchorOf(projection, run.runId) } : run));
  return arranged({ ...projection, runs: bounded(runs) }, projection);
}

/** A run that the gateway calls over, and of which it keeps nothing, was stopped. */
function endedUnseen(run: LiveRun): LiveRun {
  const { outcome } = run;
  return outcome.state === "final" && outcome.unseen ? { ...run, outcome: { state: "aborted" } } : run;
}

/** Without the oldest of what will never be stored, when there is too much of it. */
function bounded<T extends LiveRun | LocalSend>(items: readonly T[]): readonly T[] {
  const residue = items.filter(({ anchor }) => anchor !== undefined);
  const dropped = new Set(residue.slice(0, Math.max(0, residue.length - MAX_RESIDUE)));
  return dropped.size === 0 ? items : items.filter((item) => !dropped.has(item));
}

/** The stored message behind which something stays that will never be stored itself. */
function anchorOf(projection: Projection, sendId: string): string | null {
  const stored = projection.placed.find((placed) => placed.sendId === sendId);
  if (stored) return stored.id;
  const send = projection.sends.find(({ entry }) => entry.sendId === sendId);
  return send?.anchor === undefined ? (projection.placed.at(-1)?.id ?? null) : send.anchor;
}

function onSendChanged(projection: Projection, entry: OutboxEntry): Projection {
  const at = projection.sends.findIndex((send) => send.entry.sendId === entry.sendId);
  if (projection.placed.some(({ sendId }) => sendId === entry.sendId)) return projection;
  if (at < 0) {
    const sends = [...projection.sends, { entry, rank: nextRank(projection) }];
    return arranged({ ...projection, sends }, projection);
  }
  const former = projection.sends[at];
  const send: LocalSend = { entry, rank: former?.rank ?? nextRank(projection) };
  const { transcript } = projection;
  const live = { ...transcript.live, [entry.sendId]: messageOfSend(send) };
  return { ...projection, sends: projection.sends.with(at, send), transcript: { ...transcript, live } };
}

/** A send that is not stored stands before its answer, if that is. */
function anchorOfSend(projection: Projection, sendId: string): string | null {
  const answer = projection.placed.findIndex(({ id }) => id === runMessageId(sendId));
  return answer < 0 ? anchorOf(projection, sendId) : (projection.placed[answer - 1]?.id ?? null);
}

function onSendSettled(projection: Projection, sendId: string): Projection {
  const anchor = anchorOfSend(projection, sendId);
  const sends = projection.sends.map((send) => (send.entry.sendId === sendId ? { ...send, anchor } : send));
  return arranged({ ...projection, sends: bounded(sends) }, projection);
}

function onSendDiscarded(projection: Projection, sendId: string): Projection {
  const sends = projection.sends.filter(({ entry }) => entry.sendId !== sendId);
  const interrupted = projection.interrupted.filter((id) => id !== sendId);
  if (sends.length === projection.sends.length && interrupted.length === projection.interrupted.length)
    return projection;
  return arranged({ ...projection, sends, interrupted }, projection);
}

/**
 * The one place where messages are merged: history, live events and own sends become one ordered transcript. Pure;
 * answers the same object when nothing changed.
 *
 * Before the first history is there, live events wait, so that a reply does not appear above its own past.
 */
export function reduceProjection(projection: Projection, event: ProjectionEvent): Projection {
  const counted = { ...projection, counter: projection.counter + 1 };
  switch (event.type) {
    case "chat":
    case "agent":
    case "gap":
      if (projection.rows === null)
        return { ...counted, early: [...projection.early, event].slice(-MAX_EARLY) };
      if (event.type === "chat") return onChat(counted, event.event);
      if (event.type === "agent") return onAgent(counted, event.event);
      return onGap(counted);
    case "connected":
      return onConnected(counted, event.protocol, event.sameBoot);
    case "history-loaded":
      return onHistory(counted, event.snapshot, event.requestedAt);
    case "row-loaded":
      return onRowLoaded(counted, event.rowId, event.row);
    case "older-loaded":
      return onOlder(counted, event.snapshot);
    case "history-final":
      return onHistoryFinal(counted, event.requestedAt);
    case "send-changed":
      return onSendChanged(counted, event.entry);
    case "send-settled":
      return onSendSettled(counted, event.sendId);
    case "send-discarded":
      return onSendDiscarded(counted, event.sendId);
    case "send-interrupted":
      if (counted.interrupted.includes(event.sendId)) return counted;
      return arranged({ ...counted, interrupted: [...counted.interrupted, event.sendId] }, projection);
    case "run-restarted":
      return onRunRestarted(counted, event.runId);
    case "run-ended":
      return onRunEnded(counted, event.runId, event.how);
    case "run-gone":
      return withoutRun(counted, event.runId);
  }
}
