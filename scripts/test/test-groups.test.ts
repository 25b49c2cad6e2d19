import { writeSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runGroups, type TestGroup } from "../test-groups.ts";

const passing: TestGroup = {
  name: "fast",
  missing: () => null,
  run: async () => ({ passed: 3, failed: 0, skipped: 0 }),
};
const failing: TestGroup = {
  ...passing,
  name: "broken",
  run: async () => ({ passed: 1, failed: 2, skipped: 0 }),
};
const impossible: TestGroup = {
  name: "browser",
  missing: () => "no Chromium found",
  run: () => {
    throw new Error("a group that is missing something must not run");
  },
};

let lines: string[];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
});

afterEach(() => {
  vi.restoreAllMocks();
});

test("a group that this machine cannot run is told in one line, with the reason, and fails nothing", async () => {
  expect(await runGroups([passing, impossible], false)).toBe(0);
  expect(lines).toContain("skipped: browser: no Chromium found");
  expect(lines.at(-1)).toBe("3 passed, 0 failed");
});

test("REQUIRE_ALL makes a skipped group a failure", async () => {
  expect(await runGroups([passing, impossible], true)).toBe(1);
  expect(lines.at(-1)).toBe("3 passed, 1 failed");
});

test("REQUIRE_ALL makes a test that skipped itself a failure", async () => {
  const shy: TestGroup = { ...passing, run: async () => ({ passed: 3, failed: 0, skipped: 1 }) };
  expect(await runGroups([shy], false)).toBe(0);
  expect(await runGroups([shy], true)).toBe(1);
});

test("a test that skipped itself is named at the end", async () => {
  const skips = ["a.test.ts > asks the engine"];
  const shy: TestGroup = { ...passing, run: async () => ({ passed: 3, failed: 0, skipped: 1, skips }) };
  await runGroups([shy], false);
  expect(lines.at(-2)).toBe("skipped: fast: 1 tests skipped themselves: a.test.ts > asks the engine");
});

test("failures of all groups are added up, and no group hides another's", async () => {
  expect(await runGroups([failing, passing, failing], false)).toBe(1);
  expect(lines.at(-1)).toBe("5 passed, 4 failed");
});

test("what failed is named once more at the end, where a long log is read first", async () => {
  const named: TestGroup = {
    ...failing,
    run: async () => ({
      passed: 1,
      failed: 1,
      skipped: 0,
      failures: ["a.test.ts > adds: expected 1 to be 2"],
    }),
  };
  await runGroups([named, passing], false);
  expect(lines.slice(-2)).toEqual([
    "failed: broken: a.test.ts > adds: expected 1 to be 2",
    "4 passed, 1 failed",
  ]);
});

test("a run in which nothing passed has not succeeded", async () => {
  expect(await runGroups([impossible], false)).toBe(1);
});

test("a group that runs beside the others is counted, and what it wrote is shown in one piece", async () => {
  const other = Promise.withResolvers<void>();
  const waiting: TestGroup = {
    ...passing,
    name: "slow",
    beside: true,
    run: async (output) => {
      if (output === "inherit") throw new Error("its output would run into that of the others");
      writeSync(output, "what the slow group says\n");
      await other.promise;
      return { passed: 4, failed: 1, skipped: 0 };
    },
  };
  const after: TestGroup = {
    ...passing,
    run: async () => {
      other.resolve();
      return { passed: 2, failed: 0, skipped: 0 };
    },
  };
  expect(await runGroups([waiting, passing, after], false)).toBe(1);
  expect(lines).toContain("what the slow group says\nslow: 4 passed, 1 failed, 0 skipped");
  expect(lines.at(-1)).toBe("9 passed, 1 failed");
});

test("a group beside the others that this machine cannot run is told like any other", async () => {
  expect(await runGroups([passing, { ...impossible, beside: true }], true)).toBe(1);
  expect(lines).toContain("skipped: browser: no Chromium found");
});
