import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Driver, KeyRing } from "../../packages/control-plane/src/index.ts";
import { open } from "../../packages/control-plane/src/index.ts";
import {
  connectDatabase,
  followInstances,
  newInstance,
  type NewInstance,
} from "../../packages/control-plane/src/database/index.ts";
import type { Api } from "../../apps/web/src/server/api/api.ts";
import { createRateLimit } from "../../apps/web/src/server/api/rate-limit.ts";
import { createApi } from "../../apps/web/src/server/api/serve.ts";
import { createEventStreams } from "../../apps/web/src/server/event-streams.ts";
import { createGateways } from "../../apps/web/src/server/gateways.ts";
import { prepareInstance } from "../../apps/web/src/server/instance-preparation.ts";
import { createLog } from "../../apps/web/src/server/log.ts";
import { createOriginPolicy } from "../../apps/web/src/server/origin-policy.ts";
import { probeGateway } from "../../apps/web/src/server/probe.ts";
import { startWork } from "../../apps/web/src/server/work.ts";

export const WEBHOOK_SECRET = `whsec_${randomBytes(24).toString("base64")}`;

/** As often as a page asks when nothing tells it of a change. */
const ASK_AGAIN_MS = 500;

export interface ShopOptions {
  readonly url: string;
  readonly driver: Driver;
  readonly keyRing: KeyRing;
  readonly redactor: Parameters<typeof prepareInstance>[1]["redactor"];
  readonly poolSize: number;
  readonly concurrency: number;
  /** What instances run as. Default: a process with the demo gateway. */
  readonly runtime?: Pick<NewInstance, "driver" | "product">;
}

/** The control plane as one process of the app has it, without its pages. */
export interface Shop {
  readonly api: Api;
  /** Resolves when the person's own `GET /api/user/gateway` answers 200; asked again whenever something changed. */
  untilReady(person: string): Promise<void>;
  rotate(person: string): Promise<void>;
  /** Resolves when the person's gateway has ended. */
  stop(person: string): Promise<void>;
  /** What asks the gateway, by the token of now, whether it still lets its owner in. */
  handshakeOf(person: string): Promise<() => Promise<boolean>>;
  /** Resolves when as many gateways wait as should. */
  fillPool(): Promise<void>;
  close(): Promise<void>;
}

export async function openShop(options: ShopOptions): Promise<Shop> {
  const { url, driver, keyRing, redactor, poolSize, concurrency } = options;
  const kind = options.runtime ?? ({ driver: "process", product: "demo" } as const);
  const database = connectDatabase({ url });
  const create = (ownerId: string) => newInstance(ownerId, kind, keyRing);
  const runtime = { ...kind, build: "", image: null };
  const preparation = {
    database,
    keyRing,
    runtime,
    modelFor: () => null,
    allowedOrigins: () => [],
    redactor,
  };
  const work = await startWork({
    database,
    databaseUrl: url,
    keyRing,
    driver,
    probe: probeGateway,
    prepare: (instance, image) => prepareInstance(instance, preparation, image),
    create,
    settings: {
      maxRunning: 1_000,
      memoryLimit: null,
      concurrency,
      idleAfterMs: null,
      poolSize,
      readyTimeoutMs: 120_000,
    },
    log: createLog("silent").logger,
  });
  const gateways = createGateways({
    database,
    keyRing,
    enqueue: work.queue.enqueue,
    limits: { maxRunning: 1_000, maxWaiting: 1_000 },
    create,
    authTokenOf: () => null,
    latestImage: () => null,
    keepDataMs: 0,
    nudge: work.nudge,
  });
  const rateLimit = createRateLimit(url);
  const feed = followInstances({ url });
  const api = createApi({
    identify: (headers) =>
      Promise.resolve({
        kind: "clerk",
        clerkId: headers.get("authorization") ?? "",
        sessionId: "bench",
        expiresAt: Number.POSITIVE_INFINITY,
      }),
    policy: createOriginPolicy({ publicOrigin: null, host: "localhost", port: 3001 }),
    gateways,
    database,
    keyRing,
    streams: createEventStreams(),
    // The bench asks more often than a page would.
    rateLimit: { take: () => Promise.resolve(0), close: () => Promise.resolve() },
    feed,
    identity: "clerk",
    ...kind,
    limits: null,
    operators: new Set(),
    approveDevice: () => Promise.resolve(false),
    chatGateway: null,
    metering: { dailyTokens: null, prices: null },
    capacity: { maxRunning: 1_000, poolSize },
    jobs: () => work.queue.counts(),
    logs: () => Promise.resolve([]),
    webhookSecret: WEBHOOK_SECRET,
    keepDataMs: 0,
    reportError: (error) => {
      throw error;
    },
    now: Date.now,
  });
  const call = (person: string, name: Parameters<Api>[0], method = "GET") =>
    api(name, new Request("http://localhost:3001/", { method, headers: { authorization: person } }));
  // Everything is loaded before anything is measured.
  await work.queue.counts();
  return {
    api,
    async untilReady(person) {
      for (;;) {
        const { promise: changed, resolve } = Promise.withResolvers<void>();
        const unsubscribe = feed.subscribe(() => resolve());
        const answer = await call(person, "getUserGateway");
        if (answer.status === 202) await Promise.race([changed, sleep(ASK_AGAIN_MS)]);
        unsubscribe();
        if (answer.status === 200) return;
        // It would be waited for without an end.
        if (answer.status !== 202) throw new Error(`${person}: ${answer.status} ${await answer.text()}`);
      }
    },
    async rotate(person) {
      await call(person, "rotateGateway", "POST");
    },
    async stop(person) {
      const { instance } = await gateways.provide(person);
      await call(person, "stopGateway", "POST");
      while ((await driver.observe(instance.id)).status !== "stopped") await sleep(20);
    },
    async handshakeOf(person) {
      const { instance } = await gateways.provide(person);
      const { id, ownerId, target, sealedToken } = instance;
      if (!target) throw new Error("There is no gateway to ask.");
      const auth = {
        mode: "token",
        token: open(keyRing, sealedToken, { userId: ownerId, instanceId: id }),
      } as const;
      const address = { product: "demo", target, url: `ws://${target.host}:${target.port}/`, auth } as const;
      return async () => (await probeGateway(address, new AbortController().signal)).status === "ready";
    },
    async fillPool() {
      await work.keepHouse();
      while ((await database.instance.count({ where: { ownerId: null, observedState: "ready" } })) < poolSize)
        await sleep(20);
    },
    async close() {
      await work.close();
      await feed.close();
      await rateLimit.close();
      await database.$disconnect();
    },
  };
}
