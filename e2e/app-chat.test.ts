import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test, type TestContext, vi } from "vitest";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";
import { REAL_PRODUCTS } from "./support/install-gateways.ts";
import { type ModelServer, startModelServer } from "./support/model-server.ts";
import { askApp, lets, type TokenGateway } from "./support/token-probe.ts";
import { linesOnPage } from "./support/transcript.ts";

/** A loaded machine takes its time; nothing here is a measure of speed. */
const SOON = { timeout: patienceMs };
const AFTER_A_START = { timeout: patienceMs };

let browser: Browser;
let model: ModelServer;

beforeAll(async () => {
  [browser, model] = await Promise.all([launchChromium(), startModelServer()]);
});

afterAll(async () => {
  await browser?.close();
  await model?.stop();
});

afterEach(async ({ task }: TestContext) => {
  for (const context of browser.contexts()) {
    if (task.result?.state === "fail")
      for (const page of context.pages())
        console.log("The page showed:", await page.locator("body").innerText());
    await context.close();
  }
});

/** One transparent pixel. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async function gatewayOf({ origin }: App): Promise<TokenGateway> {
  const answer = await fetch(`${origin}/api/user/gateway`);
  return (await answer.json()) as TokenGateway;
}

const said = (page: Page, text: string) => page.getByRole("log").getByText(text);

async function say(page: Page, text: string): Promise<void> {
  const box = page.getByRole("textbox", { name: "Message" });
  await box.waitFor(AFTER_A_START);
  await box.fill(text);
  await box.press("Enter");
}

/** A browser warns of these in its console. */
const stylesPreloadedInVain = (page: Page) =>
  page.evaluate(() => {
    const hrefs = (relation: string) =>
      [...document.querySelectorAll<HTMLLinkElement>(`link[rel="${relation}"]`)]
        .filter(({ rel, as }) => rel === "stylesheet" || as === "style")
        .map(({ href }) => href);
    const used = hrefs("stylesheet");
    return hrefs("preload").filter((href) => !used.includes(href));
  });

describe.each(REAL_PRODUCTS)("the app with a real %s behind it", (product) => {
  let app: App;

  beforeAll(async () => {
    app = await startApp({ gateway: product, model });
  });

  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
  });

  test("from /chat a message reaches the gateway, the reply streams in, and a reload shows the history", async () => {
    const page = await browser.newPage();
    const faults = watchFaults(page);
    await page.goto(`${app.origin}/chat`);
    await say(page, "hello from the page [model:slow n=10 ms=100]");
    await said(page, "w1 w2 w3").waitFor(AFTER_A_START);
    await said(page, "w9 w10").waitFor(SOON);
    await page.reload();
    await said(page, "w9 w10").waitFor(AFTER_A_START);
    expect(await linesOnPage(page)).toEqual([
      { who: "user", text: "hello from the page [model:slow n=10 ms=100]" },
      { who: "assistant", text: "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10" },
    ]);
    expect(faults.consoleErrors).toEqual([]);
    expect(faults.failedRequests).toEqual([]);
    await page.close();
  });

  test("two tabs show one conversation and open one socket each", async () => {
    const context = await browser.newContext();
    const [one, other] = [await context.newPage(), await context.newPage()];
    const faults = [watchFaults(one), watchFaults(other)];
    await one.goto(`${app.origin}/chat`);
    await other.goto(`${app.origin}/chat`);
    await other.getByRole("textbox", { name: "Message" }).waitFor(AFTER_A_START);
    await say(one, "seen in both tabs");
    await said(one, "Echo: seen in both tabs").waitFor(AFTER_A_START);
    await said(other, "Echo: seen in both tabs").waitFor(SOON);
    for (const { sockets } of faults)
      await expect
        .poll(() => sockets.filter(({ url, closed }) => url.includes("/i/") && !closed), SOON)
        .toHaveLength(1);
  });

  test("the gateway's own pages run on another origin than the app, and without a ticket or with a foreign id nobody gets in", async () => {
    const page = await browser.newPage();
    const { gatewayUrl } = await vi.waitFor(
      async () => {
        const answer = await fetch(`${app.origin}/api/user/gateway`);
        expect(answer.status).toBe(200);
        return (await answer.json()) as TokenGateway;
      },
      { ...AFTER_A_START, interval: 500 },
    );
    const own = new URL(gatewayUrl.replace(/^ws/, "http"));
    const document = await page.goto(own.href);
    expect(document?.status()).toBe(200);
    const shown = new URL(page.url());
    expect(shown.hostname).not.toBe(own.hostname);
    expect(shown.pathname.startsWith(own.pathname)).toBe(true);
    expect(shown.searchParams.has("token")).toBe(false);
    expect(await page.title()).toMatch(new RegExp(product, "i"));
    const stranger = await browser.newContext();
    const visit = await (await stranger.newPage()).goto(shown.href);
    expect(visit?.status()).toBe(404);
    const foreign = await fetch(`${app.origin}/i/${"0".repeat(24)}/`);
    expect(foreign.status).toBe(404);
    expect(await foreign.json()).toEqual({ error: "Instance not found or not running" });
    await page.close();
  });

  test("its token is rotated in the middle of a reply: the old one is refused before that ends, the chat goes on by itself, and nothing is lost or doubled", async () => {
    const page = await browser.newPage();
    await page.goto(`${app.origin}/chat`);
    await say(page, "before the rotation");
    await said(page, "Echo: before the rotation").waitFor(AFTER_A_START);
    await page.evaluate(() => {
      document.documentElement.dataset["mark"] = "not reloaded";
    });
    const old = await askApp<TokenGateway>(page, "/api/user/gateway");
    expect(await lets(app.origin, old)).toBe(true);
    const text = `a long one, ${product} [model:held n=12]`;
    await say(page, text);
    // Another test's reply may begin with the same words: this one's is the last line.
    await expect.poll(async () => (await linesOnPage(page)).at(-1)?.text, SOON).toMatch(/^w1 w2 w3/);
    await askApp(page, "/api/user/gateway/rotate", "POST");
    await expect.poll(() => lets(app.origin, old), { ...SOON, interval: 100 }).not.toBe(true);
    // Clawdbot drops what it was at; OpenClaw ends it first.
    const times = product === "clawdbot" ? 2 : 1;
    if (times === 2) {
      const dropped = await model.request(({ userText }) => userText.includes(text));
      await expect.poll(() => dropped.outcome, SOON).toBe("closed");
    }
    model.letGo(text);
    if (times === 2) {
      await page.getByText(/The gateway restarted/).waitFor(AFTER_A_START);
      await page.getByRole("button", { name: "Send again", exact: true }).click();
    }
    await said(page, "w11 w12").waitFor(AFTER_A_START);
    await say(page, "after the rotation");
    await said(page, "Echo: after the rotation").waitFor(AFTER_A_START);
    const fresh = await askApp<TokenGateway>(page, "/api/user/gateway");
    expect(fresh.gatewayUrl).toBe(old.gatewayUrl);
    expect(await lets(app.origin, fresh)).toBe(true);
    expect(await lets(app.origin, old)).toBe(false);
    expect(await page.evaluate(() => document.documentElement.dataset["mark"])).toBe("not reloaded");

    const whole = "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12";
    const told = ["before the rotation", text, whole, "after the rotation"];
    const counted = async () => {
      const lines = await linesOnPage(page);
      return told.map((line) => lines.filter((shown) => shown.text === line).length);
    };
    expect(await counted()).toEqual([1, times, 1, 1]);
    await page.reload();
    await expect.poll(counted, SOON).toEqual([1, times, 1, 1]);
    await page.close();
  });

  // Clawdbot keeps no artifacts.
  if (product === "openclaw")
    test("a picture that the agent made comes through the router into the chat, also after a reload", async () => {
      const page = await browser.newPage();
      const faults = watchFaults(page);
      await page.goto(`${app.origin}/chat`);
      const draw = btoa(`echo ${PNG} | base64 -d > picture.png`);
      await say(page, `draw me something [model:tool command=${draw}]`);
      const done = { hasText: "The tool has run. Done." };
      await page.locator('article[data-status="complete"]', done).waitFor(AFTER_A_START);
      await say(page, "show me the picture\n\nMEDIA:./picture.png");
      const picture = page.getByRole("log").getByRole("img").last();
      const expectPicture = async () => {
        await picture.waitFor(AFTER_A_START);
        const width = () =>
          picture.evaluate((image) => (image instanceof HTMLImageElement ? image.naturalWidth : 0));
        await expect.poll(width, SOON).toBe(1);
        const source = new URL((await picture.getAttribute("src")) ?? "");
        expect(source.origin).toBe(app.origin);
        expect(source.pathname).toMatch(/^\/i\/[^/]+\/api\//);
      };
      await expectPicture();
      await page.reload();
      await expectPicture();
      expect(faults.consoleErrors).toEqual([]);
      expect(faults.failedRequests).toEqual([]);
      await page.close();
    });

  if (product === "openclaw")
    test("its Control UI opens from the front page, on an origin of its own, and works over its socket", async () => {
      const page = await browser.newPage();
      const { sockets } = watchFaults(page);
      await page.goto(app.origin);
      await page.getByRole("link", { name: "Open its control pages" }).click(AFTER_A_START);
      await page.waitForURL((url) => url.origin !== app.origin && url.pathname.startsWith("/i/"));
      const own = new URL(page.url());
      expect(own.hostname).not.toBe(new URL(app.origin).hostname);
      expect(own.search).toBe("");

      const { authToken } = await gatewayOf(app);
      await page.getByRole("textbox", { name: "Gateway secret" }).fill(authToken, AFTER_A_START);
      await page.getByRole("button", { name: "Connect" }).click();
      // Before that, the page of OpenClaw 2026.9.6 accepts a message and silently drops it.
      await page
        .getByRole("status")
        .filter({ hasText: /^Connected$/ })
        .waitFor(AFTER_A_START);
      await page.getByRole("textbox", { name: "Chat composer" }).fill("hello from the Control UI");
      await page.getByRole("button", { name: "Send message" }).click();
      await page.getByText("Echo: hello from the Control UI").first().waitFor(AFTER_A_START);
      expect(sockets.length).toBeGreaterThan(0);
      for (const { url } of sockets) expect(new URL(url).host).toBe(own.host);
    });

  test("no secret of the run is in a URL, a page or the log", async () => {
    const { authToken, gatewayUrl } = await gatewayOf(app);
    expect(authToken).toMatch(/^[\w-]{43}$/);
    expect(gatewayUrl).not.toContain(authToken);
    for (const path of ["/", "/chat"]) {
      expect(await (await fetch(app.origin + path)).text()).not.toContain(authToken);
    }
    const secrets = [authToken, "key-of-the-scripted-model"];
    for (const secret of secrets) expect(app.output()).not.toContain(secret);
    for (const name of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
      const commandLine = await readFile(join("/proc", name, "cmdline"), "utf8").catch(() => "");
      for (const secret of secrets) expect(commandLine).not.toContain(secret);
    }
  });
});

describe("the app with the demo gateway", () => {
  let app: App;

  beforeAll(async () => {
    app = await startApp({ gateway: "demo" });
  });

  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
  });

  test("says on every page that it is a demo, answers, and keeps the conversation over a reload", async () => {
    const page = await browser.newPage();
    const faults = watchFaults(page);
    await page.goto(app.origin);
    await page.getByText(/demo/i).first().waitFor(SOON);
    expect(await stylesPreloadedInVain(page)).toEqual([]);
    await page.goto(`${app.origin}/chat`);
    await page.getByText(/demo/i).first().waitFor(SOON);
    await say(page, "hello demo");
    await page.locator('article[data-role="assistant"][data-status="complete"]').waitFor(AFTER_A_START);
    const before = await linesOnPage(page);
    expect(before).toHaveLength(2);
    await page.reload();
    await page.locator('article[data-role="assistant"][data-status="complete"]').waitFor(AFTER_A_START);
    expect(await linesOnPage(page)).toEqual(before);
    expect(faults.consoleErrors).toEqual([]);
    expect(faults.failedRequests).toEqual([]);
    await page.close();
  });

  test("ends with status 0 on SIGTERM and leaves no process behind", async () => {
    const { dataDir } = app;
    expect(await app.stop()).toBe(0);
    const left: string[] = [];
    for (const name of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
      const environment = await readFile(join("/proc", name, "environ"), "utf8").catch(() => "");
      if (environment.includes(dataDir)) left.push(await readFile(join("/proc", name, "cmdline"), "utf8"));
    }
    expect(left).toEqual([]);
  });
});
