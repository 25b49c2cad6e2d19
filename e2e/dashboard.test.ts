import type { Browser, BrowserContextOptions, Locator, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AdminInstance, AuditEvent, Queue } from "../apps/web/src/api/admin.ts";
import type { Instance } from "../apps/web/src/api/instance.ts";
import type { User } from "../apps/web/src/api/user.ts";
import type { Usage, UsageOfAll } from "../apps/web/src/api/usage.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { sidewaysOn, violationsOn } from "./support/axe.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";
import { askApp } from "./support/token-probe.ts";

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
const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

/** What stands under this name in a list of facts. */
const fact = (place: Locator, name: string) =>
  place
    .locator("dl > div")
    .filter({ has: place.page().getByText(name, { exact: true }) })
    .locator("dd")
    .first();

/** Resolves once the page has these words, for however short: it is looked at in every frame. */
const shownInAnyFrame = (page: Page, words: string) =>
  page.waitForFunction((text) => document.body.innerText.includes(text), words, SOON);

/** Answers what the page asks for with what `say` says at that moment, whatever is true. */
const answer = (page: Page, path: string, say: () => { readonly status?: number; readonly json: object }) =>
  page.route(app.origin + path, (route) => route.fulfill(say()));

async function expectForEverybody(page: Page): Promise<void> {
  expect(await violationsOn(page)).toEqual([]);
  expect(await sidewaysOn(page)).toBe(0);
}

describe("the dashboard of one's own agent", () => {
  test("shows that the agent is ready, what it wrote, and that nothing on the page went wrong", async () => {
    const page = await (await browser.newContext()).newPage();
    const faults = watchFaults(page);
    await page.goto(`${app.origin}/dashboard`);
    await state(page, "Agent Ready").waitFor(SOON);
    await page.locator("pre").filter({ hasText: /\S/ }).waitFor(SOON);
    await expect
      .poll(() => fact(region(page, "Model usage"), "Today").innerText(), SOON)
      .toMatch(/^0 tokens/);
    expect(await fact(region(page, "Facts"), "Last activity").innerText()).toBe("Never");
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
    const told = shownInAnyFrame(
      page,
      "It is being upgraded. When the new version does not start, the old one stays.",
    );
    await press(page, "Upgrade");
    await told;
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
    // That it is getting one may be over before a page hears of it; the chat has to come by a new socket in any case.
    const another = chat.waitForEvent("websocket", SOON);
    await press(page, "New token");
    await another;
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
});

describe("an agent that is not ready", () => {
  test("has on the dashboard the step that is being taken and for how long, or what went wrong", async () => {
    const page = await open("/");
    const { instance } = await askApp<User>(page, "/api/user");
    if (!instance) throw new Error("There is no agent.");
    const phase = { name: "await-ready", since: instance.createdAt, elapsedMs: 3_000 };
    let told: Instance = { ...instance, state: "provisioning", readySince: null, phase };
    await page.route("**/events", (route) => {
      const body = `retry: 600000\nevent: state\ndata: ${JSON.stringify(told)}\n\n`;
      return route.fulfill({ contentType: "text/event-stream", body });
    });
    await page.goto(`${app.origin}/dashboard`);
    await state(page, "Starting").waitFor(SOON);
    const step = page.getByText(/^Waiting until it lets us in, for \d+ s$/);
    const seconds = async () => Number(/\d+/.exec(await step.innerText(SOON))?.[0]);
    const first = await seconds();
    expect(first).toBeGreaterThanOrEqual(3);
    await expect.poll(seconds, SOON).toBeGreaterThan(first);
    await expectForEverybody(page);

    const message = "It ended three times within a minute. Read its log.";
    const failure = { code: "crash-loop", message, retryAt: instance.createdAt };
    told = { ...told, state: "failed", phase: null, failure };
    await page.reload();
    await state(page, "Not running").waitFor(SOON);
    await page.getByRole("alert").getByText(`${message} The next try is soon after`).waitFor(SOON);
    await expectForEverybody(page);
    await page.context().close();
  });

  test("is waited for by the chat, which says what is being done, and opens by itself", async () => {
    const page = await open("/");
    const detail = "It ended three times within a minute. Read its log.";
    let said: { status: number; json: object } = {
      status: 503,
      json: { type: "about:blank", status: 503, code: "crash-loop", title: "It does not run", detail },
    };
    const step = (phase: string, elapsedMs: number) => {
      const address = { gatewayUrl: app.origin.replace("http", "ws"), sessionKey: "main", authToken: null };
      said = {
        status: 202,
        json: { status: "provisioning", ...address, phase, elapsedMs, retryAfterMs: 100 },
      };
    };
    await answer(page, "/api/user/gateway*", () => said);
    await page.goto(`${app.origin}/chat`);
    await page.getByRole("heading", { name: "Your agent does not run" }).waitFor(SOON);
    await page.getByText(detail).waitFor(SOON);
    await expectForEverybody(page);

    step("start", 1_000);
    await page.reload();
    await page.getByRole("heading", { name: "Your agent is starting" }).waitFor(SOON);
    await page.getByText("Starting the gateway", { exact: true }).waitFor(SOON);
    const stopped = { type: "about:blank", code: "gateway-stopped", title: "It is stopped", detail };
    said = { status: 409, json: { ...stopped, status: 409 } };
    await page.getByRole("heading", { name: "Your agent: Stopped" }).waitFor(SOON);
    await expectForEverybody(page);
    // The page asks every few seconds whether it is still stopped; only the button asks without more.
    await page.route(`${app.origin}/api/user/gateway`, (route) => {
      step("start", 1_000);
      return route.fallback();
    });
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("heading", { name: "Your agent is starting" }).waitFor(SOON);
    step("await-ready", 3_000);
    await page.getByText("Waiting until it lets us in, for 3 s", { exact: true }).waitFor(SOON);
    await expectForEverybody(page);
    await page.unrouteAll();
    await page.getByRole("textbox", { name: "Message" }).waitFor(SOON);
    await page.context().close();
  });
});

test("what the agent used of the model is told with what is left of the day's budget", async () => {
  const page = await open("/");
  const today = { requests: 3, inputTokens: 1_200, outputTokens: 34, cost: 0.5 };
  const month = { ...today, outputTokens: 834 };
  const budget = { dailyTokens: 5_000, left: 3_766, renewsAt: new Date(0).toISOString() };
  const usage: Usage = { paidBy: "operator", today, month, budget };
  await answer(page, "/api/user/usage", () => ({ json: usage }));
  await page.goto(`${app.origin}/dashboard`);
  const card = region(page, "Model usage");
  await card.getByText(/3,766 of 5,000 tokens are left for today\./).waitFor(SOON);
  expect(await fact(card, "Today").innerText()).toMatch(/^1,234 tokens/);
  expect(await fact(card, "This month").innerText()).toMatch(/^2,034 tokens/);
  await expectForEverybody(page);
  await page.context().close();
});

describe.each([
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["a phone", { viewport: { width: 390, height: 780 } }],
  ["Arabic", { locale: "ar" }],
] satisfies [string, BrowserContextOptions][])("in %s", (_, options) => {
  test.each([
    ["/", "h1"],
    ["/chat", "textarea"],
    ["/dashboard", "h1"],
    ["/admin", "h1"],
    ["/nowhere", "h1"],
  ])("%s breaks no accessibility rule and needs no sideways scrolling", async (path, shown) => {
    const page = await open(path, options);
    await page.locator(shown).first().waitFor(SOON);
    await page.waitForLoadState("networkidle").catch(() => undefined);
    await expectForEverybody(page);
    await page.context().close();
  });
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

test("every page says that without accounts everybody at this computer is the same user", async () => {
  const page = await open("/");
  for (const path of ["/", "/chat", "/dashboard", "/admin"]) {
    await page.goto(app.origin + path);
    await page.getByRole("note").getByText("Local mode.", { exact: true }).waitFor(SOON);
  }
  await page.context().close();
});

test("once the agent was talked to, the dashboard says when it was last used", async () => {
  const page = await open("/dashboard");
  // The router writes it down every twenty seconds.
  const lastActivity = () => fact(region(page, "Facts"), "Last activity").innerText(SOON);
  await expect.poll(lastActivity, SOON).toMatch(/ ago$|^now$/);
  await page.context().close();
});

describe("the end of one's own agent", () => {
  test("comes only after the word was typed, and another is made when asked, which every open page sees", async () => {
    const page = await open("/dashboard");
    await press(page, "Delete my agent");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor(SOON);
    const confirm = dialog.getByRole("button", { name: "Delete my agent" });
    expect(await confirm.isDisabled()).toBe(true);
    await expectForEverybody(page);
    await dialog.getByLabel("Type delete to confirm.").fill("delete");
    await confirm.click();
    await page.getByRole("heading", { name: "You have no agent yet" }).waitFor(SOON);
    const other = await open("/dashboard");
    await other.getByRole("heading", { name: "You have no agent yet" }).waitFor(SOON);
    const front = await open("/");
    await front.getByText("You have no agent yet").waitFor(SOON);
    await front.getByRole("main").getByRole("link", { name: "Dashboard" }).click();
    await press(front, "Make my agent");
    await front.context().close();
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
    // What the tests above did; what failed there is not waited for.
    const done = ["stop", "wake", "rotate", "destroy"];
    const { items } = await askApp<{ items: AuditEvent[] }>(page, "/api/admin/audit");
    expect(done.filter((word) => !items.some(({ action }) => action.includes(word)))).toEqual([]);
    const capacity = region(page, "Capacity");
    await expect.poll(() => fact(capacity, "Running").innerText(SOON), SOON).toBe("1 of 500");
    expect(await fact(capacity, "Ready").innerText()).toBe("1");
    const agents = page.getByRole("region", { name: "Agents" });
    await agents.getByText("local").first().waitFor(SOON);
    const audit = page.getByRole("region", { name: "Audit log" });
    for (const action of done)
      await audit
        .getByRole("cell", { name: new RegExp(action) })
        .first()
        .waitFor(SOON);
    await page.context().close();
  });

  test("shows what waits, what failed and who used how much of the model, also on a phone", async () => {
    const page = await open("/", { viewport: { width: 390, height: 780 } });
    const { items } = await askApp<{ items: AdminInstance[] }>(page, "/api/admin/instances");
    const [agent] = items;
    if (!agent) throw new Error("There is no agent.");
    const message = "It ended three times within a minute. Read its log.";
    const failed: AdminInstance = {
      ...agent,
      state: "failed",
      owner: { clerkId: "user_with_a_failed_agent" },
      failure: { code: "crash-loop", message, retryAt: null },
    };
    const waiting = { instanceId: agent.id, phase: "pull", since: agent.createdAt, attempt: 2 };
    const queue: Queue = { waiting: 3, active: 1, unsettled: [waiting] };
    const used = { requests: 3, inputTokens: 1_200, outputTokens: 34, cost: 0.5 };
    const people = [{ clerkId: "user_who_asks_much", ...used }];
    const usage: UsageOfAll = { today: used, month: used, dailyTokens: 5_000, people };
    await answer(page, "/api/admin/queue", () => ({ json: queue }));
    await answer(page, "/api/admin/failures", () => ({ json: { items: [failed] } }));
    await answer(page, "/api/admin/usage", () => ({ json: usage }));
    await page.goto(`${app.origin}/admin`);

    await region(page, "Queue").getByText("3 waiting, 1 at work").waitFor(SOON);
    const waits = region(page, "Queue").getByRole("listitem").filter({ hasText: agent.id });
    await waits.getByText(/Getting its image, .*, Attempt 2$/).waitFor(SOON);
    const row = (name: string, person: string) =>
      region(page, name).getByRole("row").filter({ hasText: person }).innerText(SOON);
    expect(await row("Failures", "user_with_a_failed_agent")).toMatch(
      new RegExp(`Not running\\s+${message}`),
    );
    expect(await row("Model usage", "user_who_asks_much")).toContain("1,234 tokens · 1,200 read, 34 written");
    expect(await fact(region(page, "Model usage"), "Today").innerText()).toBe("1,234 tokens");
    await expectForEverybody(page);
    await page.context().close();
  });
});
