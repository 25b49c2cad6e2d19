import type { Browser, BrowserContextOptions, Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { sidewaysOn, violationsOn } from "./support/axe.ts";
import { launchChromium, watchFaults } from "./support/browser.ts";
import { type Clerk, startClerk } from "./support/clerk.ts";
import { gatewayOf, knock, say, signIn, signUp } from "./support/people.ts";

/** A loaded machine takes its time; nothing here is a measure of speed. */
const SOON = { timeout: patienceMs };

let browser: Browser;
let clerk: Clerk;
let app: App;

beforeAll(async () => {
  [browser, clerk] = await Promise.all([launchChromium(), startClerk()]);
  app = await startApp({ gateway: "demo", env: clerk.env });
});

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
  await clerk?.[Symbol.asyncDispose]();
});

/** Clerk's own forms are Clerk's to mend. */
const FORM = ".cl-rootBox";

/** Only who is alone with the app, without accounts, is told so. */
async function expectNoLocalMode(page: Page): Promise<void> {
  const banners = page.getByRole("complementary", { name: "About this installation" }).getByRole("note");
  await banners.getByText("Demo gateway.").waitFor(SOON);
  expect(await banners.count()).toBe(1);
}

const said = (page: Page, text: string) => page.getByRole("log").getByText(text, { exact: true }).first();

describe("the app with Clerk's own forms and scripts in Chromium", () => {
  let alice: Page;

  test("who signs up gets an agent of their own and chats with it, with nothing refused by the page's policy", async () => {
    const context = await browser.newContext();
    context.on("page", (page) => faults.push(watchFaults(page)));
    const faults: ReturnType<typeof watchFaults>[] = [];
    alice = await signUp(app.origin, context, "alice@example.com");
    await say(alice, "a line of Alice's");
    await said(alice, "a line of Alice's").waitFor(SOON);
    await expectNoLocalMode(alice);
    // With what was refused, which the console does not name.
    expect(faults.filter(({ consoleErrors }) => consoleErrors.length > 0)).toEqual([]);
  });

  test("a second person gets another agent, and neither page reaches the other's", async () => {
    const bob = await signUp(app.origin, await browser.newContext(), "bob@example.com");
    await say(bob, "a line of Bob's");
    await said(bob, "a line of Bob's").waitFor(SOON);
    expect(await said(bob, "a line of Alice's").count()).toBe(0);
    const [hers, his] = await Promise.all([gatewayOf(alice), gatewayOf(bob)]);
    expect(hers.gatewayUrl).not.toBe(his.gatewayUrl);
    expect(await knock(bob, his.gatewayUrl ?? "")).toMatchObject({ socket: "opened" });
    expect(await knock(bob, hers.gatewayUrl ?? "")).toEqual({ http: 404, socket: "refused" });
    expect(await knock(alice, his.gatewayUrl ?? "")).toEqual({ http: 404, socket: "refused" });
    await bob.context().close();
  });

  test("who signs in again in another browser finds the conversation", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await signIn(app.origin, page, "alice@example.com");
    await said(page, "a line of Alice's").waitFor(SOON);
    await context.close();
  });

  test("who is not signed in has no agent and is sent to the sign-in page by the front page", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const { gatewayUrl } = await gatewayOf(alice);
    await page.goto(app.origin);
    await expectNoLocalMode(page);
    expect(await gatewayOf(page)).toEqual({ status: 401, gatewayUrl: undefined });
    expect(await knock(page, gatewayUrl ?? "")).toEqual({ http: 404, socket: "refused" });
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.getByRole("textbox", { name: "Email address" }).waitFor(SOON);
    await context.close();
  });

  test("Clerk's forms speak the language of the page around them", async () => {
    const labels = {
      "de-DE": "E-Mail-Adresse",
      "es-ES": "Correo electrónico",
      "zh-CN": "电子邮件地址",
      "ar-EG": "العنوان الإلكتروني",
    };
    await Promise.all(
      Object.entries(labels).map(async ([locale, label]) => {
        const context = await browser.newContext({ locale });
        const page = await context.newPage();
        await page.goto(`${app.origin}/sign-in`);
        await page.getByRole("textbox", { name: label }).waitFor(SOON);
        await context.close();
      }),
    );
  });

  test.each(["/sign-in", "/sign-up"])(
    "%s breaks no accessibility rule around Clerk's form, and needs no sideways scrolling",
    async (path) => {
      const looks: BrowserContextOptions[] = [
        { colorScheme: "dark", viewport: { width: 390, height: 780 } },
        { locale: "ar" },
      ];
      await Promise.all(
        looks.map(async (look) => {
          const context = await browser.newContext(look);
          const page = await context.newPage();
          await page.goto(app.origin + path);
          await page.locator(FORM).getByRole("textbox").first().waitFor(SOON);
          expect(await violationsOn(page, FORM)).toEqual([]);
          expect(await sidewaysOn(page)).toBe(0);
          await context.close();
        }),
      );
    },
  );

  test("the secrets of Clerk's keys and of a session stand in nothing that the app wrote", async () => {
    const cookies = await alice.context().cookies();
    const sessions = cookies.filter(({ name }) => name.startsWith("__session")).map(({ value }) => value);
    expect(sessions).not.toEqual([]);
    for (const secret of [...sessions, clerk.env["CLERK_SECRET_KEY"] ?? ""])
      expect(app.output()).not.toContain(secret);
  });
});

interface Me {
  readonly clerkId: string;
  readonly instance: { readonly id: string; readonly state: string } | null;
}

const ask = (page: Page, path: string) =>
  page.evaluate(async (address) => {
    const response = await fetch(address);
    return { status: response.status, body: (await response.json()) as unknown };
  }, path);

const me = async (page: Page) => (await ask(page, "/api/user")).body as Me;

async function deliver(type: string, clerkId: string, id?: string): Promise<number> {
  const { headers, body } = clerk.webhooks.sign(
    { object: "event", type, data: { object: "user", id: clerkId } },
    id,
  );
  const response = await fetch(`${app.origin}/api/webhooks/clerk`, { method: "POST", headers, body });
  return response.status;
}

describe("what Clerk's webhooks tell of people", () => {
  beforeAll(() => clerk.deliverTo(`${app.origin}/api/webhooks/clerk`));

  test("a sign-up is announced and starts a gateway; repetitions change nothing; a deletion ends it for good", async () => {
    const page = await signUp(app.origin, await browser.newContext(), "wendy@example.com");
    await expect.poll(() => clerk.delivered, SOON).toContainEqual({ type: "user.created", status: 200 });
    await expect.poll(async () => (await me(page)).instance?.state, SOON).toBe("ready");
    const { clerkId, instance } = await me(page);

    const again = await Promise.all(
      Array.from({ length: 20 }, () => deliver("user.created", clerkId, "msg_again")),
    );
    expect(again).toEqual(Array(20).fill(200));
    expect((await me(page)).instance).toMatchObject({ id: instance?.id, state: "ready" });

    expect(await deliver("user.deleted", clerkId)).toBe(200);
    expect((await me(page)).instance).toBeNull();
    expect(await ask(page, "/api/user/gateway")).toMatchObject({
      status: 401,
      body: { code: "identity-deleted" },
    });
    expect(await deliver("user.created", clerkId)).toBe(200);
    expect((await me(page)).instance).toBeNull();
    await page.context().close();
  });

  test("somebody who was deleted before they were heard of gets nothing", async () => {
    expect(await deliver("user.deleted", "user_never_seen")).toBe(200);
    expect(await deliver("user.created", "user_never_seen")).toBe(200);
    const unsigned = await fetch(`${app.origin}/api/webhooks/clerk`, {
      method: "POST",
      body: JSON.stringify({ type: "user.created", data: { id: "user_forged" } }),
    });
    expect(unsigned.status).toBe(400);
    expect(app.output()).not.toContain("user_forged");
  });
});
