import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EmbeddedPostgresError } from "./embedded-postgres-error.ts";

/**
 * One starter at a time on one folder: initdb and a crash recovery must not be raced.
 *
 * @param staleMs No start takes longer, so that an older lock file is one whose owner died.
 */
export async function acquireStartLock(file: string, staleMs: number): Promise<() => Promise<void>> {
  await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  const deadline = Date.now() + staleMs;
  while (Date.now() < deadline) {
    try {
      await writeFile(file, JSON.stringify({ pid: process.pid, at: Date.now() }), {
        flag: "wx",
        mode: 0o600,
      });
      return () => rm(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const owner = parseLock(await readFile(file, "utf8").catch(() => ""));
    if (owner && (!isAlive(owner.pid) || Date.now() - owner.at > staleMs)) await rm(file, { force: true });
    else await sleep(50);
  }
  throw new EmbeddedPostgresError(
    "locked",
    `Another process has been starting the database for two minutes. If none is, delete ${file}.`,
  );
}

function parseLock(text: string): { pid: number; at: number } | null {
  const match = /"pid":(\d+),"at":(\d+)/.exec(text);
  return match ? { pid: Number(match[1]), at: Number(match[2]) } : null;
}

/** Whether a process with this id runs, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
