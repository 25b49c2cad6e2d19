import type { Database } from "./client.ts";
import { type InstanceRecord, toInstanceRecord } from "./instance-record.ts";

/** Instances whose data was removed. Their rows are kept for the audit. */
export async function purgedInstances(database: Database): Promise<InstanceRecord[]> {
  const rows = await database.instance.findMany({ where: { purgedAt: { not: null } } });
  return rows.map(toInstanceRecord);
}

/**
 * Removes the rows of people whom the identity provider has deleted, once nothing of theirs is left.
 *
 * @param after Whose remains a sweep has looked for: instances that were purged before it began, without those of which
 *   something is still there.
 * @returns How many people were forgotten.
 */
export function forgetDeletedPeople(
  database: Database,
  after: { readonly sweepBegan: Date; readonly left: readonly string[] },
): Promise<number> {
  const left = [...after.left];
  return database.$transaction(async (transaction) => {
    // Before their instances, as everywhere. Only they are touched: who is deleted from here on is held by nobody yet.
    const held = await transaction.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "User" WHERE "clerkId" IN (SELECT "clerkId" FROM "DeletedIdentity")
        ORDER BY "id" FOR UPDATE`;
    const people = held.map(({ id }) => id);
    await transaction.$executeRaw`
      DELETE FROM "Instance" WHERE "purgedAt" <= ${after.sweepBegan} AND "ownerId" = ANY(${people})
        AND NOT "id" = ANY(${left})`;
    return transaction.$executeRaw`
      DELETE FROM "User" u WHERE u."id" = ANY(${people})
        AND NOT EXISTS (SELECT 1 FROM "Instance" i WHERE i."ownerId" = u."id")`;
  });
}

/** In milliseconds: so long what a driver still finds of them is known to be nobody's. */
const UNOWNED_KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Removes the rows of gateways that nobody ever had, a while after their data.
 *
 * @returns How many were forgotten.
 */
export async function forgetUnowned(database: Database, now: number): Promise<number> {
  const longAgo = new Date(now - UNOWNED_KEPT_MS);
  const { count } = await database.instance.deleteMany({
    where: { ownerId: null, purgedAt: { lt: longAgo } },
  });
  return count;
}

/** In milliseconds: much longer than the sender repeats a delivery, which is some days. */
const DELIVERIES_KEPT_MS = 30 * 24 * 3_600_000;

/**
 * Removes what is remembered of deliveries that will not come again.
 *
 * @returns How many were forgotten.
 */
export async function forgetDeliveries(database: Database, now: number): Promise<number> {
  const longAgo = new Date(now - DELIVERIES_KEPT_MS);
  const { count } = await database.webhookDelivery.deleteMany({ where: { receivedAt: { lt: longAgo } } });
  return count;
}
