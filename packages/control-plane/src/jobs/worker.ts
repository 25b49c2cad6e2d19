import { systemClock, type Clock } from "../clock.ts";
import { findInstance, listLiveInstances } from "../database/instances.ts";
import type { Database } from "../database/client.ts";
import type { InstanceRecord } from "../database/instance-record.ts";
import type { Driver } from "../drivers/driver.ts";
import type { Observation, Probe, ReloadSecrets, Resume } from "../instance.ts";
import { awaitsHandover, isAtRest, isDue, LOOK_AGAIN_MS } from "../lifecycle.ts";
import { createDrift, isKnown } from "./drift.ts";
import type { Errand, News } from "./errand.ts";
import { FairQueue } from "./fair-queue.ts";
import { interruptIfOutdated, interruptOnceOutdated } from "./interruption.ts";
import type { Leases } from "./leases.ts";
import type { PrepareInstance } from "./preparation.ts";
import { performRun } from "./run.ts";

export interface WorkerOptions {
  readonly database: Database;
  readonly driver: Driver;
  readonly probe: Probe;
  readonly resume?: Resume;
  /** Without it a gateway takes nothing over as it runs. */
  readonly reloadSecrets?: ReloadSecrets;
  readonly leases: Leases;
  /** Says how an instance is run here, today. */
  readonly prepare: PrepareInstance;
  /** How many instances at a time. Default 4. */
  readonly concurrency?: number;
  readonly readyTimeoutMs?: number;
  readonly clock?: Clock;
  readonly onSettled?: (instance: InstanceRecord, outcome: string) => void;
  readonly onError?: (error: unknown, instanceId: string | null) => void;
}

/** Brings instances to what is wanted of them, one run at a time for each, some of them side by side. */
export interface Worker {
  /**
   * Looks at an instance now, or when it is its turn. Resolves when nothing is left to do for it here; rejects when
   * that could not be found out, or when the worker stops.
   *
   * @param known As who asks has just read or written it, so that it need not be read to find its turn.
   */
  look(instanceId: string, known?: InstanceRecord): Promise<void>;
  /**
   * The same for a job, which waits for nothing that another job or another worker is at: they look once more, and one
   * that waited for them would keep others' from their turn.
   */
  takeJob(instanceId: string): Promise<void>;
  /**
   * Looks at all instances, and at those closer that are not as they should be.
   *
   * @returns How many those are.
   */
  lookAtAll(): Promise<number>;
  /** Ends the runs that are under way, between two steps; what is unfinished is somebody else's. */
  close(): Promise<void>;
}

const DEFAULT_CONCURRENCY = 4;
const SEEN_BY_A_RUN: ReadonlySet<Observation["status"]> = new Set(["stopped", "running", "unknown"]);
/** Somebody who takes an instance over from a worker that died must not wait for its lease for long. */
const BUSY_AGAIN_MS = 1_000;

export function createWorker(options: WorkerOptions): Worker {
  const { database, driver, leases, clock = systemClock, onError } = options;
  const queue = new FairQueue();
  const errands = new Map<string, Errand>();
  const closing = new AbortController();
  const drift = createDrift({ ...options, isBusy: (id) => errands.has(id), signal: closing.signal });
  const running = new Set<Promise<void>>();
  const unsubscribe = driver.subscribe(({ instanceId, observation }) => {
    const under = errands.get(instanceId);
    // While a run is under way it looks for itself, and once more after an end that it may not have seen.
    if (under) under.disturbed ||= !SEEN_BY_A_RUN.has(observation.status);
    else notice(instanceId, observation).catch((error: unknown) => onError?.(error, instanceId));
  });

  async function notice(instanceId: string, observation: Observation): Promise<void> {
    const instance = await findInstance(database, instanceId);
    if (!instance || errands.has(instanceId) || isKnown(instance, observation)) return;
    await drift.recordLoss(instanceId);
    await look(instanceId, { known: instance, disturbed: true });
  }

  async function look(instanceId: string, news: News = {}): Promise<void> {
    return (await ask(instanceId, news)).done.promise;
  }

  async function takeJob(instanceId: string): Promise<void> {
    const errand = await ask(instanceId);
    if (errand.hasJob) return;
    errand.hasJob = true;
    await Promise.race([errand.done.promise, errand.elsewhere.promise]);
  }

  async function ask(instanceId: string, { known, disturbed = false }: News = {}): Promise<Errand> {
    closing.signal.throwIfAborted();
    const under = errands.get(instanceId);
    if (under) {
      under.again = true;
      under.disturbed ||= disturbed;
      if (under.run) interruptIfOutdated(under.run, known ?? (await findInstance(database, instanceId)));
      return under;
    }
    const errand: Errand = {
      done: Promise.withResolvers(),
      elsewhere: Promise.withResolvers(),
      hasJob: false,
      owner: known?.ownerId ?? instanceId,
      known: known ?? null,
      run: null,
      again: false,
      disturbed,
    };
    errand.done.promise.catch(() => undefined);
    errands.set(instanceId, errand);
    if (known) lineUp(instanceId, errand);
    else await lineUpByOwner(instanceId, errand);
    return errand;
  }

  function lineUp(instanceId: string, errand: Errand): void {
    queue.add(errand.owner, instanceId);
    startNext();
  }

  /** Who asks by an id alone must not get a turn beside those of the instance's owner. */
  async function lineUpByOwner(instanceId: string, errand: Errand): Promise<void> {
    try {
      const instance = await findInstance(database, instanceId);
      if (instance) errand.owner = instance.ownerId;
      lineUp(instanceId, errand);
    } catch (error) {
      giveUp(instanceId, errand, error);
    }
  }

  function startNext(): void {
    while (running.size < (options.concurrency ?? DEFAULT_CONCURRENCY)) {
      const instanceId = queue.next();
      const errand = instanceId === undefined ? undefined : errands.get(instanceId);
      if (instanceId === undefined || !errand) return;
      const work = attend(instanceId, errand).then(
        (end) => (end === "busy" ? void comeBack(instanceId, errand) : leave(instanceId, errand)),
        (error: unknown) => giveUp(instanceId, errand, error),
      );
      running.add(work);
      void work.finally(() => {
        running.delete(work);
        startNext();
      });
    }
  }

  /** What another worker is busy with takes up no place among those that are worked on here. */
  async function comeBack(instanceId: string, errand: Errand): Promise<void> {
    errand.elsewhere.resolve();
    try {
      await clock.sleep(BUSY_AGAIN_MS, closing.signal);
      lineUp(instanceId, errand);
    } catch (error) {
      giveUp(instanceId, errand, error);
    }
  }

  /** Somebody may have asked again in the last moment. */
  function leave(instanceId: string, errand: Errand): void {
    if (errand.again && !closing.signal.aborted) return queue.add(errand.owner, instanceId);
    errands.delete(instanceId);
    errand.done.resolve();
  }

  function giveUp(instanceId: string, errand: Errand, error: unknown): void {
    errands.delete(instanceId);
    errand.done.reject(error);
    if (!closing.signal.aborted) onError?.(error, instanceId);
  }

  /** Runs until nothing is due, or until somebody else does: what is asked for during a run is seen after it. */
  async function attend(instanceId: string, errand: Errand): Promise<"done" | "busy"> {
    for (let turn = 1; ; turn += 1) {
      closing.signal.throwIfAborted();
      errand.again = false;
      const { known } = errand;
      errand.known = null;
      // What was due a moment ago is looked at again under the lease.
      if (!known || !isDue(known, clock.now())) {
        const instance = await findInstance(database, instanceId);
        if (!instance) return "done";
        const now = clock.now();
        if (!errand.disturbed && !isDue(instance, now)) {
          if (!handsOver(instance, now)) return "done";
          // Nobody waits for that: those who wait for a turn have it before.
          errand.again = turn > 1;
          if (errand.again) return "done";
        }
      }
      const lease = await leases.take(instanceId);
      if (!lease) return "busy";
      try {
        await runUnder(lease.lost, instanceId, errand);
      } finally {
        await lease.release();
      }
    }
  }

  async function runUnder(lost: AbortSignal, instanceId: string, errand: Errand): Promise<void> {
    const { disturbed } = errand;
    errand.disturbed = false;
    const instance = await findInstance(database, instanceId);
    if (!instance || instance.purgedAt !== null) return;
    const now = clock.now();
    // Somebody else was there first.
    if (!disturbed && !isDue(instance, now) && !handsOver(instance, now)) return;
    const run = { generation: instance.generation, abort: new AbortController() };
    errand.run = run;
    const signal = AbortSignal.any([run.abort.signal, closing.signal, lost]);
    const ended = new AbortController();
    void interruptOnceOutdated(database, instanceId, run, clock, ended.signal);
    try {
      const report = (error: unknown) => onError?.(error, instanceId);
      const { settled, outcome } = await performRun(instance, { ...options, clock, signal, onError: report });
      options.onSettled?.(settled, outcome);
      if (outcome === "unknown" && instance.retryAt === null && isAtRest(instance))
        void lookOnceMore(instanceId);
    } catch (error) {
      // Outdated, not failed: the next turn of the loop sees what is wanted now.
      if (!run.abort.signal.aborted || closing.signal.aborted) throw error;
    } finally {
      ended.abort();
      errand.run = null;
    }
  }

  /** What is between two states has left them by then, and nobody may tell of it. Who is away for longer is seen by a round. */
  async function lookOnceMore(instanceId: string): Promise<void> {
    try {
      await clock.sleep(LOOK_AGAIN_MS, closing.signal);
      await look(instanceId, { disturbed: true });
    } catch {
      // The worker stops, or has told of it.
    }
  }

  function handsOver(instance: InstanceRecord, now: number): boolean {
    return (
      driver.rewrite !== undefined && options.reloadSecrets !== undefined && awaitsHandover(instance, now)
    );
  }

  return {
    look: (instanceId, known) => look(instanceId, known ? { known } : {}),
    takeJob,
    async lookAtAll() {
      const now = clock.now();
      const others: InstanceRecord[] = [];
      let count = 0;
      // Not waited for: the queue keeps the order, and the count is the answer.
      const lookCloser = (instance: InstanceRecord, disturbed: boolean) => {
        count += 1;
        look(instance.id, { known: instance, disturbed }).catch((error: unknown) =>
          onError?.(error, instance.id),
        );
      };
      for (const instance of await listLiveInstances(database)) {
        if (errands.has(instance.id)) continue;
        if (isDue(instance, now) || handsOver(instance, now)) lookCloser(instance, false);
        else others.push(instance);
      }
      const isDrifting = await drift.survey();
      const quiet: InstanceRecord[] = [];
      for (const instance of others) {
        if (errands.has(instance.id)) continue;
        if (await isDrifting(instance)) lookCloser(instance, true);
        else quiet.push(instance);
      }
      drift.heed(quiet);
      return count;
    },
    async close() {
      unsubscribe();
      closing.abort(new Error("The worker stops."));
      await Promise.all([...running, drift.heeded()]);
      for (const { done } of errands.values()) done.reject(closing.signal.reason);
    },
  };
}
