import { randomBytes } from "node:crypto";
import { type KeyRing, type ObservedState, parseKeyRing } from "@automna/control-plane";
import {
  connectDatabase,
  type Database,
  ensureUserWithInstance,
  migrate,
  newInstance,
  recordObservation,
} from "@automna/control-plane/database";
import { onTestFinished } from "vitest";
import { emptyDatabase, MIGRATIONS } from "./database.ts";

export const TOKEN_KEYS = `k1:${randomBytes(32).toString("base64")}`;
const keyRing: KeyRing = parseKeyRing(TOKEN_KEYS);

/** A migrated database of the test's own, and its connection string. */
export async function openDatabase(poolSize = 3): Promise<{ database: Database; url: string }> {
  const url = await emptyDatabase();
  await migrate(url, MIGRATIONS);
  const database = connectDatabase({ url, poolSize });
  onTestFinished(() => database.$disconnect());
  return { database, url };
}

/** An instance of somebody's, as a worker elsewhere would have left it. */
export async function storeInstance(database: Database, clerkId: string, port: number): Promise<string> {
  const { instance } = await ensureUserWithInstance(database, clerkId, (ownerId) =>
    newInstance(ownerId, { driver: "process", product: "demo" }, keyRing),
  );
  await recordObservation(database, instance.id, readyAt(port));
  return instance.id;
}

export function readyAt(port: number): ObservedState {
  const target = { host: "127.0.0.1", port, prefix: "strip", forwardedHeaders: "omit" } as const;
  return { status: "ready", revision: "r1", target };
}

/** A sweep that found nothing, after everything that a test does. */
export const NOTHING_LEFT = { sweepBegan: new Date("9999-01-01"), left: [] } as const;
