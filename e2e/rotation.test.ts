import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium } from "./support/browser.ts";
import { askApp, lets, type TokenGateway } from "./support/token-probe.ts";
import { linesOnPage } from "./support/transcript.ts";

const AFTER_A_START = { timeout: patienceMs };

let browser: Browser;
let app: App;

beforeAll(async () => {
  [browser, app] = await Promise.all([launchChromium(), startApp({ gateway: "demo" })]);
});

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
});

/** Whether a handshake through the router with this token succeeds. */
const letsIn = (gateway: TokenGateway) => lets(app.origin, gateway);

const replies = (page: Page) => page.locator('article[data-role="assistant"][data-status="complete"]');

async function say(page: Page, text: string): Promise<void> {
  const box = page.getByRole("textbox", { name: "Message" });
  await box.waitFor(AFTER_A_START);
  await box.fill(text);
  await box.press("Enter");
}

test("the token is rotated while a chat is open: the old one is refused, and the chat goes on by itself", async () => {
  const page = await browser.newPage();
  await page.goto(`${app.origin}/chat`);
  await say(page, "before the rotation");
  await replies(page).first().waitFor(AFTER_A_START);
  await page.evaluate(() => {
    document.documentElement.dataset["mark"] = "not reloaded";
  });
  const before = await askApp<TokenGateway>(page, "/api/user/gateway");
  expect(await letsIn(before)).toBe(true);

  const taken = await askApp<{ rotating: boolean }>(page, "/api/user/gateway/rotate", "POST");
  expect(taken.rotating).toBe(true);
  await expect.poll(() => letsIn(before), AFTER_A_START).toBe(false);

  await say(page, "after the rotation");
  // The demo gateway forgets what was said when it starts anew: only the last exchange is looked at.
  await expect
    .poll(async () => (await linesOnPage(page)).slice(-2), AFTER_A_START)
    .toMatchObject([{ who: "user", text: "after the rotation" }, { who: "assistant" }]);
  await replies(page).last().waitFor(AFTER_A_START);
  const after = await askApp<TokenGateway>(page, "/api/user/gateway");
  expect(after.authToken).not.toBe(before.authToken);
  expect(await letsIn(after)).toBe(true);
  expect(await letsIn(before)).toBe(false);
  expect(await page.evaluate(() => document.documentElement.dataset["mark"])).toBe("not reloaded");
  await page.close();
});

test("a gateway that was stopped is woken by opening the chat", async () => {
  const page = await browser.newPage();
  await page.goto(`${app.origin}/chat`);
  await replies(page).first().waitFor(AFTER_A_START);
  await askApp(page, "/api/user/gateway/stop", "POST");
  await expect
    .poll(
      async () => (await askApp<{ instance: { observed: string } }>(page, "/api/user")).instance.observed,
      {
        timeout: patienceMs,
      },
    )
    .toBe("stopped");
  await page.goto(`${app.origin}/chat`);
  await say(page, "awake again");
  await replies(page).last().waitFor(AFTER_A_START);
  await page.close();
});
