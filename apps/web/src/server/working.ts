import { type Driver, type ModelProvider, open } from "@automna/control-plane";
import {
  answerLogQuestions,
  countInstances,
  countSealed,
  mirrorLogs,
  newInstance,
  type NewInstance,
} from "@automna/control-plane/database";
import type { JobQueue } from "@automna/control-plane/jobs";
import type { Api, ApiOptions } from "./api/api.ts";
import { createApi } from "./api/serve.ts";
import { type ChatGateway, openChatGateway } from "./chat-gateway.ts";
import { configuredLimits, type GatewayRuntime } from "./gateway-runtime.ts";
import { createGateways, type Gateways } from "./gateways.ts";
import { type House, reportTo } from "./house.ts";
import { approveDevice } from "./device-approval.ts";
import { controlTarget } from "./control-target.ts";
import { type Log } from "./log.ts";
import { type PreparationOptions, prepareInstance } from "./instance-preparation.ts";
import { type ModelRelayPort, openModelRelay } from "./model-relay.ts";
import { probeGateway } from "./probe.ts";
import { startOrders, startWork, type Work } from "./work.ts";

/** What this process knows of the work: its own, or how to order some. */
export interface Working {
  readonly work: Work;
  readonly driver: Driver;
}

/** Starts the driver and the worker that uses it. */
export async function startWorking(
  house: House,
  runtime: GatewayRuntime,
  model: ModelProvider | null,
): Promise<Working> {
  const { config, log, teardown, metrics, storage, policy, origins } = house;
  const { database, keyRing, url: databaseUrl } = storage;
  // Before the driver, and so closed after it: a gateway that stops finishes its answers first.
  const relay = await openRelay(house, runtime, model);
  const driver = await runtime.open();
  const allowedOrigins = (subdomain: string) => [...policy.origins, ...origins.allowedFor(subdomain)];
  const modelFor: PreparationOptions["modelFor"] = (...asked) => relay?.providerFor(...asked) ?? null;
  const { devicePairing } = config;
  const { redactor } = log;
  const preparation = { database, keyRing, runtime, modelFor, allowedOrigins, redactor, devicePairing };
  const starting = startWork({
    database,
    databaseUrl,
    keyRing,
    driver,
    probe: probeGateway,
    prepare: (instance, image) => prepareInstance(instance, preparation, image),
    create: (ownerId) => ({
      ...createInstance(ownerId, house),
      ...(runtime.policy === null ? {} : { policy: runtime.policy }),
    }),
    settings: { ...config.work, memoryLimit: configuredLimits(config, runtime.product)?.memory ?? null },
    log: log.logger,
  });
  const work = await teardown.opened(starting, (opened) => opened.close());
  metrics.watchInstances(async () => Object.entries(await countInstances(database)));
  metrics.watchSealed(() => countSealed(database));
  await teardown.opened(
    answerLogQuestions({
      database,
      url: databaseUrl,
      logs: (instanceId, lines) => redactedLogs(driver, log, instanceId, lines),
      onError: logTrouble(log),
    }),
    (answers) => answers.close(),
  );
  return { work, driver };
}

async function openRelay(
  { config, log, teardown, storage }: House,
  { driver, product }: GatewayRuntime,
  model: ModelProvider | null,
): Promise<ModelRelayPort | null> {
  if (product === "demo") return null;
  const opening = openModelRelay({ config, driver, model, storage, log });
  return teardown.opened(opening, (relay) => relay.close());
}

/** The output of a gateway, wherever it runs. */
async function openLogs(
  { log, storage, teardown }: House,
  working: Working | null,
): Promise<ApiOptions["logs"]> {
  if (working) return (instanceId, lines) => redactedLogs(working.driver, log, instanceId, lines);
  const { database, url } = storage;
  const mirror = await teardown.opened(mirrorLogs({ database, url, onError: logTrouble(log) }), (opened) =>
    opened.close(),
  );
  return (instanceId) => Promise.resolve(mirror.lines(instanceId));
}

/** A swarm gives no secret back: one that an earlier process handed over is known to the app's own list alone. */
async function redactedLogs(
  driver: Driver,
  { redactor }: Log,
  instanceId: string,
  lines: number,
): Promise<readonly string[]> {
  return (await driver.logs(instanceId, lines)).map((line) => redactor.text(line));
}

const logTrouble =
  ({ logger }: Log) =>
  (error: unknown) =>
    logger.warn({ err: error }, "the output of gateways does not pass the database");

function createInstance(ownerId: string, { storage, driver, product, image }: House): NewInstance {
  return newInstance(ownerId, { driver, product, ...(image === null ? {} : { image }) }, storage.keyRing);
}

/** Everybody's gateways, as the pages see them; another process may do the work. */
export async function startGateways(house: House, working: Working | null): Promise<GatewaysAndQueue> {
  const { config, log, teardown, storage } = house;
  const { database, keyRing, url: databaseUrl } = storage;
  const queue =
    working?.work.queue ??
    (await teardown.opened(startOrders({ databaseUrl, log: log.logger }), (opened) => opened.close()));
  const gateways = createGateways({
    database,
    keyRing,
    enqueue: queue.enqueue,
    limits: config.capacity,
    create: (ownerId) => createInstance(ownerId, house),
    authTokenOf: ({ id, ownerId, sealedToken, target }) => {
      // Where the router vouches for the owner, no secret reaches a browser.
      if (target?.identity) return null;
      const token = open(keyRing, sealedToken, { userId: ownerId, instanceId: id });
      log.redactor.add(token);
      return token;
    },
    latestImage: () => house.image,
    keepDataMs: config.keepDataMs,
    ...(working ? { nudge: working.work.nudge } : {}),
  });
  return { ...gateways, queue };
}

export type GatewaysAndQueue = Gateways & { readonly queue: JobQueue };

/** The API on what this process has. */
export async function openApi(
  house: House,
  visitors: Pick<ApiOptions, "identify" | "streams">,
  { queue, ...gateways }: GatewaysAndQueue,
  working: Working | null,
): Promise<Api> {
  const { config, log, storage, rateLimit, routes, policy, product } = house;
  const { database, keyRing } = storage;
  return createApi({
    ...visitors,
    policy,
    gateways,
    database,
    keyRing,
    rateLimit,
    feed: routes.feed,
    identity: config.identity.kind,
    product,
    driver: house.driver,
    limits: configuredLimits(config, house.product),
    operators: config.operators,
    metering: config.metering,
    approveDevice: (instance, requestId, record) =>
      approveDevice(controlTarget(instance, keyRing), requestId, record),
    chatGateway: await startChatGateway(house),
    capacity: { maxRunning: config.capacity.maxRunning, poolSize: config.work.poolSize },
    jobs: () => queue.counts(),
    logs: await openLogs(house, working),
    webhookSecret: config.identity.kind === "clerk" ? config.webhookSecret : null,
    keepDataMs: config.keepDataMs,
    reportError: reportTo(log),
    now: Date.now,
  });
}

async function startChatGateway({ config, storage, log, teardown }: House): Promise<ChatGateway | null> {
  const { chatGatewayApproval: approval } = config;
  if (approval === null) return null;
  return teardown.opened(openChatGateway({ ...approval, storage, log }), (opened) => opened.close());
}
