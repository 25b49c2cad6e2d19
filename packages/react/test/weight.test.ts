import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

import { loadedWith } from "../../client/test/loaded-code.ts";

const index = fileURLToPath(new URL("../src/index.ts", import.meta.url));
const REACT = [/^react($|\/)/, /^react-dom($|\/)/];

/** Every file of which an application has something in its bundle, loaded at once or later. */
async function filesBehind(names: string): Promise<readonly string[]> {
  const { files, later } = await loadedWith(names, index, REACT);
  return [...files, ...later];
}

describe("15. weight: a page with React loads at most", () => {
  test.each([
    ["16 KB with the hook", "useClawdbotRuntime", 12, 16],
    ["45 KB with the styled chat and its markdown", "AutomnaChat, Markdown", 30, 45],
  ])("%s", async (_what, names, least, most) => {
    const { kb } = await loadedWith(names, index, REACT);
    expect(kb).toBeGreaterThan(least);
    expect(kb).toBeLessThanOrEqual(most);
  });
});

describe("who imports the hooks alone", () => {
  test("gets neither markdown nor the list nor any part", async () => {
    const files = await filesBehind("useClawdbotRuntime, useMessage, useMessageIds, useConnection");
    expect(files.some((file) => file.includes("/runtime/use-clawdbot-runtime.ts"))).toBe(true);
    const heavy = /\/src\/scroll\/|\/src\/parts\/|\/src\/markdown\/|\/src\/i18n\//;
    expect(files.filter((file) => heavy.test(file))).toEqual([]);
  });
});

describe("who imports the chat", () => {
  test("gets one language and none of the additions", async () => {
    const files = await filesBehind("AutomnaChat");
    expect(files.some((file) => file.includes("/parts/automna-chat.tsx"))).toBe(true);
    const unasked =
      /\/i18n\/(?:de|es|zh|ar)\.ts|\/markdown\/plugins\/|\/assistant-ui\/|\/katex\/|\/mermaid\//;
    expect(files.filter((file) => unasked.test(file))).toEqual([]);
  });
});
