import { type KeyRing, lookupHashes, needsReseal, open, seal, type SecretBinding } from "../credentials.ts";
import type { Database } from "./client.ts";
import { controlDeviceBinding } from "./control-device.ts";
import { changeInstance } from "./instances.ts";
import { modelKeyBinding } from "./model-keys.ts";

const PAGE = 100;

/**
 * Seals everything again that an older key of the ring sealed, while the app serves: afterwards the older keys can be
 * taken out of the ring. May be repeated and interrupted at any point.
 *
 * @returns How many values were sealed anew.
 */
export async function resealAll(database: Database, keyRing: KeyRing, signal?: AbortSignal): Promise<number> {
  const tokens = await resealTokens(database, keyRing, signal);
  const modelKeys = await resealModelKeys(database, keyRing, signal);
  return tokens + modelKeys + (await resealControlDevices(database, keyRing, signal));
}

async function resealTokens(database: Database, keyRing: KeyRing, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (let after = ""; ;) {
    signal?.throwIfAborted();
    const rows = await database.instance.findMany({
      where: { id: { gt: after } },
      orderBy: { id: "asc" },
      take: PAGE,
      select: { id: true, sealedToken: true, nextSealedToken: true },
    });
    for (const { id, sealedToken, nextSealedToken } of rows)
      if ([sealedToken, nextSealedToken].some((sealed) => sealed !== null && needsReseal(keyRing, sealed)))
        count += await resealInstance(database, keyRing, id);
    const last = rows.at(-1);
    if (!last) return count;
    after = last.id;
  }
}

/** Under the row's lock: a rotation that is committed at this moment is not undone. */
async function resealInstance(database: Database, keyRing: KeyRing, id: string): Promise<number> {
  let count = 0;
  await changeInstance(database, id, ({ ownerId, sealedToken, nextToken }) => {
    const binding = { userId: ownerId, instanceId: id };
    const current = resealed(keyRing, sealedToken, binding);
    const next = nextToken && resealed(keyRing, nextToken.sealedToken, binding);
    count = Number(current !== null) + Number(next !== null);
    return {
      ...current,
      ...(next ? { nextSealedToken: next.sealedToken, nextTokenHash: next.tokenHash } : {}),
    };
  });
  return count;
}

function resealed(keyRing: KeyRing, sealed: string, binding: SecretBinding) {
  if (!needsReseal(keyRing, sealed)) return null;
  const token = open(keyRing, sealed, binding);
  return { sealedToken: seal(keyRing, token, binding), tokenHash: lookupHashes(keyRing, token)[0] };
}

async function resealModelKeys(database: Database, keyRing: KeyRing, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (const { userId, sealedKey } of await database.modelKey.findMany()) {
    signal?.throwIfAborted();
    const anew = sealedAnew(keyRing, sealedKey, modelKeyBinding(userId));
    if (anew === null) continue;
    // Only if it is still the one that was read.
    const changed = await database.modelKey.updateMany({
      where: { userId, sealedKey },
      data: { sealedKey: anew },
    });
    count += changed.count;
  }
  return count;
}

/** Each was made once and is never replaced. */
async function resealControlDevices(
  database: Database,
  keyRing: KeyRing,
  signal?: AbortSignal,
): Promise<number> {
  let count = 0;
  for (const { gatewayUrl, sealedKey } of await database.controlDevice.findMany()) {
    signal?.throwIfAborted();
    const anew = sealedAnew(keyRing, sealedKey, controlDeviceBinding(gatewayUrl));
    if (anew === null) continue;
    await database.controlDevice.update({ where: { gatewayUrl }, data: { sealedKey: anew } });
    count++;
  }
  return count;
}

function sealedAnew(keyRing: KeyRing, sealed: string, binding: SecretBinding): string | null {
  return needsReseal(keyRing, sealed) ? seal(keyRing, open(keyRing, sealed, binding), binding) : null;
}

/** How many values each key of the ring has sealed, by the key's id: what the newest has not is still to be sealed anew. */
export async function countSealed(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database.$queryRaw<{ key: string; count: number }[]>`
    SELECT split_part("sealed", '.', 2) AS "key", count(*)::int AS "count" FROM (
      SELECT "sealedToken" AS "sealed" FROM "Instance"
      UNION ALL SELECT "nextSealedToken" FROM "Instance"
      UNION ALL SELECT "gatewayToken" FROM "User"
      UNION ALL SELECT "sealedKey" FROM "ModelKey"
      UNION ALL SELECT "sealedKey" FROM "ControlDevice"
    ) AS "values" WHERE "sealed" IS NOT NULL GROUP BY 1 ORDER BY 1`;
  return new Map(rows.map(({ key, count }) => [key, count]));
}
