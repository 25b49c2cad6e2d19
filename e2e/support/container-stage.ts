import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { type KeyRing, parseKeyRing } from "../../packages/control-plane/src/index.ts";
import {
  containerNames,
  type DockerDriverOptions,
} from "../../packages/control-plane/src/containers/index.ts";
import {
  changeInstance,
  connectDatabase,
  type Database,
  findInstance,
  type InstanceRecord,
  migrate,
  newInstance,
  newToken,
} from "../../packages/control-plane/src/database/index.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../apps/web/src/server/embedded-postgres.ts";
import { createGateways, type Gateways } from "../../apps/web/src/server/gateways.ts";
import { dockerClient } from "../../packages/control-plane/test/support/engine-objects.ts";
import { patienceMs } from "../../scripts/test-patience.ts";
import type { WorkerHome } from "./container-worker.ts";

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
export interface Deployment extends WorkerHome {
  readonly stage: ContainerStage;
  readonly gateways: Gateways;
}

export interface DeploymentOptions {
  readonly latestImage?: string;
  /** Default `demo`. */
  readonly product?: WorkerHome["product"];
  readonly keepDataMs?: number;
  readonly driver?: Partial<DockerDriverOptions>;
  readonly swarm?: WorkerHome["swarm"];
  /** Default: one that nobody else has. */
  readonly name?: string;
  readonly nudge?: (instanceId: string) => void;
}

export function newDeployment(stage: ContainerStage, options: DeploymentOptions = {}): Deployment {
  const { latestImage, product = "demo", keepDataMs = FOREVER_MS, driver = {}, swarm, nudge } = options;
  const { name = newDeploymentName() } = options;
  const { database, keyRing } = stage;
  const gateways = createGateways({
    database,
    keyRing,
    // Workers look by themselves here, as they do every minute.
    enqueue: () => Promise.resolve(),
    limits: { maxRunning: 1_000, maxWaiting: 1_000 },
    create: (ownerId) => newInstance(ownerId, { driver: swarm ? "swarm" : "docker", product }, keyRing),
    authTokenOf: () => null,
    latestImage: () => latestImage ?? null,
    keepDataMs,
    ...(nudge ? { nudge } : {}),
  });
  const home = { stage, name, product, options: driver, readyTimeoutMs: patienceMs };
  return { ...home, gateways, ...(swarm ? { swarm } : {}) };
}

export const newDeploymentName = () => `t${randomBytes(4).toString("hex")}`;

/** What an instance has while it runs, what is left of it while it is stopped, and what while it rests as its owner wished. */
export function objectsFor(
  { name }: Deployment,
  id: string,
  state: "running" | "stopped" | "resting",
): readonly string[] {
  const { main, state: home, workspace, files } = containerNames(id, name);
  const data = [`volume ${home}`, `volume ${workspace}`];
  if (state === "resting") return data;
  const kept = [`network ${main}`, ...data];
  return state === "stopped" ? kept : [...kept, `running container ${main}`, `volume ${files}`].sort();
}

/** As a claim leaves one that runs: with a token that it never had, beside the one that it has. */
export async function claimAnew(
  { database, keyRing }: Pick<ContainerStage, "database" | "keyRing">,
  id: string,
): Promise<void> {
  await changeInstance(database, id, ({ ownerId, generation }) => {
    const { sealedToken, tokenHash } = newToken({ userId: ownerId, instanceId: id }, keyRing);
    return {
      generation: generation + 1,
      nextSealedToken: sealedToken,
      nextTokenHash: tokenHash,
      nextTokenBy: "handover",
    };
  });
}

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
