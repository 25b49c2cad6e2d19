/**
 * From a sign-up to a gateway that lets its owner in: the signed webhook, the real database, queue, worker, process
 * driver and gateway, and the API's own answer. The yardstick is the same gateway started by hand.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectDatabase, migrate } from "../../packages/control-plane/src/database/index.ts";
import {
  type Driver,
  type GatewayProgram,
  parseKeyRing,
  resolveGateway,
  startProcessDriver,
} from "../../packages/control-plane/src/index.ts";
import { startEmbeddedPostgres } from "../../apps/web/src/server/embedded-postgres.ts";
import { gatewayInstallDir, installGateways } from "../../e2e/support/install-gateways.ts";
import type { BenchReport, BenchTarget } from "../report.ts";
import { reconcileFleet } from "./fleet.ts";
import { type IdleCost, idleCosts } from "./idle.ts";
import { type Shop, type ShopOptions, openShop } from "./shop.ts";
import { pairsOfStarts, rotate, signUp } from "./starts.ts";
import { vouchedDriver } from "./vouched-driver.ts";

const ROUNDS = 10;
const PAIRS = 25;
const OPENCLAW_PAIRS = 3;
const CROWD = 50;
const FLEET = 10_000;
const WARM_LIMIT_MS = 1_000;
const COLD_LIMIT_RATIO = 1.15;
const FLEET_LIMIT_MS = 1_000;
/** After its start a gateway has something to do: OpenClaw took six times the CPU in its second minute as in its fourth. */
const DEMO_SETTLES_MS = 5_000;
const OPENCLAW_SETTLES_MS = 180_000;
const FIRST_PORT = 27_000 + (process.pid % 1_000);

const keyRing = parseKeyRing(`k1:${randomBytes(32).toString("base64")}`);
const redactor = { add: () => {}, text: (text: string) => text, value: (value: unknown) => value };
const SCRIPT = join(import.meta.dirname, "../../apps/web/src/server/demo-gateway-process.ts");
const DEMO = { kind: "demo", product: "demo", script: SCRIPT } as const;

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
  const { pairs, rotations, idle, crowd, crowdMs } = await withShop(
    { ...options, poolSize: 0, concurrency: 2 },
    (shop) => coldSignUps(shop, { dataDir, besideIt: join(folder, "alone") }),
  );
  const warm = await warmSignUps({ ...options, driver: await driverIn(join(folder, "warm")) });
  const vouched = await warmSignUps({
    ...options,
    driver: vouchedDriver(),
    runtime: { driver: "docker", product: "openclaw" },
  });
  const openclaw = await openclawSignUps(options, folder);
  const fleet = await reconcileFleet(url, FLEET, { keyRing, redactor });
  return {
    name: "provision",
    subjects: {
      "a gateway started by hand, ms": spread(pairs.own),
      "sign-up to ready, cold, ms": spread(pairs.cold),
      "sign-up to ready, cold, against the start beside it": spread(pairs.ratios, 2),
      "an OpenClaw started by hand, ms": spread(openclaw.own),
      "sign-up to ready, cold, OpenClaw, ms": spread(openclaw.cold),
      "sign-up to ready, cold, OpenClaw, against the start beside it": spread(openclaw.ratios, 2),
      "sign-up to ready, from the warm pool, handed over as it runs, ms": spread(vouched),
      "sign-up to ready, from the warm pool, restarted with a new token, ms": spread(warm),
      [`${CROWD} sign-ups at once, ms`]: { ...spread(crowd), all: round(crowdMs) },
      "rotation to the old token's refusal, ms": spread(rotations),
      "an idle demo gateway": costOf(idle),
      "an idle OpenClaw": costOf(openclaw.idle),
      [`${FLEET} instances reconciled by Docker's driver, ms of CPU`]: fleet,
    },
    targets: [
      target("warm p50, the router vouches", round(median(vouched)), WARM_LIMIT_MS, "ms"),
      target("warm p50, with a token", round(median(warm)), WARM_LIMIT_MS, "ms"),
      target("cold against the gateway's own start", round(median(pairs.ratios), 2), COLD_LIMIT_RATIO, "x"),
      target("cold against OpenClaw's own start", round(median(openclaw.ratios), 2), COLD_LIMIT_RATIO, "x"),
      target("rotation: the old token refused, slowest", round(Math.max(...rotations)), 5_000, "ms"),
      target(
        `${FLEET} instances every minute, CPU with the engine's answers`,
        fleet["every minute"] ?? 0,
        FLEET_LIMIT_MS,
        "ms",
      ),
    ],
  };
}

async function coldSignUps(shop: Shop, { dataDir, besideIt }: { dataDir: string; besideIt: string }) {
  const alone = await driverIn(besideIt, { firstPort: FIRST_PORT + 2_000 });
  const pairs = await pairsOfStarts({ shop, alone, product: "demo", count: PAIRS });
  const rotations = await inTurn(ROUNDS, (n) => rotate(shop, `cold_${n}`));
  const idle = await idleCosts(dataDir, DEMO_SETTLES_MS);
  const crowdStarted = performance.now();
  const crowd = await Promise.all(Array.from({ length: CROWD }, (_, n) => signUp(shop, `crowd_${n}`)));
  return { pairs, rotations, idle, crowd, crowdMs: performance.now() - crowdStarted };
}

/** The same with the gateway that people have, whose start takes seconds. */
async function openclawSignUps(options: Pick<ShopOptions, "url" | "keyRing" | "redactor">, folder: string) {
  await emptied(options.url);
  const common = { program: await openclawProgram(), cacheDir: join(folder, "cache") };
  const dataDir = join(folder, "openclaw");
  const driver = await driverIn(dataDir, common);
  const alone = await driverIn(join(folder, "openclaw-alone"), { ...common, firstPort: FIRST_PORT + 2_000 });
  const runtime = { driver: "process", product: "openclaw" } as const;
  const found = await withShop({ ...options, driver, runtime, poolSize: 0, concurrency: 2 }, async (shop) => {
    const starts = { shop, alone, product: "openclaw", count: OPENCLAW_PAIRS, oneAtATime: true } as const;
    const pairs = await pairsOfStarts(starts);
    await signUp(shop, "idle");
    return { ...pairs, idle: await idleCosts(dataDir, OPENCLAW_SETTLES_MS) };
  });
  await emptied(options.url);
  return found;
}

async function openclawProgram(): Promise<GatewayProgram> {
  await installGateways((line) => console.log(line), ["openclaw"]);
  const installDirs = [gatewayInstallDir("openclaw")];
  const found = await resolveGateway("openclaw", { installDirs, searchPath: "" });
  if (found.status !== "found") throw new Error(`openclaw is ${found.status} after its installation.`);
  return found.program;
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

interface Programs {
  readonly program?: GatewayProgram;
  readonly firstPort?: number;
  readonly cacheDir?: string;
}

function driverIn(
  dataDir: string,
  { program = DEMO, firstPort = FIRST_PORT, ...rest }: Programs = {},
): Promise<Driver> {
  return startProcessDriver({
    dataDir,
    programFor: () => Promise.resolve(program),
    searchPath: process.env["PATH"] ?? "",
    firstPort,
    ...rest,
  });
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

function costOf(gateways: readonly IdleCost[]): Record<string, number> {
  return {
    "MB of its own": round(median(gateways.map(({ own }) => own))),
    "MB with what it shares": round(median(gateways.map(({ resident }) => resident))),
    "ms of CPU a minute": round(median(gateways.map(({ cpu }) => cpu))),
  };
}

function target(id: string, value: number, limit: number, unit: string): BenchTarget {
  return { id, value, limit, unit, ok: value <= limit };
}
