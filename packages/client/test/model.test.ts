import fc from "fast-check";
import { test } from "vitest";

import { action, runTrace } from "./trace.ts";

/** Traces per protocol. `AUTOMNA_TRACES` and `AUTOMNA_SEED` ask for more, or for others. */
const RUNS = Number(process.env["AUTOMNA_TRACES"] ?? 300);

test.each([3, 4] as const)(
  "after any trace of faults the transcript over protocol %i is exactly the gateway's",
  async (protocol) => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 25 }), (trace) =>
        runTrace(protocol, trace),
      ),
      { numRuns: RUNS, endOnFailure: false, seed: Number(process.env["AUTOMNA_SEED"] ?? 20_261_120) },
    );
  },
  300_000,
);
