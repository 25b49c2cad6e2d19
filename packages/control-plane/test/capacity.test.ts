import { expect, test } from "vitest";
import { admissionError, poolWithin, roomIn } from "../src/index.ts";

const LIMITS = { maxRunning: 10, maxWaiting: 3 };

test.each([
  [{ running: 0, unsettled: 0 }, null],
  [{ running: 9, unsettled: 2 }, null],
  [{ running: 10, unsettled: 0 }, "capacity-reached"],
  [{ running: 5, unsettled: 3 }, "queue-full"],
] as const)("with %j there is room, or a reason", (occupancy, code) => {
  expect(admissionError(occupancy, LIMITS)?.code ?? null).toBe(code);
});

test("those who are refused are told different times", () => {
  const full = { running: 10, unsettled: 0 };
  const [early, late] = [0, 0.99].map((random) => admissionError(full, LIMITS, () => random)?.retryAfterMs);
  expect(early).toBeLessThan(late ?? 0);
});

const GB = 1024 ** 3;

test.each([
  [8 * GB, 2 * GB, 8],
  [7.9 * GB, 2 * GB, 7],
  [GB, 4 * GB, 1],
])(
  "in %d bytes there is room for gateways of %d each by half of it, and always for one",
  (memory, limit, room) => {
    expect(roomIn(memory, limit)).toBe(room);
  },
);

test.each([
  [3, 0, 10, 3],
  [3, 8, 10, 2],
  [3, 10, 10, 0],
  [3, 12, 10, 0],
])("of a pool of %d beside %d that run of %d, %d may wait", (poolSize, running, maxRunning, waiting) => {
  expect(poolWithin(poolSize, running, maxRunning)).toBe(waiting);
});
