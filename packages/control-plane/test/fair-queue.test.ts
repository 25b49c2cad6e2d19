import { expect, test } from "vitest";
import { FairQueue } from "../src/jobs/index.ts";

function drained(queue: FairQueue): string[] {
  const order: string[] = [];
  for (let item = queue.next(); item !== undefined; item = queue.next()) order.push(item);
  return order;
}

test("owners take turns, each one's own things in order", () => {
  const queue = new FairQueue();
  for (const item of ["a1", "a2", "a3", "b1", "c1", "b2"]) queue.add(item.charAt(0), item);
  expect(queue.size).toBe(6);
  expect(drained(queue)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
  expect(queue.size).toBe(0);
});

test("what waits already is not added again", () => {
  const queue = new FairQueue();
  queue.add("a", "a1");
  queue.add("a", "a1");
  expect(drained(queue)).toEqual(["a1"]);
});
