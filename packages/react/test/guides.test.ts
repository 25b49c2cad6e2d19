import { createChatStore } from "@automna/client";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import * as react from "../src/index.ts";

const textOf = (page: string) => readFileSync(`${import.meta.dirname}/../${page}`, "utf8");

/** Those of which a page says nothing. */
function missingIn(page: string, names: readonly string[]): readonly string[] {
  const words = new Set(textOf(page).match(/\w+/g));
  return names.filter((name) => !words.has(name));
}

test("the README names every hook and every part", () => {
  const names = Object.keys(react).filter((name) => /^(?:use)?[A-Z]/.test(name));
  expect(names).toContain("useMessage");
  expect(names).toContain("Thread");
  expect(missingIn("README.md", names)).toEqual([]);
});

test("the guide to the runtime hook names every action", () => {
  const { actions } = createChatStore({ gatewayUrl: "ws://gateway.test", authToken: null });
  expect(Object.keys(actions)).toContain("send");
  expect(missingIn("stories/runtime-hook.mdx", Object.keys(actions))).toEqual([]);
});
