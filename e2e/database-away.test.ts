import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../apps/web/src/server/embedded-postgres.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { violationsOn } from "./support/axe.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";
import { type CuttableLink, startCuttableLink } from "./support/cuttable-link.ts";
import { say } from "./support/people.ts";

const SOON = { timeout: patienceMs };

let browser: Browser;
let folder: string;
let postgres: EmbeddedPostgres;
let link: CuttableLink;
let app: App;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "automna-database-away-"));
  [browser, postgres] = await Promise.all([
    launchChromium(),
    startEmbeddedPostgres({ directory: join(folder, "postgres") }),
  ]);
  const address = new URL(postgres.url);
  link = await startCuttableLink(() => Number(new URL(postgres.url).port));
  address.port = String(link.port);
  app = await startApp({
    gateway: "demo",
    env: { DATABASE_URL: address.href, TOKEN_KEYS: `k1:${randomBytes(32).toString("base64")}` },
  });
});

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
  await link?.close();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

const isReady = async () => (await fetch(`${app.origin}/readyz`)).status;

beforeEach(async () => {
  link.mend();
  await expect.poll(isReady, SOON).toBe(200);
  await expect.poll(async () => (await fetch(`${app.origin}/api/user/gateway`)).status, SOON).toBe(200);
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

async function takeDatabaseAway(): Promise<void> {
  link.cut();
  await expect.poll(isReady, SOON).toBe(503);
}

async function mark(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.dataset["mark"] = "not reloaded";
  });
}

const markOf = (page: Page) => page.evaluate(() => document.documentElement.dataset["mark"]);

test("a chat that was opened while the database was away connects when it is back, and takes a message", async () => {
  await takeDatabaseAway();
  const page = await browser.newPage();
  await page.goto(`${app.origin}/chat`);
  await page.getByText("Your agent cannot be looked up now").waitFor(SOON);
  await mark(page);
  link.mend();
  await say(page, "after the database came back");
  await page.locator('article[data-role="assistant"][data-status="complete"]').last().waitFor(SOON);
  expect(await markOf(page)).toBe("not reloaded");
});

test("a page that could not be made without the database says so, and is made when it is back", async () => {
  await takeDatabaseAway();
  const page = await browser.newPage();
  const faults = watchFaults(page);
  await page.goto(app.origin);
  await page.getByRole("heading", { name: "This page could not be made" }).waitFor(SOON);
  await page.getByText("The server does not reach its database at the moment.").waitFor(SOON);
  expect(await violationsOn(page)).toEqual([]);
  await mark(page);
  // What the button asks for is asked at once, and while the database is away in vain.
  await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/readyz") && response.status() === 503, SOON),
    page.getByRole("button", { name: "Try again" }).click(),
  ]);
  link.mend();
  await page.getByText("Agent Ready").waitFor(SOON);
  expect(await markOf(page)).toBe("not reloaded");
  // The document and the questions that failed, and that React was told of the first.
  expect(
    faults.consoleErrors.filter((line) => !/Failed to load resource|React error #441/.test(line)),
  ).toEqual([]);
});
