import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { besideWebBuilds } from "../scripts/web-build.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";

const AFTER_A_START = { timeout: patienceMs };
const STYLES = join(import.meta.dirname, "..", "apps", "web", "src", "app", "globals.css");

let browser: Browser;
let app: App;

beforeAll(async () => {
  browser = await launchChromium();
  app = await startApp({ gateway: "demo", dev: true });
});

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
});

test("in development, under StrictMode, hot reload works beside one living chat socket", async () => {
  const page = await browser.newPage();
  const { sockets } = watchFaults(page);
  const chatSockets = () => sockets.filter(({ url, closed }) => url.includes("/i/") && !closed);
  // The first request compiles the page.
  await page.goto(`${app.origin}/chat`, { timeout: patienceMs });
  const box = page.getByRole("textbox", { name: "Message" });
  await box.waitFor(AFTER_A_START);
  await box.fill("before the change");
  await box.press("Enter");
  const reply = page.locator('article[data-role="assistant"][data-status="complete"]');
  await reply.waitFor(AFTER_A_START);
  await expect.poll(chatSockets, AFTER_A_START).toHaveLength(1);
  const [socket] = chatSockets();

  await page.evaluate(() => {
    document.documentElement.dataset["mark"] = "not reloaded";
  });
  await besideWebBuilds(async () => {
    const styles = await readFile(STYLES, "utf8");
    try {
      await writeFile(STYLES, `${styles}\nbody { --changed-while-open: yes; }\n`);
      await page.waitForFunction(
        () => getComputedStyle(document.body).getPropertyValue("--changed-while-open").trim() === "yes",
        null,
        AFTER_A_START,
      );
    } finally {
      await writeFile(STYLES, styles);
    }
  });
  expect(await page.evaluate(() => document.documentElement.dataset["mark"])).toBe("not reloaded");
  expect(chatSockets()).toEqual([socket]);
  expect(await reply.count()).toBe(1);
});
