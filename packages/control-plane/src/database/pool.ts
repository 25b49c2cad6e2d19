import { type KeyRing, lookupHashes, open, seal } from "../credentials.ts";
import { isVouched } from "../gateway-config.ts";
import type { Instance as InstanceRow } from "../generated/prisma/client.ts";
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
 * Gives a started gateway of the pool to a person; `null` when none is ready. Where the router vouches for its owner no
 * credential lets anybody in, and the gateway stays as it runs, with what only it and we know: that is sealed for the
 * person now. Where a token lets its owner in it gets one that it never had before, with its worker's restart.
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
  const pooled = await transaction.instance.findUniqueOrThrow({ where: { id: free.id } });
  const row = await transaction.instance.update({
    where: { id: free.id },
    data: { ownerId, generation: { increment: 1 }, ...handedOver(pooled, ownerId, keyRing) },
  });
  return toInstanceRecord(row);
}

function handedOver(pooled: InstanceRow, userId: string, keyRing: KeyRing) {
  const { id: instanceId, sealedToken } = pooled;
  const binding = { userId, instanceId };
  if (!isVouched(pooled))
    return { ...newToken(binding, keyRing), observedState: "restarting", readySince: null } as const;
  const token = open(keyRing, sealedToken, { userId: POOL_OWNER, instanceId });
  return { sealedToken: seal(keyRing, token, binding), tokenHash: lookupHashes(keyRing, token)[0] };
}
