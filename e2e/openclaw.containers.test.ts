import { randomBytes, randomUUID } from "node:crypto";
import { execFile as execFileCallback } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { probeGateway } from "../apps/web/src/server/probe.ts";
import { startDockerDriver } from "../packages/control-plane/src/containers/index.ts";
import { authOf, ensureInstance, revisionOf, ROUTER_HOST } from "../packages/control-plane/src/index.ts";
import type { Driver, GatewaySettings, InstanceSpec, Outcome } from "../packages/control-plane/src/index.ts";
import { claimSubnet } from "../packages/control-plane/test/support/subnets.ts";
import { type Admission, createModelRelay } from "../packages/control-plane/src/model-relay/index.ts";
import { createProxy } from "../packages/proxy/src/index.ts";
import type { Proxy } from "../packages/proxy/src/index.ts";
import { MODEL_ID, startModelServer } from "./support/model-server.ts";
import type { ModelServer } from "./support/model-server.ts";
import { openclawImageOn } from "./support/openclaw-image.ts";
import { connectRaw, RawHttpRefusal } from "./support/raw-gateway.ts";

const execFile = promisify(execFileCallback);

const OPERATORS_KEY = "operators-model-key-of-this-test-run";
/** The container's own, for the relay. */
const MODEL_KEY = "model-key-of-this-test-run";
const ORIGIN = "https://app.example.com";
const DEPLOYMENT = `e${randomBytes(4).toString("hex")}`;

let driver: Driver;
let hostAddress: string;
let image: string;
let model: ModelServer;
let relayServer: Server;
const counted: unknown[] = [];
let owned: { spec: InstanceSpec; outcome: Outcome };

beforeAll(async () => {
  const dockerHost = inject("dockerHost");
  image = await openclawImageOn();
  const subnet = await claimSubnet();
  // Of the first network of the pool: this host, for every container.
  hostAddress = subnet.address(1);
  driver = startDockerDriver({
    engine: { host: dockerHost },
    pull: "never",
    networkPool: subnet.pool,
    policy: { deployment: DEPLOYMENT, images: { openclaw: image } },
  });
  model = await startModelServer();
  const spec = specOf("owner-1", await startRelay());
  owned = {
    spec,
    outcome: await ensureInstance(
      spec,
      { status: "running", revision: spec.revision },
      { driver, probe: probeGateway, readyTimeoutMs: 240_000 },
    ),
  };
}, 900_000);

afterAll(async () => {
  await driver.stop(owned.spec.id);
  await driver.destroy(owned.spec.id);
  await driver.close();
  relayServer.close();
  relayServer.closeAllConnections();
  await model.stop();
});

/** As the app has it: on every address, because the container's network is not there yet. */
async function startRelay(): Promise<number> {
  const upstream = {
    api: "openai",
    baseUrl: model.baseUrl,
    apiKey: OPERATORS_KEY,
    modelId: MODEL_ID,
  } as const;
  const relay = createModelRelay({
    admit: (key) =>
      Promise.resolve<Admission>(
        key === MODEL_KEY
          ? { status: "admitted", upstream, userId: "owner-1" }
          : { status: "refused", refusal: "key-unknown" },
      ),
    record: (used) => counted.push(used),
    onError: (error) => {
      throw error;
    },
  });
  relayServer = createServer(relay.handleRequest);
  relayServer.listen(0, "0.0.0.0");
  await once(relayServer, "listening");
  const address = relayServer.address();
  if (address === null || typeof address === "string") throw new Error("No TCP port.");
  return address.port;
}

function specOf(ownerId: string, relayPort: number): InstanceSpec {
  const id = randomBytes(12).toString("hex");
  const settings: GatewaySettings = {
    auth: authOf({ driver: "docker", product: "openclaw", id }, ""),
    basePath: `/i/${id}`,
    allowedOrigins: [ORIGIN],
    trustedProxies: [],
    model: {
      kind: "openai-compatible",
      baseUrl: `http://${ROUTER_HOST}:${relayPort}/v1`,
      apiKey: MODEL_KEY,
      modelId: MODEL_ID,
    },
  };
  return { id, ownerId, product: "openclaw", settings, revision: revisionOf("openclaw", settings) };
}

test("a real OpenClaw in a hardened container is ready by an authenticated handshake", () => {
  expect(owned.outcome).toMatchObject({
    status: "ready",
    version: "2026.9.6",
    target: { prefix: "keep", forwardedHeaders: "write", identity: { value: owned.spec.id } },
  });
});

test("through the router its owner chats without any token, whoever else a client claims to be", async () => {
  await using front = await startFront();
  const headers = { origin: ORIGIN, "x-forwarded-user": "somebody-else", "x-forwarded-for": "127.0.0.1" };
  const { gateway: chat, hello } = await connectRaw(front.url, { token: null, headers });
  expect(hello["auth"]).toMatchObject({ method: "trusted-proxy" });
  const { sessionDefaults } = hello["snapshot"] as { sessionDefaults: { mainSessionKey: string } };
  const runId = randomUUID();
  await chat.request("chat.send", {
    sessionKey: sessionDefaults.mainSessionKey,
    message: "good morning",
    idempotencyKey: runId,
  });
  await chat.event("chat", (payload) => payload["runId"] === runId && payload["state"] === "delta");
  const final = await chat.event(
    "chat",
    (payload) => payload["runId"] === runId && payload["state"] === "final",
  );
  expect(JSON.stringify(final)).toContain("Echo: good morning");
  expect(model.requests.at(-1)?.apiKey).toBe(OPERATORS_KEY);
  await expect.poll(() => counted.at(-1)).toEqual({ userId: "owner-1", usage: { input: 10, output: 5 } });
  await chat.close();
});

test("nobody gets more rights than a chat needs, and nobody gets in beside the router", async () => {
  await using front = await startFront();
  const admin = { token: null, headers: { origin: ORIGIN }, scopes: ["operator.admin"] };
  const { gateway, hello } = await connectRaw(front.url, admin);
  expect(JSON.stringify(hello["auth"])).not.toContain("operator.admin");
  expect(JSON.stringify(await gateway.request("config.get", {}))).not.toContain(MODEL_KEY);
  const change = { raw: "{}", baseHash: "none" };
  await expect(gateway.request("config.patch", change)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await gateway.close();
  if (owned.outcome.status !== "ready") throw new Error("It is not ready.");
  const { host, port } = owned.outcome.target;
  const beside = await connectRaw(`ws://${host}:${port}/i/${owned.spec.id}/`, {
    token: null,
    headers: { origin: ORIGIN },
  }).catch((error: unknown) => error);
  expect(beside).toBeInstanceOf(RawHttpRefusal);
});

test("the model's key is in no description of the container and in no log, the operator's nowhere in it", async () => {
  const log = (await driver.logs(owned.spec.id, 2000)).join("\n");
  expect(log).toContain("[gateway] ready");
  expect(log).not.toContain(MODEL_KEY);
  const described = await execFile("docker", ["inspect", `${DEPLOYMENT}-${owned.spec.id}`], {
    env: { ...process.env, DOCKER_HOST: inject("dockerHost") },
  });
  expect(described.stdout).toContain("OPENCLAW_CONFIG_READONLY");
  expect(described.stdout).not.toContain(MODEL_KEY);
  expect(await filesWith(MODEL_KEY)).toBe("/run/automna/model-key\n");
  expect(await filesWith(OPERATORS_KEY)).toBe("");
});

/** Which of the container's own files hold a text. */
async function filesWith(text: string): Promise<string> {
  const name = `${DEPLOYMENT}-${owned.spec.id}`;
  const search = [
    "exec",
    name,
    "grep",
    "-rslF",
    "-D",
    "skip",
    text,
    "/run/automna",
    "/home/node",
    "/workspace",
  ];
  const env = { ...process.env, DOCKER_HOST: inject("dockerHost") };
  // It ends with another status than 0 when there is none, and when a file went away meanwhile.
  const { stdout } = await execFile("docker", search, { env }).catch((error: { stdout: string }) => error);
  return stdout;
}

/** The product's own engine before the gateway, with the route that the app would make of the driver's target. */
async function startFront(): Promise<{ url: string } & AsyncDisposable> {
  if (owned.outcome.status !== "ready") throw new Error(`It is ${JSON.stringify(owned.outcome)}.`);
  const { target } = owned.outcome;
  const { id } = owned.spec;
  const proxy: Proxy = createProxy();
  const server = createServer();
  server.on("upgrade", (req, socket, head) =>
    proxy.handleUpgrade(req, socket, head, {
      kind: "forward",
      prefix: `/i/${id}`,
      rest: "/",
      route: {
        id,
        target: { origin: `http://${target.host}:${target.port}` },
        state: { status: "ready" },
        prefix: target.prefix,
        forwarded: "standard",
        requestHeaders: target.identity ? { [target.identity.header]: target.identity.value } : {},
      },
    }),
  );
  // A client on loopback would be forwarded for this very machine, which OpenClaw does not believe.
  server.listen(0, hostAddress);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No TCP port.");
  return {
    url: `ws://${hostAddress}:${address.port}/i/${id}/`,
    async [Symbol.asyncDispose]() {
      await proxy.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
