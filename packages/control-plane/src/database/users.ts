import type { Prisma, User as UserRow } from "../generated/prisma/client.ts";
import type { Database, Transaction } from "./client.ts";
import { containerStatusOf, type InstanceRecord, toInstanceRecord } from "./instance-record.ts";

/** A person's first instance is the one that was made first and is still wanted. */
export const OLDEST_FIRST: Prisma.InstanceOrderByWithRelationInput[] = [{ createdAt: "asc" }, { id: "asc" }];
export const ALIVE = { desiredState: { not: "destroyed" } } satisfies Prisma.InstanceWhereInput;

/** A person, with the summary of their gateway. */
export type UserRecord = UserRow;

/** The person whom the identity provider knows by this id, or `null`. */
export function findUser(database: Database, clerkId: string): Promise<UserRecord | null> {
  return database.user.findUnique({ where: { clerkId } });
}

/**
 * The person's row, made if there is none: every other writer of it and of their instances waits until the transaction
 * ends. Their name must be locked.
 */
export async function holdUser(
  transaction: Transaction,
  clerkId: string,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const [made] = await transaction.user.createManyAndReturn({
    data: [{ clerkId }],
    select: { id: true },
    skipDuplicates: true,
  });
  if (made) return { id: made.id, isNew: true };
  const [known] = await transaction.$queryRaw<[{ id: string }]>`
    SELECT "id" FROM "User" WHERE "clerkId" = ${clerkId} FOR UPDATE`;
  return { id: known.id, isNew: false };
}

/** The same for an instance's owner; `null` when it has none, or is none. */
export async function holdOwner(transaction: Transaction, instanceId: string): Promise<string | null> {
  const [owner] = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "User" WHERE "id" = (SELECT "ownerId" FROM "Instance" WHERE "id" = ${instanceId}) FOR UPDATE`;
  return owner?.id ?? null;
}

/** Keeps everybody else waiting who makes or deletes a person of this name, also when there is no row yet. */
export async function lockIdentity(transaction: Transaction, clerkId: string): Promise<void> {
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${clerkId}, 20261121))`;
}

/** Rewrites the summary from the person's first instance. Call it in the transaction that changed one. */
export async function summariseInstances(transaction: Transaction, userId: string): Promise<void> {
  const first = await transaction.instance.findFirst({
    where: { ownerId: userId, ...ALIVE },
    orderBy: OLDEST_FIRST,
  });
  await summarise(transaction, userId, first && toInstanceRecord(first));
}

/** Writes the summary of a person's first instance. */
export async function summarise(
  transaction: Transaction,
  userId: string,
  first: InstanceRecord | null,
): Promise<void> {
  await transaction.user.update({
    where: { id: userId },
    data: {
      containerId: first?.containerId ?? null,
      subdomain: first?.subdomain ?? null,
      gatewayToken: first?.sealedToken ?? null,
      containerStatus: first ? containerStatusOf(first.desired, first.observed) : null,
    },
  });
}
