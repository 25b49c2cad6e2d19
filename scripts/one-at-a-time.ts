import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

const FOLDER = join(import.meta.dirname, "..", ".cache", "locks");
const LOOK_AGAIN_MS = 200;

/**
 * Does the work while no other process of this clone does work of the same name. The lock is SQLite's, which the
 * system lets go of when its holder ends, however that ends.
 */
export async function oneAtATime<T>(
  name: string,
  work: () => T | Promise<T>,
  folder: string = FOLDER,
): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, name), { timeout: 0 });
  try {
    while (!tryTake(lock)) await delay(LOOK_AGAIN_MS);
    return await work();
  } finally {
    lock.close();
  }
}

function tryTake(lock: DatabaseSync): boolean {
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

const SQLITE_BUSY = 5;
