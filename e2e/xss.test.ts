import { createServer, type Server } from "node:http";
import type { Browser, BrowserContext, Page } from "playwright";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundlePage } from "../packages/react/test/markdown/xss/bundle-page.ts";
import type { HostKind } from "../packages/react/test/markdown/xss/page-window.ts";
import { XSS_CASES } from "../packages/react/test/markdown/xss/corpus.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { launchChromium } from "./support/browser.ts";

// No content security policy: what stops the messages must be the renderer.
const HTML = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>messages</title><main></main>
<script>
  window.executed = [];
  for (const name of ["alert", "confirm", "prompt", "print", "msgbox"]) window[name] = () => window.executed.push(name);
</script>
<script type="module" src="/page.js"></script>`;

const SOON = { timeout: patienceMs };

let server: Server;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let origin: string;
let incidents: string[] = [];

beforeAll(async () => {
  const files = await bundlePage();
  server = createServer((request, response) => {
    const code = files.get((request.url ?? "").slice(1));
    const type = code === undefined ? "text/html" : "text/javascript";
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(code ?? HTML);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${portOf(server)}`;
  browser = await launchChromium();
  context = await browser.newContext();
  page = await context.newPage();
  await watch(new Set([`${origin}/`, ...[...files.keys()].map((name) => `${origin}/${name}`)]));
  await page.goto(`${origin}/`);
  await page.waitForFunction(() => typeof window.showMessage === "function");
});

afterAll(async () => {
  await browser?.close();
  await new Promise((resolve) => server?.close(resolve));
});

beforeEach(() => {
  incidents = [];
});

function portOf(listening: Server): number {
  const address = listening.address();
  if (address === null || typeof address === "string") throw new Error(`no TCP address: ${String(address)}`);
  return address.port;
}

/** Writes down every request, dialog, window and navigation that is not the page's own. */
async function watch(own: ReadonlySet<string>): Promise<void> {
  await context.route("**/*", async (route) => {
    const url = route.request().url();
    if (own.has(url)) return route.continue();
    incidents.push(`request ${url}`);
    return route.abort();
  });
  context.on("page", (opened) => incidents.push(`window ${opened.url()}`));
  page.on("websocket", (socket) => incidents.push(`socket ${socket.url()}`));
  page.on("dialog", (dialog) => {
    incidents.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("framenavigated", (frame) => {
    if (frame.url() !== `${origin}/`) incidents.push(`navigation ${frame.url()}`);
  });
}

async function executed(): Promise<string[]> {
  return page.evaluate(() => window.executed.splice(0));
}

test("the harness sees what a careless renderer would let through", async () => {
  await page.evaluate(() => {
    window.showCarelessly('<img src="https://evil.example/b.gif" onerror="alert(1)"><img src="/api/logout">');
  });
  await expect
    .poll(() => incidents.toSorted(), SOON)
    .toEqual([`request ${origin}/api/logout`, "request https://evil.example/b.gif"]);
  await expect.poll(executed, SOON).toEqual(["alert"]);
});

const HOSTS: readonly HostKind[] = ["default", "generous"];

describe.each(HOSTS)("for a host with %s settings", (host) => {
  test("no message runs anything, leaves the page, or holds what it must not", async () => {
    const failures: Record<string, string[]> = {};
    for (const { name, text } of XSS_CASES) {
      const violations = await page.evaluate(([message, settings]) => window.showMessage(message, settings), [
        text,
        host,
      ] as const);
      const wrong = [...violations, ...(await executed()).map((call) => `called ${call}`)];
      if (wrong.length > 0) failures[name] = wrong;
    }
    expect(failures).toEqual({});
    expect(page.url()).toBe(`${origin}/`);
    expect(incidents).toEqual([]);
  });
});

test("an image of an allowed origin is requested, and only for the host that allowed it", async () => {
  const text = "![x](https://allowed.example/a.png)";
  await page.evaluate((message) => window.showMessage(message, "default"), text);
  await page.evaluate((message) => window.showMessage(message, "generous"), text);
  await expect
    .poll(() => new Set(incidents), SOON)
    .toEqual(new Set(["request https://allowed.example/a.png"]));
});

test("formulas are typeset, and a hostile diagram is a picture and nothing more", async () => {
  const text = "$x^2$\n\n```mermaid\ngraph TD\n```";
  await page.evaluate((message) => window.showMessage(message, "generous"), text);
  await expect.poll(() => page.locator("main math").count(), SOON).toBe(1);
  const width = () =>
    page
      .locator("main img")
      .evaluate((image) => (image instanceof HTMLImageElement ? image.naturalWidth : 0));
  await expect.poll(width, SOON).toBe(9);
  expect(incidents).toEqual([]);
  expect(await executed()).toEqual([]);
});
