import type { Prisma, User as UserRow } from "../generated/prisma/client.ts";
import type { Database, Transaction } from "./client.ts";
import { containerStatusOf } from "./instance-record.ts";

/** A person's first instance is the one that was made first and is still wanted. */
export const OLDEST_FIRST: Prisma.InstanceOrderByWithRelationInput[] = [{ createdAt: "asc" }, { id: "asc" }];
export const ALIVE = { desiredState: { not: "destroyed" } } satisfies Prisma.InstanceWhereInput;

/** A person, with the summary of their gateway. */
export type UserRecord = UserRow;

/** The person whom the identity provider knows by this id, or `null`. */
export function findUser(database: Database, clerkId: string): Promise<UserRecord | null> {
  return database.user.findUnique({ where: { clerkId } });
}

/** Makes the person known; does nothing when they already are. Callers may race. */
export async function ensureUser(database: Database | Transaction, clerkId: string): Promise<UserRecord> {
  // Not `upsert`: inside a transaction that is a SELECT and an INSERT, and the loser of a race fails.
  await database.user.createMany({ data: [{ clerkId }], skipDuplicates: true });
  return database.user.findUniqueOrThrow({ where: { clerkId } });
}

/** Keeps every other writer of this person's row and instances waiting until the transaction ends. */
export async function lockUser(transaction: Transaction, userId: string): Promise<void> {
  await transaction.$queryRaw`SELECT 1 FROM "User" WHERE "id" = ${userId} FOR UPDATE`;
}

/** Keeps everybody else waiting who makes or deletes a person of this name, also when there is no row yet. */
export async function lockIdentity(transaction: Transaction, clerkId: string): Promise<void> {
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${clerkId}, 20261121))`;
}

/** Rewrites the summary from the person's first instance. Call it in the transaction that changed one. */
export async function summariseInstances(transaction: Transaction, userId: string): Promise<void> {
  const instance = await transaction.instance.findFirst({
    where: { ownerId: userId, ...ALIVE },
    orderBy: OLDEST_FIRST,
  });
  await transaction.user.update({
    where: { id: userId },
    data: {
      containerId: instance?.containerId ?? null,
      subdomain: instance?.subdomain ?? null,
      gatewayToken: instance?.sealedToken ?? null,
      containerStatus: instance ? containerStatusOf(instance.desiredState, instance.observedState) : null,
    },
  });
}
