import { runMessageId } from "./coverage.ts";
import { hasContent, type LiveRun } from "./live-run.ts";
import type { LocalSend } from "./local-send.ts";
import { arranged, type Projection } from "./projection-state.ts";

const MAX_RESIDUE = 100;

/** What is left over stays where it happened, though only this client knows it. */
export function onHistoryFinal(projection: Projection, requestedAt: number): Projection {
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
