import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open, parseKeyRing } from "@automna/control-plane";
import {
  connectDatabase,
  type Database,
  findInstance,
  type InstanceRecord,
  migrate,
  newInstance,
} from "@automna/control-plane/database";
import { type JobQueue, startJobQueue } from "@automna/control-plane/jobs";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { startCuttableLink } from "../../../e2e/support/cuttable-link.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../src/server/embedded-postgres.ts";
import { createGateways, type Gateways } from "../src/server/gateways.ts";
import { probeGateway } from "../src/server/probe.ts";
import { MIGRATIONS, withClient } from "./support/database.ts";

const KEYS = `k1:${randomBytes(32).toString("base64")}`;
const keyRing = parseKeyRing(KEYS);
const WORKER = join(import.meta.dirname, "support/worker-process.ts");
const SETTINGS = { fsync: "off", max_connections: "100" };

let folder: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "automna-worker-"));
  postgres = await startEmbeddedPostgres({ directory: join(folder, "postgres"), settings: SETTINGS });
});
afterAll(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Scene {
  readonly url: string;
  readonly dataDir: string;
  readonly database: Database;
  readonly gateways: Gateways;
}

/** A database and a folder for gateways of the test's own, and the API's half, which orders and does nothing. */
async function setScene(): Promise<Scene> {
  const name = `worker_${randomBytes(6).toString("hex")}`;
  await withClient(postgres.url, (client) => client.query(`CREATE DATABASE "${name}"`));
  const address = new URL(postgres.url);
  address.pathname = `/${name}`;
  const url = address.href;
  await migrate(url, MIGRATIONS);
  const database = connectDatabase({ url, onConnectionLost: () => undefined });
  const queue: JobQueue = startJobQueue({ url });
  const gateways = createGateways({
    database,
    keyRing,
    enqueue: queue.enqueue,
    limits: { maxRunning: 10, maxWaiting: 10 },
    create: (ownerId) => newInstance(ownerId, { driver: "process", product: "demo" }, keyRing),
    authTokenOf: () => null,
    latestImage: () => null,
    keepDataMs: 0,
  });
  onTestFinished(async () => {
    await queue.close();
    await database.$disconnect();
  });
  return { url, dataDir: join(folder, name), database, gateways };
}

/** @param killAt The moment at which it kills itself; 0: never. */
function startWorker({ url, dataDir }: Pick<Scene, "url" | "dataDir">, killAt = 0): ChildProcess {
  const child = spawn(process.execPath, [WORKER, url, dataDir, KEYS, String(killAt)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  });
  return child;
}

const until = ({ database }: Scene, id: string, fits: (instance: InstanceRecord) => boolean) =>
  vi.waitFor(
    async () => {
      const instance = await findInstance(database, id);
      if (!instance || !fits(instance)) throw new Error(`It is ${JSON.stringify(instance)}.`);
      return instance;
    },
    { interval: 50 },
  );

const settled = (observed: InstanceRecord["observed"]) => (instance: InstanceRecord) =>
  instance.observed === observed && instance.settledGeneration >= instance.generation;

/** Gateways of this folder that really run, whoever started them. */
async function gatewaysIn(dataDir: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (environment.split("\0").some((entry) => entry.startsWith(`AUTOMNA_INSTANCE_DIR=${dataDir}/`)))
      found.push(Number(pid));
  }
  return found;
}

async function letsIn(instance: InstanceRecord): Promise<boolean> {
  const { target, ownerId, id, sealedToken } = instance;
  if (!target) return false;
  const token = open(keyRing, sealedToken, { userId: ownerId, instanceId: id });
  const url = `ws://${target.host}:${target.port}/`;
  const auth = { mode: "token", token } as const;
  const probed = await probeGateway({ product: "demo", target, url, auth }, new AbortController().signal);
  return probed.status === "ready";
}

async function stopWorker(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** prepare, start and the proof: before and after each. */
const MOMENTS_OF_A_START = 5;
/** The same after a stop. */
const MOMENTS_OF_A_ROTATION = 7;

test.each(Array.from({ length: MOMENTS_OF_A_START }, (_, at) => at + 1))(
  "a worker killed at moment %i of a first start leaves nothing that the next one does not bring to its end",
  async (killAt) => {
    const scene = await setScene();
    const victim = startWorker(scene, killAt);
    const died = once(victim, "exit");
    const { instance } = await scene.gateways.provide("alice");
    await died;
    const heir = startWorker(scene);
    const ready = await until(scene, instance.id, settled("ready"));
    expect(ready.ownerId).toBe(instance.ownerId);
    expect(await scene.database.instance.count()).toBe(1);
    expect(await gatewaysIn(scene.dataDir)).toHaveLength(1);
    expect(await letsIn(ready)).toBe(true);
    await stopWorker(heir);
    expect(await gatewaysIn(scene.dataDir)).toEqual([]);
  },
);

test.each(Array.from({ length: MOMENTS_OF_A_ROTATION }, (_, at) => at + 1))(
  "a worker killed at moment %i of a rotation: the token changes once, the data stays, nothing runs twice",
  async (moment) => {
    const scene = await setScene();
    const first = startWorker(scene);
    const { instance } = await scene.gateways.provide("alice");
    const before = await until(scene, instance.id, settled("ready"));
    await writeFile(join(scene.dataDir, instance.id, "workspace", "diary"), "mine");
    await stopWorker(first);
    // The first thing that the next worker does is to start the gateway again.
    const killAt = MOMENTS_OF_A_START + moment;
    const victim = startWorker(scene, killAt);
    await until(scene, instance.id, settled("ready"));
    const died = once(victim, "exit");
    await scene.gateways.command("alice", instance.id, "rotate");
    await died;
    startWorker(scene);
    const after = await until(scene, instance.id, (row) => settled("ready")(row) && row.nextToken === null);
    expect(after.tokenHash).not.toBe(before.tokenHash);
    expect(await letsIn(after)).toBe(true);
    expect(await letsIn({ ...after, sealedToken: before.sealedToken })).toBe(false);
    expect(await gatewaysIn(scene.dataDir)).toHaveLength(1);
    expect(await readFile(join(scene.dataDir, instance.id, "workspace", "diary"), "utf8")).toBe("mine");
  },
);

test.each([1, 2, 3, 4])(
  "a worker killed at moment %i of a deletion: all of it goes, and nothing else",
  async (moment) => {
    const scene = await setScene();
    const first = startWorker(scene);
    const [alice, bob] = [await scene.gateways.provide("alice"), await scene.gateways.provide("bob")];
    for (const { instance } of [alice, bob]) await until(scene, instance.id, settled("ready"));
    await scene.gateways.command("bob", bob.instance.id, "stop");
    await until(scene, bob.instance.id, settled("stopped"));
    await stopWorker(first);
    const victim = startWorker(scene, MOMENTS_OF_A_START + moment);
    await until(scene, alice.instance.id, settled("ready"));
    const died = once(victim, "exit");
    await scene.gateways.command("alice", alice.instance.id, "destroy");
    await died;
    startWorker(scene);
    await until(scene, alice.instance.id, ({ purgedAt }) => purgedAt !== null);
    expect(existsSync(join(scene.dataDir, alice.instance.id))).toBe(false);
    expect(existsSync(join(scene.dataDir, bob.instance.id))).toBe(true);
    expect(await findInstance(scene.database, bob.instance.id)).toMatchObject({
      desired: "stopped",
      purgedAt: null,
    });
    expect(await gatewaysIn(scene.dataDir)).toEqual([]);
  },
);

test("a database that is away for a while costs nothing but the wait", async () => {
  const scene = await setScene();
  const address = new URL(scene.url);
  let port = Number(address.port);
  const link = await startCuttableLink(() => port);
  onTestFinished(() => link.close());
  address.port = String(link.port);
  startWorker({ url: address.href, dataDir: scene.dataDir });
  const { instance } = await scene.gateways.provide("alice");
  const before = await until(scene, instance.id, settled("ready"));
  const [pid] = await gatewaysIn(scene.dataDir);
  link.cut();
  await postgres.stop();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  postgres = await startEmbeddedPostgres({ directory: join(folder, "postgres"), settings: SETTINGS });
  port = Number(new URL(postgres.url).port);
  link.mend();
  // The gateway went on without the database.
  expect(await gatewaysIn(scene.dataDir)).toEqual([pid]);
  const later = new URL(postgres.url);
  later.pathname = address.pathname;
  const database = connectDatabase({ url: later.href });
  const queue = startJobQueue({ url: later.href });
  onTestFinished(async () => {
    await queue.close();
    await database.$disconnect();
  });
  const gateways = createGateways({
    database,
    keyRing,
    enqueue: queue.enqueue,
    limits: { maxRunning: 10, maxWaiting: 10 },
    create: (ownerId) => newInstance(ownerId, { driver: "process", product: "demo" }, keyRing),
    authTokenOf: () => null,
    latestImage: () => null,
    keepDataMs: 0,
  });
  expect((await gateways.provide("alice")).instance).toMatchObject({
    id: before.id,
    ownerId: before.ownerId,
  });
  await gateways.command("alice", instance.id, "rotate");
  const after = await until(
    { ...scene, database },
    instance.id,
    (row) => settled("ready")(row) && row.nextToken === null,
  );
  expect(await letsIn(after)).toBe(true);
  expect(await gatewaysIn(scene.dataDir)).toHaveLength(1);
});
