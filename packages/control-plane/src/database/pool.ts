import { CredentialError, type KeyRing, lookupHashes, open, seal } from "../credentials.ts";
import { isVouched } from "../gateway-config.ts";
import type { Instance as InstanceRow } from "../generated/prisma/client.ts";
import type { Database, Transaction } from "./client.ts";
import { type CommandContext, commandInstance, type Enqueue } from "./commands.ts";
import { type InstanceRecord, nextTokenColumns, POOL_OWNER, toInstanceRecord } from "./instance-record.ts";
import type { NewInstance } from "./instances.ts";
import { newToken } from "./new-instance.ts";

/** What makes one gateway of the pool as good as another. */
type Kind = Pick<NewInstance, "driver" | "product" | "image">;

/** Whoever claims has the same answer, whichever worker wrote it. */
const ONLY = { id: 1 } as const;

/**
 * Writes under which policy gateways are made from now on: no other one of the pool is given. Those who give them away may
 * not know it, as they make none.
 *
 * @param digest As the gateways of the pool have it.
 */
export async function recordPoolPolicy(database: Database, digest: string | null): Promise<void> {
  await database.poolPolicy.upsert({ where: ONLY, create: { ...ONLY, digest }, update: { digest } });
}

/** In milliseconds: what is younger may still start, or be what workers of another release make now. */
const YOUNG_FOR_MS = 600_000;
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
 * Destroys what nobody should be given: gateways of another image, driver, product or policy than those that are made now, those
 * that cannot start, and what is more than the pool should hold. Nobody's data is in them. What somebody claims
 * meanwhile is theirs. Workers of two releases leave each other's alone until they are old.
 *
 * @returns How many are being destroyed.
 */
export async function weedPool(
  context: CommandContext,
  size: number,
  create: (ownerId: string) => NewInstance,
): Promise<number> {
  const { database, now = Date.now } = context;
  const [today, at] = [create(POOL_OWNER), now()];
  const pooled = await database.instance.findMany({ where: POOLED, orderBy: { createdAt: "asc" } });
  const isYoung = ({ createdAt }: InstanceRow) => at - createdAt.getTime() < YOUNG_FOR_MS;
  const isOwn = isMadeLike(today);
  const fit = pooled.filter((row) => isOwn(row) && (!hasFailed(row) || isYoung(row)));
  const others = pooled.filter((row) => !isOwn(row) && !hasFailed(row) && isYoung(row));
  // Those that are ready are given first.
  const kept = [...fit.filter(isReady), ...fit.filter((row) => !isReady(row))].slice(0, size);
  const left = new Set([...kept, ...others]);
  const weeds = pooled.filter((row) => !left.has(row));
  for (const { id } of weeds)
    await commandInstance(
      context,
      id,
      { kind: "destroy", keepDataMs: 0 },
      { actor: "system" },
      ({ ownerId }) => ownerId === POOL_OWNER,
    );
  return weeds.length;
}

const isReady = ({ observedState }: InstanceRow) => observedState === "ready";
const hasFailed = ({ observedState }: InstanceRow) => observedState === "failed";

function isMadeLike({ driver, product, image, policy }: NewInstance) {
  return (row: InstanceRow) =>
    row.driver === driver &&
    row.product === product &&
    row.image === (image ?? null) &&
    row.policy === (policy ?? null);
}

/**
 * Gives a started gateway of the pool to a person; `null` when none of that kind and of today's policy is ready. They get a
 * token that it never had before.
 * Where a token lets its owner in, that comes with its worker's restart. Where the router vouches for its owner, the
 * gateway stays as it runs: nobody waits until it has taken the new one over, and the one it has is sealed for them so long.
 */
export async function claimPooled(
  transaction: Transaction,
  ownerId: string,
  keyRing: KeyRing,
  { driver, product, image }: Kind,
): Promise<InstanceRecord | null> {
  const [free] = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Instance"
    WHERE "ownerId" IS NULL AND "desiredState" = 'running' AND "observedState" = 'ready'
      AND "driver" = ${driver}::"InstanceDriver" AND "product" = ${product}::"GatewayProduct"
      AND "image" IS NOT DISTINCT FROM ${image ?? null}
      AND "policy" IS NOT DISTINCT FROM (SELECT "digest" FROM "PoolPolicy" WHERE "id" = ${ONLY.id})
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
  const token = isVouched(pooled) ? openOrNull(keyRing, sealedToken, instanceId) : null;
  if (token === null)
    return {
      ...newToken(binding, keyRing),
      observedState: "restarting",
      readySince: null,
      // What it may take over as it runs is no part of what it was started with.
      epoch: { increment: 1 },
    } as const;
  return {
    sealedToken: seal(keyRing, token, binding),
    tokenHash: lookupHashes(keyRing, token)[0],
    ...nextTokenColumns({ ...newToken(binding, keyRing), by: "handover" }),
  };
}

/** null: it is lost, and the gateway gets another one. */
function openOrNull(keyRing: KeyRing, sealed: string, instanceId: string): string | null {
  try {
    return open(keyRing, sealed, { userId: POOL_OWNER, instanceId });
  } catch (error) {
    if (error instanceof CredentialError) return null;
    throw error;
  }
}
