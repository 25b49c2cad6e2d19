import { expect, test } from "vitest";
import { monthlyCost } from "../src/server/cost.ts";

const GB = 1024 ** 3;

test.each([
  [{ memory: GB / 4 }, { idle: { from: 2, to: 5 }, active: { from: 5, to: 15 } }],
  [
    { memory: 2 * GB, disk: 10 * GB },
    { idle: { from: 17, to: 41 }, active: { from: 41, to: 121 } },
  ],
  [{ cpus: 2 }, null],
  [{}, null],
])("limits of %j cost about %j a month", (limits, cost) => {
  expect(monthlyCost(limits)).toEqual(cost);
});
