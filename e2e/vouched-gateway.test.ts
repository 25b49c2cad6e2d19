import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { startEmbeddedPostgres } from "../apps/web/src/server/embedded-postgres.ts";
import { controlTarget } from "../apps/web/src/server/control-target.ts";
import { connectControl } from "../apps/web/src/server/gateway-control.ts";
import { createSuspension } from "../apps/web/src/server/gateway-suspension.ts";
import { probeGateway } from "../apps/web/src/server/probe.ts";
import {
  FOREIGN,
  type Front,
  type House,
  newHouse,
  OWN,
  startFront,
} from "../apps/web/test/support/front.ts";
import {
  findInstance,
  type InstanceRecord,
  recordObservation,
  setRuntime,
} from "../packages/control-plane/src/database/index.ts";
import {
  authOf,
  ensureInstance,
  type GatewayAuth,
  type GatewaySettings,
  type InstanceTarget,
  open,
  type ProbeTarget,
  resolveGateway,
  revisionOf,
  startProcessDriver,
} from "../packages/control-plane/src/index.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { gatewayInstallDir, installGateways } from "./support/install-gateways.ts";
import { MODEL_ID, type ModelServer, startModelServer } from "./support/model-server.ts";
import { connectRaw, RawGatewayError } from "./support/raw-gateway.ts";

const KIND = { driver: "docker", product: "openclaw" } as const;

let house: House;
let target: InstanceTarget;
let model: ModelServer;
let auth: Extract<GatewayAuth, { mode: "trusted-proxy" }>;
/** As it is stored, and as the control plane reaches it by that. */
let record: InstanceRecord;
let probed: ProbeTarget;
const stops: (() => Promise<unknown>)[] = [];

async function storedInstance(): Promise<InstanceRecord> {
  const found = await findInstance(house.database, OWN);
  if (!found) throw new Error("The instance is gone.");
  return found;
}

/** What a container of the stored instance is told; that the router is at the same machine is the only difference. */
async function storedAuth(): Promise<typeof auth> {
  await setRuntime(house.database, OWN, KIND);
  const { ownerId, sealedToken } = await storedInstance();
  const token = open(house.keyRing, sealedToken, { userId: ownerId, instanceId: OWN });
  const stored = authOf({ ...KIND, id: OWN }, token);
  if (stored.mode === "token") throw new Error("It is not vouched for.");
  return { ...stored, allowLoopback: true };
}

/** OpenClaw as it runs in a container: it asks for no token, and believes the router about who its owner is. */
async function startVouchedGateway(dataDir: string): Promise<InstanceTarget> {
  await installGateways(() => undefined, ["openclaw"]);
  const found = await resolveGateway("openclaw", {
    installDirs: [gatewayInstallDir("openclaw")],
    searchPath: "",
  });
  if (found.status !== "found") throw new Error("OpenClaw is not installed.");
  const driver = await startProcessDriver({
    dataDir,
    programFor: () => Promise.resolve(found.program),
    searchPath: process.env["PATH"] ?? "",
  });
  stops.push(() => driver.close());
  const settings: GatewaySettings = {
    auth,
    basePath: `/i/${OWN}`,
    // The router checks them, and its port is not known yet.
    allowedOrigins: ["*"],
    trustedProxies: ["127.0.0.1"],
    model: { kind: "openai-compatible", baseUrl: model.baseUrl, apiKey: null, modelId: MODEL_ID },
  };
  const revision = revisionOf("openclaw", settings);
  const outcome = await ensureInstance(
    { id: OWN, ownerId: "alice", product: "openclaw", settings, revision },
    { status: "running", revision },
    {
      driver,
      probe: async ({ target: { host, port } }) => {
        const answer = await fetch(`http://${host}:${port}/readyz`).catch(() => null);
        if (!answer?.ok) return { status: "unreachable", reason: "not ready" };
        return { status: "ready", protocol: 4, version: "" };
      },
      // A loaded machine takes its time; nothing here is a measure of speed.
      readyTimeoutMs: 600_000,
    },
  );
  if (outcome.status !== "ready") throw new Error(`The gateway is ${JSON.stringify(outcome)}`);
  // As the router reaches it in a container.
  const { host, port } = outcome.target;
  const identity = { header: auth.userHeader, value: auth.identity };
  const target = { host, port, prefix: "keep", forwardedHeaders: "write", identity } as const;
  record = await recordObservation(house.database, OWN, { status: "ready", revision, target });
  const reached = controlTarget(record, house.keyRing);
  if (reached === null) throw new Error("It has no address.");
  probed = reached;
  return outcome.target;
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "automna-vouched-"));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres({ directory: join(folder, "postgres") });
  stops.push(() => postgres.stop());
  model = await startModelServer();
  stops.push(() => model.stop());
  house = await newHouse(postgres.url);
  stops.push(() => house.database.$disconnect());
  auth = await storedAuth();
  target = await startVouchedGateway(join(folder, "instances"));
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

/** The router before that gateway; `says` is who it vouches for. */
function startRouter(says: string): Promise<Front> {
  return startFront({
    house,
    route: {
      target: { origin: `http://${target.host}:${target.port}` },
      prefix: "keep",
      forwarded: "standard",
      requestHeaders: { [auth.userHeader]: says },
      loopbackClientAs: "203.0.113.1",
    },
  });
}

async function connect({ port }: Front, headers: Record<string, string>) {
  const url = `ws://127.0.0.1:${port}/i/${OWN}/`;
  const host = `localhost:${port}`;
  const connected = await connectRaw(url, { token: null, headers: { host, ...headers } });
  onTestFinished(() => connected.gateway.terminate());
  return connected;
}

const ALICE = { authorization: "Bearer alice" };

test("the owner gets in by their session alone: no token, no device, and no more scopes than they have", async () => {
  const router = await startRouter(OWN);
  const { hello } = await connect(router, { ...ALICE, origin: `http://localhost:${router.port}` });
  expect(hello["auth"]).toMatchObject({ scopes: auth.scopes });
});

test("nobody else gets in, whoever they say they are", async () => {
  const router = await startRouter(OWN);
  const forged = { [auth.userHeader]: OWN, "x-openclaw-scopes": "operator.admin" };
  for (const headers of [{ ...forged }, { ...forged, authorization: "Bearer bob" }])
    await expect(connect(router, headers)).rejects.toThrow("HTTP 404");
  const other = await startRouter(FOREIGN);
  const origin = `http://localhost:${other.port}`;
  await expect(connect(other, { ...ALICE, origin, [auth.userHeader]: OWN })).rejects.toThrow(RawGatewayError);
});

const soon = () => AbortSignal.timeout(patienceMs);

test("who says the control plane's own name through the router is still only the owner", async () => {
  const router = await startRouter(OWN);
  const origin = `http://localhost:${router.port}`;
  const { hello, gateway } = await connect(router, { ...ALICE, origin, [auth.userHeader]: auth.control });
  expect(hello["auth"]).toMatchObject({ scopes: auth.scopes });
  await expect(gateway.request("gateway.suspend.prepare", { requestId: "mine" })).rejects.toThrow(
    "FORBIDDEN",
  );
});

test("the control plane suspends an idle gateway by its protocol, is told so by the next handshake, and resumes it", async () => {
  const router = await startRouter(OWN);
  const { gateway, hello } = await connect(router, { ...ALICE, origin: `http://localhost:${router.port}` });
  const { sessionDefaults } = hello["snapshot"] as { sessionDefaults: { mainSessionKey: string } };
  const say = (message: string) => {
    const idempotencyKey = randomUUID();
    const params = { sessionKey: sessionDefaults.mainSessionKey, message, idempotencyKey };
    return { idempotencyKey, sent: gateway.request("chat.send", params) };
  };

  // It has a patience of its own, which a loaded machine may exceed.
  const suspension = createSuspension(house.keyRing, () => undefined);
  // At work, whoever waits for it: it is not suspended, and the work goes on.
  const working = say("[model:hang]");
  await working.sent;
  await model.request(({ script }) => script === "hang");
  await vi.waitFor(async () => expect(await suspension.suspend(record)).toBe("busy"), { interval: 500 });
  expect(await probeGateway(probed, soon())).not.toHaveProperty("suspended");
  await gateway.request("chat.abort", { sessionKey: sessionDefaults.mainSessionKey });
  await gateway.event("chat", ({ state }) => state === "aborted");

  // The end of a run is tidied up after it is told.
  await vi.waitFor(async () => expect(await suspension.suspend(record)).toBe("suspended"), {
    interval: 500,
  });
  expect(await probeGateway(probed, soon())).toMatchObject({ status: "ready", suspended: true });
  await expect(say("are you there").sent).rejects.toThrow("UNAVAILABLE");

  await vi.waitFor(async () => {
    await suspension.resume(record);
    expect(await probeGateway(probed, soon())).not.toHaveProperty("suspended");
  });
  const { idempotencyKey, sent } = say("good morning");
  await sent;
  const final = await gateway.event(
    "chat",
    ({ runId, state }) => runId === idempotencyKey && state === "final",
  );
  expect(JSON.stringify(final.payload)).toContain("Echo: good morning");
});

test("nobody administers without that name", async () => {
  const guessed = { ...probed, auth: { ...auth, control: "control" } };
  await expect(connectControl(guessed, soon())).rejects.toThrow();
});
