import { admissionError, CapacityError, type CapacityLimits, KEPT_DELETED } from "../capacity.ts";
import { applyCommand, type Command, type Wish } from "../lifecycle.ts";
import { type AuditEntry, recordAudit } from "./audit.ts";
import { maxRunningOf, occupancyOf } from "./capacity.ts";
import type { Database, Transaction } from "./client.ts";
import { type InstanceRecord, nextTokenColumns } from "./instance-record.ts";
import { changeInstance, InstanceNotFoundError } from "./instances.ts";

/** Puts the job of an instance into the queue, as part of the transaction that gives it something to do. */
export type Enqueue = (transaction: Transaction, instanceId: string) => Promise<void>;

export interface CommandContext {
  readonly database: Database;
  readonly enqueue: Enqueue;
  readonly limits: CapacityLimits;
  readonly now?: () => number;
  readonly random?: () => number;
}

/**
 * Writes what somebody wants of an instance, the job that brings it about and the entry that says who wanted it, in one
 * transaction. A command that changes nothing writes nothing.
 *
 * @param onlyIf Asked under the row's lock.
 * @throws InstanceNotFoundError also when it is deleted already
 * @throws CapacityError when it would have to run and there is no room
 */
export function commandInstance(
  { database, enqueue, limits, now = Date.now, random }: CommandContext,
  id: string,
  command: Command,
  audit: Pick<AuditEntry, "actor" | "subject">,
  onlyIf: (instance: InstanceRecord) => boolean = () => true,
): Promise<InstanceRecord> {
  return changeInstance(database, id, async (instance, transaction) => {
    if (!onlyIf(instance)) return null;
    const wish = applyCommand(instance, instance.observed, command, now());
    if (wish === "deleted") throw new InstanceNotFoundError(id);
    if (wish === "unchanged") return null;
    if (wish.desired === "running" && instance.desired !== "running")
      await admit(transaction, limits, random);
    await recordAudit(transaction, { ...audit, action: `instance.${command.kind}`, instanceId: id });
    await enqueue(transaction, id);
    return wishColumns(wish);
  });
}

/**
 * Refuses what there is no room for. Those who ask at the same time are counted one after the other.
 *
 * @param own How many of those counted are the asker's own.
 * @throws CapacityError
 */
export async function admit(
  transaction: Transaction,
  limits: CapacityLimits,
  random?: () => number,
  own = 0,
): Promise<void> {
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(20261121, 1)`;
  const { running, unsettled } = await occupancyOf(transaction);
  const maxRunning = await maxRunningOf(transaction, limits.maxRunning);
  const others = { running: running - own, unsettled: unsettled - own };
  const error = admissionError(others, { ...limits, maxRunning }, random);
  if (error) throw error;
}

/**
 * Refuses another gateway to who has deleted so many that their data is in the way. It is never removed sooner for
 * that. The owner's row must be locked.
 *
 * @throws CapacityError
 */
export async function admitAnother(transaction: Transaction, ownerId: string, now: number): Promise<void> {
  const kept = await transaction.instance.findMany({
    where: { ownerId, desiredState: "destroyed", purgedAt: null },
    orderBy: { purgeAfter: "asc" },
    select: { purgeAfter: true },
  });
  const next = kept.at(-KEPT_DELETED);
  if (!next) return;
  const waitMs = (next.purgeAfter?.getTime() ?? now) - now;
  throw new CapacityError("too-many-deleted", Math.max(PURGE_MS, waitMs));
}

/** A purge that is due takes a look and a moment. */
const PURGE_MS = 60_000;

/** A wish as its columns. */
function wishColumns(wish: Wish) {
  return {
    desiredState: wish.desired,
    stopReason: wish.stopReason,
    generation: wish.generation,
    epoch: wish.epoch,
    image: wish.image,
    nextImage: wish.nextImage,
    ...nextTokenColumns(wish.nextToken),
    attempt: wish.attempt,
    retryAt: wish.retryAt,
    deletedAt: wish.deletedAt,
    purgeAfter: wish.purgeAfter,
  };
}
