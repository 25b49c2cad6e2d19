import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { endGroup, killProcesses, processesWith, startMarkOf } from "./process-group.ts";

/** Set in every gateway's environment and inherited by what it starts. The value is the instance's directory. */
export const MARKER_VARIABLE = "AUTOMNA_INSTANCE_DIR";

interface PidRecord {
  readonly pid: number;
  readonly startMark: string;
}

export async function writePidFile(instanceDir: string, pid: number): Promise<void> {
  const startMark = await startMarkOf(pid);
  if (startMark === null) return;
  const record: PidRecord = { pid, startMark };
  await writeFile(pidFileOf(instanceDir), JSON.stringify(record), { mode: 0o600 });
}

export async function removePidFile(instanceDir: string): Promise<void> {
  await rm(pidFileOf(instanceDir), { force: true });
}

/**
 * Ends what an earlier run left of this instance. A process that merely has the recorded id is left alone: its start
 * time differs.
 */
export async function endLeftover(instanceDir: string, graceMs: number, clock: Clock): Promise<void> {
  const record = await readPidFile(instanceDir);
  if (record !== null && (await startMarkOf(record.pid)) === record.startMark) {
    await endGroup(record.pid, graceMs, clock);
  }
  await killStrays(instanceDir);
  await removePidFile(instanceDir);
}

/** Ends what left the gateway's process group, e.g. a command that the agent sent to the background. */
export async function killStrays(instanceDir: string): Promise<void> {
  killProcesses(await processesWith(MARKER_VARIABLE, instanceDir));
}

function pidFileOf(instanceDir: string): string {
  return join(instanceDir, "gateway.pid.json");
}

async function readPidFile(instanceDir: string): Promise<PidRecord | null> {
  const text = await readFile(pidFileOf(instanceDir), "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return parsePidRecord(JSON.parse(text));
  } catch {
    return null;
  }
}

function parsePidRecord(record: unknown): PidRecord | null {
  if (typeof record !== "object" || record === null || !("pid" in record) || !("startMark" in record))
    return null;
  const { pid, startMark } = record;
  return Number.isInteger(pid) && Number(pid) > 1 && typeof startMark === "string"
    ? { pid: Number(pid), startMark }
    : null;
}
