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
}

/** What a driver sees of gateways that nobody is at work on, beside what the database holds of them. */
export interface Drift {
  /** Whether a gateway that is ready is not as it should be. */
  isSeen(instance: InstanceRecord): Promise<boolean>;
  /**
   * Writes that a gateway is not where the database says, so that nobody is sent there. Only who has its lease can tell that
   * from another worker's own doing, who sees by themselves what became of it.
   *
   * @returns Whether it was so.
   */
  recordLoss(instanceId: string): Promise<boolean>;
  /** Writes what a driver has to say of a gateway that runs on: nobody else sees its disk. */
  heed(instance: InstanceRecord): Promise<void>;
}

const COMPLAINT: FailureCode = "disk-full";

export function createDrift({ database, driver, leases, prepare }: DriftOptions): Drift {
  const revisions = new Map<string, { readonly generation: number; readonly revision: string }>();

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

  return {
    recordLoss,
    async isSeen(instance) {
      if (instance.observed !== "ready" || instance.desired !== "running") return false;
      const observed = await driver.observe(instance.id);
      if (observed.status === "unknown") return false;
      if (observed.status !== "running") return true;
      // The list of those that are looked at may be older than a restart.
      if (!isThere(instance, observed)) return recordLoss(instance.id);
      if (observed.isUnhealthy) return true;
      const actions = plan({ status: "running", revision: await revisionOf(instance) }, observed);
      return actions.some(({ kind }) => kind !== "await-ready");
    },
    async heed(instance) {
      if (instance.observed !== "ready" || driver.complaint === undefined) return;
      const complaint = await driver.complaint(instance.id);
      const known = instance.failure?.code === COMPLAINT ? COMPLAINT : null;
      if ((complaint?.code ?? null) !== known) await recordComplaint(database, instance.id, complaint);
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
