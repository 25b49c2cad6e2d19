import { expect, test } from "vitest";
import { admissionError } from "../src/index.ts";

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
