import type { KeyRing } from "../credentials.ts";
import type { Database, Transaction } from "./client.ts";
import type { Enqueue } from "./commands.ts";
import { type InstanceRecord, POOL_OWNER, toInstanceRecord } from "./instance-record.ts";
import type { NewInstance } from "./instances.ts";
import { newToken } from "./new-instance.ts";

const POOLED = { ownerId: null, desiredState: "running", purgedAt: null } as const;

/**
 * Makes as many unowned gateways as are missing from the warm pool. Callers may race.
 *
 * @returns How many were made.
 */
export function fillPool(
  database: Database,
  size: number,
  create: (ownerId: string) => NewInstance,
  enqueue: Enqueue,
): Promise<number> {
  return database.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT pg_advisory_xact_lock(20261121, 2)`;
    const missing = size - (await transaction.instance.count({ where: POOLED }));
    for (let made = 0; made < missing; made++) {
      const data = { ...create(POOL_OWNER), ownerId: null, basePath: "" };
      const { id } = await transaction.instance.create({ data });
      await enqueue(transaction, id);
    }
    return Math.max(0, missing);
  });
}

/**
 * Gives a started gateway of the pool to a person, with a token that it never had before; `null` when none is ready.
 * Its worker then gives it the token.
 */
export async function claimPooled(
  transaction: Transaction,
  ownerId: string,
  keyRing: KeyRing,
): Promise<InstanceRecord | null> {
  const [free] = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Instance"
    WHERE "ownerId" IS NULL AND "desiredState" = 'running' AND "observedState" = 'ready'
    ORDER BY "createdAt" LIMIT 1 FOR UPDATE SKIP LOCKED`;
  if (!free) return null;
  const { id } = free;
  const row = await transaction.instance.update({
    where: { id },
    data: {
      ownerId,
      ...newToken({ userId: ownerId, instanceId: id }, keyRing),
      generation: { increment: 1 },
      observedState: "restarting",
      readySince: null,
    },
  });
  return toInstanceRecord(row);
}
