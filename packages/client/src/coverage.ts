import { textOf } from "@automna/protocol";

import type { LiveRun } from "./live-run.ts";
import { sendOfGroup, type RowGroup } from "./stored-messages.ts";
import { leavesTurnOpen, runOfRow, type StoredRow } from "./stored-rows.ts";

/** A message of the history with the id that it keeps. */
export interface PlacedGroup {
  readonly id: string;
  readonly group: RowGroup;
  readonly sendId: string | null;
}

/** How far the time of an event and that of the row it announced may lie apart: clocks are set back, too. Milliseconds. */
const SKEW_MS = 1_000;

/** The id that a user message, a boundary or a turn without a run has. */
function rowMessageId(group: RowGroup): string {
  return `row:${group.rows[0]?.id ?? ""}`;
}

/** The id that the message of a run has. */
export function runMessageId(runId: string): string {
  return `run:${runId}`;
}

/** What is remembered about rows between two looks at the history. */
export interface RowMemory {
  /** Message id by row id. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Send identity by row id, where the rows do not carry it. */
  readonly links: Readonly<Record<string, string>>;
}

/** The messages of a steered run are told apart by their order: the same order in which they streamed. */
function freeId(wanted: string, isTaken: (id: string) => boolean, group: RowGroup): string {
  if (group.runId === null) return isTaken(wanted) ? rowMessageId(group) : wanted;
  let id = wanted;
  while (isTaken(id)) id += "+";
  return id;
}

/** The message ids of groups by their first row: what was shown under a key stays under it. */
export function idsByRow(placed: readonly PlacedGroup[]): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const { id, group } of placed) {
    const first = group.rows[0];
    if (first !== undefined && group.kind !== "system") ids[first.id] = id;
  }
  return ids;
}

/**
 * Gives every group the message id that it had before, or the one that it will keep from now on.
 *
 * @param live ids of replies that are being shown, where the new groups are earlier ones
 */
export function placeGroups(
  groups: readonly RowGroup[],
  memory: RowMemory,
  live: readonly string[] = [],
): PlacedGroup[] {
  const aliases = groups.map(({ rows }) =>
    rows.map(({ id }) => memory.aliases[id]).find((id) => id !== undefined),
  );
  const taken = new Set<string>();
  // An older page may bring an earlier message of a run whose later ones are shown under its ids already.
  const kept = new Set([...aliases.filter((alias) => alias !== undefined), ...live]);
  return groups.map((group, index) => {
    const linked = group.rows.map(({ id }) => memory.links[id]).find((sendId) => sendId !== undefined);
    const sendId = group.kind === "user" ? (sendOfGroup(group) ?? linked ?? null) : null;
    const alias = aliases[index];
    const wanted =
      alias ?? sendId ?? (group.runId === null ? rowMessageId(group) : runMessageId(group.runId));
    const isTaken = (name: string) => taken.has(name) || (alias === undefined && kept.has(name));
    const id = freeId(wanted, isTaken, group);
    taken.add(id);
    return { id, group, sendId };
  });
}

function isClosedTurn(placed: PlacedGroup): boolean {
  return placed.group.kind === "assistant" && !placed.group.open;
}

/** Whether a turn was written between the beginning and the end of a run, as far as they are known. */
function isWithin(run: LiveRun, { group }: PlacedGroup, skewMs: number): boolean {
  const at = group.rows[0]?.row.timestamp ?? 0;
  if (run.isWhole && at < run.startedAt - skewMs) return false;
  return run.outcome.state === "active" || at <= run.lastAt + SKEW_MS;
}

/**
 * The turn that answers an own send, when the history has the send: the next message after it, unless that is the answer
 * to something later (a stopped run of version 3 leaves none).
 */
function answerOf(run: LiveRun, groups: readonly PlacedGroup[]): PlacedGroup | null {
  const at = groups.findIndex((placed) => placed.sendId === run.runId);
  const next = at < 0 ? undefined : groups[at + 1];
  return next?.group.kind === "assistant" && isWithin(run, next, SKEW_MS) ? next : null;
}

function injectedRow(run: LiveRun, placed: PlacedGroup): boolean {
  return run.runId === `inject-${placed.group.rows[0]?.id}`;
}

/**
 * The turns that a run without any mark in the history may have written: those that ended in a row which was not there
 * when the run appeared, written between its beginning and its end. The newest comes last.
 */
function candidates(
  run: LiveRun,
  groups: readonly PlacedGroup[],
  rows: readonly StoredRow[],
  skewMs: number,
): PlacedGroup[] {
  const position = new Map(rows.map((stored, index) => [stored.id, index]));
  const before = run.lastRowBefore === null ? -1 : (position.get(run.lastRowBefore) ?? -1);
  return groups.filter((placed) => {
    const { group } = placed;
    if (group.kind !== "assistant" || (group.runId !== null && group.runId !== run.runId)) return false;
    const last = group.rows.at(-1);
    return last !== undefined && (position.get(last.id) ?? -1) > before && isWithin(run, placed, skewMs);
  });
}

/** Which message of the history each run wrote (so far). */
export function claimGroups(
  {
    runs,
    placed: groups,
    unbrokenSince,
  }: {
    readonly runs: readonly LiveRun[];
    readonly placed: readonly PlacedGroup[];
    readonly unbrokenSince: number;
  },
  rows: readonly StoredRow[],
): Map<string, PlacedGroup> {
  const claims = new Map<string, PlacedGroup>();
  const taken = new Set<PlacedGroup>();
  const claim = (run: LiveRun, placed: PlacedGroup | null | undefined) => {
    if (!placed || taken.has(placed)) return;
    claims.set(run.runId, placed);
    taken.add(placed);
  };
  for (const run of runs) {
    const marked = groups.filter(
      (placed) =>
        placed.group.kind === "assistant" && (placed.group.runId === run.runId || injectedRow(run, placed)),
    );
    claim(run, marked.at(-1));
  }
  for (const run of runs) if (!claims.has(run.runId)) claim(run, answerOf(run, groups));
  // Whose clock fits comes first: within the allowance a turn may also be that of the run before.
  const byNewest = runs.toReversed();
  for (const [run, skewMs] of [0, SKEW_MS].flatMap((skew) => byNewest.map((run) => [run, skew] as const))) {
    if (claims.has(run.runId)) continue;
    const send = groups.findIndex((placed) => placed.sendId === run.runId);
    const free = candidates(run, groups, rows, skewMs).filter(
      (placed) =>
        !taken.has(placed) && groups.indexOf(placed) > send && !followsOtherSend(groups, placed, run.runId),
    );
    const goesOn = run.outcome.state === "active" && (run.protocol === 4 || run.touched > unbrokenSince);
    if (goesOn)
      claim(
        run,
        free.findLast(({ group }) => group.open),
      );
    // Behind its own send the first answer is the likeliest; of a run that nobody here asked for, the newest is.
    else claim(run, send < 0 ? free.at(-1) : free[0]);
  }
  return claims;
}

/** A turn that stands right after a send whose own run is known to have written it is nobody else's. */
function followsOtherSend(groups: readonly PlacedGroup[], placed: PlacedGroup, runId: string): boolean {
  const before = groups[groups.indexOf(placed) - 1];
  const sendId = before?.sendId ?? null;
  return sendId !== null && sendId !== runId && placed.id === runMessageId(sendId);
}

/** What decides whether a run is covered, beside the run itself. */
export interface CoverageFacts {
  readonly claim: PlacedGroup | undefined;
  readonly groups: readonly PlacedGroup[];
  readonly rows: readonly StoredRow[];
  /** The gateway says that it goes on, or it was heard of after the history was asked for. */
  readonly stillActive: boolean;
  /** It is active and was heard of since nothing can have been missed. */
  readonly isHeard: boolean;
}

/** Whether the history has the whole of what a run wrote. */
export function isCovered(run: LiveRun, facts: CoverageFacts): boolean {
  const { claim, groups, rows, stillActive, isHeard } = facts;
  if (run.protocol === 4) {
    if (stillActive) return false;
    if (claim !== undefined) return isClosedTurn(claim);
    return rows.some(({ row }) => runOfRow(row) === run.runId && !leavesTurnOpen(row));
  }
  if (claim === undefined) return false;
  // Messages of other people may stand between the rows of a turn, which then never closes.
  return isClosedTurn(claim) || (groups.at(-1) !== claim && !isHeard);
}

/** The text of the earlier messages of a run that still goes on. */
export function closedTextOf(
  runId: string,
  groups: readonly PlacedGroup[],
  except: PlacedGroup | undefined,
): string {
  const texts: string[] = [];
  for (const placed of groups) {
    if (placed.group.runId !== runId || placed === except) continue;
    for (const { row } of placed.group.rows) if (row.role === "assistant") texts.push(textOf(row));
  }
  return texts.filter((text) => text !== "").join("\n\n");
}
