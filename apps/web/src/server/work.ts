import { type Driver, poolWithin, type Probe, type ReloadSecrets, roomIn } from "@automna/control-plane";
import {
  type CommandContext,
  type Database,
  fillPool,
  forgetDeletedPeople,
  forgetDeliveries,
  forgetProcesses,
  forgetUnowned,
  type InstanceRecord,
  maxRunningOf,
  type NewInstance,
  occupancyOf,
  POOL_OWNER,
  recordPoolPolicy,
  recordRoom,
  resealAll,
  type UnreadableSecret,
  weedPool,
} from "@automna/control-plane/database";
import {
  createLeases,
  createWorker,
  cullIdle,
  type JobQueue,
  type PrepareInstance,
  startJobQueue,
  type Suspension,
  OrphansLeftError,
  sweepOrphans,
} from "@automna/control-plane/jobs";
import type { KeyRing } from "@automna/control-plane";
import { reloadSecrets } from "./gateway-secrets.ts";
import { createSuspension, resumeGateway } from "./gateway-suspension.ts";
import type { Logger } from "./log.ts";

export interface JobsOptions {
  readonly databaseUrl: string;
  readonly log: Logger;
}

/** Orders for workers, from a process that runs no gateway itself. */
export function startOrders({ databaseUrl, log }: JobsOptions): JobQueue {
  return startJobQueue({ url: databaseUrl, onError: (error) => log.error({ err: error }, "job queue") });
}

export interface WorkOptions extends JobsOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly driver: Driver;
  readonly probe: Probe;
  /** Default: by their own protocol. */
  readonly reloadSecrets?: ReloadSecrets;
  readonly prepare: PrepareInstance;
  /** How idle gateways are quieted before they are stopped. Default: by their own protocol. */
  readonly suspension?: Suspension;
  readonly create: (ownerId: string) => NewInstance;
  readonly settings: WorkSettings;
}

/** What the operator may choose about the work. */
export interface WorkSettings {
  /** Gateways that run at a time; null: as many as the driver's machines have memory for. */
  readonly maxRunning: number | null;
  /** Bytes that one gateway may use; null: nothing limits it. */
  readonly memoryLimit: number | null;
  /** Instances that are worked on at a time. */
  readonly concurrency: number;
  /** Gateways that nobody used for this long are stopped; null: never. */
  readonly idleAfterMs: number | null;
  /** Started gateways that wait for an owner. */
  readonly poolSize: number;
  /** From a gateway's start to its first handshake. */
  readonly readyTimeoutMs: number;
}

/** A process that brings gateways to what is wanted of them. */
export interface Work {
  readonly queue: JobQueue;
  /**
   * Looks at an instance now.
   *
   * @param known As who asks has just read or written it.
   */
  readonly nudge: (instanceId: string, known?: InstanceRecord) => void;
  /** Does now what comes round every minute. */
  keepHouse(): Promise<void>;
  /** Ends between two steps. Gateways that are processes of this one end with its driver. */
  close(): Promise<void>;
}

/** Starts a worker. Whatever an earlier one left unfinished is taken up at once; nobody has to wait for that. */
export async function startWork(options: WorkOptions): Promise<Work> {
  const { database, databaseUrl, driver, log, settings } = options;
  if (driver.name === "process") await forgetProcesses(database);
  await recordPolicy(options);
  const leases = createLeases(databaseUrl);
  const report = (error: unknown, instance: string | null = null) =>
    log.error(
      { err: error, ...(instance === null ? {} : { instance }) },
      "a gateway could not be looked after",
    );
  const worker = createWorker({
    database,
    driver,
    leases,
    probe: options.probe,
    resume: resumeGateway,
    reloadSecrets: options.reloadSecrets ?? reloadSecrets,
    prepare: options.prepare,
    concurrency: settings.concurrency,
    readyTimeoutMs: settings.readyTimeoutMs,
    onSettled: ({ id, product }, outcome) => log.info({ instance: id, product, outcome }, "gateway"),
    onError: report,
  });
  const ending = new AbortController();
  const reseal = resealer(options);
  const { keepHouse, sweep } = housekeeper(options, reseal, () => worker.lookAtAll());
  const queue = startJobQueue({
    url: databaseUrl,
    concurrency: settings.concurrency,
    handlers: {
      instance: (id) => worker.takeJob(id),
      housekeeping: (signal) => keepHouse(queue, signal),
      sweep,
    },
    onError: (error) => log.error({ err: error }, "job queue"),
  });
  measureRoom(options).catch((error: unknown) => log.error({ err: error, chore: "room" }, NOT_DONE));
  worker.lookAtAll().catch((error: unknown) => report(error));
  // A new key comes with a start: what it is there for need not wait for the next minute.
  const resealed = reseal(ending.signal).catch((error: unknown) => {
    if (!ending.signal.aborted) log.error({ err: error, chore: "reseal" }, NOT_DONE);
  });
  return {
    queue,
    nudge(instanceId, known) {
      worker.look(instanceId, known).catch(() => undefined);
    },
    async keepHouse() {
      const { signal } = new AbortController();
      await keepHouse(queue, signal);
      await sweep(signal);
    },
    async close() {
      ending.abort();
      await resealed;
      await worker.close();
      await queue.close();
      await leases.close();
      await driver.close();
      if (driver.name === "process") await forgetProcesses(database);
    },
  };
}

const RESEAL_EVERY_MS = 3_600_000;
const NOT_DONE = "a chore was not done";

type Reseal = (signal: AbortSignal) => Promise<void>;

/** The ring changes with a start only; a process with the old one may have sealed something since, hence once an hour. */
function resealer({ database, keyRing, log }: WorkOptions): Reseal {
  let againAt = 0;
  return async (signal) => {
    if (Date.now() < againAt) return;
    const { count, unreadable } = await resealAll(database, keyRing, signal);
    againAt = Date.now() + RESEAL_EVERY_MS;
    if (count > 0) log.info({ count, key: keyRing[0].id }, "secrets were sealed anew");
    for (const { kind, id, reason } of unreadable)
      log.error(
        { kind, id, reason },
        `a stored secret cannot be opened and was left as it is: put the key that sealed it back into TOKEN_KEYS, or ${INSTEAD[kind]}`,
      );
  };
}

/** What makes a new secret in the place of one that is lost. */
const INSTEAD: Readonly<Record<UnreadableSecret["kind"], string>> = {
  "instance-token": "have the gateway's token rotated, on its owner's dashboard",
  "model-key": "have the person enter their key again, on their dashboard",
  "control-device": "have the owner of the gateway at CHAT_GATEWAY_URL choose a new device, in the chat",
};

/** With every round, too: a worker with another policy may have come and gone, and its own would stay for good. */
function recordPolicy({ database, create }: WorkOptions): Promise<void> {
  return recordPoolPolicy(database, create(POOL_OWNER).policy ?? null);
}

/** Finds out how many gateways there is memory for, for every process that admits some. */
async function measureRoom({ database, driver, settings }: WorkOptions): Promise<void> {
  const { maxRunning, memoryLimit } = settings;
  if (maxRunning !== null) return;
  const memory = memoryLimit === null ? undefined : await driver.memory?.();
  // No machine has none: what was known is no worse.
  if (memory === 0) return;
  await recordRoom(database, memory && memoryLimit ? roomIn(memory, memoryLimit) : null);
}

type Chores = readonly (readonly [name: string, chore: () => Promise<unknown>])[];

/**
 * Everything that comes round by itself: what must be done soon, and what may take its time. One part that fails does not
 * keep the others from being done.
 */
function housekeeper(options: WorkOptions, reseal: Reseal, lookAtAll: () => Promise<number>) {
  const { database, keyRing, settings, log } = options;
  const suspension =
    options.suspension ??
    createSuspension(keyRing, (error) => log.warn({ err: error }, "an idle gateway could not be suspended"));
  const doAll = async (chores: Chores): Promise<void> => {
    for (const [name, chore] of chores)
      await chore().catch((error: unknown) => log.error({ err: error, chore: name }, NOT_DONE));
  };
  const keepHouse = (queue: JobQueue, signal: AbortSignal): Promise<void> => {
    const context: CommandContext = {
      database,
      enqueue: queue.enqueue,
      limits: { maxRunning: 0, maxWaiting: 0 },
    };
    const { idleAfterMs } = settings;
    return doAll([
      ["room", () => measureRoom(options)],
      [
        "pool",
        async () => {
          const { running } = await occupancyOf(database);
          const maxRunning = await maxRunningOf(database, settings.maxRunning);
          const poolSize = poolWithin(settings.poolSize, running, maxRunning);
          await recordPolicy(options);
          await weedPool(context, poolSize, options.create);
          await fillPool(database, poolSize, options.create, queue.enqueue);
        },
      ],
      ["reconcile", lookAtAll],
      ["idle", () => (idleAfterMs === null ? Promise.resolve() : cullIdle(context, idleAfterMs, suspension))],
      ["reseal", () => reseal(signal)],
    ]);
  };
  const sweep = (signal: AbortSignal): Promise<void> =>
    doAll([
      ["sweep", () => sweepAndForget(options, signal)],
      ["forget-deliveries", () => forgetDeliveries(database, Date.now())],
      ["forget-unowned", () => forgetUnowned(database, Date.now())],
    ]);
  return { keepHouse, sweep };
}

/** Whoever was deleted is forgotten once nothing of theirs was found: a sweep removes only that whose purge is on record. */
async function sweepAndForget({ database, driver }: WorkOptions, signal: AbortSignal): Promise<void> {
  const sweepBegan = new Date();
  try {
    await sweepOrphans(database, driver, sweepBegan.getTime(), signal);
    await forgetDeletedPeople(database, { sweepBegan, left: [] });
  } catch (error) {
    if (error instanceof OrphansLeftError)
      await forgetDeletedPeople(database, { sweepBegan, left: error.instanceIds });
    throw error;
  }
}
