import { expect, test } from "vitest";
import { createWaker } from "../src/components/wake-on-use.ts";

function touching() {
  const world = { now: 0, woken: 0 };
  const touch = createWaker(
    () => {
      world.woken += 1;
      return world.woken === 2 ? Promise.reject(new Error("the line is down")) : Promise.resolve();
    },
    () => world.now,
  );
  return { world, touch };
}

test("a page that was opened just now wakes nothing: opening it did", () => {
  const { world, touch } = touching();
  touch();
  expect(world.woken).toBe(0);
});

test("the first touch after a pause wakes, the next ones do not, and a failure is not the page's", () => {
  const { world, touch } = touching();
  for (const now of [30_000, 30_001, 59_999, 60_000, 90_000]) {
    world.now = now;
    touch();
  }
  expect(world.woken).toBe(3);
});
