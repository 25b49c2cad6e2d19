import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { launchChromium } from "./support/browser.ts";
import { type Clerk, EMAIL_CODE, startClerk } from "./support/clerk.ts";

const SOON = { timeout: patienceMs };

let browser: Browser;
let clerk: Clerk;
let app: App;

beforeAll(async () => {
  [browser, clerk] = await Promise.all([launchChromium(), startClerk()]);
  app = await startApp({ gateway: "demo", env: clerk.env });
  clerk.deliverTo(`${app.origin}/api/webhooks/clerk`);
});

afterAll(async () => {
  await browser?.close();
  await app?.[Symbol.asyncDispose]();
  await clerk?.[Symbol.asyncDispose]();
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

test("a sign-up is announced and starts a gateway; repetitions change nothing; a deletion ends it for good", async () => {
  const page = await browser.newPage();
  await page.goto(`${app.origin}/sign-up`);
  await page.getByRole("textbox", { name: "Email address" }).fill("wendy@example.com", SOON);
  await page.getByRole("textbox", { name: "Password" }).fill("correct horse battery");
  await page.getByRole("button", { name: "Continue", exact: true }).click();
  await page.getByRole("textbox", { name: /code/i }).pressSequentially(EMAIL_CODE, SOON);
  await page.waitForURL(`${app.origin}/chat`, SOON);
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
  await page.close();
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
