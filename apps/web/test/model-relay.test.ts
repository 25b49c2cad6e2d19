import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type Driver, type ModelProvider, open, ROUTER_HOST } from "@automna/control-plane";
import {
  deleteModelKey,
  findModelKey,
  findUser,
  modelUsageOf,
  putModelKey,
} from "@automna/control-plane/database";
import { relayKeyOf } from "@automna/control-plane/model-relay";
import { expect, onTestFinished, test, vi } from "vitest";
import { readConfig } from "../src/config.ts";
import { createLog } from "../src/server/log.ts";
import { openModelRelay } from "../src/server/model-relay.ts";
import { type House, isReady, somebody, startHouse, untilInstance } from "./support/house.ts";

const MODEL = "the-model";
/** A second before the day and the month are over. */
const LATE = Date.UTC(2026, 9, 31, 23, 59, 59);

interface Asked {
  readonly url: string | undefined;
  readonly key: string | undefined;
}

/** Answers what it is asked, and keeps by whom. */
async function provider(asked: Asked[] = []): Promise<ModelProvider & { kind: "openai-compatible" }> {
  const server = createServer((req, res) => {
    req.resume();
    const key = req.headers["x-api-key"] ?? req.headers.authorization;
    asked.push({ url: req.url, key: String(key) });
    const usage = { prompt_tokens: 30, completion_tokens: 12 };
    res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ usage }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  return { kind: "openai-compatible", baseUrl, apiKey: "the-operators", modelId: MODEL };
}

interface RelayOptions {
  readonly env?: Record<string, string>;
  readonly driver?: Driver["name"];
  readonly model?: ModelProvider | null;
  /** Where both providers of own keys are. */
  readonly providers?: string;
  readonly arrivalMs?: number;
}

async function relayOf(house: House, { env = {}, driver = "process", ...options }: RelayOptions = {}) {
  const { model = await provider(), providers, ...more } = options;
  const relay = await openModelRelay({
    config: readConfig(env, "/srv/automna"),
    driver,
    model,
    storage: house,
    ...(providers === undefined ? {} : { providers: { openai: providers, anthropic: providers } }),
    ...more,
    log: createLog("silent"),
    now: () => LATE,
  });
  onTestFinished(() => relay.close());
  return relay;
}

async function personWith(house: House) {
  const person = somebody();
  await house.gateways.ensure(person);
  const { id, ownerId, sealedToken } = await untilInstance(house, person, isReady);
  return {
    person,
    clerkId: person,
    userId: ownerId,
    id,
    token: open(house.keyRing, sealedToken, { userId: ownerId, instanceId: id }),
  };
}

const PATHS = {
  "openai-completions": "/chat/completions",
  "openai-responses": "/responses",
  "anthropic-messages": "/messages",
} as const;

/** Asks as a gateway with this model would. */
async function asked(seen: ModelProvider | null): Promise<{ status: number; text: string }> {
  if (seen?.kind !== "openai-compatible") throw new Error("It is no relay.");
  const { api = "openai-completions", baseUrl, apiKey, modelId } = seen;
  const response = await fetch(`${baseUrl}${PATHS[api]}`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model: modelId }),
  });
  return { status: response.status, text: await response.text() };
}

test("each agent asks by a key of its own, and its owner is counted until the day's budget is used up", async () => {
  const house = await startHouse();
  const relay = await relayOf(house, { env: { MODEL_DAILY_TOKENS: "80" } });
  const [alice, bob] = [await personWith(house), await personWith(house)];
  const tokensOf = async (person: string) => {
    const user = await findUser(house.database, person);
    const { today } = await modelUsageOf(house.database, user?.id ?? "", LATE);
    return today;
  };
  const seen = relay.providerFor(alice.id, alice.token, null);
  expect(seen?.apiKey).not.toContain(alice.token);
  expect(await asked(seen)).toMatchObject({ status: 200 });
  expect(await asked(seen)).toMatchObject({ status: 200 });
  await vi.waitFor(async () =>
    expect(await tokensOf(alice.person)).toEqual({ requests: 2, inputTokens: 60, outputTokens: 24 }),
  );
  expect(await tokensOf(bob.person)).toMatchObject({ requests: 0 });
  expect((await asked(seen)).text).toContain("budget for today is used up");
  expect((await asked(relay.providerFor(bob.id, bob.token, null))).text).toContain("completion_tokens");
});

test("a key ends with the token, with the agent, and is good for nobody else's", async () => {
  const house = await startHouse();
  const relay = await relayOf(house);
  const [alice, bob] = [await personWith(house), await personWith(house)];
  expect(await asked(relay.providerFor(alice.id, bob.token, null))).toMatchObject({ status: 401 });
  expect(await asked(relay.providerFor("f".repeat(24), alice.token, null))).toMatchObject({ status: 401 });
  const before = relay.providerFor(alice.id, alice.token, null);
  await house.gateways.command(alice.person, alice.id, "rotate");
  await untilInstance(house, alice.person, (instance) => isReady(instance) && instance.nextToken === null);
  expect(await asked(before)).toMatchObject({ status: 401 });
  await house.gateways.command(bob.person, bob.id, "destroy");
  expect(await asked(relay.providerFor(bob.id, bob.token, null))).toMatchObject({ status: 401 });
});

test.each([
  {
    runtime: { driver: "process", product: "demo" },
    handedOver: "with another key",
    status: 401,
    requests: 0,
  },
  { runtime: { driver: "docker", product: "openclaw" }, handedOver: "as it runs", status: 200, requests: 1 },
] as const)(
  "an agent that waits for its first owner asks nothing, and is theirs once it is handed over $handedOver",
  async ({ runtime, status, requests }) => {
    const house = await startHouse({ settings: { poolSize: 1 }, runtime });
    const relay = await relayOf(house);
    await house.work.keepHouse();
    const { id, sealedToken } = await vi.waitFor(() =>
      house.database.instance.findFirstOrThrow({ where: { ownerId: null, observedState: "ready" } }),
    );
    const token = open(house.keyRing, sealedToken, { userId: "pool", instanceId: id });
    const waiting = relay.providerFor(id, token, null);
    expect(await asked(waiting)).toMatchObject({ status: 403 });
    const owner = await personWith(house);
    expect(owner.id).toBe(id);
    expect(await asked(waiting)).toMatchObject({ status });
    expect(await asked(relay.providerFor(id, owner.token, null))).toMatchObject({ status: 200 });
    // What it had while it waited ends with its next start at the latest.
    await house.gateways.command(owner.person, id, "restart");
    const { sealedToken: later } = await untilInstance(
      house,
      owner.person,
      (instance) => isReady(instance) && instance.nextToken === null,
    );
    const now = open(house.keyRing, later, { userId: owner.userId, instanceId: id });
    expect(await asked(waiting)).toMatchObject({ status: 401 });
    expect(await asked(relay.providerFor(id, now, null))).toMatchObject({ status: 200 });
    await vi.waitFor(async () =>
      expect((await modelUsageOf(house.database, owner.userId, LATE)).today).toMatchObject({
        requests: requests + 2,
      }),
    );
  },
);

test("containers find the relay at the router's address and a port that stays, or at the one that is configured", async () => {
  const house = await startHouse();
  const baseUrlOf = async (env: Record<string, string>, driver: Driver["name"]) => {
    const seen = (await relayOf(house, { env, driver })).providerFor("f".repeat(24), "token", null);
    return seen?.kind === "openai-compatible" ? seen.baseUrl : null;
  };
  // Another process of the same machine may have the same port.
  const neighbour = createServer().listen({ port: 0, host: "0.0.0.0", reusePort: true });
  onTestFinished(() => void neighbour.close());
  await once(neighbour, "listening");
  const { port } = neighbour.address() as AddressInfo;
  const env = { PORT: `${port - 2}` };
  const [first, second] = [await baseUrlOf(env, "docker"), await baseUrlOf(env, "docker")];
  expect([first, second]).toEqual([`http://${ROUTER_HOST}:${port}/v1`, `http://${ROUTER_HOST}:${port}/v1`]);
  expect(await baseUrlOf({ PORT: "0" }, "docker")).toMatch(/^http:\/\/router\.invalid:\d+\/v1$/);
  const elsewhere = {
    MODEL_RELAY_URL: "http://relay.example:9000/",
    MODEL_RELAY_PORT: "0",
    MODEL_RELAY_HOST: "127.0.0.1",
  };
  expect(await baseUrlOf(elsewhere, "swarm")).toBe("http://relay.example:9000/v1");
});

test.each([
  ["openai", "/v1/responses", "Bearer sk-first-own-key", "Bearer sk-second-own-key"],
  ["anthropic", "/v1/messages", "sk-first-own-key", "sk-second-own-key"],
] as const)(
  "an own key of %s stays in the app, is another one at once, and is nobody's when it is gone",
  async (name, url, first, second) => {
    const house = await startHouse();
    const calls: Asked[] = [];
    const { baseUrl } = await provider(calls);
    const relay = await relayOf(house, { env: { MODEL_DAILY_TOKENS: "1" }, providers: baseUrl });
    const alice = await personWith(house);
    const keep = (apiKey: string) =>
      putModelKey(house.database, house.keyRing, alice, { provider: name, apiKey, modelId: null });
    const seenNow = async () =>
      relay.providerFor(alice.id, alice.token, await findModelKey(house.database, alice.userId));
    await keep("sk-first-own-key");
    const seen = await seenNow();
    expect(JSON.stringify(seen)).not.toContain("sk-");
    // No limit, however often it is asked.
    expect(await asked(seen)).toMatchObject({ status: 200 });
    expect(await asked(seen)).toMatchObject({ status: 200 });
    await keep("sk-second-own-key");
    expect(await seenNow()).toEqual(seen);
    expect(await asked(seen)).toMatchObject({ status: 200 });
    expect(calls).toEqual([first, first, second].map((key) => ({ url, key })));
    // Nothing of it is counted, so nothing of the operator's budget is used.
    const { month } = await modelUsageOf(house.database, alice.userId, LATE);
    expect(month).toMatchObject({ requests: 0 });
    await deleteModelKey(house.database, alice);
    expect((await asked(seen)).text).toContain("no longer kept");
    expect(calls).toHaveLength(3);
  },
);

test("an own key serves its owner's agent alone, and at its own provider", async () => {
  const house = await startHouse();
  const calls: Asked[] = [];
  const { baseUrl: providers } = await provider(calls);
  const relay = await relayOf(house, { model: null, providers });
  const [alice, bob] = [await personWith(house), await personWith(house)];
  const key = { provider: "openai", apiKey: "sk-alices-own-key", modelId: "gpt-x" } as const;
  await putModelKey(house.database, house.keyRing, alice, key);
  expect((await asked(relay.providerFor(bob.id, bob.token, key))).text).toContain("no longer kept");
  expect(await asked(relay.providerFor(bob.id, alice.token, key))).toMatchObject({ status: 401 });
  const other = relay.providerFor(alice.id, alice.token, { provider: "anthropic", modelId: null });
  expect(await asked(other)).toMatchObject({ status: 409 });
  expect(calls).toEqual([]);
  expect(await asked(relay.providerFor(alice.id, alice.token, key))).toMatchObject({ status: 200 });
  expect(calls).toEqual([{ url: "/v1/responses", key: "Bearer sk-alices-own-key" }]);
  // Nobody pays for those who have no key, not even for an agent that was started when somebody did.
  expect(relay.providerFor(bob.id, bob.token, null)).toBeNull();
  const apiKey = relayKeyOf(bob.id, bob.token);
  const baseUrl = `http://127.0.0.1:${relay.number}/v1`;
  const operators = { kind: "openai-compatible", baseUrl, apiKey, modelId: MODEL } as const;
  expect(await asked(operators)).toEqual({ status: 403, text: expect.stringContaining("no_model") });
});

test("a question that does not arrive in time is given up; its answer may take longer", async () => {
  const house = await startHouse();
  const { id, token } = await personWith(house);
  const slow = createServer((req, res) => {
    req.resume();
    setTimeout(() => res.end("{}"), 1_000);
  });
  slow.listen(0, "127.0.0.1");
  await once(slow, "listening");
  onTestFinished(() => void slow.close());
  const baseUrl = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/v1`;
  const model = { kind: "openai-compatible", baseUrl, apiKey: null, modelId: MODEL } as const;
  const relay = await relayOf(house, { model, arrivalMs: 200 });
  const socket = connect(relay.number, "127.0.0.1");
  const closed = once(socket, "close");
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  const head = `host: relay\r\nauthorization: Bearer ${relayKeyOf(id, token)}\r\ncontent-length: 9`;
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${head}\r\n\r\n{`);
  await closed;
  expect(heard).toContain("408 Request Timeout");
  expect(await asked(relay.providerFor(id, token, null))).toEqual({ status: 200, text: "{}" });
});
