import { randomUUID } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGatewayRouter } from "./support/gateway-router.ts";
import type { GatewayRouter } from "./support/gateway-router.ts";
import { startRealGateway } from "./support/gateways.ts";
import type { RealGateway } from "./support/gateways.ts";
import { REAL_PRODUCTS } from "./support/install-gateways.ts";
import { startModelServer } from "./support/model-server.ts";
import type { ModelServer } from "./support/model-server.ts";
import { filesContaining } from "./support/files-containing.ts";
import { newRawDevice } from "./support/raw-device.ts";
import { RawHttpRefusal, connectRaw } from "./support/raw-gateway.ts";
import type { RawGateway } from "./support/raw-gateway.ts";

const MODEL_KEY = "model-key-of-this-test-run";

describe.each(REAL_PRODUCTS)("%s behind the process driver and our router", (product) => {
  let model: ModelServer;
  let router: GatewayRouter;
  let gateway: RealGateway;

  beforeAll(async () => {
    model = await startModelServer();
    router = await startGatewayRouter();
    gateway = await startRealGateway({
      product,
      model,
      modelKey: MODEL_KEY,
      basePath: "instance",
      allowedOrigins: [router.origin],
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await router.stop();
    await model.stop();
  });

  test("a browser's handshake is let in without forwarded headers, and a turn is answered by the model", async () => {
    const { chat, sessionKey } = await connectAsBrowser(gateway, router);
    await expectAnswer(chat, sessionKey, "good morning", /^Echo: good morning$/);
    expect(model.requests.at(-1)?.turn.userText).toBe("good morning");
    await chat.close();
  });

  test("its own page and the scripts of that page come through the router", async () => {
    const { pageUrl } = router.add(gateway);
    const page = await fetch(pageUrl);
    expect(page.status).toBe(200);
    const [, script = ""] = /<script[^>]+src="([^"]+)"/.exec(await page.text()) ?? [];
    const answer = await fetch(new URL(script, pageUrl));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("javascript");
  });

  test("the model's key travels by environment: it is in no file and in no argument", async () => {
    expect(new Set(model.requests.map(({ apiKey }) => apiKey))).toEqual(new Set([MODEL_KEY]));
    const processes = await processesOf(gateway);
    expect(processes.length).toBeGreaterThan(0);
    for (const { commandLine } of processes) {
      expect(commandLine).not.toContain(MODEL_KEY);
      expect(commandLine).not.toContain(gateway.token);
    }
    expect(await filesContaining(gateway.dataDir, MODEL_KEY)).toEqual([]);
    expect(await gateway.logs()).not.toContain(gateway.token);
  });

  test("a tool call, reasoning and a long answer arrive whole", async () => {
    const { chat, sessionKey } = await connectAsBrowser(gateway, router);
    await expectAnswer(chat, sessionKey, "use a tool [model:tool]", /The tool has run\. Done\./);
    await expectAnswer(chat, sessionKey, "think first [model:think]", /^The answer is option B\.$/);
    await expectAnswer(chat, sessionKey, "at length [model:long]", /Paragraph 20\./);
    await chat.close();
  });

  if (product === "openclaw")
    test("a router that it does not know and that says for whom it forwards is refused", async () => {
      const { webSocketUrl } = router.add(gateway, "standard");
      const options = { token: gateway.token, device: newRawDevice(), headers: { origin: router.origin } };
      const refusal = await connectRaw(webSocketUrl, options).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(RawHttpRefusal);
      expect(refusal).toMatchObject({
        status: 403,
        message: expect.stringContaining("proxy_attribution_required"),
      });
    });

  if (product === "clawdbot")
    test("an answer to a message that waited cannot be stopped, and a preview cuts a long message's identity off", async () => {
      const { chat } = await connectAsBrowser(gateway, router);
      const sessionKey = "agent:main:waiting";
      const send = async (message: string) => {
        const idempotencyKey = randomUUID();
        await chat.request("chat.send", { sessionKey, message, idempotencyKey });
        return idempotencyKey;
      };
      const end = (runId: string) =>
        chat.event("chat", (event) => event["runId"] === runId && event["state"] === "final");
      const long = await send("a long story ".repeat(500));
      await end(long);
      const running = await send("first [model:held n=4 ms=10]");
      await chat.event("agent", (event) => event["runId"] === running);
      const waiting = await send("second [model:held n=20 ms=10]");
      await end(waiting);
      model.letGo("first [model:held");
      await end(running);

      const known: readonly string[] = [long, running, waiting];
      const isNext = (event: Record<string, unknown>) =>
        event["sessionKey"] === sessionKey && !known.includes(String(event["runId"]));
      const next = String((await chat.event("agent", isNext)).payload?.["runId"]);
      const unheard = { ok: true, aborted: false, runIds: [] };
      expect(await chat.request("chat.abort", { sessionKey, runId: next })).toEqual(unheard);
      expect(await chat.request("chat.abort", { sessionKey })).toEqual(unheard);
      model.letGo("second [model:held");
      expect(JSON.stringify((await end(next)).payload)).toContain("w19 w20");

      const preview = { keys: [sessionKey], limit: 50, maxChars: 100_000 };
      const { previews } = await chat.request("sessions.preview", preview);
      const [{ items }] = previews as [{ items: { role: string; text: string }[] }];
      const [first, second] = items.filter(({ role }) => role === "user");
      expect(first?.text).toHaveLength(2_000);
      expect(first?.text).toMatch(/\.\.\.$/);
      expect(second?.text).toContain(`[message_id: ${running}]`);
      await chat.close();
    });

  test("after SIGKILL it comes back on the same port with the same token and its history", async () => {
    const before = gateway.target;
    const { chat: first, sessionKey } = await connectAsBrowser(gateway, router);
    await expectAnswer(first, sessionKey, "remember me", /^Echo: remember me$/);
    await gateway.kill("SIGKILL");
    expect((await first.closed).code).toBe(1006);
    // A process that was killed is still to be seen while the kernel takes it apart.
    await expect.poll(() => processesOf(gateway)).toEqual([]);
    if (product === "clawdbot") await lockAsWhileWriting(gateway, sessionKey);

    await gateway.restart();
    expect(gateway.target).toEqual(before);
    const { chat } = await connectAsBrowser(gateway, router);
    const { messages } = await chat.request("chat.history", { sessionKey });
    expect(JSON.stringify(messages)).toContain("remember me");
    await expectAnswer(chat, sessionKey, "still there?", /^Echo: still there\?$/);
    await chat.close();
  });

  test("an orderly stop tells the client that the service restarts, and leaves no process", async () => {
    const { chat } = await connectAsBrowser(gateway, router);
    await gateway.stop();
    expect((await chat.closed).code).toBe(1012);
    expect(await processesOf(gateway)).toEqual([]);
  });
});

/** As the page that the router serves does: OpenClaw with a device, Clawdbot without. */
async function connectAsBrowser(
  gateway: RealGateway,
  router: GatewayRouter,
): Promise<{ chat: RawGateway; sessionKey: string }> {
  const { gateway: chat, hello } = await connectRaw(router.add(gateway).webSocketUrl, {
    token: gateway.token,
    headers: { origin: router.origin },
    ...(gateway.product === "openclaw" ? { device: newRawDevice() } : {}),
  });
  const { sessionDefaults } = hello["snapshot"] as { sessionDefaults: { mainSessionKey: string } };
  return { chat, sessionKey: sessionDefaults.mainSessionKey };
}

/** Sends one message, and expects this text as the last that the gateway stored: it writes an answer down after its end. */
async function expectAnswer(
  chat: RawGateway,
  sessionKey: string,
  message: string,
  answer: RegExp,
): Promise<void> {
  const runId = randomUUID();
  await chat.request("chat.send", { sessionKey, message, idempotencyKey: runId });
  const isEnd = (state: unknown) => state === "final" || state === "error" || state === "aborted";
  const end = await chat.event("chat", (event) => event["runId"] === runId && isEnd(event["state"]));
  expect(end.payload).toMatchObject({ state: "final" });
  const lastText = async () => {
    const { messages } = await chat.request("chat.history", { sessionKey });
    const last = (messages as { role: string; content: { type: string; text?: string }[] }[]).at(-1);
    return (last?.content ?? []).map(({ type, text }) => (type === "text" ? text : "")).join("");
  };
  await expect.poll(lastText).toMatch(answer);
}

/** As it is left by a Clawdbot that is killed at the moment at which it writes down what a run has used. */
async function lockAsWhileWriting({ dataDir, id }: RealGateway, sessionKey: string): Promise<void> {
  const [, agent = ""] = sessionKey.split(":");
  const sessions = join(dataDir, id, "state", "agents", agent, "sessions");
  expect(await readdir(sessions)).toContain("sessions.json");
  await writeFile(join(sessions, "sessions.json.lock"), JSON.stringify({ pid: 1, startedAt: Date.now() }));
}

async function processesOf(gateway: RealGateway): Promise<readonly { pid: number; commandLine: string }[]> {
  const marker = `AUTOMNA_INSTANCE_DIR=${join(gateway.dataDir, gateway.id)}`;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => ({
      pid,
      environment: await readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""),
      commandLine: await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
    })),
  );
  return all.filter(({ environment }) => environment.split("\0").includes(marker));
}
