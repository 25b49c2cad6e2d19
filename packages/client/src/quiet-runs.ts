import { sameBoot } from "@automna/protocol";

import type { LiveGateway } from "./chat-context.ts";
import type { LiveRun } from "./live-run.ts";
import type { OutboxEntry } from "./outbox-entry.ts";

/** A run or a send of which nothing is heard for this long may have ended unseen, milliseconds. */
export const QUIET_RUN_MS = 30_000;

/**
 * After so many waits in a row nothing comes any more: version 3 ends a run after ten minutes unless it is told
 * otherwise, and says nothing of one that was stopped while nobody listened, or by a word from a channel.
 */
const WAITS_MAX = 22;

/**
 * The own send on whose answer a gateway that names no runs (version 3) may be at work without a word: it was taken, and
 * neither an end nor an answer is known.
 */
export function silentSend(
  entries: readonly OutboxEntry[],
  { dialect, boot }: Pick<LiveGateway, "dialect" | "boot">,
  { answered, now }: { readonly answered: ReadonlySet<string>; readonly now: number },
): OutboxEntry | null {
  if (dialect.protocol === 4) return null;
  const mayGoOn = (entry: OutboxEntry) =>
    entry.state === "acked" &&
    entry.runEnded !== true &&
    entry.stopWanted !== true &&
    entry.boot !== null &&
    sameBoot(entry.boot, boot) &&
    now - entry.sentAt < WAITS_MAX * QUIET_RUN_MS &&
    !answered.has(entry.sendId);
  return entries.find(mayGoOn) ?? null;
}

/** Counts for how long the runs that go on were not heard of. */
export class QuietRuns {
  #waits: ReadonlyMap<string, { readonly touched: number; readonly count: number }> = new Map();

  /**
   * Another wait is over.
   *
   * @returns the runs that were quiet for too long
   */
  waited(runs: readonly LiveRun[]): string[] {
    const next = runs.map(({ runId, touched }) => {
      const known = this.#waits.get(runId);
      return [runId, { touched, count: known?.touched === touched ? known.count + 1 : 0 }] as const;
    });
    this.#waits = new Map(next);
    return next.filter(([, { count }]) => count >= WAITS_MAX).map(([runId]) => runId);
  }

  clear(): void {
    this.#waits = new Map();
  }
}
