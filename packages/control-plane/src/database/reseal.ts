import {
  CredentialError,
  type CredentialErrorCode,
  type KeyRing,
  lookupHashes,
  needsReseal,
  open,
  seal,
  type SecretBinding,
} from "../credentials.ts";
import type { Database } from "./client.ts";
import { controlDeviceBinding } from "./control-device.ts";
import { changeInstance } from "./instances.ts";
import { modelKeyBinding } from "./model-keys.ts";

const PAGE = 100;

/** A stored secret that no key of the ring opens. */
export interface UnreadableSecret {
  readonly kind: "instance-token" | "model-key" | "control-device";
  /** Of the instance, of the person, or where the gateway is. */
  readonly id: string;
  readonly reason: CredentialErrorCode;
}

export interface Resealing {
  /** How many values were sealed anew. */
  readonly count: number;
  /** What was left as it is. */
  readonly unreadable: readonly UnreadableSecret[];
}

/**
 * Seals everything again that an older key of the ring sealed, while the app serves: afterwards the older keys can be
 * taken out of the ring. May be repeated and interrupted at any point. What cannot be opened stays, and keeps nothing
 * else from being sealed.
 */
export async function resealAll(
  database: Database,
  keyRing: KeyRing,
  signal?: AbortSignal,
): Promise<Resealing> {
  const ring = createOpener(keyRing);
  const tokens = await resealTokens(database, ring, signal);
  const modelKeys = await resealModelKeys(database, ring, signal);
  const devices = await resealControlDevices(database, ring, signal);
  return { count: tokens + modelKeys + devices, unreadable: [...ring.unreadable.values()] };
}

type Opener = ReturnType<typeof createOpener>;

/** Opens what is to be sealed anew, and notes what it cannot open. */
function createOpener(keyRing: KeyRing) {
  const unreadable = new Map<string, UnreadableSecret>();
  return {
    keys: keyRing,
    unreadable,
    /** null: the newest key has sealed it, or none opens it. */
    openOlder(
      { kind, id }: Pick<UnreadableSecret, "kind" | "id">,
      sealed: string,
      binding: SecretBinding,
    ): string | null {
      try {
        return needsReseal(keyRing, sealed) ? open(keyRing, sealed, binding) : null;
      } catch (error) {
        if (!(error instanceof CredentialError)) throw error;
        unreadable.set(`${kind} ${id}`, { kind, id, reason: error.code });
        return null;
      }
    },
  };
}

async function resealTokens(database: Database, ring: Opener, signal?: AbortSignal): Promise<number> {
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
      if ([sealedToken, nextSealedToken].some((sealed) => sealed !== null && needsReseal(ring.keys, sealed)))
        count += await resealInstance(database, ring, id);
    const last = rows.at(-1);
    if (!last) return count;
    after = last.id;
  }
}

/** Under the row's lock: a rotation that is committed at this moment is not undone. */
async function resealInstance(database: Database, ring: Opener, id: string): Promise<number> {
  let count = 0;
  await changeInstance(database, id, ({ ownerId, sealedToken, nextToken }) => {
    const binding = { userId: ownerId, instanceId: id };
    const current = resealed(ring, sealedToken, binding);
    const next = nextToken && resealed(ring, nextToken.sealedToken, binding);
    count = Number(current !== null) + Number(next !== null);
    return {
      ...current,
      ...(next ? { nextSealedToken: next.sealedToken, nextTokenHash: next.tokenHash } : {}),
    };
  });
  return count;
}

function resealed(ring: Opener, sealed: string, binding: SecretBinding) {
  const token = ring.openOlder({ kind: "instance-token", id: binding.instanceId }, sealed, binding);
  if (token === null) return null;
  return { sealedToken: seal(ring.keys, token, binding), tokenHash: lookupHashes(ring.keys, token)[0] };
}

async function resealModelKeys(database: Database, ring: Opener, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (const { userId, sealedKey } of await database.modelKey.findMany()) {
    signal?.throwIfAborted();
    const binding = modelKeyBinding(userId);
    const key = ring.openOlder({ kind: "model-key", id: userId }, sealedKey, binding);
    if (key === null) continue;
    // Only if it is still the one that was read.
    const changed = await database.modelKey.updateMany({
      where: { userId, sealedKey },
      data: { sealedKey: seal(ring.keys, key, binding) },
    });
    count += changed.count;
  }
  return count;
}

async function resealControlDevices(database: Database, ring: Opener, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (const { gatewayUrl, sealedKey } of await database.controlDevice.findMany()) {
    signal?.throwIfAborted();
    const binding = controlDeviceBinding(gatewayUrl);
    const key = ring.openOlder({ kind: "control-device", id: gatewayUrl }, sealedKey, binding);
    if (key === null) continue;
    const changed = await database.controlDevice.updateMany({
      where: { gatewayUrl, sealedKey },
      data: { sealedKey: seal(ring.keys, key, binding) },
    });
    count += changed.count;
  }
  return count;
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
