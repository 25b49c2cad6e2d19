import type { Database } from "../database/client.ts";
import type { InstanceRecord } from "../database/instance-record.ts";
import { findInstance, recordObservation } from "../database/instances.ts";
import { recordComplaint } from "../database/settlements.ts";
import type { Driver } from "../drivers/driver.ts";
import type { FailureCode, Observation } from "../instance.ts";
import { plan } from "../plan.ts";
import type { Leases } from "./leases.ts";
import type { PrepareInstance } from "./preparation.ts";

export interface DriftOptions {
  readonly database: Database;
  readonly driver: Driver;
  readonly leases: Leases;
  readonly prepare: PrepareInstance;
  /** Whether somebody here is at work on it. */
  readonly isBusy: (instanceId: string) => boolean;
  /** Ends what is under way, between two gateways. */
  readonly signal: AbortSignal;
  readonly onError?: (error: unknown, instanceId: string) => void;
}

/** What a driver sees of gateways that nobody is at work on, beside what the database holds of them. */
export interface Drift {
  /** Whether a gateway that is ready is not as it should be. One that cannot be looked at is not seen to be so. */
  isSeen(instance: InstanceRecord): Promise<boolean>;
  /**
   * Writes that a gateway is not where the database says, so that nobody is sent there. Only who has its lease can tell that
   * from another worker's own doing, who sees by themselves what became of it.
   *
   * @returns Whether it was so.
   */
  recordLoss(instanceId: string): Promise<boolean>;
  /**
   * Has written what a driver has to say of gateways that run on: nobody else sees their disks. Nobody waits for that, and
   * nothing comes of it while an earlier round is under way.
   */
  heed(instances: readonly InstanceRecord[]): void;
  /** Resolves when no such round is under way. */
  heeded(): Promise<void>;
}

const COMPLAINT: FailureCode = "disk-full";

export function createDrift(options: DriftOptions): Drift {
  const { database, driver, leases, prepare, isBusy, signal, onError } = options;
  const revisions = new Map<string, { readonly generation: number; readonly revision: string }>();
  let round: Promise<void> | null = null;

  /** Reckoned once for each generation: nothing else that it depends on changes while this process lives. */
  async function revisionOf(instance: InstanceRecord): Promise<string> {
    const known = revisions.get(instance.id);
    if (known?.generation === instance.generation) return known.revision;
    const { revision } = (await prepare(instance)).spec;
    revisions.set(instance.id, { generation: instance.generation, revision });
    return revision;
  }

  async function recordLoss(instanceId: string): Promise<boolean> {
    const lease = await leases.take(instanceId);
    if (!lease) return false;
    try {
      const instance = await findInstance(database, instanceId);
      if (instance?.observed !== "ready") return false;
      const observed = await driver.observe(instanceId);
      if (observed.status === "unknown" || isThere(instance, observed)) return false;
      await recordObservation(database, instanceId, observed);
      return true;
    } finally {
      await lease.release();
    }
  }

  async function isDrifting(instance: InstanceRecord): Promise<boolean> {
    if (instance.observed !== "ready" || instance.desired !== "running") return false;
    const observed = await driver.observe(instance.id);
    if (observed.status === "unknown") return false;
    if (observed.status !== "running") return true;
    // The list of those that are looked at may be older than a restart.
    if (!isThere(instance, observed)) return recordLoss(instance.id);
    if (observed.isUnhealthy) return true;
    const actions = plan({ status: "running", revision: await revisionOf(instance) }, observed);
    return actions.some(({ kind }) => kind !== "await-ready");
  }

  async function heedOne(instanceId: string): Promise<void> {
    const complaint = (await driver.complaint?.(instanceId)) ?? null;
    // Whoever is at work on it by now hears that as well, and later.
    if (signal.aborted || isBusy(instanceId)) return;
    const instance = await findInstance(database, instanceId);
    if (instance?.observed !== "ready") return;
    const known = instance.failure?.code === COMPLAINT ? COMPLAINT : null;
    if ((complaint?.code ?? null) !== known) await recordComplaint(database, instanceId, complaint);
  }

  async function heedAll(instances: readonly InstanceRecord[]): Promise<void> {
    for (const { id, observed } of instances) {
      if (signal.aborted) return;
      if (observed === "ready" && !isBusy(id))
        await heedOne(id).catch((error: unknown) => onError?.(error, id));
    }
  }

  return {
    recordLoss,
    async isSeen(instance) {
      try {
        return await isDrifting(instance);
      } catch (error) {
        onError?.(error, instance.id);
        return false;
      }
    },
    heed(instances) {
      if (driver.complaint === undefined) return;
      round ??= heedAll(instances).finally(() => {
        round = null;
      });
    },
    async heeded() {
      await round;
    },
  };
}

/** Whether a gateway runs where it is ready. An engine that starts a container again may publish it elsewhere. */
function isThere({ target }: InstanceRecord, observed: Observation): boolean {
  if (observed.status !== "running") return false;
  return observed.target.host === target?.host && observed.target.port === target.port;
}

/** Whether nothing of this is news to anybody. */
export function isKnown(instance: InstanceRecord, observed: Observation): boolean {
  if (observed.status !== "running") return false;
  return instance.observed !== "ready" || (isThere(instance, observed) && !observed.isUnhealthy);
}
