/**
 * From a sign-up to a gateway that lets its owner in: the signed webhook, the real database, queue, worker, process
 * driver and demo gateway, and the API's own answer. The yardstick is the same gateway started by hand.
 */
import { createHmac, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectDatabase, migrate } from "../../packages/control-plane/src/database/index.ts";
import {
  type Driver,
  newGatewayToken,
  parseKeyRing,
  revisionOf,
  startProcessDriver,
} from "../../packages/control-plane/src/index.ts";
import { startEmbeddedPostgres } from "../../apps/web/src/server/embedded-postgres.ts";
import { probeGateway } from "../../apps/web/src/server/probe.ts";
import type { BenchReport, BenchTarget } from "../report.ts";
import { reconcileFleet } from "./fleet.ts";
import { type Shop, type ShopOptions, WEBHOOK_SECRET, openShop } from "./shop.ts";
import { vouchedDriver } from "./vouched-driver.ts";

const ROUNDS = 10;
/** Single starts differ by more than the limit allows: each sign-up is compared with the start by hand beside it. */
const PAIRS = 25;
const CROWD = 50;
const FLEET = 10_000;
const WARM_LIMIT_MS = 1_000;
const COLD_LIMIT_RATIO = 1.15;
const FLEET_LIMIT_MS = 1_000;
const POLL_MS = 5;

const keyRing = parseKeyRing(`k1:${randomBytes(32).toString("base64")}`);
const redactor = { add: () => {}, text: (text: string) => text, value: (value: unknown) => value };
const SCRIPT = join(import.meta.dirname, "../../apps/web/src/server/demo-gateway-process.ts");
const program = { kind: "demo", product: "demo", script: SCRIPT } as const;

export async function run(): Promise<BenchReport> {
  const folder = await mkdtemp(join(tmpdir(), "automna-bench-"));
  const postgres = await startEmbeddedPostgres({ directory: join(folder, "postgres") });
  try {
    return await measure(folder, postgres.url);
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, url: string): Promise<BenchReport> {
  await migrate(url, join(import.meta.dirname, "../../prisma/migrations"));
  const dataDir = join(folder, "instances");
  const driver = await driverIn(dataDir);
  const options = { url, driver, keyRing, redactor };
  const { own, cold, ratios, rotations, idle, crowd, crowdMs } = await withShop(
    { ...options, poolSize: 0, concurrency: 2 },
    (shop) => coldSignUps(shop, { dataDir, besideIt: join(folder, "alone") }),
  );
  const warm = await warmSignUps({ ...options, driver: await driverIn(join(folder, "warm")) });
  const vouched = await warmSignUps({
    ...options,
    driver: vouchedDriver(),
    runtime: { driver: "docker", product: "openclaw" },
  });
  const fleet = await reconcileFleet(url, FLEET, { keyRing, redactor });
  return {
    name: "provision",
    subjects: {
      "a gateway started by hand, ms": spread(own),
      "sign-up to ready, cold, ms": spread(cold),
      "sign-up to ready, cold, against the start beside it": spread(ratios, 2),
      "sign-up to ready, from the warm pool, handed over as it runs, ms": spread(vouched),
      "sign-up to ready, from the warm pool, restarted with a new token, ms": spread(warm),
      [`${CROWD} sign-ups at once, ms`]: { ...spread(crowd), all: round(crowdMs) },
      "rotation to the old token's refusal, ms": spread(rotations),
      "an idle demo gateway, MB of its own": spread(idle),
      [`${FLEET} instances reconciled, without an engine's answers, ms of CPU`]: fleet,
    },
    targets: [
      target("warm p50, the router vouches", round(median(vouched)), WARM_LIMIT_MS, "ms"),
      target("warm p50, with a token", round(median(warm)), WARM_LIMIT_MS, "ms"),
      target("cold against the gateway's own start", round(median(ratios), 2), COLD_LIMIT_RATIO, "x"),
      target("rotation: the old token refused, slowest", round(Math.max(...rotations)), 5_000, "ms"),
      target(
        `${FLEET} instances every minute, CPU without an engine's answers`,
        fleet["every minute"] ?? 0,
        FLEET_LIMIT_MS,
        "ms",
      ),
    ],
  };
}

async function coldSignUps(shop: Shop, { dataDir, besideIt }: { dataDir: string; besideIt: string }) {
  const { own, cold, ratios } = await pairsOfStarts(shop, besideIt);
  const rotations = await inTurn(ROUNDS, (n) => rotate(shop, `cold_${n}`));
  const idle = await memoryOf(dataDir);
  const crowdStarted = performance.now();
  const crowd = await Promise.all(Array.from({ length: CROWD }, (_, n) => signUp(shop, `crowd_${n}`)));
  return { own, cold, ratios, rotations, idle, crowd, crowdMs: performance.now() - crowdStarted };
}

async function pairsOfStarts(shop: Shop, folder: string) {
  const alone = await driverIn(folder, 29_000 + (process.pid % 1_000));
  const own: number[] = [];
  const cold: number[] = [];
  const byHand = async (n: number) => own.push(await ownStart(alone, n));
  const signedUp = async (n: number) => cold.push(await signUp(shop, `cold_${n}`));
  try {
    await ownStart(alone, PAIRS);
    await signUp(shop, "first");
    for (let n = 0; n < PAIRS; n++)
      for (const one of n % 2 === 0 ? [byHand, signedUp] : [signedUp, byHand]) await one(n);
  } finally {
    await alone.close();
  }
  return { own, cold, ratios: cold.map((ms, n) => ms / own[n]!) };
}

async function warmSignUps(options: Omit<ShopOptions, "poolSize" | "concurrency">): Promise<number[]> {
  await emptied(options.url);
  const times = await withShop({ ...options, poolSize: 1, concurrency: 2 }, (shop) =>
    inTurn(ROUNDS, async (n) => {
      await shop.fillPool();
      return signUp(shop, `warm_${n}`);
    }),
  );
  await emptied(options.url);
  return times;
}

/** Whatever happens in it, its gateways end with it. */
async function withShop<Result>(
  options: ShopOptions,
  work: (shop: Shop) => Promise<Result>,
): Promise<Result> {
  const shop = await openShop(options);
  try {
    return await work(shop);
  } finally {
    await shop.close();
  }
}

function driverIn(dataDir: string, firstPort = 27_000 + (process.pid % 1_000)): Promise<Driver> {
  return startProcessDriver({
    dataDir,
    programFor: () => Promise.resolve(program),
    searchPath: process.env["PATH"] ?? "",
    firstPort,
  });
}

/** The yardstick: the same program, started and asked for a handshake until it answers, with nothing around it. */
async function ownStart(driver: Driver, n: number): Promise<number> {
  const settings = {
    auth: { mode: "token", token: newGatewayToken() },
    basePath: "",
    allowedOrigins: [],
    trustedProxies: [],
    model: null,
  } as const;
  const revision = revisionOf("demo", settings);
  const id = n.toString(16).padStart(24, "0");
  const spec = { id, ownerId: "bench", product: "demo", settings, revision } as const;
  const started = performance.now();
  await driver.prepare(spec);
  await driver.start(spec);
  for (;;) {
    const seen = await driver.observe(id);
    if (seen.status === "running") {
      const { target } = seen;
      const probed = await probeGateway(
        { product: "demo", target, url: `ws://${target.host}:${target.port}/`, auth: settings.auth },
        new AbortController().signal,
      );
      const took = performance.now() - started;
      if (probed.status === "ready") {
        await driver.stop(id);
        return took;
      }
    }
    await sleep(POLL_MS);
  }
}

/** From the webhook's arrival until the API says ready, which it does only after an authenticated handshake. */
async function signUp(shop: Shop, person: string): Promise<number> {
  const started = performance.now();
  const answer = await shop.api("receiveClerkWebhook", signedWebhook(person));
  if (answer.status !== 200) throw new Error(`The webhook was answered ${answer.status}.`);
  await shop.untilReady(person);
  return performance.now() - started;
}

async function rotate(shop: Shop, person: string): Promise<number> {
  const before = await shop.handshakeOf(person);
  const started = performance.now();
  await shop.rotate(person);
  while (await before()) await sleep(POLL_MS);
  const took = performance.now() - started;
  await shop.untilReady(person);
  return took;
}

function signedWebhook(person: string): Request {
  const body = JSON.stringify({
    type: "user.created",
    object: "event",
    data: { id: person, object: "user" },
  });
  const id = `msg_${randomBytes(8).toString("hex")}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(WEBHOOK_SECRET.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return new Request("http://localhost:3001/api/webhooks/clerk", {
    method: "POST",
    headers: { "svix-id": id, "svix-timestamp": timestamp, "svix-signature": `v1,${signature}` },
    body,
  });
}

/** Megabytes that each gateway of this folder has for itself alone. */
async function memoryOf(dataDir: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (!environment.includes(`AUTOMNA_INSTANCE_DIR=${dataDir}/`)) continue;
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
    const privates = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].map(([, kb]) => Number(kb));
    if (privates.length > 0) found.push(privates.reduce((sum, kb) => sum + kb, 0) / 1024);
  }
  return found;
}

async function emptied(url: string): Promise<void> {
  const database = connectDatabase({ url });
  await database.instance.deleteMany();
  await database.user.deleteMany();
  await database.$disconnect();
}

async function inTurn(times: number, work: (n: number) => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (let n = 0; n < times; n++) results.push(await work(n));
  return results;
}

const round = (value: number, digits = 0) => Number(value.toFixed(digits));
const at = (values: readonly number[], part: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
const median = (values: readonly number[]) => at(values, 0.5);
const spread = (values: readonly number[], digits = 0) => ({
  p50: round(median(values), digits),
  p95: round(at(values, 0.95), digits),
  least: round(Math.min(...values), digits),
});

function target(id: string, value: number, limit: number, unit: string): BenchTarget {
  return { id, value, limit, unit, ok: value <= limit };
}
