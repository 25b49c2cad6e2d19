import type { Clock } from "../clock.ts";
import type { Database } from "../database/client.ts";
import type { InstanceRecord } from "../database/instance-record.ts";
import { findInstance } from "../database/instances.ts";

/** A run that is under way, and for which generation. */
export interface CurrentRun {
  readonly generation: number;
  readonly abort: AbortController;
}

/** Whoever wants something else of a gateway waits for its start no longer than this. */
const LOOK_EVERY_MS = 1_000;

/** Nobody waits for the end of a start that is not wanted any more. */
export function interruptIfOutdated(
  { generation, abort }: CurrentRun,
  instance: Pick<InstanceRecord, "generation"> | null,
): void {
  if (instance && instance.generation > generation)
    abort.abort(new Error("Something else is wanted of the instance by now."));
}

/** Another process may be the one that is told what is wanted now: looks by itself until the run ends. */
export async function interruptOnceOutdated(
  database: Database,
  instanceId: string,
  run: CurrentRun,
  clock: Clock,
  ended: AbortSignal,
): Promise<void> {
  const over = AbortSignal.any([ended, run.abort.signal]);
  while (!over.aborted) {
    await clock.sleep(LOOK_EVERY_MS, over).catch(() => undefined);
    // A database that is away says nothing of what is wanted.
    const instance = over.aborted ? null : await findInstance(database, instanceId).catch(() => null);
    interruptIfOutdated(run, instance);
  }
}
