import { expect, test } from "vitest";

import { BACKOFF, backoffDelay } from "../src/backoff.ts";

test.each([
  [1, 250],
  [2, 500],
  [3, 1_000],
  [6, 8_000],
  [7, 15_000],
  [40, 15_000],
])("attempt %i waits at most %i ms", (attempt, most) => {
  expect(backoffDelay(attempt, 0.999_999)).toBe(most);
});

test("the first retry never spins, however unlucky the draw", () => {
  expect(backoffDelay(1, 0)).toBe(25);
});

test("of a thousand clients that lost their gateway at once no more than ten come back in one millisecond", () => {
  const delays = Array.from({ length: 1_000 }, (_, client) => backoffDelay(1, client / 1_000));
  const perMs = Map.groupBy(delays, (delay) => delay);
  expect(Math.max(...[...perMs.values()].map(({ length }) => length))).toBeLessThanOrEqual(10);
});

test("a thousand clients come back spread over at least 80 % of the window", () => {
  const delays = Array.from({ length: 1_000 }, (_, client) => backoffDelay(7, client / 1_000));
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThanOrEqual(0.8 * BACKOFF.maxMs);
  const tenths = new Set(delays.map((delay) => Math.floor((delay / BACKOFF.maxMs) * 10)));
  expect(tenths.size).toBe(10);
});
