import type { Instance as InstanceRow, Prisma } from "../generated/prisma/client.ts";
import type { DesiredState, GatewayProduct, ObservedState } from "../instance.ts";
import type { Database } from "./client.ts";
import { type InstanceRecord, targetColumns, toInstanceRecord } from "./instance-record.ts";
import { ALIVE, ensureUser, lockUser, OLDEST_FIRST, summariseInstances, type UserRecord } from "./users.ts";

/** What must be decided before an instance exists. */
export interface NewInstance {
  /** 24 lower-case hex characters. */
  readonly id: string;
  readonly driver: InstanceRow["driver"];
  readonly product: GatewayProduct;
  readonly image?: string;
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

/**
 * Gives a person their gateway: both rows appear in one transaction, or are found as they are. Callers may race;
 * all get the same instance.
 *
 * @param create Called at most once, with the owner's id, when the person has no instance yet.
 */
export async function ensureUserWithInstance(
  database: Database,
  clerkId: string,
  create: (ownerId: string) => NewInstance,
): Promise<{ user: UserRecord; instance: InstanceRecord }> {
  const known = await database.instance.findFirst({
    where: { owner: { clerkId }, ...ALIVE },
    orderBy: OLDEST_FIRST,
    include: { owner: true },
  });
  if (known) {
    const { owner, ...row } = known;
    return { user: owner, instance: toInstanceRecord(row) };
  }
  return database.$transaction(async (transaction) => {
    const { id: ownerId } = await ensureUser(transaction, clerkId);
    await lockUser(transaction, ownerId);
    const found = await transaction.instance.findFirst({
      where: { ownerId, ...ALIVE },
      orderBy: OLDEST_FIRST,
    });
    const row =
      found ?? (await transaction.instance.create({ data: { ...create(ownerId), ownerId, basePath: "" } }));
    if (!found) await summariseInstances(transaction, ownerId);
    const user = await transaction.user.findUniqueOrThrow({ where: { id: ownerId } });
    return { user, instance: toInstanceRecord(row) };
  });
}

/** One instance, whoever owns it, or `null`. */
export async function findInstance(database: Database, id: string): Promise<InstanceRecord | null> {
  const row = await database.instance.findUnique({ where: { id } });
  return row && toInstanceRecord(row);
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
  const row = await database.instance.findFirst({ where: { id, owner: { clerkId } } });
  return row && toInstanceRecord(row);
}

/** Writes what the owner or an operator wants. */
export function setDesiredState(
  database: Database,
  id: string,
  desired: DesiredState["status"],
): Promise<InstanceRecord> {
  return change(database, id, { desiredState: desired });
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
    errorCode: failure?.code ?? null,
    errorMessage: failure?.message ?? null,
  });
}

/** Replaces the gateway's token; takes effect when the gateway has been given it. */
export function replaceToken(
  database: Database,
  id: string,
  token: { readonly sealedToken: string; readonly tokenHash: string },
): Promise<InstanceRecord> {
  return change(database, id, token);
}

/** Moves an instance to another product, such as from the demo to a real gateway that has been installed since. */
export function setProduct(database: Database, id: string, product: GatewayProduct): Promise<InstanceRecord> {
  return change(database, id, { product });
}

/** Writes when the gateway was last used. Never moves backwards, and leaves the rest of the row alone. */
export async function recordActivity(database: Database, id: string, at: Date): Promise<void> {
  await database.instance.updateMany({
    where: { id, OR: [{ lastActivityAt: null }, { lastActivityAt: { lt: at } }] },
    data: { lastActivityAt: at },
  });
}

function change(
  database: Database,
  id: string,
  data: Prisma.InstanceUncheckedUpdateInput,
): Promise<InstanceRecord> {
  return database.$transaction(async (transaction) => {
    const owner = await transaction.instance.findUnique({ where: { id }, select: { ownerId: true } });
    if (!owner) throw new InstanceNotFoundError(id);
    // The person's row first, everywhere, so that two writers never wait for each other.
    await lockUser(transaction, owner.ownerId);
    const row = await transaction.instance.update({ where: { id }, data });
    await summariseInstances(transaction, owner.ownerId);
    return toInstanceRecord(row);
  });
}
