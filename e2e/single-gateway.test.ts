import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { patienceMs } from "../scripts/test-patience.ts";
import { type App, startApp } from "./support/app.ts";
import { sidewaysOn, violationsOn } from "./support/axe.ts";
import { launchChromium } from "./support/browser.ts";
import { startClerk } from "./support/clerk.ts";
import { DOOR_ADDRESS, startFrontDoor } from "./support/front-door.ts";
import { startRealGateway } from "./support/gateways.ts";
import { type ModelServer, startModelServer } from "./support/model-server.ts";
import { approveRequest, pairedDevices } from "./support/pairing.ts";
import { say, signIn, signUp } from "./support/people.ts";
import { newRawDevice } from "./support/raw-device.ts";
import { connectRaw, RawGatewayError } from "./support/raw-gateway.ts";
import { collectAnswers, filePlaces, findings, processPlaces } from "./support/secret-search.ts";
import { askApp, type TokenGateway } from "./support/token-probe.ts";

const SOON = { timeout: patienceMs };

let browser: Browser;
let model: ModelServer;

beforeAll(async () => {
  browser = await launchChromium();
  model = await startModelServer();
});

afterAll(async () => {
  await browser?.close();
  await model?.stop();
});

test.each(["clawdbot", "openclaw"] as const)(
  "a link with the token of one %s elsewhere opens a chat with it, and the token stays in no address, page or log",
  async (product) => {
    await using gateway = await startRealGateway({ product, model });
    await using app = await startApp({
      gateway: "demo",
      env: { CHAT_GATEWAY_URL: gateway.url, LOG_LEVEL: "trace" },
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    const html: string[] = [];
    page.on("response", (response) => {
      if (response.headers()["content-type"]?.includes("text/html"))
        void response.text().then(
          (text) => html.push(text),
          () => undefined,
        );
    });
    await page.goto(`${app.origin}/`);
    await page.goto(`${app.origin}/chat?token=${gateway.token}`);
    const box = page.getByRole("textbox", { name: "Message" });
    await box.fill("good morning", SOON);
    await box.press("Enter");
    await page.getByRole("log").getByText("Echo: good morning").first().waitFor(SOON);
    expect(page.url()).toBe(`${app.origin}/chat`);
    await expect.poll(() => html.join(""), SOON).toContain("</html>");
    expect(html.join("") + (await page.content()) + app.output()).not.toContain(gateway.token);
    await page.goBack();
    expect(page.url()).not.toContain("token");
    await context.close();
  },
);

test("without such a gateway a token in the address is dropped, and one's own agent is opened", async () => {
  await using app = await startApp({ gateway: "demo" });
  const response = await fetch(`${app.origin}/chat?token=somebody-elses`, { redirect: "manual" });
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe(`${app.origin}/chat`);
});

test("a gateway that wants to approve each browser gets its owner's approved, and nobody else's", async () => {
  await using app = await startApp({ gateway: "openclaw", model, env: { DEVICE_PAIRING: "approval" } });
  const context = await browser.newContext();
  const page = await context.newPage();
  const approvals: unknown[] = [];
  page.on("response", (response) => {
    if (response.url().endsWith("/api/user/gateway/pair"))
      void response.json().then(
        (body) => approvals.push(body),
        () => undefined,
      );
  });
  await page.goto(app.origin);
  const { gatewayUrl, authToken } = await vi.waitFor(
    async () => {
      const own = await askApp<TokenGateway & { status: string }>(page, "/api/user/gateway");
      expect(own.status).toBe("ready");
      return own;
    },
    { ...SOON, interval: 500 },
  );
  // It has the token, and waits for its approval at the same time as the owner's browser does.
  const stranger = { token: authToken, device: newRawDevice(), headers: { origin: app.origin } };
  const knock = () => connectRaw(gatewayUrl, stranger).catch((error: unknown) => error);
  expect(await knock()).toMatchObject({ code: "NOT_PAIRED", details: { code: "PAIRING_REQUIRED" } });
  await page.goto(`${app.origin}/chat`);
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("let me in", SOON);
  await box.press("Enter");
  await page.getByRole("log").getByText("Echo: let me in").first().waitFor(SOON);
  await expect.poll(() => approvals, SOON).toEqual([{ approved: true }]);
  expect(await knock()).toMatchObject({ code: "NOT_PAIRED" });
  const nobodys = await page.evaluate(async () => {
    const body = JSON.stringify({ requestId: crypto.randomUUID() });
    const headers = { "content-type": "application/json" };
    return (
      await fetch("/api/user/gateway/pair", { method: "POST", headers, body })
    ).json() as Promise<unknown>;
  });
  expect(nobodys).toEqual({ approved: false });
  await context.close();
});

/** An OpenClaw elsewhere that wants each device approved, its door, and the file from which an app learns its token. */
async function startElsewhere() {
  const gateway = await startRealGateway({
    product: "openclaw",
    model,
    allowedOrigins: ["*"],
    trustedProxies: [DOOR_ADDRESS],
  });
  const door = await startFrontDoor(gateway);
  const folder = await mkdtemp(join(tmpdir(), "automna-token-"));
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, gateway.token, { mode: 0o600 });
  return {
    gateway,
    env: { CHAT_GATEWAY_URL: door.url, CHAT_GATEWAY_TOKEN_FILE: tokenFile, LOG_LEVEL: "trace" },
    door,
    async [Symbol.asyncDispose]() {
      await door.stop();
      await gateway[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

const COMMAND = /openclaw devices approve ([0-9a-f-]{36})/;

/** Under which the app itself waits, by its log. */
const ownRequestOf = (app: App) =>
  vi.waitFor(() => COMMAND.exec(app.output())?.[1] ?? Promise.reject(new Error("no command")), SOON);

const appWaits = (page: Page) => page.getByRole("status").filter({ hasText: "once your gateway knows it" });

/** One start of a gateway for those tests; whom it let in for the one before, the next one's app does not profit from. */
let shared: Awaited<ReturnType<typeof startElsewhere>> | undefined;
const elsewhereHere = async () => (shared ??= await startElsewhere());

afterAll(() => shared?.[Symbol.asyncDispose]());

test("on a gateway elsewhere that wants each browser approved its owner's is, once the app is, and nobody else's", async () => {
  const { gateway, door, env } = await elsewhereHere();
  const before = await pairedDevices(gateway);
  await using app = await startApp({ gateway: "demo", env });
  const ownRequest = await ownRequestOf(app);

  // It has the token, and waits for its approval at the same time as the owner's browser does.
  const device = newRawDevice();
  const stranger = { token: gateway.token, device, headers: { origin: app.origin } };
  const knock = () => connectRaw(door.url, stranger).catch((error: unknown) => error);
  const waits = { code: "NOT_PAIRED", details: { code: "PAIRING_REQUIRED" } };
  expect(await knock()).toMatchObject(waits);

  const context = await browser.newContext();
  const answers = collectAnswers(context, app.origin);
  const page = await context.newPage();
  await page.goto(`${app.origin}/chat#token=${gateway.token}`);
  // As the server forwards such a link. The app is not approved yet: it says so to the owner, and lets nobody in.
  const shown = appWaits(page);
  expect(await shown.getByText(COMMAND).textContent(SOON)).toContain(ownRequest);
  expect(await pairedDevices(gateway)).toEqual(before);

  await approveRequest(gateway, ownRequest);
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("let me in", SOON);
  await box.press("Enter");
  await page.getByRole("log").getByText("Echo: let me in").first().waitFor(SOON);
  expect(await shown.count()).toBe(0);
  expect(await knock()).toMatchObject(waits);
  const paired = await pairedDevices(gateway);
  expect(paired).toHaveLength(before.length + 2);
  expect(paired).not.toContain(device.id);

  const log = { name: "the log", content: Buffer.from(app.output()) };
  const html = { name: "the page", content: Buffer.from(page.url() + (await page.content())) };
  const [, commandLines] = await processPlaces();
  const places = [log, html, answers.place(), ...(await filePlaces(app.dataDir, "what the app keeps"))];
  expect(
    findings(
      [{ name: "the token", literal: gateway.token }],
      [...places, ...(commandLines ? [commandLines] : [])],
    ),
  ).toEqual([]);
  await context.close();
});

test("with Clerk the owner's browser is approved by their being signed in, and for nobody else the gateway is even asked", async () => {
  const { gateway, door, env } = await elsewhereHere();
  await using clerk = await startClerk();
  const owner = clerk.enrol("owner@example.com");
  await using app = await startApp({
    gateway: "demo",
    env: { ...env, ...clerk.env, CHAT_GATEWAY_OWNER: owner.id },
  });
  const link = `${app.origin}/chat?token=${gateway.token}`;
  const context = await browser.newContext({ colorScheme: "light" });
  const page = await context.newPage();
  await signIn(app.origin, page, owner.email);
  // As when the key of the app's device cannot be opened; what its button does is real.
  await page.route("**/api/chat-gateway/pair", (route) => route.fulfill({ status: 409, json: UNREADABLE }));
  await page.goto(link);
  const renew = page.getByRole("button", { name: "Become a new device" });
  await renew.waitFor(SOON);
  await expectGoodLooks(page);
  const first = await ownRequestOf(app);
  // The page asks by itself again and again: the button stays until it is pressed.
  await page.route("**/api/chat-gateway/device", async (route) => {
    await page.unroute("**/api/chat-gateway/pair");
    await route.continue();
  });
  await renew.click();
  const shown = appWaits(page);
  const second = shown.getByText(COMMAND).filter({ hasNotText: first });
  const [, ownRequest = ""] = COMMAND.exec((await second.textContent(SOON)) ?? "") ?? [];
  await expectGoodLooks(page);

  await approveRequest(gateway, ownRequest);
  await say(page, "let the owner in");
  await page.getByRole("log").getByText("Echo: let the owner in").first().waitFor(SOON);
  expect(await shown.count()).toBe(0);

  // A device that waits, and somebody with an account here who wants it in.
  const stranger = { token: gateway.token, device: newRawDevice(), headers: { origin: app.origin } };
  const refused: unknown = await connectRaw(door.url, stranger).catch((error: unknown) => error);
  if (!(refused instanceof RawGatewayError)) throw new Error("It was let in.");
  const requestId = String(refused.details["requestId"]);
  const paired = await pairedDevices(gateway);
  const other = await (await browser.newContext()).newPage();
  await signUp(app.origin, other.context(), "other@example.com");
  await other.goto(app.origin);
  const visits = door.visits();
  expect(await askToPair(other, requestId)).toEqual({ status: 404, code: "not-found" });
  const nobody = await (await browser.newContext()).newPage();
  await nobody.goto(`${app.origin}/chat`);
  await nobody.getByText("You are signed out").waitFor(SOON);
  expect(await askToPair(nobody, requestId)).toEqual({ status: 401, code: "signed-out" });
  expect(door.visits()).toBe(visits);
  expect(await pairedDevices(gateway)).toEqual(paired);
  await nobody.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await nobody.getByRole("textbox", { name: "Email address" }).waitFor(SOON);
  await Promise.all([page, other, nobody].map((one) => one.context().close()));
});

const UNREADABLE = {
  type: "about:blank",
  status: 409,
  code: "app-device-unreadable",
  title: "Conflict",
  detail: "The key by which this app is a device there cannot be read. Or choose a new device.",
};

/** In light and dark, on a desk and on a phone. */
async function expectGoodLooks(page: Page): Promise<void> {
  const desk = page.viewportSize();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violationsOn(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 390, height: 780 });
  expect(await sidewaysOn(page)).toBe(0);
  if (desk) await page.setViewportSize(desk);
}

/** As the chat's page does for a person whose browser waits. */
function askToPair(page: Page, requestId: string): Promise<{ status: number; code: string | undefined }> {
  return page.evaluate(async (waiting) => {
    const response = await fetch("/api/chat-gateway/pair", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ requestId: waiting }),
    });
    const body: { code?: string } = await response.json();
    return { status: response.status, code: body.code };
  }, requestId);
}
