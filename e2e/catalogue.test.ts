import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Frame, Page } from "playwright";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { freePort } from "../scripts/free-port.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";

const root = join(import.meta.dirname, "..");

/**
 * Where the written catalogue is, for the browser alone. Hundreds of modules over a socket would not survive the containers
 * of other tests: whenever the machine's networks change, Chromium gives up what it loads.
 */
const SITE = "http://localhost:1";

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly type: "docs" | "story";
}

let browser: Browser;
let folder: string;
let dev: ChildProcess | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "automna-catalogue-"));
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  if (dev?.pid !== undefined && dev.exitCode === null) process.kill(-dev.pid, "SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `npm run …` in a group of its own. */
function npm(...args: string[]): ChildProcess {
  return spawn("npm", ["run", "--silent", ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
}

async function end(child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr?.on("data", (text) => (said += String(text)));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`It ended with ${String(code)}:\n${said}`);
}

/** The document in which stories and pages are shown. */
async function preview(page: Page): Promise<Frame> {
  const frame = await page.locator("#storybook-preview-iframe").elementHandle();
  const content = await frame?.contentFrame();
  if (!content) throw new Error("The catalogue shows no preview.");
  return content;
}

test("npm run build:storybook writes a catalogue whose every page of the guide opens, with its examples alive", async () => {
  await end(npm("build:storybook", "--", "--output-dir", folder));
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as {
    entries: Record<string, Entry>;
  };
  const pages = Object.values(index.entries).filter(
    ({ type, title }) => type === "docs" && (title.startsWith("Guide/") || title === "Start here"),
  );
  expect(pages.map(({ title }) => title).sort()).toEqual([
    "Guide/Accessibility",
    "Guide/Adapters",
    "Guide/Languages",
    "Guide/Markdown",
    "Guide/Parts",
    "Guide/Testing kit",
    "Guide/The runtime hook",
    "Guide/Theming",
    "Start here",
  ]);
  const page = await browser.newPage();
  await page.route(`${SITE}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    return route.fulfill({ path: join(folder, pathname) });
  });
  const faults = watchFaults(page);
  for (const { id, title } of pages) {
    await page.goto(`${SITE}/iframe.html?id=${id}&viewMode=docs`);
    await page.locator(".sbdocs h1").first().waitFor();
    await page.locator(".sb-story :is(.automna-chat, .story-recipe, .automna-markdown)").first().waitFor();
    expect(await page.locator(".sb-errordisplay:visible").count(), title).toBe(0);
  }
  await page.goto(`${SITE}/iframe.html?id=guide-testing-kit--docs&viewMode=docs`);
  await page.getByRole("textbox", { name: "Message" }).fill("Hello from the guide");
  await page.keyboard.press("Enter");
  await page.getByText("Echo: Hello from the guide", { exact: true }).waitFor();
  expect(faults.consoleErrors).toEqual([]);
  await page.close();
});

test("npm run storybook opens the catalogue, and a story in it chats", async () => {
  const port = await freePort();
  dev = npm("storybook", "--", "--ci", "--port", String(port), "--exact-port");
  // Nobody asks what it says, and a full pipe would stop it.
  dev.stderr?.resume();
  const url = `http://localhost:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${url}/index.json`)).ok).toBe(true));
  const page = await browser.newPage();
  await page.route(`${url}/**`, async (route) => {
    // A server that was busy for long resets the connections that idled meanwhile, with what was just asked on them.
    const headers = { ...route.request().headers(), connection: "close" };
    await route.fulfill({ response: await route.fetch({ headers }) });
  });
  await page.goto(`${url}/?path=/story/chat-automnachat--empty`);
  await page.getByRole("link", { name: "Empty" }).first().waitFor();
  const story = await preview(page);
  const composer = story.getByRole("textbox", { name: "Message" });
  await composer.fill("Hello");
  await composer.press("Enter");
  await story.locator('[data-role="assistant"]').first().waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.close();
});
