import type { Core } from "./core.ts";
import type { Run } from "./run-state.ts";
import type { Session } from "./session.ts";

/** The run that executes in `session` now. */
export function runOf(core: Core, session: Session): Run | undefined {
  for (const run of core.memory.runs.values())
    if (run.session === session && run.phase !== "ended") return run;
  return undefined;
}

/** All runs that have not ended. */
export const liveRuns = (core: Core): Run[] =>
  [...core.memory.runs.values()].filter((run) => run.phase !== "ended");
