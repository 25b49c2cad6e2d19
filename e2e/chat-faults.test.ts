import { randomBytes } from "node:crypto";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, type TestContext } from "vitest";
import { patienceMs } from "../scripts/test-patience.ts";
import { launchChromium, type PageFaults, watchFaults } from "./support/browser.ts";
import { type ChatSite, startChatSite } from "./support/chat-page.ts";
import { type CuttableLink, startCuttableLink } from "./support/cuttable-link.ts";
import { type RealGateway, startRealGateway } from "./support/gateways.ts";
import { REAL_PRODUCTS } from "./support/install-gateways.ts";
import { type ModelServer, startModelServer } from "./support/model-server.ts";
import { approvePairing } from "./support/pairing.ts";
import { newRawDevice } from "./support/raw-device.ts";
import { connectRaw, RawGatewayError } from "./support/raw-gateway.ts";
import { linesOfGateway, linesOnPage } from "./support/transcript.ts";

/** A loaded machine takes its time; nothing here is a measure of speed. */
const SOON = { timeout: patienceMs };
/** OpenClaw needs up to 17 s to start, and resumes an interrupted run some seconds later. */
const AFTER_A_START = { timeout: patienceMs };

let browser: Browser;
let site: ChatSite;
let model: ModelServer;

beforeAll(async () => {
  [browser, site, model] = await Promise.all([launchChromium(), startChatSite(), startModelServer()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
  await model?.stop();
});

interface OpenOptions {
  readonly gatewayUrl: string;
  readonly authToken: string | null;
  readonly sessionKey?: string;
}

async function openChat(options: OpenOptions): Promise<{ page: Page; faults: PageFaults }> {
  const page = await browser.newPage();
  const faults = watchFaults(page);
  await page.addInitScript((chatOptions) => {
    Object.assign(window, { chatOptions });
  }, options);
  await page.goto(site.origin);
  return { page, faults };
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("textbox", { name: "Message" }).press("Enter");
}

async function closePages({ task }: TestContext): Promise<void> {
  for (const context of browser.contexts()) {
    if (task.result?.state === "fail")
      for (const page of context.pages())
        console.log("The page showed:", await page.locator("body").innerText());
    await context.close();
  }
}

/** A text in the conversation itself; the page also says replies to screen readers. */
const said = (page: Page, text: string) => page.getByRole("log").getByText(text);
const newSession = () => `agent:main:e2e-${randomBytes(4).toString("hex")}`;

describe.each(REAL_PRODUCTS)("a chat with a real %s gateway", (product) => {
  let gateway: RealGateway;
  let link: CuttableLink;
  let page: Page;
  let faults: PageFaults;
  let sessionKey: string;

  beforeAll(async () => {
    gateway = await startRealGateway({ product, model });
    link = await startCuttableLink(() => gateway.target.port);
  });

  afterAll(async () => {
    await link?.close();
    await gateway?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    link.mend();
    sessionKey = newSession();
    ({ page, faults } = await openChat({
      gatewayUrl: `ws://127.0.0.1:${link.port}/`,
      authToken: gateway.token,
      sessionKey,
    }));
  });

  afterEach(closePages);

  /** The page shows exactly what the gateway has. */
  async function expectSameTranscript(length: number): Promise<void> {
    await expect
      .poll(async () => [await linesOnPage(page), await linesOfGateway(gateway, sessionKey)], AFTER_A_START)
      .toSatisfy(
        ([seen, stored]: unknown[][]) =>
          seen?.length === length && JSON.stringify(seen) === JSON.stringify(stored),
      );
  }

  test("streams a reply, shows it again after a reload, and opens one socket", async () => {
    const text = `tell me slowly in ${sessionKey} [model:held n=12]`;
    await say(page, text);
    const reply = page.locator('article[data-role="assistant"]');
    await said(page, "w1 w2 w3").waitFor(SOON);
    expect(await reply.getAttribute("data-status")).toBe("streaming");
    model.letGo(text);
    await said(page, "w11 w12").waitFor(SOON);
    await expectSameTranscript(2);

    expect(link.open()).toBe(1);
    await page.reload();
    await said(page, "w11 w12").waitFor(SOON);
    await expectSameTranscript(2);
    await expect.poll(() => link.open(), SOON).toBe(1);
    expect(faults.consoleErrors).toEqual([]);
    expect(faults.failedRequests).toEqual([]);
  });

  test("a socket that dies in the middle of a reply costs nothing and doubles nothing", async () => {
    await say(page, "before the drop");
    await said(page, "Echo: before the drop").waitFor(SOON);
    const text = `now slowly in ${sessionKey} [model:held n=24]`;
    await say(page, text);
    await said(page, "w1 w2 w3 w4 w5").waitFor(SOON);
    link.cut();
    await page
      .getByText("The connection to the gateway was lost")
      .or(page.getByText("Reconnecting"))
      .first()
      .waitFor(SOON);
    model.letGo(text);
    link.mend();
    await said(page, "w23 w24").waitFor(AFTER_A_START);
    await expectSameTranscript(4);
  });

  test("a message sent during the drop is stored exactly once", async () => {
    await say(page, "before the drop");
    await said(page, "Echo: before the drop").waitFor(SOON);
    link.cut();
    // The scripted model serves every gateway of this file.
    const text = `sent while away from ${sessionKey}`;
    await say(page, text);
    await page.getByText("Waiting for the gateway").waitFor(SOON);
    link.mend();
    await said(page, `Echo: ${text}`).waitFor(AFTER_A_START);
    await expectSameTranscript(4);
    expect(model.requests.filter(({ turn }) => turn.userText === text)).toHaveLength(1);
  });

  test("a message whose acknowledgement was lost is stored exactly once", async () => {
    await say(page, "before the drop");
    await said(page, "Echo: before the drop").waitFor(SOON);
    await say(page, "cut right behind this [model:slow n=10 ms=100]");
    link.cut();
    link.mend();
    await said(page, "w9 w10").waitFor(AFTER_A_START);
    await expectSameTranscript(4);
  });

  test("a gateway that is killed in the middle of a run comes back without loss or doubling", async () => {
    await say(page, "before the crash");
    await said(page, "Echo: before the crash").waitFor(SOON);
    const text = `interrupt me in ${sessionKey} [model:held n=30]`;
    await say(page, text);
    await said(page, "w1 w2 w3").waitFor(SOON);
    await gateway.kill("SIGKILL");
    model.letGo(text);
    await page
      .getByText("The connection to the gateway was lost")
      .or(page.getByText("Reconnecting"))
      .first()
      .waitFor(SOON);
    await gateway.restart();

    if (product === "openclaw") {
      // It goes on by itself, under a run of another name.
      await said(page, "w29 w30").waitFor(AFTER_A_START);
    } else {
      await page.getByText(/The gateway restarted/).waitFor(AFTER_A_START);
      await page.getByRole("button", { name: "Send again", exact: true }).click();
      await said(page, "w29 w30").waitFor(AFTER_A_START);
    }
    await expect
      .poll(
        () => linesOnPage(page).then((lines) => lines.filter(({ text }) => text.includes("w29 w30")).length),
        SOON,
      )
      .toBe(1);
    const asked = (await linesOnPage(page)).filter(({ text }) => text.startsWith("interrupt me"));
    expect(asked).toHaveLength(product === "openclaw" ? 1 : 2);
  });

  test("an orderly restart is told calmly and ends by itself", async () => {
    await say(page, "before the restart");
    await said(page, "Echo: before the restart").waitFor(SOON);
    await gateway.stop();
    await page
      .getByRole("status")
      .getByText(/gateway (was stopped|is restarting|stopped)/i)
      .waitFor(SOON);
    await gateway.restart();
    await say(page, "after the restart");
    await said(page, "Echo: after the restart").waitFor(AFTER_A_START);
    await expectSameTranscript(4);
  });

  test("a wrong token is told once and not tried again and again", async () => {
    const refused = await openChat({ gatewayUrl: gateway.url, authToken: "not-the-token", sessionKey });
    await refused.page
      .getByText(/did not accept|was not accepted|token/i)
      .first()
      .waitFor(SOON);
    await refused.page.getByRole("button", { name: "Reconnect" }).waitFor(SOON);
    const tries = refused.faults.sockets.length;
    expect(tries).toBeLessThanOrEqual(2);
    await refused.page.waitForTimeout(4_000);
    expect(refused.faults.sockets).toHaveLength(tries);
    await refused.page.close();
  });

  if (product === "clawdbot")
    test("a gateway that is down is waited for, and the chat opens when it is up", async () => {
      await gateway.stop();
      const late = await openChat({ gatewayUrl: gateway.url, authToken: gateway.token, sessionKey });
      await late.page.getByText("Trying again in").waitFor(SOON);
      await gateway.restart();
      await say(late.page, "are you there?");
      await said(late.page, "Echo: are you there?").waitFor(AFTER_A_START);
    });
});

describe("a real openclaw gateway that wants each device approved", () => {
  let gateway: RealGateway;

  beforeAll(async () => {
    gateway = await startRealGateway({ product: "openclaw", model, localPairing: "approval" });
  });

  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
  });

  afterEach(closePages);

  test("a new device is refused until it is approved", async () => {
    const device = newRawDevice();
    const options = { token: gateway.token, device, headers: { origin: "http://localhost:3001" } };
    const refusal = await connectRaw(gateway.url, options).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RawGatewayError);
    expect(refusal).toMatchObject({ code: "NOT_PAIRED", details: { code: "PAIRING_REQUIRED" } });

    expect(await approvePairing(gateway)).toEqual([device.id]);
    const { gateway: chat, hello } = await connectRaw(gateway.url, options);
    expect(hello["auth"]).toMatchObject({ scopes: ["operator.read", "operator.write"] });
    await chat.close();
  });

  test("a device that must be paired is shown what to do, and goes on by itself once approved", async () => {
    const { page, faults } = await openChat({
      gatewayUrl: gateway.url,
      authToken: gateway.token,
      sessionKey: newSession(),
    });
    await page.getByText("This device waits for approval").waitFor(SOON);
    const tries = faults.sockets.length;
    await page.waitForTimeout(4_000);
    expect(faults.sockets.length - tries).toBeLessThanOrEqual(1);
    expect(await approvePairing(gateway)).toHaveLength(1);
    // Unless it has looked by itself meanwhile.
    await page
      .getByRole("button", { name: "Check now" })
      .evaluateAll((buttons) =>
        buttons.forEach((button) => button.dispatchEvent(new MouseEvent("click", { bubbles: true }))),
      );
    await say(page, "approved?");
    await said(page, "Echo: approved?").waitFor(AFTER_A_START);
  });
});
