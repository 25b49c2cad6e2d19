import { sendKeyOf } from "@automna/protocol";

import { runMessageId } from "./coverage.ts";
import { hasContent, type LiveRun } from "./live-run.ts";
import type { LocalSend } from "./local-send.ts";
import { arranged, type Projection } from "./projection-state.ts";
import { isInternalRow } from "./stored-rows.ts";

const MAX_RESIDUE = 100;

/** What is left over stays where it happened, though only this client knows it. */
export function onHistoryFinal(projection: Projection, requestedAt: number): Projection {
  const isLeftOver = (run: LiveRun) =>
    run.outcome.state !== "active" && run.anchor === undefined && run.touched <= requestedAt;
  if (!projection.runs.some(isLeftOver)) return projection;
  const runs = projection.runs
    .filter((run) => !isLeftOver(run) || hasContent(run) || run.outcome.state === "error")
    .filter((run) => !isLeftOver(run) || !endedBeforeAll(run, projection))
    .map((run) => (isLeftOver(run) ? { ...endedUnseen(run), anchor: anchorOf(projection, run.runId) } : run));
  return arranged({ ...projection, runs: bounded(runs) }, projection);
}

/** An answer that was given before the first of all rows was written went with a reset. */
function endedBeforeAll({ outcome, lastAt }: LiveRun, { rows, olderFrom }: Projection): boolean {
  const first = olderFrom === null ? rows?.[0]?.row.timestamp : undefined;
  return outcome.state === "final" && outcome.unseen !== true && first !== undefined && lastAt < first;
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

/** A send that is not stored stands before its answer, if that is. */
function anchorOfSend(projection: Projection, sendId: string): string | null {
  const answer = projection.placed.findIndex(({ id }) => id === runMessageId(sendId));
  return answer < 0 ? anchorOf(projection, sendId) : (projection.placed[answer - 1]?.id ?? null);
}

export function onSendSettled(projection: Projection, sendId: string): Projection {
  const anchor = anchorOfSend(projection, sendId);
  const sends = projection.sends.map((send) => (send.entry.sendId === sendId ? { ...send, anchor } : send));
  return arranged({ ...projection, sends: bounded(sends) }, projection);
}

/** The conversation is another one: what stood beside the former one, and would never be stored, goes. */
export function onReset(projection: Projection): Projection {
  const isSent = ({ anchor }: LocalSend) => anchor === undefined;
  return arranged({ ...projection, runs: [], sends: projection.sends.filter(isSent) }, projection);
}

/** The sends whose rows are hidden, as the prompt is that stands for `/new`, and the messages behind which those rows are. */
function hiddenSends({ rows, placed, memory }: Projection): ReadonlyMap<string, string | null> {
  const anchors = new Map<string, string | null>();
  const shown = new Map(placed.map(({ id, group }) => [group.rows.at(-1)?.id, id]));
  let before: string | null = null;
  for (const { id, row } of rows ?? []) {
    before = shown.get(id) ?? before;
    const sendId = row.role === "user" && isInternalRow(row) ? (memory.links[id] ?? sendKeyOf(row)) : null;
    if (sendId !== null) anchors.set(sendId, before);
  }
  return anchors;
}

/**
 * What will never be stored, after a look at the history: a send whose row is hidden stands where that row is.
 *
 * @param joins the history goes on where it was. Else what stood behind messages that are not here any more goes with
 * them, and so does what stood at a beginning that is another one now.
 */
export function afterLook(projection: Projection, joins: boolean): Projection {
  const { placed, olderFrom } = projection;
  const hidden = hiddenSends(projection);
  const ids = new Set(placed.map(({ id }) => id));
  const stays = ({ anchor }: LiveRun | LocalSend) =>
    joins || anchor === undefined || (anchor === null ? olderFrom !== null : ids.has(anchor));
  const sends = projection.sends
    .filter((send) => hidden.has(send.entry.sendId) || stays(send))
    .map((send) => {
      const anchor = hidden.get(send.entry.sendId);
      return anchor === undefined || anchor === send.anchor ? send : { ...send, anchor };
    });
  return { ...projection, runs: projection.runs.filter(stays), sends };
}
