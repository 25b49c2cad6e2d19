import { randomBytes } from "node:crypto";
import {
  type CapacityLimits,
  type Driver,
  type KeyRing,
  parseKeyRing,
  type Probe,
  type ProbeResult,
  type ReloadSecrets,
} from "@automna/control-plane";
import {
  connectDatabase,
  type Database,
  followInstances,
  type InstanceFeed,
  type InstanceRecord,
  migrate,
  newInstance,
  type NewInstance,
} from "@automna/control-plane/database";
import type { Suspension } from "@automna/control-plane/jobs";
import { pino } from "pino";
import { onTestFinished, vi } from "vitest";
import type { Api, ApiOptions } from "../../src/server/api/api.ts";
import { createRateLimit } from "../../src/server/api/rate-limit.ts";
import { createApi } from "../../src/server/api/serve.ts";
import { createEventStreams, type EventStreams } from "../../src/server/event-streams.ts";
import { createGateways, type Gateways } from "../../src/server/gateways.ts";
import type { Identify } from "../../src/server/identify.ts";
import type { PreparationOptions } from "../../src/server/instance-preparation.ts";
import { createOriginPolicy } from "../../src/server/origin-policy.ts";
import { startWork, type Work, type WorkSettings } from "../../src/server/work.ts";
import { emptyDatabase, MIGRATIONS } from "./database.ts";
import { identifyByBearer } from "./front.ts";
import { plainPreparation } from "./preparation.ts";
import { ScriptedDriver } from "./scripted-driver.ts";

export const READY: ProbeResult = { status: "ready", protocol: 4, version: "test" };
export const WAITS: ProbeResult = { status: "starting", retryAfterMs: 1 };
export const WEBHOOK_SECRET = `whsec_${randomBytes(24).toString("base64")}`;

export interface HouseOptions {
  readonly driver?: Driver;
  readonly probe?: Probe;
  readonly limits?: CapacityLimits;
  readonly settings?: Partial<WorkSettings>;
  readonly suspension?: Suspension;
  /** Default: gateways do as they are told. */
  readonly reloadSecrets?: ReloadSecrets;
  readonly keyRing?: KeyRing;
  /** What instances run as. Default: a process with the demo gateway. */
  readonly runtime?: Pick<NewInstance, "driver" | "product" | "image" | "policy">;
  readonly latestImage?: () => string | null;
  readonly keepDataMs?: number;
  readonly operators?: readonly string[];
  readonly approveDevice?: ApiOptions["approveDevice"];
  readonly chatGateway?: ApiOptions["chatGateway"];
  readonly metering?: ApiOptions["metering"];
  /** The model as an instance sees it. Default: there is none. */
  readonly modelFor?: PreparationOptions["modelFor"];
  readonly url?: string;
  /** Default: whom the bearer names. */
  readonly identify?: Identify;
  /** The API's clock. Default: the real one. */
  readonly now?: () => number;
}

export interface House {
  readonly url: string;
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly work: Work;
  readonly gateways: Gateways;
  readonly feed: InstanceFeed;
  readonly streams: EventStreams;
  readonly api: Api;
  /** What the probe answers. */
  readonly world: { probe: ProbeResult };
  readonly errors: unknown[];
  readonly lines: Map<string, string[]>;
  /** The API as a signed-in person's page would call it. */
  readonly call: (person: string | null, ...request: Parameters<Api>) => Promise<Response>;
  readonly stopWork: () => Promise<void>;
}

/** Database, queue, worker and API, as the app has them, in one process; the world is the driver's. */
export async function startHouse(options: HouseOptions = {}): Promise<House> {
  const url = options.url ?? (await emptyDatabase());
  await migrate(url, MIGRATIONS);
  const database = connectDatabase({ url });
  const keyRing = options.keyRing ?? parseKeyRing(`k1:${randomBytes(32).toString("base64")}`);
  const driver = options.driver ?? new ScriptedDriver();
  const world = { probe: READY };
  const errors: unknown[] = [];
  const lines = new Map<string, string[]>();
  const runtime = options.runtime ?? ({ driver: "process", product: "demo" } as const);
  const create = (ownerId: string) => newInstance(ownerId, runtime, keyRing);
  const log = pino({ level: "silent" });
  const { probe = () => Promise.resolve(world.probe), keepDataMs = 0 } = options;
  const limits = options.limits ?? { maxRunning: 1_000, maxWaiting: 1_000 };
  const work = await startWork({
    database,
    databaseUrl: url,
    keyRing,
    driver,
    probe,
    ...(options.suspension ? { suspension: options.suspension } : {}),
    reloadSecrets: options.reloadSecrets ?? (() => Promise.resolve()),
    prepare: plainPreparation({
      database,
      keyRing,
      runtime,
      ...(options.modelFor ? { modelFor: options.modelFor } : {}),
    }),
    create,
    settings: {
      maxRunning: limits.maxRunning,
      memoryLimit: null,
      concurrency: 4,
      idleAfterMs: null,
      poolSize: 0,
      readyTimeoutMs: 60_000,
      ...options.settings,
    },
    log,
  });
  const gateways = createGateways({
    database,
    keyRing,
    enqueue: work.queue.enqueue,
    limits,
    create,
    authTokenOf: () => "the-token",
    latestImage: options.latestImage ?? (() => null),
    keepDataMs,
    nudge: work.nudge,
  });
  const feed = followInstances({ url });
  const streams = createEventStreams();
  const rateLimit = createRateLimit(url);
  const policy = createOriginPolicy({ publicOrigin: null, host: "localhost", port: 3001 });
  const api = createApi({
    identify: options.identify ?? identifyByBearer,
    streams,
    policy,
    gateways,
    database,
    keyRing,
    rateLimit,
    feed,
    identity: "clerk",
    product: "demo",
    driver: "process",
    limits: null,
    operators: new Set(options.operators),
    approveDevice: options.approveDevice ?? (() => Promise.resolve(false)),
    chatGateway: options.chatGateway ?? null,
    metering: options.metering ?? { dailyTokens: null, prices: null },
    capacity: { maxRunning: limits.maxRunning, poolSize: 0 },
    jobs: () => work.queue.counts(),
    logs: (id) => Promise.resolve(lines.get(id) ?? []),
    webhookSecret: WEBHOOK_SECRET,
    keepDataMs,
    reportError: (error) => errors.push(error),
    now: options.now ?? Date.now,
  });
  let stopped: Promise<void> | null = null;
  const stopWork = () => (stopped ??= work.close());
  onTestFinished(async () => {
    await stopWork();
    await feed.close();
    await rateLimit.close();
    await database.$disconnect();
  });
  return {
    url,
    database,
    keyRing,
    work,
    gateways,
    feed,
    streams,
    api,
    world,
    errors,
    lines,
    stopWork,
    call: (person, name, request, params) => {
      const headers = new Headers(request.headers);
      headers.set("host", "localhost:3001");
      if (person !== null) headers.set("authorization", `Bearer ${person}`);
      return api(name, new Request(request, { headers }), params);
    },
  };
}

/** A name that no other test has. */
export const somebody = () => `user_${randomBytes(6).toString("hex")}`;

/** The person's instance once it is as wanted. */
export function untilInstance(
  { gateways }: House,
  clerkId: string,
  fits: (instance: InstanceRecord) => boolean,
): Promise<InstanceRecord> {
  return vi.waitFor(
    async () => {
      const { instance } = await gateways.provide(clerkId);
      if (!fits(instance)) throw new Error(`It is ${JSON.stringify(instance)}.`);
      return instance;
    },
    { interval: 20 },
  );
}

export const isReady = ({ observed, generation, settledGeneration }: InstanceRecord) =>
  observed === "ready" && settledGeneration >= generation;
