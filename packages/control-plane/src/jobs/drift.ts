import type { Database } from "../database/client.ts";
import type { InstanceRecord } from "../database/instance-record.ts";
import { findInstance, recordObservation } from "../database/instances.ts";
import { recordComplaint } from "../database/settlements.ts";
import type { Driver, Sighting } from "../drivers/driver.ts";
import type { FailureCode, InstanceFailure, InstanceTarget, Observation } from "../instance.ts";
import { isAtRest } from "../lifecycle.ts";
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
  readonly onError?: (error: unknown, instanceId: string | null) => void;
}

/** What a driver sees of gateways that nobody is at work on, beside what the database holds of them. */
export interface Drift {
  /**
   * Looks at all gateways at once, where the driver can.
   *
   * @returns Whether a gateway that is ready, or its row, is not as it should be. One that cannot be looked at is not seen to be so.
   */
  survey(): Promise<(instance: InstanceRecord) => Promise<boolean>>;
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

  /** Whether nothing is to be done about a gateway that is ready and seen there. */
  async function isAsWanted(instance: InstanceRecord, { revision, target }: Sighting): Promise<boolean> {
    if (!isAt(instance, target)) return false;
    const desired = { status: "running", revision: await revisionOf(instance) } as const;
    return plan(desired, { status: "ready", revision, target }).length === 0;
  }

  async function isDrifting(instance: InstanceRecord, sighting: Sighting | undefined): Promise<boolean> {
    if (instance.observed !== "ready" || instance.desired !== "running") return false;
    if (sighting && (await isAsWanted(instance, sighting))) return bearsRemains(instance);
    const observed = await driver.observe(instance.id);
    if (observed.status === "unknown") return false;
    if (observed.status !== "running") return true;
    // The list of those that are looked at may be older than a restart.
    if (!isThere(instance, observed)) return recordLoss(instance.id);
    if (observed.isUnhealthy === true || bearsRemains(instance)) return true;
    return !(await isAsWanted(instance, observed));
  }

  async function heedOne(listed: InstanceRecord): Promise<void> {
    const instanceId = listed.id;
    const complaint = (await driver.complaint?.(instanceId)) ?? null;
    if (isKnownOf(listed, complaint)) return;
    // Whoever is at work on it by now hears that as well, and later.
    if (signal.aborted || isBusy(instanceId)) return;
    const instance = await findInstance(database, instanceId);
    if (instance?.observed !== "ready") return;
    if (!isKnownOf(instance, complaint)) await recordComplaint(database, instanceId, complaint);
  }

  async function heedAll(instances: readonly InstanceRecord[]): Promise<void> {
    for (const instance of instances) {
      if (signal.aborted) return;
      if (instance.observed === "ready" && !isBusy(instance.id))
        await heedOne(instance).catch((error: unknown) => onError?.(error, instance.id));
    }
  }

  return {
    recordLoss,
    async survey() {
      let sightings: ReadonlyMap<string, Sighting> | undefined;
      try {
        sightings = await driver.survey?.();
      } catch (error) {
        // Who cannot see all of them cannot see one.
        onError?.(error, null);
        return () => Promise.resolve(false);
      }
      return async (instance) => {
        try {
          return await isDrifting(instance, sightings?.get(instance.id));
        } catch (error) {
          onError?.(error, instance.id);
          return false;
        }
      };
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

/** Whether a gateway runs where it is ready. */
function isThere(instance: InstanceRecord, observed: Observation): boolean {
  return observed.status === "running" && isAt(instance, observed.target);
}

/** An engine that starts a container again may publish it elsewhere. */
function isAt({ target }: InstanceRecord, { host, port }: InstanceTarget): boolean {
  return target?.host === host && target.port === port;
}

function isKnownOf({ failure }: InstanceRecord, complaint: InstanceFailure | null): boolean {
  return (complaint?.code ?? null) === (failure?.code === COMPLAINT ? COMPLAINT : null);
}

/** Whether a gateway that is ready still bears what a look wrote that was cut off, or that could show nothing. */
function bearsRemains(instance: InstanceRecord): boolean {
  return isAtRest(instance) && (instance.phase !== null || instance.retryAt !== null);
}

/** Whether nothing of this is news to anybody. That nobody can look is news of a gateway only to which people are sent. */
export function isKnown(instance: InstanceRecord, observed: Observation): boolean {
  if (observed.status === "unknown") return instance.observed !== "ready";
  if (observed.status !== "running") return false;
  if (instance.observed !== "ready") return true;
  return isThere(instance, observed) && !observed.isUnhealthy && !bearsRemains(instance);
}
