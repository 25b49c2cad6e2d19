import { expect, test } from "vitest";
import { commandsFor } from "../src/components/dashboard/commands.ts";
import { limitTexts } from "../src/components/dashboard/limit-texts.ts";
import { problemText } from "../src/components/problem-text.ts";
import { relativeTime } from "../src/components/time-texts.ts";
import { budgetText, usedTexts } from "../src/components/usage-texts.ts";
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

test("what was used is said in the language's own numbers, with its cost where prices are known", () => {
  const used = { requests: 3, inputTokens: 12_000, outputTokens: 345, cost: 0.0274 };
  expect(usedTexts(used, languages.en)).toEqual([
    "12,345 tokens",
    "12,000 read, 345 written",
    "3 model answers",
    "about $0.0274",
  ]);
  expect(usedTexts({ ...used, cost: null }, languages.de)).toEqual([
    "12.345 Token",
    "12.000 gelesen, 345 geschrieben",
    "3 Modellantworten",
  ]);
});

test("a budget says what is left and when it is renewed; without one nothing is said", () => {
  const none = { requests: 0, inputTokens: 0, outputTokens: 0, cost: null };
  const usage = { paidBy: "operator", today: none, month: none, budget: null } as const;
  expect(budgetText(usage, languages.en)).toBeNull();
  const budget = { dailyTokens: 1_000, left: 250, renewsAt: "2026-11-22T00:00:00.000Z" };
  expect(budgetText({ ...usage, budget }, languages.en)).toContain("250 of 1,000 tokens are left");
  expect(budgetText({ ...usage, budget: { ...budget, left: 0 } }, languages.en)).toContain("used up");
});

test("a problem is told by its code in the page's language, and in the server's words where that says more", () => {
  const detail = "The gateway was started 3 times.";
  expect(problemText({ code: "crash-loop", detail }, languages.en)).toBe(detail);
  expect(problemText({ code: "crash-loop", detail }, languages.de)).toBe(languages.de.problem["crash-loop"]);
  expect(problemText({ code: "a-newer-one", detail }, languages.de)).toBe(detail);
  expect(problemText({ code: "toString", detail }, languages.de)).toBe(detail);
});
