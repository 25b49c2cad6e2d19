import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium } from "./support/browser.ts";
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

interface Gateway {
  readonly gatewayUrl: string;
  readonly authToken: string;
}

/** As the page itself would ask. */
const ask = <T>(page: Page, path: string, method = "GET") =>
  page.evaluate(async ([address, verb]) => (await fetch(address, { method: verb })).json() as Promise<T>, [
    path,
    method,
  ] as const);

/** Whether a handshake through the router with this token succeeds; null when there is no gateway to ask. */
function letsIn({ gatewayUrl, authToken }: Gateway): Promise<boolean | null> {
  return new Promise((resolve) => {
    const socket = new WebSocket(gatewayUrl, { origin: app.origin });
    const end = (answer: boolean | null) => {
      resolve(answer);
      socket.terminate();
    };
    socket.on("error", () => end(null));
    socket.on("close", () => end(null));
    socket.on("open", () =>
      socket.send(
        JSON.stringify({
          type: "req",
          id: "1",
          method: "connect",
          params: {
            minProtocol: 3,
            maxProtocol: 4,
            client: { id: "gateway-client", mode: "backend", version: "0", platform: "node" },
            role: "operator",
            scopes: ["operator.read"],
            caps: [],
            auth: { token: authToken },
          },
        }),
      ),
    );
    socket.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { type: string; ok?: boolean };
      if (frame.type === "res") end(frame.ok === true);
    });
  });
}

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
  const before = await ask<Gateway>(page, "/api/user/gateway");
  expect(await letsIn(before)).toBe(true);

  const taken = await ask<{ rotating: boolean }>(page, "/api/user/gateway/rotate", "POST");
  expect(taken.rotating).toBe(true);
  await expect.poll(() => letsIn(before), AFTER_A_START).toBe(false);

  await say(page, "after the rotation");
  // The demo gateway forgets what was said when it starts anew: only the last exchange is looked at.
  await expect
    .poll(async () => (await linesOnPage(page)).slice(-2), AFTER_A_START)
    .toMatchObject([{ who: "user", text: "after the rotation" }, { who: "assistant" }]);
  await replies(page).last().waitFor(AFTER_A_START);
  const after = await ask<Gateway>(page, "/api/user/gateway");
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
  await ask(page, "/api/user/gateway/stop", "POST");
  await expect
    .poll(async () => (await ask<{ instance: { observed: string } }>(page, "/api/user")).instance.observed, {
      timeout: patienceMs,
    })
    .toBe("stopped");
  await page.goto(`${app.origin}/chat`);
  await say(page, "awake again");
  await replies(page).last().waitFor(AFTER_A_START);
  await page.close();
});
