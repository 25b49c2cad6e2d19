import fc from "fast-check";
import { expect, test } from "vitest";

import { RUNS, SEED } from "./model.ts";
import { OracleWitness, type Verdict } from "./oracle-witness.ts";
import { runTrace, trace, WHOLE_HISTORY, type Trace } from "./trace.ts";

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

/** Plays a trace beside the gateway makers' own projection, which takes a page of history for all of it. */
async function compared(played: Trace): Promise<Verdict | null> {
  if (played.pageSize !== WHOLE_HISTORY) {
    await runTrace(4, played);
    return null;
  }
  const witness = new OracleWitness();
  await runTrace(4, played, { witness });
  if (witness.verdict === null) throw new Error("The trace ended without a verdict.");
  return witness.verdict;
}

/** What `testModel` plays over version 4, with OpenClaw's own projection as a second opinion. */
export function testModelBesideOracle(part: number): void {
  test("after any trace of faults the transcript over protocol 4 is exactly the gateway's; OpenClaw's own projection ends with the same rows, and with the same runs or a known reason", async () => {
    const unexplained: unknown[] = [];
    let [all, agreed] = [0, 0];
    await fc.assert(
      fc.asyncProperty(trace, async (played) => {
        const verdict = await compared(played);
        if (verdict === null) return;
        all += 1;
        expect(verdict.theirs).toEqual(verdict.ours);
        if (verdict.streaming === 0) agreed += 1;
        else if (!DIFFERENCES.some(({ explains }) => explains(verdict, played)))
          unexplained.push({ verdict, played });
      }),
      { numRuns: RUNS, endOnFailure: false, seed: SEED + part },
    );
    expect(unexplained).toEqual([]);
    expect(all).toBeGreaterThan(RUNS / 2);
    // The reasons must stay exceptions.
    expect(agreed / all).toBeGreaterThan(0.95);
  }, 600_000);
}
