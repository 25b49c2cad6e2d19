import { expect, test } from "vitest";

import { createCallBudget, waitFor } from "../src/call-budget.ts";
import type { CallBudgetOptions, CallLog } from "../src/call-budget.ts";
import { openLedger } from "../src/ledger.ts";
import { TICKTICK_LIMITS } from "../src/ticktick-api.ts";
import { temporaryFolder } from "./support/folders.ts";

/** A clock that moves only when somebody waits for it. */
function testClock(start = 1_795_000_000_000) {
  let time = start;
  return {
    now: () => time,
    advance: (ms: number) => void (time += ms),
    sleep: (ms: number): Promise<void> => Promise.resolve(void (time += ms)),
  };
}

function memoryLog(): CallLog & { readonly calls: number[] } {
  const calls: number[] = [];
  return { calls, add: (at) => void calls.push(at), since: (at) => calls.filter((call) => call >= at) };
}

const { signal } = new AbortController();

/** The most calls in any stretch of this length. */
function densest(calls: readonly number[], withinMs: number): number {
  return Math.max(...calls.map((from) => calls.filter((at) => at >= from && at < from + withinMs).length));
}

test("1,000 calls that are wanted at once keep both of TickTick's limits, and waste no time", async () => {
  const clock = testClock();
  const log = memoryLog();
  const budget = createCallBudget({ windows: TICKTICK_LIMITS, log, now: clock.now, sleep: clock.sleep });
  const begun = clock.now();
  await Promise.all(Array.from({ length: 1_000 }, () => budget.take(signal)));
  expect(densest(log.calls, 60_000)).toBe(100);
  expect(densest(log.calls, 300_000)).toBe(300);
  // 300 in the first two minutes, 300 more from the fifth on, and so on: the 1,000th in the sixteenth.
  expect(clock.now() - begun).toBe(900_000);
});

test("calls that come and go keep both limits", async () => {
  const clock = testClock();
  const log = memoryLog();
  const budget = createCallBudget({ windows: TICKTICK_LIMITS, log, now: clock.now, sleep: clock.sleep });
  for (let call = 0; call < 900; call += 1) {
    await budget.take(signal);
    clock.advance((call * 7_919) % 1_500);
  }
  expect(densest(log.calls, 60_000)).toBeLessThanOrEqual(100);
  expect(densest(log.calls, 300_000)).toBeLessThanOrEqual(300);
});

test("a restart spends nothing twice", async () => {
  const clock = testClock();
  const folder = await temporaryFolder();
  for (let start = 0; start < 4; start += 1) {
    const ledger = openLedger(folder);
    const options: CallBudgetOptions = { windows: TICKTICK_LIMITS, log: ledger.calls("ticktick"), ...clock };
    const budget = createCallBudget(options);
    for (let call = 0; call < 100; call += 1) await budget.take(signal);
    ledger.close();
  }
  const ledger = openLedger(folder);
  const calls = ledger.calls("ticktick").since(0);
  ledger.close();
  expect(calls).toHaveLength(400);
  expect(densest(calls, 60_000)).toBe(100);
  expect(densest(calls, 300_000)).toBe(300);
});

test.each([
  ["no calls yet", [], 0],
  ["one less than the limit", [95], 0],
  ["the limit, the oldest 40 ago", [60, 95], 60],
  ["the limit, the oldest as long ago as the window", [0, 95], 0],
  ["calls of a clock that was set back", [900, 950], 100],
])("with %s the wait is right", (_, calls, expected) => {
  expect(waitFor([{ calls: 2, withinMs: 100 }], calls, 100)).toBe(expected);
});

test("who stops waiting costs nothing, and the next in line gets the place", async () => {
  const log = memoryLog();
  const gate = Promise.withResolvers<void>();
  const clock = testClock();
  const budget = createCallBudget({
    windows: [{ calls: 1, withinMs: 1_000 }],
    log,
    now: clock.now,
    sleep: (ms) => gate.promise.then(() => clock.advance(ms)),
  });
  const leaving = new AbortController();
  await budget.take(signal);
  const second = budget.take(leaving.signal);
  const third = budget.take(signal);
  leaving.abort(new Error("left"));
  gate.resolve();
  await expect(second).rejects.toThrow("left");
  await third;
  expect(log.calls).toHaveLength(2);
});
