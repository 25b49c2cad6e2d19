import type { Job, PgBoss } from "pg-boss";
import { systemClock } from "../clock.ts";
import type { Enqueue } from "../database/commands.ts";

/** What a worker does when a job is its turn. A rejection is tried again later. */
export interface JobHandlers {
  /** Brings one instance to what is wanted of it. */
  readonly instance: (instanceId: string) => Promise<void>;
  /** What has to be done every minute by anybody, but only by one. */
  readonly housekeeping: (signal: AbortSignal) => Promise<void>;
  /** The same, of what may take longer than a minute. */
  readonly sweep: (signal: AbortSignal) => Promise<void>;
}

export interface JobQueueOptions {
  /** PostgreSQL connection string. */
  readonly url: string;
  /** Absent in a process that only gives orders. */
  readonly handlers?: JobHandlers;
  /** How many instances this process works on at a time. Default 4. */
  readonly concurrency?: number;
  readonly onError?: (error: unknown) => void;
}

/** Jobs that outlive every process, in the same database as the rows that they are about. */
export interface JobQueue {
  /** Part of the transaction: a job for a committed row, none for a rolled back one. One waits at most per instance. */
  readonly enqueue: Enqueue;
  /** How many jobs nobody has taken yet, and how many somebody has. */
  counts(): Promise<{ readonly waiting: number; readonly active: number }>;
  close(): Promise<void>;
}

const INSTANCE = "instance";
const HOUSEKEEPING = "housekeeping";
const SWEEP = "sweep";
/** A worker that was killed is noticed after this long. */
const HEARTBEAT_SECONDS = 10;
/** What drains is waited for. A worker that died is noticed by its heartbeat, so that this ends nothing that is alive. */
const ROUND_EXPIRES_SECONDS = 24 * 3600;
/** A start of the app has other things to do at first. */
const OPEN_LATER_MS = 1_000;
const OPEN_AGAIN_MS = 2_000;
const ADMISSION_MS = 10_000;

/** Starts when it is first needed, or a moment after its return: nobody's start of the app waits for it. */
export function startJobQueue(options: JobQueueOptions): JobQueue {
  const closing = new AbortController();
  let opening: ReturnType<typeof openWhenPossible> | null = null;
  const open = () => {
    opening ??= openWhenPossible(options, closing.signal);
    opening.catch(() => undefined);
    return opening;
  };
  const later = setTimeout(() => void open(), OPEN_LATER_MS);
  return {
    async enqueue(transaction, instanceId) {
      const { boss, fromPrisma } = await within(open(), ADMISSION_MS);
      await boss.send(INSTANCE, { instanceId }, { singletonKey: instanceId, db: fromPrisma(transaction) });
    },
    async counts() {
      const { boss } = await within(open(), ADMISSION_MS);
      const [stats] = await boss.getQueueStats(INSTANCE, { force: true });
      return { waiting: stats?.queuedCount ?? 0, active: stats?.activeCount ?? 0 };
    },
    async close() {
      clearTimeout(later);
      closing.abort();
      const opened = await opening?.catch(() => null);
      await opened?.boss.stop({ graceful: true, timeout: 10_000 });
    },
  };
}

async function openWhenPossible(options: JobQueueOptions, closing: AbortSignal) {
  for (;;) {
    try {
      return await openBoss(options);
    } catch (error) {
      options.onError?.(error);
      closing.throwIfAborted();
      await systemClock.sleep(OPEN_AGAIN_MS, closing);
    }
  }
}

/** The library is loaded here, so that importing this package stays quick. */
async function openBoss({ url, handlers, concurrency = 4, onError }: JobQueueOptions) {
  const { PgBoss, fromPrisma } = await import("pg-boss");
  const works = handlers !== undefined;
  const boss = new PgBoss({
    connectionString: url,
    schema: "jobs",
    max: 4,
    application_name: "automna-jobs",
    useListenNotify: works,
    supervise: works,
    schedule: works,
    monitorIntervalSeconds: 5,
  });
  boss.on("error", (error: unknown) => onError?.(error));
  try {
    await boss.start();
    await boss.createQueue(INSTANCE, {
      policy: "short",
      notify: true,
      retryLimit: 5,
      retryDelay: 2,
      retryBackoff: true,
      retryDelayMax: 60,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds: 3600,
      deleteAfterSeconds: 3600,
    });
    if (handlers) await takeJobs(boss, handlers, concurrency);
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => undefined);
    throw error;
  }
  return { boss, fromPrisma };
}

async function takeJobs(boss: PgBoss, handlers: JobHandlers, concurrency: number): Promise<void> {
  await boss.work(
    INSTANCE,
    { localConcurrency: concurrency, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 5 },
    async ([job]: Job<{ instanceId: string }>[]) => {
      if (job) await handlers.instance(job.data.instanceId);
    },
  );
  await takeRounds(boss, HOUSEKEEPING, handlers.housekeeping);
  await takeRounds(boss, SWEEP, handlers.sweep);
}

async function takeRounds(boss: PgBoss, name: string, round: JobHandlers["housekeeping"]): Promise<void> {
  await boss.createQueue(name, {
    policy: "exclusive",
    retryLimit: 0,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    deleteAfterSeconds: 3600,
  });
  await boss.work(name, { pollingIntervalSeconds: 10 }, async ([job]) => {
    if (job) await round(job.signal);
  });
  await boss.schedule(name, "* * * * *", null, { expireInSeconds: ROUND_EXPIRES_SECONDS });
}

function within<T>(opening: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new JobQueueUnavailableError()), ms);
  return Promise.race([opening, promise]).finally(() => clearTimeout(timer));
}

class JobQueueUnavailableError extends Error {
  override readonly name = "JobQueueUnavailableError";
  readonly code = "job-queue-unavailable";
  constructor() {
    super("The job queue's database does not answer. Try again when it is back.");
  }
}
