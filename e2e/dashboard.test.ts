import type { Browser, BrowserContextOptions, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { violationsOn } from "./support/axe.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";

/** A loaded machine takes its time; nothing here is a measure of speed. */
const SOON = { timeout: patienceMs };

let browser: Browser;
let app: App;

beforeAll(async () => {
  browser = await launchChromium();
  app = await startApp({ gateway: "demo" });
});

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
});

async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`${app.origin}${path}`);
  return page;
}

const state = (page: Page, words: string) => page.getByRole("status").getByText(words, { exact: true });
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

describe("the dashboard of one's own agent", () => {
  test("shows that the agent is ready, what it wrote, and that nothing on the page went wrong", async () => {
    const page = await (await browser.newContext()).newPage();
    const faults = watchFaults(page);
    await page.goto(`${app.origin}/dashboard`);
    await state(page, "Agent Ready").waitFor(SOON);
    await page.getByLabel("Log").filter({ hasText: /\S/ }).first().waitFor(SOON);
    expect(faults.consoleErrors).toEqual([]);
    expect(faults.failedRequests).toEqual([]);
    await page.context().close();
  });

  test("stops the agent, starts and upgrades it, and another open page sees it without a reload", async () => {
    const [page, other] = [await open("/dashboard"), await open("/dashboard")];
    await state(other, "Agent Ready").waitFor(SOON);
    await state(page, "Agent Ready").waitFor(SOON);
    await press(page, "Stop");
    await state(page, "Stopped").waitFor(SOON);
    await state(other, "Stopped").waitFor(SOON);
    await page.getByText("You stopped it.").waitFor(SOON);
    await press(page, "Start");
    await state(page, "Agent Ready").waitFor(SOON);
    await state(other, "Agent Ready").waitFor(SOON);
    await press(page, "Upgrade");
    await page
      .getByText("It is being upgraded. When the new version does not start, the old one stays.")
      .waitFor(SOON);
    await state(page, "Agent Ready").waitFor(SOON);
    await page.context().close();
    await other.context().close();
  });

  test("gives a new token while a chat is open, and the chat goes on by itself and leads back here", async () => {
    const chat = await open("/chat");
    const box = chat.getByRole("textbox", { name: "Message" });
    await box.fill("before the new token", SOON);
    await box.press("Enter");
    await chat.getByRole("log").getByText("before the new token").first().waitFor(SOON);
    const page = await open("/dashboard");
    await state(page, "Agent Ready").waitFor(SOON);
    await press(page, "New token");
    await page.getByText("It is getting a new token.").first().waitFor(SOON);
    await page.getByText("It is getting a new token.", { exact: true }).last().waitFor(SOON);
    await state(page, "Agent Ready").waitFor(SOON);
    await box.fill("after the new token");
    await box.press("Enter");
    await chat.getByRole("log").getByText("after the new token").first().waitFor(SOON);
    await chat.getByRole("link", { name: "Dashboard" }).click();
    await state(chat, "Agent Ready").waitFor(SOON);
    await page.context().close();
    await chat.context().close();
  });

  test("keeps a model key without ever showing it, and forgets it again", async () => {
    const key = "sk-a-key-that-must-not-be-seen-again";
    const page = await open("/dashboard");
    await page.getByLabel("API key").fill(key, SOON);
    await press(page, "Keep this key");
    await page.getByText(/A key for Anthropic is kept since/).waitFor(SOON);
    expect(await page.content()).not.toContain(key);
    await page.reload();
    await page.getByText(/A key for Anthropic is kept since/).waitFor(SOON);
    expect(app.output()).not.toContain(key);
    await press(page, "Forget the key");
    await page.getByText("No key of your own is kept: the operator's is used.").waitFor(SOON);
    await page.context().close();
  });

  test("deletes the agent only after the word was typed, and makes another when asked, which every open page sees", async () => {
    const page = await open("/dashboard");
    await press(page, "Delete my agent");
    const dialog = page.getByRole("dialog");
    const confirm = dialog.getByRole("button", { name: "Delete my agent" });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByLabel("Type delete to confirm.").fill("delete");
    await confirm.click();
    await page.getByRole("heading", { name: "You have no agent yet" }).waitFor(SOON);
    const other = await open("/dashboard");
    await other.getByRole("heading", { name: "You have no agent yet" }).waitFor(SOON);
    await press(page, "Make my agent");
    await state(page, "Agent Ready").waitFor(SOON);
    await state(other, "Agent Ready").waitFor(SOON);
    await page.context().close();
    await other.context().close();
  });
});

describe("the operator's page", () => {
  test("shows capacity, every agent and who did what", async () => {
    const page = await open("/admin");
    await page.getByRole("heading", { name: "Operation" }).waitFor(SOON);
    const agents = page.getByRole("region", { name: "Agents" });
    await agents.getByText("local").first().waitFor(SOON);
    const audit = page.getByRole("region", { name: "Audit log" });
    for (const action of ["stop", "wake", "rotate", "destroy"])
      await audit
        .getByRole("cell", { name: new RegExp(action) })
        .first()
        .waitFor(SOON);
    await page.context().close();
  });
});

describe.each([
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["a phone", { viewport: { width: 390, height: 780 } }],
  ["Arabic", { locale: "ar" }],
] satisfies [string, BrowserContextOptions][])("in %s", (_, options) => {
  test.each(["/", "/dashboard", "/admin"])(
    "%s breaks no accessibility rule and needs no sideways scrolling",
    async (path) => {
      const page = await open(path, options);
      await page.locator("h1").first().waitFor(SOON);
      await page.waitForLoadState("networkidle").catch(() => undefined);
      expect(await violationsOn(page)).toEqual([]);
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(wider).toBe(0);
      await page.context().close();
    },
  );
});

test("the pages speak the language that the browser asks for, in its direction", async () => {
  const page = await open("/dashboard", { locale: "de-DE" });
  await state(page, "Agent bereit").waitFor(SOON);
  expect(await page.locator("html").getAttribute("lang")).toBe("de");
  await page.goto(`${app.origin}/chat`);
  await page.getByRole("textbox", { name: "Nachricht" }).waitFor(SOON);
  const arabic = await open("/", { locale: "ar" });
  expect(await arabic.locator("html").getAttribute("dir")).toBe("rtl");
});
