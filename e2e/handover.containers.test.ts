import { execFile as execFileCallback } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { readConfig } from "../apps/web/src/config.ts";
import { connectControl } from "../apps/web/src/server/gateway-control.ts";
import { reloadSecrets } from "../apps/web/src/server/gateway-secrets.ts";
import { resumeGateway } from "../apps/web/src/server/gateway-suspension.ts";
import { prepareInstance } from "../apps/web/src/server/instance-preparation.ts";
import { createLog } from "../apps/web/src/server/log.ts";
import { type ModelRelayPort, openModelRelay } from "../apps/web/src/server/model-relay.ts";
import { forwardedFor, probeGateway } from "../apps/web/src/server/probe.ts";
import { containerNames, startDockerDriver } from "../packages/control-plane/src/containers/index.ts";
import {
  claimPooled,
  ensureUserWithInstance,
  fillPool,
  findInstance,
  type InstanceRecord,
  newInstance,
} from "../packages/control-plane/src/database/index.ts";
import { authOf, type Driver, open } from "../packages/control-plane/src/index.ts";
import {
  createLeases,
  createWorker,
  type Leases,
  type Worker,
} from "../packages/control-plane/src/jobs/index.ts";
import { relayKeyOf } from "../packages/control-plane/src/model-relay/index.ts";
import { claimSubnet } from "../packages/control-plane/test/support/subnets.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { claimAnew, type ContainerStage, startContainerStage } from "./support/container-stage.ts";
import { MODEL_ID, type ModelServer, startModelServer } from "./support/model-server.ts";
import { openclawImageOn } from "./support/openclaw-image.ts";
import { connectRaw } from "./support/raw-gateway.ts";

const execFile = promisify(execFileCallback);

const KIND = { driver: "docker", product: "openclaw" } as const;
const OPERATORS_KEY = "operators-model-key-of-this-test-run";
const ORIGIN = "https://app.example.com";
const DEPLOYMENT = `e${randomBytes(4).toString("hex")}`;

let stage: ContainerStage;
let model: ModelServer;
let relay: ModelRelayPort;
let driver: Driver;
let leases: Leases;
let worker: Worker;
let id: string;

beforeAll(async () => {
  const dockerHost = inject("dockerHost");
  const [image, subnet] = await Promise.all([openclawImageOn(), claimSubnet()]);
  [stage, model] = await Promise.all([startContainerStage(dockerHost), startModelServer()]);
  const { database, databaseUrl, keyRing } = stage;
  const log = createLog("silent");
  relay = await openModelRelay({
    config: readConfig({ PORT: "0", GATEWAY_NETWORKS: subnet.pool }, "/srv/automna"),
    driver: "docker",
    model: {
      kind: "openai-compatible",
      baseUrl: model.baseUrl,
      apiKey: OPERATORS_KEY,
      modelId: MODEL_ID,
    },
    storage: stage,
    log,
  });
  driver = startDockerDriver({
    engine: { host: dockerHost },
    pull: "never",
    networkPool: subnet.pool,
    policy: { deployment: DEPLOYMENT, images: { openclaw: image } },
  });
  leases = createLeases(databaseUrl);
  const preparation = {
    database,
    keyRing,
    runtime: { ...KIND, build: "", image: null },
    modelFor: (...asked: Parameters<ModelRelayPort["providerFor"]>) => relay.providerFor(...asked),
    allowedOrigins: () => [ORIGIN],
    redactor: log.redactor,
  };
  worker = createWorker({
    database,
    driver,
    leases,
    probe: probeGateway,
    resume: resumeGateway,
    reloadSecrets,
    prepare: (instance, of) => prepareInstance(instance, preparation, of),
    readyTimeoutMs: patienceMs,
  });
  await fillPool(
    database,
    1,
    (ownerId) => newInstance(ownerId, KIND, keyRing),
    () => Promise.resolve(),
  );
  ({ id } = await database.instance.findFirstOrThrow());
  await worker.look(id);
}, 900_000);

afterAll(async () => {
  await worker?.close();
  await leases?.close();
  if (id !== undefined) {
    await driver.stop(id);
    await driver.destroy(id);
  }
  await driver?.close();
  await relay?.close();
  await model?.stop();
  await stage?.close();
});

async function docker(...args: string[]): Promise<string> {
  const env = { ...process.env, DOCKER_HOST: inject("dockerHost") };
  const { stdout, stderr } = await execFile("docker", args, { env, maxBuffer: 64 * 1024 ** 2 });
  return `${stdout}${stderr}`;
}

/** Other than before when it was started anew. */
function started(): Promise<string> {
  const { main } = containerNames(id, DEPLOYMENT);
  return docker("inspect", "--format", "{{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}", main);
}

async function stored(): Promise<InstanceRecord> {
  const instance = await findInstance(stage.database, id);
  if (!instance) throw new Error("It is gone.");
  return instance;
}

/** Everything that follows from one token. */
function secretsOf(token: string) {
  const auth = authOf({ ...KIND, id }, token);
  if (auth.mode === "token") throw new Error("The router vouches for it.");
  return { token, auth, relayKey: relayKeyOf(id, token) };
}

type Secrets = ReturnType<typeof secretsOf>;

const literalsOf = ({ token, auth, relayKey }: Secrets) => [token, auth.control, relayKey];

async function urlOf(): Promise<string> {
  const { target } = await stored();
  return `ws://${target?.host}:${target?.port}/i/${id}/`;
}

/** Whether the gateway knows the control plane by the name of these. */
async function letsUsIn({ auth }: Secrets): Promise<boolean> {
  const target = { url: await urlOf(), auth };
  return connectControl(target, AbortSignal.timeout(patienceMs)).then(
    (control) => {
      control.close();
      return true;
    },
    () => false,
  );
}

/** What the relay answers to the key of these. */
async function relayAnswers({ relayKey }: Secrets): Promise<number> {
  const headers = { authorization: `Bearer ${relayKey}` };
  const response = await fetch(`http://127.0.0.1:${relay.number}/v1/models`, { headers });
  await response.body?.cancel();
  return response.status;
}

/** Through the gateway to the model, as its owner. */
async function chat(message: string): Promise<string> {
  const headers = { origin: ORIGIN, ...forwardedFor("x-forwarded-user", id) };
  const { gateway, hello } = await connectRaw(await urlOf(), { token: null, headers });
  onTestFinished(() => gateway.terminate());
  const { sessionDefaults } = hello["snapshot"] as { sessionDefaults: { mainSessionKey: string } };
  const runId = randomUUID();
  const { mainSessionKey: sessionKey } = sessionDefaults;
  await gateway.request("chat.send", { sessionKey, message, idempotencyKey: runId });
  const end = await gateway.event(
    "chat",
    (payload) => payload["runId"] === runId && ["final", "error"].includes(String(payload["state"])),
  );
  return JSON.stringify(end);
}

test("a claimed OpenClaw gets another relay key and another name of ours as it runs, and the first ones are refused", async () => {
  const { database, keyRing } = stage;
  const { main } = containerNames(id, DEPLOYMENT);
  const first = secretsOf(open(keyRing, (await stored()).sealedToken, { userId: "pool", instanceId: id }));
  const before = await started();
  expect([await letsUsIn(first), await relayAnswers(first)]).toEqual([true, 403]);

  const { instance } = await ensureUserWithInstance(
    database,
    "user_alice",
    () => {
      throw new Error("One waits in the pool.");
    },
    { claim: (transaction, ownerId) => claimPooled(transaction, ownerId, keyRing, KIND) },
  );
  expect(instance).toMatchObject({ id, observed: "ready" });
  expect(await chat("good morning")).toContain("Echo: good morning");
  await worker.look(id);

  const after = await stored();
  expect(after).toMatchObject({ observed: "ready", nextToken: null, failure: null });
  const own = await ownSecrets();
  expect(own.token).not.toBe(first.token);
  expect([await letsUsIn(first), await relayAnswers(first)]).toEqual([false, 401]);
  expect([await letsUsIn(own), await relayAnswers(own)]).toEqual([true, 200]);
  expect(await started()).toBe(before);
  // The relay would refuse the first key: it asks by the other one.
  expect(await chat("and again")).toContain("Echo: and again");

  const literals = [...literalsOf(first), ...literalsOf(own)];
  const environments = await docker(
    "exec",
    main,
    "bash",
    "-c",
    "cat /run/automna/gateway.env /proc/[0-9]*/environ",
  );
  for (const literal of literals) {
    expect(environments).not.toContain(literal);
    expect(await docker("inspect", main)).not.toContain(literal);
  }
  // OpenClaw writes which names are others into its log; whoever is shown it sees that they are, and not which.
  const written = await docker("logs", main);
  for (const { auth } of [first, own]) expect(written).toContain(`identityScopes.${auth.control}`);
  const shown = (await driver.logs(id, 5_000)).join("\n");
  expect(shown).toContain("identityScopes.[redacted]");
  for (const literal of literals) expect(shown).not.toContain(literal);
});

test("it takes others over again and again, each time as it runs", async () => {
  const before = await started();
  for (let round = 1; round <= 5; round++) {
    const old = await ownSecrets();
    await claimAnew(stage, id);
    await worker.look(id);
    expect(await stored()).toMatchObject({ observed: "ready", nextToken: null, failure: null });
    const own = await ownSecrets();
    expect({ round, started: await started() }).toEqual({ round, started: before });
    expect([await letsUsIn(old), await relayAnswers(old)]).toEqual([false, 401]);
    expect([await letsUsIn(own), await relayAnswers(own)]).toEqual([true, 200]);
  }
});

async function ownSecrets(): Promise<Secrets> {
  const { sealedToken, ownerId } = await stored();
  return secretsOf(open(stage.keyRing, sealedToken, { userId: ownerId, instanceId: id }));
}
