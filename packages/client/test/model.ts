import fc from "fast-check";
import { test } from "vitest";

import { httpTrace, trace } from "./trace-steps.ts";
import { runTrace } from "./trace.ts";

/** Traces per file; four files play them side by side. `AUTOMNA_TRACES` and `AUTOMNA_SEED` ask for more, or for others. */
export const RUNS = Number(process.env["AUTOMNA_TRACES"] ?? 5_000);
export const SEED = Number(process.env["AUTOMNA_SEED"] ?? 20_261_121);

/** Plays random traces of faults over version 3. Files with another `part` play other traces. */
export function testModel(part: number): void {
  test("after any trace of faults the transcript over protocol 3 is exactly the gateway's", async () => {
    await fc.assert(
      fc.asyncProperty(trace, (played) => runTrace(3, played)),
      { numRuns: RUNS, endOnFailure: false, seed: SEED + part },
    );
  }, 600_000);
}

/** The same over plain HTTP: one stream, posts beside it, and what happens to posts. */
export function testModelOverHttp(protocol: 3 | 4, runs = RUNS / 10): void {
  test(`after any trace of faults over HTTP the transcript over protocol ${protocol} is exactly the gateway's`, async () => {
    await fc.assert(
      fc.asyncProperty(httpTrace, (played) => runTrace(protocol, played, { over: "http" })),
      { numRuns: runs, endOnFailure: false, seed: SEED },
    );
  }, 600_000);
}
