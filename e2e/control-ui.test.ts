import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium } from "./support/browser.ts";
import { type ModelServer, startModelServer } from "./support/model-server.ts";

/** A loaded machine takes its time; nothing here is a measure of speed. */
const AFTER_A_START = { timeout: patienceMs };

let browser: Browser;
let model: ModelServer;
let app: App;

beforeAll(async () => {
  [browser, model] = await Promise.all([launchChromium(), startModelServer()]);
  app = await startApp({ gateway: "openclaw", model });
});

afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await browser?.close();
  await model?.stop();
});

async function gatewayOf(origin: string): Promise<{ gatewayUrl: string; authToken: string }> {
  const answer = await fetch(`${origin}/api/user/gateway`);
  return (await answer.json()) as { gatewayUrl: string; authToken: string };
}

function socketsOf(page: Page): string[] {
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  return sockets;
}

test("OpenClaw's Control UI opens from the front page, on an origin of its own, and works over its socket", async () => {
  const page = await browser.newPage();
  const sockets = socketsOf(page);
  await page.goto(app.origin);
  await page.getByRole("link", { name: "Open its control pages" }).click(AFTER_A_START);
  await page.waitForURL((url) => url.origin !== app.origin && url.pathname.startsWith("/i/"));
  const own = new URL(page.url());
  expect(own.hostname).not.toBe(new URL(app.origin).hostname);
  expect(own.search).toBe("");

  const { authToken } = await gatewayOf(app.origin);
  await page.getByRole("textbox", { name: "Gateway secret" }).fill(authToken, AFTER_A_START);
  await page.getByRole("button", { name: "Connect" }).click();
  const composer = page.getByRole("textbox", { name: "Chat composer" });
  await composer.fill("hello from the Control UI", AFTER_A_START);
  await composer.press("Enter");
  await page.getByText("Echo: hello from the Control UI").first().waitFor(AFTER_A_START);
  expect(sockets.length).toBeGreaterThan(0);
  for (const socket of sockets) expect(new URL(socket).host).toBe(own.host);
});

test("its address on the app's origin leads there too, and without a ticket nobody gets in", async () => {
  const page = await browser.newPage();
  const { gatewayUrl } = await gatewayOf(app.origin);
  await page.goto(gatewayUrl.replace(/^ws/, "http"));
  const own = new URL(page.url());
  expect(own.origin).not.toBe(app.origin);
  expect(await page.title()).toContain("OpenClaw");
  const stranger = await browser.newContext();
  const visit = await (await stranger.newPage()).goto(own.href);
  expect(visit?.status()).toBe(404);
  await stranger.close();
  await page.close();
});
