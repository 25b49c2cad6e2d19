import type { Database } from "./client.ts";
import { type InstanceRecord, toInstanceRecord } from "./instance-record.ts";

/** An instance and whose it is; `clerkId` is null while it waits in the warm pool. */
export interface OwnedRecord {
  readonly instance: InstanceRecord;
  readonly clerkId: string | null;
}

/** How many gateways there are, by what a capacity planner asks. */
export interface Counts {
  /** Wanted running, with an owner. */
  readonly running: number;
  readonly ready: number;
  readonly stopped: number;
  readonly failed: number;
  /** Without an owner, started. */
  readonly pooled: number;
  /** Waiting for a worker, or with one. */
  readonly unsettled: number;
}

const NEWEST_FIRST = [{ createdAt: "desc" }, { id: "desc" }] as const;
const WITH_OWNER = { owner: { select: { clerkId: true } } } as const;

/** All instances, the newest first; `before` is the id of the last one of the page before. */
export async function listOwned(
  database: Database,
  { limit, before }: { readonly limit: number; readonly before?: string },
): Promise<OwnedRecord[]> {
  const rows = await database.instance.findMany({
    orderBy: [...NEWEST_FIRST],
    take: limit,
    ...(before === undefined ? {} : { cursor: { id: before }, skip: 1 }),
    include: WITH_OWNER,
  });
  return rows.map(({ owner, ...row }) => ({
    instance: toInstanceRecord(row),
    clerkId: owner?.clerkId ?? null,
  }));
}

/** Instances that do not run although they should, or that bear a notice, the latest change first. */
export async function listFailed(database: Database, limit: number): Promise<OwnedRecord[]> {
  const rows = await database.instance.findMany({
    where: { purgedAt: null, errorCode: { not: null } },
    orderBy: { updatedAt: "desc" },
    take: limit,
    include: WITH_OWNER,
  });
  return rows.map(({ owner, ...row }) => ({
    instance: toInstanceRecord(row),
    clerkId: owner?.clerkId ?? null,
  }));
}

/** Instances that a worker is at or should be, the longest waiting first. */
export async function listUnsettled(database: Database, limit: number): Promise<InstanceRecord[]> {
  const { fields } = database.instance;
  const rows = await database.instance.findMany({
    where: {
      purgedAt: null,
      OR: [{ settledGeneration: { lt: fields.generation } }, { phase: { not: null } }],
    },
    orderBy: { updatedAt: "asc" },
    take: limit,
  });
  return rows.map(toInstanceRecord);
}

export async function countInstances(database: Database): Promise<Counts> {
  const [counts] = await database.$queryRaw<Counts[]>`
    SELECT
      count(*) FILTER (WHERE "desiredState" = 'running' AND "ownerId" IS NOT NULL)::int AS running,
      count(*) FILTER (WHERE "observedState" = 'ready' AND "ownerId" IS NOT NULL)::int AS ready,
      count(*) FILTER (WHERE "desiredState" = 'stopped')::int AS stopped,
      count(*) FILTER (WHERE "observedState" = 'failed' AND "desiredState" = 'running')::int AS failed,
      count(*) FILTER (WHERE "ownerId" IS NULL AND "observedState" = 'ready')::int AS pooled,
      count(*) FILTER (WHERE "settledGeneration" < "generation")::int AS unsettled
    FROM "Instance" WHERE "purgedAt" IS NULL`;
  return counts ?? { running: 0, ready: 0, stopped: 0, failed: 0, pooled: 0, unsettled: 0 };
}
