import { DEFAULT_MAX_RUNNING, type Occupancy } from "../capacity.ts";
import type { Database, Transaction } from "./client.ts";

/** Whoever asks has the same answer, whichever process found it out. */
const ONLY = { id: 1 } as const;

/** Keeps how many gateways there is room for; `null`: nobody knows any more. */
export async function recordRoom(database: Database, gateways: number | null): Promise<void> {
  if (gateways === null) await database.room.deleteMany();
  else await database.room.upsert({ where: ONLY, create: { ...ONLY, gateways }, update: { gateways } });
}

/** How many gateways may run: what the operator set, else what a worker found that there is room for. */
export async function maxRunningOf(database: Database | Transaction, set: number | null): Promise<number> {
  return set ?? (await database.room.findUnique({ where: ONLY }))?.gateways ?? DEFAULT_MAX_RUNNING;
}

/** Without those that wait for an owner: they make room. The trial of an upgrade takes the place of another gateway. */
export async function occupancyOf(database: Database | Transaction): Promise<Occupancy> {
  const [counts] = await database.$queryRaw<Occupancy[]>`
    SELECT count(*)::int
           + count(*) FILTER (WHERE "nextImage" IS NOT NULL AND "nextImage" IS DISTINCT FROM "image")::int AS running,
           count(*) FILTER (WHERE "settledGeneration" < "generation")::int AS unsettled
    FROM "Instance" WHERE "desiredState" = 'running' AND "ownerId" IS NOT NULL`;
  return counts ?? { running: 0, unsettled: 0 };
}
