import type { Browser, BrowserContextOptions, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditEvent } from "../apps/web/src/api/admin.ts";
import type { Instance } from "../apps/web/src/api/instance.ts";
import type { User } from "../apps/web/src/api/user.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium } from "./support/browser.ts";
import { watchPressables } from "./support/pressables.ts";
import { askApp } from "./support/token-probe.ts";

/** A loaded machine takes its time; nothing here is a measure of speed. */
const SOON = { timeout: patienceMs };

let browser: Browser;
let app: App;

beforeAll(async () => {
  browser = await launchChromium();
  const prices = { MODEL_INPUT_PRICE: "1", MODEL_OUTPUT_PRICE: "5" };
  app = await startApp({ gateway: "demo", env: { MODEL_DAILY_TOKENS: "5000", ...prices } });
  const page = await browser.newPage();
  await page.goto(`${app.origin}/dashboard`);
  await page.getByText("Agent Ready", { exact: true }).waitFor(SOON);
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
});

/** Keeps what the page asks of this path until it is let through. */
async function hold(page: Page, path: string): Promise<() => void> {
  let letThrough = () => {};
  const free = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  await page.route(app.origin + path, async (route) => {
    await free;
    await route.continue();
  });
  return letThrough;
}

describe.each([
  ["on a desktop", { viewport: { width: 1280, height: 720 } }],
  ["on a phone", { viewport: { width: 390, height: 780 } }],
] satisfies [string, BrowserContextOptions][])("%s", (_, options) => {
  const logOf = (page: Page) => page.locator("pre").filter({ hasText: /\S/ });

  async function dashboard() {
    const page = await (await browser.newContext(options)).newPage();
    const moved = await watchPressables(page);
    const showUsage = await hold(page, "/api/user/usage");
    const showLog = await hold(page, "/api/instances/*/events");
    await page.goto(`${app.origin}/dashboard`);
    const last = page.getByRole("button", { name: "Delete my agent", exact: true });
    await last.waitFor(SOON);
    return { page, moved, showUsage, showLog, last };
  }

  test("nothing that can be pressed on the dashboard moves when usage and log come late", async () => {
    const { page, moved, showUsage, showLog } = await dashboard();
    showLog();
    await logOf(page).waitFor(SOON);
    showUsage();
    await page
      .getByText(/5,000 of 5,000 tokens are left for today\./)
      .filter({ visible: true })
      .waitFor(SOON);
    expect(await moved()).toEqual([]);
    await page.context().close();
  });

  test("a press during which the first lines of the log come is not lost", async () => {
    const { page, showLog, last } = await dashboard();
    await last.hover();
    await page.mouse.down();
    showLog();
    await logOf(page).waitFor(SOON);
    await page.mouse.up();
    await page.getByRole("dialog").waitFor(SOON);
    await page.context().close();
  });

  test("the operator is not offered older events before what stands above them is there", async () => {
    const page = await (await browser.newContext(options)).newPage();
    const moved = await watchPressables(page);
    await page.goto(app.origin);
    const audit = await askApp<{ items: AuditEvent[] }>(page, "/api/admin/audit");
    await page.route(`${app.origin}/api/admin/audit`, (route) =>
      route.fulfill({ json: { ...audit, next: "an-older-one" } }),
    );
    const showQueue = await hold(page, "/api/admin/queue");
    await page.goto(`${app.origin}/admin`);
    const region = (name: string) => page.getByRole("region", { name, exact: true });
    await region("Audit log").getByRole("table").waitFor(SOON);
    await region("Agents").getByRole("table").waitFor(SOON);
    showQueue();
    await region("Audit log").getByRole("button", { name: "Show older ones" }).waitFor(SOON);
    expect(await moved()).toEqual([]);
    await page.context().close();
  });
});

test("no command moves when the agent has become ready while its page is open", async () => {
  const page = await browser.newPage();
  const moved = await watchPressables(page);
  await page.goto(app.origin);
  const user = await askApp<User>(page, "/api/user");
  const { instance } = user;
  if (!instance) throw new Error("There is no agent.");
  const phase = { name: "await-ready", since: instance.createdAt, elapsedMs: 3_000 };
  const starting: Instance = { ...instance, state: "provisioning", readySince: null, phase };
  await page.route("**/api/user", (route) =>
    route.fulfill({ json: { ...user, instance: starting } satisfies User }),
  );
  const showItReady = await hold(page, "/api/instances/*/events");
  await page.goto(`${app.origin}/dashboard`);
  await page.getByText("Waiting until it lets us in").waitFor(SOON);
  showItReady();
  await page.getByText("Agent Ready", { exact: true }).waitFor(SOON);
  expect(await moved()).toEqual([]);
  await page.close();
});
