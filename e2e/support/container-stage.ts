import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import {
  parseKeyRing,
  type Driver,
  type KeyRing,
  type Probe,
} from "../../packages/control-plane/src/index.ts";
import {
  containerNames,
  type DockerDriverOptions,
  startDockerDriver,
} from "../../packages/control-plane/src/containers/index.ts";
import {
  connectDatabase,
  type Database,
  findInstance,
  type InstanceRecord,
  migrate,
  newInstance,
} from "../../packages/control-plane/src/database/index.ts";
import { createLeases, createWorker, type Worker } from "../../packages/control-plane/src/jobs/index.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../apps/web/src/server/embedded-postgres.ts";
import { createGateways, type Gateways } from "../../apps/web/src/server/gateways.ts";
import { prepareInstance } from "../../apps/web/src/server/instance-preparation.ts";
import { dockerClient } from "../../packages/control-plane/test/support/engine-objects.ts";
import { FAKE_GATEWAY_IMAGE } from "../../packages/control-plane/test/support/fake-gateway-image.ts";
import { patienceMs } from "../../scripts/test-patience.ts";

const MIGRATIONS = join(import.meta.dirname, "../../prisma/migrations");
const FOREVER_MS = 3_600_000;

/** A database and an engine on which workers come and go; what people want is written here. */
export interface ContainerStage {
  readonly databaseUrl: string;
  readonly engineHost: string;
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly docker: ReturnType<typeof dockerClient>;
  close(): Promise<void>;
}

export async function startContainerStage(engineHost: string): Promise<ContainerStage> {
  const folder = await mkdtemp(join(tmpdir(), "automna-stage-"));
  const postgres: EmbeddedPostgres = await startEmbeddedPostgres({
    directory: join(folder, "postgres"),
    settings: { fsync: "off", max_connections: "200" },
  });
  const stage = await openStage(engineHost, postgres.url);
  return {
    ...stage,
    async close() {
      await stage.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Another database on the same server, for a worker that looks at everybody. */
export async function stageBeside({
  database,
  databaseUrl,
  engineHost,
}: ContainerStage): Promise<ContainerStage> {
  const name = `beside_${randomBytes(6).toString("hex")}`;
  await database.$executeRawUnsafe(`CREATE DATABASE "${name}"`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return openStage(engineHost, url.href);
}

async function openStage(engineHost: string, databaseUrl: string): Promise<ContainerStage> {
  await migrate(databaseUrl, MIGRATIONS);
  const database = connectDatabase({ url: databaseUrl });
  return {
    databaseUrl,
    engineHost,
    database,
    keyRing: parseKeyRing(`k1:${randomBytes(32).toString("base64")}`),
    docker: dockerClient(engineHost),
    close: () => database.$disconnect(),
  };
}

/** A deployment of its own: nobody else's containers have its name. */
export interface Deployment {
  readonly stage: ContainerStage;
  readonly name: string;
  readonly gateways: Gateways;
  readonly options: Partial<DockerDriverOptions>;
}

export interface DeploymentOptions {
  readonly latestImage?: string;
  readonly keepDataMs?: number;
  readonly driver?: Partial<DockerDriverOptions>;
  readonly nudge?: (instanceId: string) => void;
}

export function newDeployment(
  stage: ContainerStage,
  { latestImage, keepDataMs = FOREVER_MS, driver = {}, nudge }: DeploymentOptions = {},
): Deployment {
  const { database, keyRing } = stage;
  const gateways = createGateways({
    database,
    keyRing,
    // Workers look by themselves here, as they do every minute.
    enqueue: () => Promise.resolve(),
    limits: { maxRunning: 1_000, maxWaiting: 1_000 },
    create: (ownerId) => newInstance(ownerId, { driver: "docker", product: "demo" }, keyRing),
    authTokenOf: () => null,
    latestImage: () => latestImage ?? null,
    keepDataMs,
    ...(nudge ? { nudge } : {}),
  });
  return { stage, name: `t${randomBytes(4).toString("hex")}`, gateways, options: driver };
}

/** What an instance has while it runs, and what is left of it while it is stopped. */
export function objectsFor(
  { name }: Deployment,
  id: string,
  state: "running" | "stopped",
): readonly string[] {
  const { main, state: home, workspace, files } = containerNames(id, name);
  const kept = [`network ${main}`, `volume ${home}`, `volume ${workspace}`];
  return state === "stopped" ? kept : [...kept, `running container ${main}`, `volume ${files}`].sort();
}

/** A worker by whatever way it reaches its database and its engine. */
export interface ContainerWorker {
  readonly worker: Worker;
  readonly driver: Driver;
  readonly database: Database;
  close(): Promise<void>;
}

export interface WorkerWays {
  readonly databaseUrl?: string;
  readonly engineHost?: string;
  /** Default: as patient as the tests are. */
  readonly readyTimeoutMs?: number;
  /** Told of each handshake that succeeded. */
  readonly onReady?: (instanceId: string) => void;
}

export function openContainerWorker(deployment: Deployment, ways: WorkerWays = {}): ContainerWorker {
  const { stage, name, options } = deployment;
  const { keyRing } = stage;
  const url = ways.databaseUrl ?? stage.databaseUrl;
  const database = connectDatabase({ url, onConnectionLost: () => undefined });
  const leases = createLeases(url);
  const driver = startDockerDriver({
    engine: { host: ways.engineHost ?? stage.engineHost },
    pull: "never",
    maxRestarts: 1,
    ...options,
    policy: {
      deployment: name,
      images: { demo: FAKE_GATEWAY_IMAGE },
      limits: { demo: { stopGraceSeconds: 1 } },
      ...options.policy,
    },
  });
  const probe: Probe = async (target, signal) => {
    const result = await probeFake(target, signal);
    if (result.status === "ready") ways.onReady?.(target.target.host);
    return result;
  };
  const worker = createWorker({
    database,
    driver,
    leases,
    probe,
    prepare: (instance, image) =>
      prepareInstance(
        instance,
        {
          database,
          keyRing,
          runtime: { driver: "docker", product: "demo", build: "", image: null },
          modelFor: () => null,
          allowedOrigins: () => [],
          redactor: { add: () => {}, text: (text) => text, value: (value) => value },
        },
        image,
      ),
    readyTimeoutMs: ways.readyTimeoutMs ?? patienceMs,
  });
  return {
    worker,
    driver,
    database,
    async close() {
      await worker.close();
      await driver.close();
      await Promise.all([leases.close(), database.$disconnect()]);
    },
  };
}

/** The fake gateway shows its environment: it has our token, or it is somebody else's. */
const probeFake: Probe = async ({ target, auth }, signal) => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
  try {
    const response = await fetch(`http://${target.host}:${target.port}/`, { signal: limit });
    const { environment } = (await response.json()) as { environment: Record<string, string> };
    const isOurs = auth.mode === "token" && environment["AUTOMNA_GATEWAY_TOKEN"] === auth.token;
    return isOurs
      ? { status: "ready", protocol: 0, version: "fake" }
      : { status: "refused", code: "token-mismatch", message: "It has another token." };
  } catch (error) {
    signal.throwIfAborted();
    return { status: "unreachable", reason: error instanceof Error ? error.message : String(error) };
  }
};

/** The row once it is as expected. */
export function untilInstance(
  { database }: Pick<ContainerStage, "database">,
  id: string,
  fits: (instance: InstanceRecord) => boolean,
): Promise<InstanceRecord> {
  return vi.waitFor(
    async () => {
      const instance = await findInstance(database, id);
      if (!instance || !fits(instance)) throw new Error(`It is ${JSON.stringify(instance)}.`);
      return instance;
    },
    { interval: 50 },
  );
}
