import type { Instance as InstanceRow, Prisma } from "../generated/prisma/client.ts";
import type { GatewayProduct, ObservedState } from "../instance.ts";
import type { Database, Transaction } from "./client.ts";
import { type InstanceRecord, targetColumns, toInstanceRecord } from "./instance-record.ts";
import {
  ALIVE,
  holdOwner,
  holdUser,
  lockIdentity,
  OLDEST_FIRST,
  summarise,
  summariseInstances,
} from "./users.ts";

/** What must be decided before an instance exists. */
export interface NewInstance {
  /** 24 lower-case hex characters. */
  readonly id: string;
  readonly driver: InstanceRow["driver"];
  readonly product: GatewayProduct;
  readonly image?: string;
  /** Of one for the pool: names what the operator has decided for all gateways that are made now. */
  readonly policy?: string;
  readonly subdomain: string;
  readonly sealedToken: string;
  readonly tokenHash: string;
}

/** An instance that somebody asked about does not exist (any more). */
export class InstanceNotFoundError extends Error {
  override readonly name = "InstanceNotFoundError";
  readonly code = "instance-not-found";
  constructor(id: string, options?: ErrorOptions) {
    super(
      `There is no instance ${id}. It may have been deleted; ask for the owner's instances again.`,
      options,
    );
  }
}

/** The identity provider has deleted this person: whatever is asked in their name comes too late. */
export class IdentityDeletedError extends Error {
  override readonly name = "IdentityDeletedError";
  readonly code = "identity-deleted";
  constructor() {
    super("This account was deleted. Sign up again to get an agent.");
  }
}

/** Refuses whom their identity provider has deleted: their last session may still be good for a minute. @throws IdentityDeletedError */
export async function refuseDeleted(
  database: Pick<Database, "deletedIdentity">,
  clerkId: string,
): Promise<void> {
  if (await database.deletedIdentity.findUnique({ where: { clerkId } })) throw new IdentityDeletedError();
}

export interface EnsureOptions {
  /**
   * Runs in the transaction that gives a person their instance, after both rows are there: admission, jobs and audit
   * belong here. What it throws undoes everything.
   *
   * @param isNew Whether nobody had heard of the person before.
   */
  readonly onGiven?: (transaction: Transaction, instance: InstanceRecord, isNew: boolean) => Promise<void>;
  /** A started gateway without an owner, to be given instead of a new one. */
  readonly claim?: (transaction: Transaction, ownerId: string) => Promise<InstanceRecord | null>;
}

/**
 * Gives a person their gateway: both rows appear in one transaction, or are found as they are. Callers may race;
 * all get the same instance.
 *
 * @param create Called at most once, with the owner's id, when the person has no instance yet.
 * @throws IdentityDeletedError
 */
export async function ensureUserWithInstance(
  database: Database,
  clerkId: string,
  create: (ownerId: string) => NewInstance,
  { onGiven, claim }: EnsureOptions = {},
): Promise<{ instance: InstanceRecord; given: boolean }> {
  const known = await database.instance.findFirst({
    where: { owner: { clerkId }, ...ALIVE },
    orderBy: OLDEST_FIRST,
  });
  if (known) return { instance: toInstanceRecord(known), given: false };
  return database.$transaction(async (transaction) => {
    await lockIdentity(transaction, clerkId);
    await refuseDeleted(transaction, clerkId);
    const { id: ownerId, isNew } = await holdUser(transaction, clerkId);
    const found = isNew
      ? null
      : await transaction.instance.findFirst({ where: { ownerId, ...ALIVE }, orderBy: OLDEST_FIRST });
    if (found) return { instance: toInstanceRecord(found), given: false };
    const instance =
      (await claim?.(transaction, ownerId)) ??
      toInstanceRecord(
        await transaction.instance.create({ data: { ...create(ownerId), ownerId, basePath: "" } }),
      );
    await summarise(transaction, ownerId, instance);
    await onGiven?.(transaction, instance, isNew);
    return { instance, given: true };
  });
}

/** One instance, whoever owns it, or `null`. */
export async function findInstance(database: Database, id: string): Promise<InstanceRecord | null> {
  const row = await database.instance.findUnique({ where: { id } });
  return row && toInstanceRecord(row);
}

/** All instances that a worker or a router cares about: those whose data has not been removed. */
export async function listLiveInstances(database: Database): Promise<InstanceRecord[]> {
  const rows = await database.instance.findMany({ where: { purgedAt: null }, orderBy: OLDEST_FIRST });
  return rows.map(toInstanceRecord);
}

/** A person's instances, the oldest first. */
export async function listInstances(database: Database, ownerId: string): Promise<InstanceRecord[]> {
  const rows = await database.instance.findMany({ where: { ownerId }, orderBy: OLDEST_FIRST });
  return rows.map(toInstanceRecord);
}

/**
 * The one owner check: the instance if it exists and belongs to the person whom the identity provider knows by this
 * id. A foreign instance and one that does not exist are both `null`.
 */
export async function findOwnedInstance(
  database: Database,
  id: string,
  clerkId: string,
): Promise<InstanceRecord | null> {
  const row = await database.instance.findFirst({ where: { id, owner: { clerkId }, purgedAt: null } });
  return row && toInstanceRecord(row);
}

/**
 * Writes what a driver or a probe saw. `unknown` means that it could not look, and changes nothing: a database that
 * forgot a running gateway because Docker was away would be worse than a late one.
 */
export async function recordObservation(
  database: Database,
  id: string,
  observed: ObservedState,
): Promise<InstanceRecord> {
  if (observed.status === "unknown") {
    const record = await findInstance(database, id);
    if (!record) throw new InstanceNotFoundError(id);
    return record;
  }
  const failure = observed.status === "failed" ? observed.failure : null;
  return change(database, id, {
    observedState: observed.status,
    ...targetColumns(id, "target" in observed ? observed.target : null),
    ...("containerId" in observed ? { containerId: observed.containerId ?? null } : {}),
    ...(observed.status === "ready" ? {} : { readySince: null }),
    errorCode: failure?.code ?? null,
    errorMessage: failure?.message ?? null,
  });
}

/** Moves an instance to another driver or product, such as from the demo to a real gateway that is there since, and to its image. */
export function setRuntime(
  database: Database,
  id: string,
  runtime: Pick<InstanceRecord, "driver" | "product"> & Partial<Pick<InstanceRecord, "image" | "nextImage">>,
): Promise<InstanceRecord> {
  return change(database, id, { ...runtime });
}

/** Writes when the gateway was last used. Never moves backwards, and leaves the rest of the row alone. */
export async function recordActivity(database: Database, id: string, at: Date): Promise<void> {
  await database.instance.updateMany({
    where: { id, OR: [{ lastActivityAt: null }, { lastActivityAt: { lt: at } }] },
    data: { lastActivityAt: at },
  });
}

/**
 * Changes one instance, and the summary of it in its owner's row, in one transaction.
 *
 * @param decide Sees the row as it is, locked; `null` leaves it so.
 */
export async function changeInstance(
  database: Database,
  id: string,
  decide: (
    instance: InstanceRecord,
    transaction: Transaction,
  ) => Promise<Prisma.InstanceUncheckedUpdateInput | null> | Prisma.InstanceUncheckedUpdateInput | null,
): Promise<InstanceRecord> {
  for (;;) {
    const changed = await database.$transaction(async (transaction) => {
      const before = await lockInstance(transaction, id);
      const data = before && (await decide(before, transaction));
      if (data === null) return before;
      const row = await transaction.instance.update({ where: { id }, data });
      if (row.ownerId !== null) await summariseInstances(transaction, row.ownerId);
      return toInstanceRecord(row);
    });
    if (changed) return changed;
  }
}

/**
 * Locks an instance and its owner's row: that one first, everywhere, so that two writers never wait for each other. `null`
 * when somebody has claimed the instance meanwhile, whose row could be locked too late only: begin again.
 */
async function lockInstance(transaction: Transaction, id: string): Promise<InstanceRecord | null> {
  const ownerId = await holdOwner(transaction, id);
  const [row] = await transaction.$queryRaw<
    InstanceRow[]
  >`SELECT * FROM "Instance" WHERE "id" = ${id} FOR UPDATE`;
  if (!row) throw new InstanceNotFoundError(id);
  return row.ownerId === ownerId ? toInstanceRecord(row) : null;
}

function change(
  database: Database,
  id: string,
  data: Prisma.InstanceUncheckedUpdateInput,
): Promise<InstanceRecord> {
  return changeInstance(database, id, () => data);
}
