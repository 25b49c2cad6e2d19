import type { KeyRing } from "../credentials.ts";
import { open } from "../credentials.ts";
import { isRelayKey } from "../model-relay/relay-key.ts";
import type { Database } from "./client.ts";
import { findInstance } from "./instances.ts";
import { POOL_OWNER } from "./instance-record.ts";

/** What was used of the operator's model. */
export interface ModelUsageTotals {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** The same of one person. */
export interface PersonUsage {
  readonly today: ModelUsageTotals;
  readonly month: ModelUsageTotals;
}

/** One answer's use, or that of several. */
export interface ModelUse extends ModelUsageTotals {
  readonly userId: string;
  readonly model: string;
  /** When it was used. */
  readonly at: number;
}

/** Midnight UTC of that moment's day. */
function usageDay(at: number): Date {
  return new Date(new Date(at).setUTCHours(0, 0, 0, 0));
}

function firstOfMonth(at: number): Date {
  return new Date(usageDay(at).setUTCDate(1));
}

/** Adds to what a person has used in that day. Those who add at the same time are all counted. */
export async function addModelUsage(database: Database, use: ModelUse): Promise<void> {
  const { userId, model, requests, inputTokens, outputTokens, at } = use;
  // A person who is gone by now has nothing to be counted for.
  await database.$executeRaw`
    INSERT INTO "ModelUsage" ("userId", "day", "model", "requests", "inputTokens", "outputTokens")
    SELECT "id", ${usageDay(at)}::date, ${model}, ${requests}, ${inputTokens}, ${outputTokens}
    FROM "User" WHERE "id" = ${userId}
    ON CONFLICT ("userId", "day", "model") DO UPDATE SET
      "requests" = "ModelUsage"."requests" + EXCLUDED."requests",
      "inputTokens" = "ModelUsage"."inputTokens" + EXCLUDED."inputTokens",
      "outputTokens" = "ModelUsage"."outputTokens" + EXCLUDED."outputTokens"`;
}

/** What one person has used today and in this month, by UTC. */
export async function modelUsageOf(database: Database, userId: string, now: number): Promise<PersonUsage> {
  const [today, month] = await Promise.all([
    totals(database, { userId, day: usageDay(now) }),
    totals(database, { userId, day: { gte: firstOfMonth(now) } }),
  ]);
  return { today, month };
}

/** What everybody together has used today and in this month. */
export async function modelUsageOfAll(database: Database, now: number): Promise<PersonUsage> {
  const [today, month] = await Promise.all([
    totals(database, { day: usageDay(now) }),
    totals(database, { day: { gte: firstOfMonth(now) } }),
  ]);
  return { today, month };
}

/** Who has used most in this month, with what they used. */
export async function heaviestUsers(
  database: Database,
  now: number,
  limit: number,
): Promise<(ModelUsageTotals & { readonly clerkId: string })[]> {
  return database.$queryRaw`
    SELECT "User"."clerkId", sum("requests")::int AS "requests",
           sum("inputTokens")::float8 AS "inputTokens", sum("outputTokens")::float8 AS "outputTokens"
    FROM "ModelUsage" JOIN "User" ON "User"."id" = "userId"
    WHERE "day" >= ${firstOfMonth(now)}::date
    GROUP BY "User"."clerkId"
    ORDER BY sum("inputTokens" + "outputTokens") DESC, "User"."clerkId" LIMIT ${limit}`;
}

async function totals(
  database: Database,
  where: { readonly userId?: string; readonly day: Date | { readonly gte: Date } },
): Promise<ModelUsageTotals> {
  const { _sum: sum } = await database.modelUsage.aggregate({
    where,
    _sum: { requests: true, inputTokens: true, outputTokens: true },
  });
  return {
    requests: sum.requests ?? 0,
    inputTokens: Number(sum.inputTokens ?? 0),
    outputTokens: Number(sum.outputTokens ?? 0),
  };
}

/**
 * Whose agent shows this key to the model relay: `null` for one that no live instance has, and a `userId` of null while
 * the instance waits for an owner.
 */
export async function ownerOfRelayKey(
  database: Database,
  keyRing: KeyRing,
  instanceId: string,
  key: string,
): Promise<{ readonly userId: string | null } | null> {
  const instance = await findInstance(database, instanceId);
  if (!instance || instance.desired === "destroyed") return null;
  const { ownerId, sealedToken, nextToken } = instance;
  const sealed = nextToken === null ? [sealedToken] : [sealedToken, nextToken.sealedToken];
  const tokens = sealed.map((one) => open(keyRing, one, { userId: ownerId, instanceId }));
  if (!isRelayKey(key, instanceId, tokens)) return null;
  return { userId: ownerId === POOL_OWNER ? null : ownerId };
}
