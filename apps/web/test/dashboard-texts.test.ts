import { expect, test } from "vitest";
import { commandsFor } from "../src/components/dashboard/commands.ts";
import { limitTexts } from "../src/components/dashboard/limit-texts.ts";
import { relativeTime } from "../src/components/time-texts.ts";
import { languages } from "../src/i18n/index.ts";

test.each([
  ["ready", "running", ["stop", "restart", "upgrade", "rotate"]],
  ["provisioning", "running", ["stop", "restart"]],
  ["provisioning", "stopped", ["wake"]],
  ["stopped", "stopped", ["wake", "rotate"]],
  ["failed", "running", ["wake", "restart", "stop", "upgrade"]],
  ["deleted", "destroyed", []],
] as const)("an agent that is %s and wanted %s can be told to %j", (state, desired, commands) => {
  expect(commandsFor({ state, desired })).toEqual(commands);
});

test("limits are said in the units that people know, and only those that there are", () => {
  const limits = { memory: 2 * 2 ** 30, cpus: 1.5, pids: 512 };
  expect(limitTexts(limits, languages.en)).toEqual(["2 GB of memory", "1.5 CPUs", "512 processes"]);
  expect(limitTexts({ memory: 512 * 2 ** 20 }, languages.de)).toEqual(["512 MB Arbeitsspeicher"]);
  expect(limitTexts(null, languages.en)).toEqual([]);
});

test.each([
  [-5_000, "5 seconds ago"],
  [-90_000, "1 minute ago"],
  [-7_300_000, "2 hours ago"],
  [-86_400_000, "yesterday"],
  [0, "now"],
  [61_000, "in 1 minute"],
])("%i ms from now is said as %s", (offset, words) => {
  const now = 1_800_000_000_000;
  expect(relativeTime(now + offset, now, "en")).toBe(words);
});
