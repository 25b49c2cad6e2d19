import type { ChatMessage } from "@automna/protocol";

import {
  claimGroups,
  closedTextOf,
  idsByRow,
  isCovered,
  placeGroups,
  type PlacedGroup,
  type RowMemory,
} from "./coverage.ts";
import type { HistorySnapshot } from "./history-snapshot.ts";
import { afterLook } from "./left-overs.ts";
import { birth } from "./live-events.ts";
import { adopt, type LiveRun } from "./live-run.ts";
import type { LocalSend } from "./local-send.ts";
import { rowBefore } from "./outbox.ts";
import { arranged, markEnded, type Projection, type ProjectionEvent } from "./projection-state.ts";
import { isSilentRun } from "./run-message.ts";
import { groupRows } from "./stored-messages.ts";
import { identifyRows, mergeLatestPage, type StoredRow } from "./stored-rows.ts";

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
    const covered =
      !endedLater(run, projection.placed, requestedAt) &&
      isCovered(run, { claim, groups: projection.placed, rows, stillActive, isHeard });
    const first = claim !== undefined && (covered || claim.group.open) ? claim.group.rows[0] : undefined;
    // Where an earlier message of the run has its id, this one is the next.
    const isTaken = projection.placed.some((other) => other !== claim && other.id === run.messageId);
    const fresh = claim !== undefined && isTaken ? claim.id : run.messageId;
    const messageId = first === undefined ? run.messageId : (aliases[first.id] ?? fresh);
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

function saysMoreThan(run: LiveRun, stored: string): boolean {
  const beginning = stored.trim();
  return beginning !== "" && run.text.startsWith(beginning) && run.text.trim().length > beginning.length;
}

/** A steered run of version 4 may have ended behind a message of its own that the history shows as closed. */
function endedLater(run: LiveRun, placed: readonly PlacedGroup[], requestedAt: number): boolean {
  if (run.protocol === 3 || run.outcome.state === "active" || run.touched <= requestedAt) return false;
  return saysMoreThan(run, closedTextOf(run.runId, placed, undefined));
}

/** A steered run of version 4 goes on after a message of its own is closed: it continues in a new message. */
function besideClosedTurns(
  run: LiveRun,
  claim: PlacedGroup | undefined,
  placed: readonly PlacedGroup[],
): LiveRun {
  if (run.protocol === 3 || run.anchor !== undefined) return run;
  const current = claim?.group.open ? claim : undefined;
  const storedPrefix = closedTextOf(run.runId, placed, current);
  const isOver = run.outcome.state !== "active" && !saysMoreThan(run, storedPrefix);
  if (isOver || storedPrefix === run.storedPrefix) return run;
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
  live?: readonly string[],
): Projection {
  const memory = rememberRows(projection, rows, snapshot);
  return { ...projection, rows, memory, placed: placeGroups(groupRows(rows), memory, live) };
}

/** The present groups, with the former objects where neither rows nor names changed. */
function placeAgain(projection: Projection, live?: readonly string[]): Projection {
  const groups = projection.placed.map(({ group }) => group);
  const placed = placeGroups(groups, projection.memory, live);
  const shown = new Set(placed.map(({ sendId }) => sendId));
  const sends = projection.sends.filter(({ entry }) => !shown.has(entry.sendId));
  return { ...projection, placed, sends };
}

/** What is shown without being stored is asked for, too. */
function withRowBefore(send: LocalSend, snapshot: HistorySnapshot): LocalSend {
  const after = rowBefore(send.entry, snapshot);
  return after === send.entry.after ? send : { ...send, entry: { ...send.entry, after } };
}

/** @param hear what an event makes of a projection: for those that came before the first history */
export function onHistory(
  projection: Projection,
  snapshot: HistorySnapshot,
  requestedAt: number,
  hear: (projection: Projection, event: ProjectionEvent) => Projection,
): Projection {
  const known = projection.rows ?? [];
  const page = identifyRows(snapshot.rows, projection.protocol, known).map((stored) => {
    const whole = projection.wholeRows[stored.id];
    return whole === undefined ? stored : { ...stored, row: whole };
  });
  const { rows, keptOlder, joins } = mergeLatestPage(known, page);
  // What came since is counted, too: the next older page may overlap with what is here, but leaves nothing out.
  const { olderFrom } = keptOlder ? projection : snapshot;
  const sends = projection.sends.map((send) => withRowBefore(send, snapshot));
  const loaded = adoptInFlight(withHistory({ ...projection, olderFrom, sends }, rows, snapshot), snapshot);
  const settled = afterLook(placeAgain(settleRuns(loaded, snapshot, requestedAt)), joins);
  const stored = projection.early.length > 0 ? storedRuns(settled, snapshot) : [];
  const ended = stored.reduce<readonly string[]>(markEnded, settled.ended);
  const next = arranged({ ...settled, ended, early: [] }, projection);
  if (projection.early.length === 0) return next;
  const heard = projection.early.reduce<Projection>(hear, next);
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

export function onOlder(projection: Projection, snapshot: HistorySnapshot): Projection {
  const known = projection.rows ?? [];
  const ids = new Set(known.map(({ id }) => id));
  const page = identifyRows(snapshot.rows, projection.protocol, known);
  const overlap = page.findIndex(({ id }) => ids.has(id));
  // What was written since, which a page of version 3 ends with, is the next look's to put in its place.
  const rows = [...(overlap < 0 ? page : page.slice(0, overlap)), ...known];
  const whole = { ...snapshot, rows: rows.map(({ row }) => row) };
  const live = projection.runs.map(({ messageId }) => messageId);
  const next = withHistory({ ...projection, olderFrom: snapshot.olderFrom }, rows, whole, live);
  // The rows of a run that is over may be among them; which runs go on is not an older page's to say.
  const settled = settleRuns(next, { ...snapshot, activeRunIds: null }, projection.counter);
  return arranged(placeAgain(settled, live), projection);
}

export function onRowLoaded(projection: Projection, rowId: string, row: ChatMessage): Projection {
  const wholeRows = { ...projection.wholeRows, [rowId]: row };
  const rows = (projection.rows ?? []).map((stored) => (stored.id === rowId ? { id: rowId, row } : stored));
  const aliases = { ...projection.memory.aliases, ...idsByRow(projection.placed) };
  const placed = placeGroups(groupRows(rows), { ...projection.memory, aliases });
  return arranged({ ...projection, wholeRows, rows, placed }, projection);
}
