import fc from "fast-check";
import { expect, test } from "vitest";

import { OracleWitness, type Verdict } from "./oracle-witness.ts";
import { runTrace, trace, type Trace } from "./trace.ts";

const RUNS = Number(process.env["AUTOMNA_ORACLE_TRACES"] ?? 1_500);
const SEED = Number(process.env["AUTOMNA_SEED"] ?? 20_261_121);

/** Where the two may end differently, and why. Anything else is an error of one of them. */
const DIFFERENCES: readonly {
  readonly why: string;
  readonly explains: (verdict: Verdict, played: Trace) => boolean;
}[] = [
  {
    why: "A run that died with its gateway goes on under another id. Ours ends it when the boot changes; theirs is told of connections, not of boots, and shows it as being written.",
    explains: ({ streaming }, { steps }) => streaming > 0 && steps.some((step) => step.do === "kill"),
  },
  {
    why: "The end of a run was lost, or came when nobody was connected. Ours ends it by the history, which no longer names it as active; theirs ends runs by events alone and leaves that to its host.",
    explains: ({ streaming, hadGap }, { steps }) =>
      streaming > 0 &&
      (hadGap || steps.some((step) => ["drop", "freeze", "expire", "restart", "skip"].includes(step.do))),
  },
];

test("on any trace of faults OpenClaw's own projection ends with the same rows, and with the same runs or a known reason", async () => {
  const unexplained: unknown[] = [];
  let agreed = 0;
  await fc.assert(
    fc.asyncProperty(trace, async (played) => {
      const witness = new OracleWitness();
      await runTrace(4, played, { witness });
      const { verdict } = witness;
      if (verdict === null) throw new Error("The trace ended without a verdict.");
      expect(verdict.theirs).toEqual(verdict.ours);
      if (verdict.streaming === 0) agreed += 1;
      else if (!DIFFERENCES.some(({ explains }) => explains(verdict, played)))
        unexplained.push({ verdict, played });
    }),
    { numRuns: RUNS, endOnFailure: true, seed: SEED },
  );
  expect(unexplained).toEqual([]);
  // The reasons must stay exceptions.
  expect(agreed / RUNS).toBeGreaterThan(0.95);
}, 600_000);
