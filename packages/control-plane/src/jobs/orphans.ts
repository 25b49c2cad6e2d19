import type { ListedInstance } from "../drivers/driver.ts";
import { trialIdOf } from "./trial.ts";

/** What the database knows of an instance. */
export interface KnownInstance {
  readonly id: string;
  readonly purgedAt: Date | null;
  readonly desired: "running" | "stopped" | "destroyed";
  /** Not null while an upgrade is wanted. */
  readonly nextImage: string | null;
}

export type SweepAction =
  | { readonly kind: "stop"; readonly instanceId: string }
  | { readonly kind: "destroy"; readonly instanceId: string };

/** Younger than this, it may belong to a transaction that is not yet visible. */
const YOUNG_MS = 600_000;

/**
 * What to do about instances that a driver found here. Data is removed only of one whose purge is on record, and of
 * an upgrade's trial that is over. One that the database does not know is stopped and kept: the database may have been
 * restored from an older day.
 *
 * @param known All instances of the database. Must have been read after the list.
 */
export function sweepPlan(
  listed: readonly ListedInstance[],
  known: readonly KnownInstance[],
  now: number,
): readonly SweepAction[] {
  const byId = new Map(known.map((instance) => [instance.id, instance]));
  const trials = new Map(known.map((instance) => [trialIdOf(instance.id), instance]));
  return listed.flatMap(({ instanceId, running, createdAt }): SweepAction[] => {
    const instance = byId.get(instanceId);
    if (instance) return instance.purgedAt === null ? [] : [{ kind: "destroy", instanceId }];
    const tried = trials.get(instanceId);
    if (tried) return isUpgrading(tried) ? [] : [{ kind: "destroy", instanceId }];
    return running && now - createdAt >= YOUNG_MS ? [{ kind: "stop", instanceId }] : [];
  });
}

/** The upgrade of a gateway that rests waits for it to be woken. */
function isUpgrading({ desired, nextImage }: KnownInstance): boolean {
  return desired === "running" && nextImage !== null;
}
