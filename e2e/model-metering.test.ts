import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Usage, UsageOfAll } from "../apps/web/src/api/usage.ts";
import { startEmbeddedPostgres } from "../apps/web/src/server/embedded-postgres.ts";
import { createLog } from "../apps/web/src/server/log.ts";
import { openModelRelay } from "../apps/web/src/server/model-relay.ts";
import { probeGateway } from "../apps/web/src/server/probe.ts";
import { readConfig } from "../apps/web/src/config.ts";
import { type House, isReady, startHouse, untilInstance } from "../apps/web/test/support/house.ts";
import { connectDatabase, migrate } from "../packages/control-plane/src/database/index.ts";
import {
  type ModelProvider,
  newGatewayToken,
  open,
  parseKeyRing,
  resolveGateway,
  startProcessDriver,
} from "../packages/control-plane/src/index.ts";
import { filesContaining } from "./support/files-containing.ts";
import { gatewayInstallDir, installGateways, type RealProduct } from "./support/install-gateways.ts";
import { MODEL_ID, type ModelServer, startModelServer } from "./support/model-server.ts";
import { type ProviderServer, startProviderServer } from "./support/provider-server.ts";
import { BACKEND_CLIENT, connectRaw, type RawGateway } from "./support/raw-gateway.ts";
import { findings, processPlaces } from "./support/secret-search.ts";

const OPERATORS_KEY = `operators-key-${newGatewayToken()}`;
const ROOT = join(import.meta.dirname, "..");
/** Of the scripted model: ten read and a quarter of what it writes, rounded up. */
const READ = 10;
const written = (answer: string) => Math.ceil(answer.length / 4);
/** For what is counted by the day: the tests may run at midnight. */
const now = () => Date.UTC(2026, 9, 31, 12);

let model: ModelServer;
/** Of those who have a key of their own. */
let provider: ProviderServer;
let folder: string;
let url: string;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "automna-metering-"));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ directory: join(folder, "postgres") });
  stops.push(() => postgres.stop());
  ({ url } = postgres);
  model = await startModelServer();
  stops.push(() => model.stop());
  provider = await startProviderServer();
  stops.push(() => provider.stop());
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

/** Worker, driver, relay and API as the app has them, with real gateways. */
async function startMetered(product: RealProduct, env: Record<string, string>) {
  await installGateways(() => undefined, [product]);
  const found = await resolveGateway(product, { installDirs: [gatewayInstallDir(product)], searchPath: "" });
  if (found.status !== "found") throw new Error(`${product} is not installed.`);
  const dataDir = join(folder, product);
  const config = readConfig({ OPENAI_BASE_URL: model.baseUrl, OPENAI_API_KEY: OPERATORS_KEY, ...env }, ROOT);
  const keyRing = parseKeyRing(
    `k1:${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64")}`,
  );
  await migrate(url, join(ROOT, "prisma/migrations"));
  const database = connectDatabase({ url });
  const operators: ModelProvider = {
    kind: "openai-compatible",
    baseUrl: model.baseUrl,
    apiKey: OPERATORS_KEY,
    modelId: MODEL_ID,
  };
  const relay = await openModelRelay({
    config,
    driver: "process",
    model: operators,
    storage: { database, keyRing },
    log: createLog("silent"),
    providers: { openai: provider.baseUrl, anthropic: provider.baseUrl },
    now,
  });
  stops.push(() => database.$disconnect());
  stops.push(() => relay.close());
  const driver = await startProcessDriver({
    dataDir,
    cacheDir: join(ROOT, ".cache", "gateways"),
    programFor: () => Promise.resolve(found.program),
    searchPath: process.env["PATH"] ?? "",
    firstPort: 21_000 + (process.pid % 100) * 10,
  });
  const house = await startHouse({
    url,
    driver,
    keyRing,
    probe: probeGateway,
    runtime: { driver: "process", product },
    modelFor: (...asked) => relay.providerFor(...asked),
    metering: config.metering,
    operators: ["user_operator"],
    now,
    settings: { readyTimeoutMs: 600_000 },
  });
  return { house, dataDir, relay };
}

/** The person's own gateway, once it is ready, with a chat on it. */
async function chatOf(house: House, person: string) {
  await house.gateways.ensure(person);
  const instance = await untilInstance(house, person, isReady);
  const { id, ownerId, target, sealedToken, product } = instance;
  const token = open(house.keyRing, sealedToken, { userId: ownerId, instanceId: id });
  const base = product === "openclaw" ? `/i/${id}` : "";
  const { gateway, hello } = await connectRaw(`ws://${target?.host}:${target?.port}${base}/`, {
    token,
    client: BACKEND_CLIENT,
  });
  const { sessionDefaults } = hello["snapshot"] as { sessionDefaults: { mainSessionKey: string } };
  return { gateway, ask: (message: string) => ask(gateway, sessionDefaults.mainSessionKey, message) };
}

/** How the run ended, as the person's page is told. */
async function ask(gateway: RawGateway, sessionKey: string, message: string): Promise<string> {
  const runId = randomUUID();
  await gateway.request("chat.send", { sessionKey, message, idempotencyKey: runId });
  const ended = await gateway.event(
    "chat",
    (payload) => payload["runId"] === runId && ["final", "error"].includes(String(payload["state"])),
  );
  return JSON.stringify(ended.payload);
}

async function usageOf(house: House, person: string): Promise<Usage> {
  const response = await house.call(person, "getUsage", new Request("http://localhost:3001/api/user/usage"));
  return (await response.json()) as Usage;
}

async function usageOfAll(house: House): Promise<UsageOfAll> {
  const request = new Request("http://localhost:3001/api/admin/usage");
  return (await (await house.call("user_operator", "getUsageOfAll", request)).json()) as UsageOfAll;
}

/**
 * Somebody keeps a key of their own, and then another one: their agent asks by it, and from then on by the other without
 * a pause, and neither is in any process's environment or command line, nor in a file.
 */
async function goOnWithOwnKeys(
  house: House,
  person: string,
  { name, path, dataDir }: { name: "openai" | "anthropic"; path: string; dataDir: string },
): Promise<void> {
  const keys = [`sk-own-${newGatewayToken()}`, `sk-own-${newGatewayToken()}`] as const;
  const keep = async (apiKey: string) => {
    const body = JSON.stringify({ provider: name, apiKey });
    const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
    const address = "http://localhost:3001/api/user/model-key";
    const answer = await house.call(
      person,
      "putModelKey",
      new Request(address, { method: "PUT", headers, body }),
    );
    expect(answer.status).toBe(200);
  };
  const asked = model.requests.length;
  const before = provider.requests.length;
  await keep(keys[0]);
  const chat = await chatOf(house, person);
  expect(await chat.ask("by my own key")).toContain("Echo: by my own key");
  await keep(keys[1]);
  await untilInstance(house, person, isReady);
  expect(await chat.ask("by the next one")).toContain("Echo: by the next one");
  const seen = provider.requests.slice(before);
  expect(new Set(seen.map((request) => request.path))).toEqual(new Set([path]));
  expect([...new Set(seen.map(({ key }) => key))]).toEqual(keys);
  expect(model.requests).toHaveLength(asked);
  const secrets = keys.map((literal) => ({ name: "an own key", literal }));
  expect(findings(secrets, await processPlaces())).toEqual([]);
  for (const key of keys) expect(await filesContaining(dataDir, key)).toEqual([]);
  await chat.gateway.close();
}

test("what each person's OpenClaw uses of the operator's model is counted exactly, and ends with the day's budget or a key of one's own", async () => {
  const { house, dataDir, relay } = await startMetered("openclaw", {
    MODEL_DAILY_TOKENS: "40",
    MODEL_INPUT_PRICE: "2",
    MODEL_OUTPUT_PRICE: "10",
  });
  const [alice, bob] = await Promise.all([chatOf(house, "user_alice"), chatOf(house, "user_bob")]);
  expect(await alice.ask("good morning")).toContain("Echo: good morning");
  expect(await bob.ask("hi")).toContain("Echo: hi");
  expect(await bob.ask("it is late")).toContain("Echo: it is late");
  expect(model.requests.every(({ apiKey }) => apiKey === OPERATORS_KEY)).toBe(true);

  const one = { requests: 1, inputTokens: READ, outputTokens: written("Echo: good morning") };
  const cost = (10 * 2 + one.outputTokens * 10) / 1_000_000;
  const two = {
    requests: 2,
    inputTokens: 2 * READ,
    outputTokens: written("Echo: hi") + written("Echo: it is late"),
  };
  // It is written down after the answer.
  await expect
    .poll(() => usageOf(house, "user_alice"))
    .toMatchObject({
      paidBy: "operator",
      today: { ...one, cost },
      month: { ...one, cost },
      budget: { dailyTokens: 40, left: 40 - one.inputTokens - one.outputTokens },
    });
  await expect.poll(() => usageOf(house, "user_bob")).toMatchObject({ today: two, month: two });

  // Bob has begun his last answer with a little left; then there is nothing left, and nobody asks the model.
  expect(await bob.ask("once more")).toContain("Echo: once more");
  const asked = model.requests.length;
  expect(await bob.ask("and once more")).toContain("budget for today is used up");
  expect(model.requests).toHaveLength(asked);
  await expect.poll(async () => (await usageOf(house, "user_bob")).budget?.left).toBe(0);
  expect(await alice.ask("still there")).toContain("Echo: still there");

  await expect
    .poll(async () => (await usageOfAll(house)).today)
    .toMatchObject({ requests: 5, inputTokens: 5 * READ });
  const { people } = await usageOfAll(house);
  expect(people.map(({ clerkId }) => clerkId)).toEqual(["user_bob", "user_alice"]);

  // The operator's key is in nothing that a gateway has.
  expect(await filesContaining(dataDir, OPERATORS_KEY)).toEqual([]);
  await Promise.all([alice.gateway.close(), bob.gateway.close()]);

  // With a key of his own there is no budget, and nothing is counted.
  await goOnWithOwnKeys(house, "user_bob", { name: "openai", path: "/v1/responses", dataDir });
  // What it still had to write down is written.
  await relay.close();
  expect(await usageOf(house, "user_bob")).toMatchObject({ paidBy: "person", today: { requests: 3 } });
}, 600_000);

test("Clawdbot's use is counted as well, until its owner has a key of their own", async () => {
  const { house, dataDir, relay } = await startMetered("clawdbot", {});
  const carol = await chatOf(house, "user_carol");
  expect(await carol.ask("good evening")).toContain("Echo: good evening");
  await expect
    .poll(() => usageOf(house, "user_carol"))
    .toMatchObject({
      today: { requests: 1, inputTokens: READ, outputTokens: written("Echo: good evening"), cost: null },
      budget: null,
    });
  await carol.gateway.close();
  await goOnWithOwnKeys(house, "user_carol", { name: "anthropic", path: "/v1/messages", dataDir });
  await relay.close();
  expect(await usageOf(house, "user_carol")).toMatchObject({ paidBy: "person", today: { requests: 1 } });
});
