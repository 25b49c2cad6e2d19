import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { patienceMs } from "../scripts/test-patience.ts";
import { startApp } from "./support/app.ts";
import { launchChromium } from "./support/browser.ts";
import { DOOR_ADDRESS, startFrontDoor } from "./support/front-door.ts";
import { startRealGateway } from "./support/gateways.ts";
import { type ModelServer, startModelServer } from "./support/model-server.ts";
import { approveRequest, pairedDevices } from "./support/pairing.ts";
import { newRawDevice } from "./support/raw-device.ts";
import { connectRaw } from "./support/raw-gateway.ts";
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

test("on a gateway elsewhere that wants each browser approved its owner's is, once the app is, and nobody else's", async () => {
  await using elsewhere = await startElsewhere();
  const { gateway, door, env } = elsewhere;
  await using app = await startApp({ gateway: "demo", env });
  const ownRequest = await vi.waitFor(
    () => COMMAND.exec(app.output())?.[1] ?? Promise.reject(new Error("no command")),
    SOON,
  );

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
  const shown = page.getByRole("status").filter({ hasText: "once your gateway knows it" });
  expect(await shown.getByText(COMMAND).textContent(SOON)).toContain(ownRequest);
  expect(await pairedDevices(gateway)).toEqual([]);

  await approveRequest(gateway, ownRequest);
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("let me in", SOON);
  await box.press("Enter");
  await page.getByRole("log").getByText("Echo: let me in").first().waitFor(SOON);
  expect(await shown.count()).toBe(0);
  expect(await knock()).toMatchObject(waits);
  const paired = await pairedDevices(gateway);
  expect(paired).toHaveLength(2);
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
