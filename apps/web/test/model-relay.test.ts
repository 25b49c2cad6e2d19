import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Driver, type ModelProvider, open, ROUTER_HOST } from "@automna/control-plane";
import { findUser, modelUsageOf } from "@automna/control-plane/database";
import { expect, onTestFinished, test, vi } from "vitest";
import { readConfig } from "../src/config.ts";
import { createLog } from "../src/server/log.ts";
import { openModelRelay } from "../src/server/model-relay.ts";
import { type House, isReady, somebody, startHouse, untilInstance } from "./support/house.ts";

const MODEL = "the-model";

async function provider(): Promise<ModelProvider & { kind: "openai-compatible" }> {
  const server = createServer((req, res) => {
    req.resume();
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

async function relayOf(house: House, env: Record<string, string> = {}, driver: Driver["name"] = "process") {
  const relay = await openModelRelay({
    config: readConfig(env, "/srv/automna"),
    driver,
    model: await provider(),
    storage: house,
    log: createLog("silent"),
  });
  if (relay) onTestFinished(() => relay.close());
  return relay;
}

async function personWith(house: House) {
  const person = somebody();
  await house.gateways.ensure(person);
  const { id, ownerId, sealedToken } = await untilInstance(house, person, isReady);
  return { person, id, token: open(house.keyRing, sealedToken, { userId: ownerId, instanceId: id }) };
}

async function asked(seen: ModelProvider | undefined): Promise<{ status: number; text: string }> {
  if (seen?.kind !== "openai-compatible") throw new Error("It is no relay.");
  const response = await fetch(`${seen.baseUrl}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${seen.apiKey}` },
    body: JSON.stringify({ model: MODEL }),
  });
  return { status: response.status, text: await response.text() };
}

test("each agent asks by a key of its own, and its owner is counted until the day's budget is used up", async () => {
  const house = await startHouse();
  const relay = await relayOf(house, { MODEL_DAILY_TOKENS: "80" });
  const [alice, bob] = [await personWith(house), await personWith(house)];
  const tokensOf = async (person: string) => {
    const user = await findUser(house.database, person);
    const { today } = await modelUsageOf(house.database, user?.id ?? "", Date.now());
    return today;
  };
  const seen = relay?.providerFor(alice.id, alice.token);
  expect(seen?.apiKey).not.toContain(alice.token);
  expect(await asked(seen)).toMatchObject({ status: 200 });
  expect(await asked(seen)).toMatchObject({ status: 200 });
  await vi.waitFor(async () =>
    expect(await tokensOf(alice.person)).toEqual({ requests: 2, inputTokens: 60, outputTokens: 24 }),
  );
  expect(await tokensOf(bob.person)).toMatchObject({ requests: 0 });
  expect((await asked(seen)).text).toContain("budget for today is used up");
  expect((await asked(relay?.providerFor(bob.id, bob.token))).text).toContain("completion_tokens");
});

test("a key ends with the token, with the agent, and is good for nobody else's", async () => {
  const house = await startHouse();
  const relay = await relayOf(house);
  const [alice, bob] = [await personWith(house), await personWith(house)];
  expect(await asked(relay?.providerFor(alice.id, bob.token))).toMatchObject({ status: 401 });
  expect(await asked(relay?.providerFor("f".repeat(24), alice.token))).toMatchObject({ status: 401 });
  const before = relay?.providerFor(alice.id, alice.token);
  await house.gateways.command(alice.person, alice.id, "rotate");
  await untilInstance(house, alice.person, (instance) => isReady(instance) && instance.nextToken === null);
  expect(await asked(before)).toMatchObject({ status: 401 });
  await house.gateways.command(bob.person, bob.id, "destroy");
  expect(await asked(relay?.providerFor(bob.id, bob.token))).toMatchObject({ status: 401 });
});

test("an agent that waits for its first owner asks nothing", async () => {
  const house = await startHouse({ settings: { poolSize: 1 } });
  const relay = await relayOf(house);
  await house.work.keepHouse();
  const { id, sealedToken } = await house.database.instance.findFirstOrThrow({ where: { ownerId: null } });
  const token = open(house.keyRing, sealedToken, { userId: "pool", instanceId: id });
  expect(await asked(relay?.providerFor(id, token))).toMatchObject({ status: 403 });
});

test("containers find the relay at the router's address and a port that stays, or at the one that is configured", async () => {
  const house = await startHouse();
  const baseUrlOf = async (env: Record<string, string>, driver: Driver["name"]) => {
    const seen = (await relayOf(house, env, driver))?.providerFor("f".repeat(24), "token");
    return seen?.kind === "openai-compatible" ? seen.baseUrl : null;
  };
  // Another process of the same machine may have the same port.
  const [first, second] = [
    await baseUrlOf({ PORT: "48001" }, "docker"),
    await baseUrlOf({ PORT: "48001" }, "docker"),
  ];
  expect([first, second]).toEqual([`http://${ROUTER_HOST}:48003/v1`, `http://${ROUTER_HOST}:48003/v1`]);
  // The next process would have another one.
  expect(await baseUrlOf({ PORT: "0" }, "docker")).toBeNull();
  expect(await baseUrlOf({ PORT: "48001" }, "swarm")).toBeNull();
  const env = {
    MODEL_RELAY_URL: "http://relay.example:9000/",
    MODEL_RELAY_PORT: "0",
    MODEL_RELAY_HOST: "127.0.0.1",
  };
  expect(await baseUrlOf(env, "swarm")).toBe("http://relay.example:9000/v1");
});
