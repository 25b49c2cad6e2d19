import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { promisify } from "node:util";
import type { Clock } from "../../clock.ts";

/**
 * When a process started, in the system's own notation; `null` when there is no such process. Two processes that had
 * the same id one after the other differ in it.
 */
export async function startMarkOf(pid: number): Promise<string | null> {
  if (process.platform === "linux") {
    const stat = await readStat(pid);
    if (stat === null || stat.isZombie) return null;
    const bootId = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
    return `${bootId.trim()}/${stat.startTicks}`;
  }
  return promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]).then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  );
}

/** Signals every process of the group; `false` when the group is empty. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    if (isNoSuchProcess(error)) return false;
    throw error;
  }
}

/** Asks the group to end, and forces what is left after `graceMs`. Resolves when the group is empty. */
export async function endGroup(groupId: number, graceMs: number, clock: Clock): Promise<void> {
  signalGroup(groupId, "SIGTERM");
  if (await isGoneWithin(groupId, graceMs, clock)) return;
  signalGroup(groupId, "SIGKILL");
  if (await isGoneWithin(groupId, KILL_MS, clock)) return;
  throw new Error(`Process group ${groupId} still lives ${KILL_MS} ms after SIGKILL.`);
}

/**
 * Processes whose environment holds this variable: what a gateway's agent started outside of its group. Linux only;
 * elsewhere nothing is found.
 */
export async function processesWith(variable: string, value: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const pid of await allProcesses()) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    if (pid !== process.pid && environment.split("\0").includes(`${variable}=${value}`)) found.push(pid);
  }
  return found;
}

/** Forces processes to end; those that are already gone are fine. */
export function killProcesses(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (!isNoSuchProcess(error)) throw error;
    }
  }
}

const POLL_MS = 25;
const KILL_MS = 5000;

async function isGoneWithin(groupId: number, ms: number, clock: Clock): Promise<boolean> {
  const deadline = clock.now() + ms;
  while (await isGroupAlive(groupId)) {
    if (clock.now() >= deadline) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}

/** A zombie that nobody has collected yet keeps its group id alive for `kill`, so that Linux looks closer. */
async function isGroupAlive(groupId: number): Promise<boolean> {
  try {
    process.kill(-groupId, 0);
  } catch (error) {
    if (isNoSuchProcess(error)) return false;
  }
  if (process.platform !== "linux") return true;
  for (const pid of await allProcesses()) {
    const stat = await readStat(pid);
    if (stat !== null && stat.groupId === groupId && !stat.isZombie) return true;
  }
  return false;
}

async function allProcesses(): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Fields of proc(5): state 3, process group 5, start time 22. The name before them may hold anything. */
async function readStat(
  pid: number,
): Promise<{ isZombie: boolean; groupId: number; startTicks: string } | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    isZombie: fields[0] === "Z" || fields[0] === "X",
    groupId: Number(fields[2]),
    startTicks: fields[19] ?? "",
  };
}

function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ESRCH";
}
