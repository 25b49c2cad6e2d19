import type { LiveRun } from "./live-run.ts";

/**
 * After so many waits of half a minute in a row nothing comes any more: version 3 ends a run after ten minutes unless it
 * is told otherwise, and says nothing of one that was stopped while nobody listened, or by a word from a channel.
 */
const WAITS_MAX = 22;

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
