import { expect, test } from "vitest";

import { createCircuit, createTokenBuckets } from "../src/index.ts";

test("a circuit opens after so many failures in a row, and a success in between starts the count again", () => {
  const circuit = createCircuit({ failures: 3 }, () => 0);
  circuit.failed();
  circuit.failed();
  circuit.succeeded();
  circuit.failed();
  circuit.failed();
  expect(circuit.state).toBe("closed");
  circuit.failed();
  expect(circuit.state).toBe("open");
  expect(circuit.tryPass()).toBe(false);
});

test("after its pause exactly one may try, and its fate decides", () => {
  let now = 0;
  const circuit = createCircuit({ failures: 1, openMs: 100, maxOpenMs: 350 }, () => now);
  const pauses: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    circuit.failed();
    pauses.push(circuit.retryAfterMs);
    now += circuit.retryAfterMs - 1;
    expect(circuit.tryPass()).toBe(false);
    now += 1;
    expect(circuit.tryPass()).toBe(true);
    expect(circuit.tryPass()).toBe(false);
    expect(circuit.state).toBe("half-open");
  }
  expect(pauses).toEqual([100, 200, 350, 350]);
  circuit.abandoned();
  expect(circuit.tryPass()).toBe(true);
  circuit.succeeded();
  expect(circuit.state).toBe("closed");
  expect(circuit.retryAfterMs).toBe(0);
});

test("failures that come in while it is open do not lengthen the pause", () => {
  const circuit = createCircuit({ failures: 1, openMs: 100 }, () => 0);
  circuit.failed();
  circuit.failed();
  expect(circuit.retryAfterMs).toBe(100);
});

test("a bucket gives its burst, then its rate, and never holds more than the burst", () => {
  let now = 0;
  const buckets = createTokenBuckets({ perSecond: 2, burst: 3 }, { now: () => now });
  expect([1, 2, 3, 4].map(() => buckets.take("a"))).toEqual([0, 0, 0, 500]);
  expect(buckets.take("b")).toBe(0);
  now = 499;
  expect(buckets.take("a")).toBeGreaterThan(0);
  now = 500;
  expect(buckets.take("a")).toBe(0);
  now = 60_000;
  expect([1, 2, 3, 4].map(() => buckets.take("a"))).toEqual([0, 0, 0, 500]);
});

test("buckets are bounded in number, and the one unused longest is forgotten", () => {
  const buckets = createTokenBuckets({ perSecond: 1, burst: 1 }, { now: () => 0, maxKeys: 2 });
  for (const key of ["a", "b", "a", "c"]) buckets.take(key);
  expect(buckets.size).toBe(2);
  expect(buckets.take("a")).toBeGreaterThan(0);
  expect(buckets.take("b")).toBe(0);
});
