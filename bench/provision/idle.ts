import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicros } from "../proxy/process-usage.ts";

/** What one gateway costs while nobody speaks to it, with all its processes. */
export interface IdleCost {
  /** Megabytes that nobody shares with it. */
  readonly own: number;
  /** Megabytes, with what it shares. */
  readonly resident: number;
  /** Milliseconds of CPU in one minute. */
  readonly cpu: number;
}

const MINUTE_MS = 60_000;

/**
 * The gateways of a process driver's folder, watched for a minute.
 *
 * @param settleMs Before that minute: a gateway has something to do after its start.
 */
export async function idleCosts(dataDir: string, settleMs: number): Promise<readonly IdleCost[]> {
  await sleep(settleMs);
  const before = new Map((await processesIn(dataDir)).map(({ pid, cpu }) => [pid, cpu]));
  await sleep(MINUTE_MS);
  // What came or went meanwhile is no part of an idle gateway.
  const after = (await processesIn(dataDir)).filter(({ pid }) => before.has(pid));
  if (after.length === 0) throw new Error(`No gateway runs in ${dataDir}.`);
  const gateways = [...Map.groupBy(after, ({ folder }) => folder).values()];
  return Promise.all(
    gateways.map(async (processes) => {
      const memory = await Promise.all(processes.map(({ pid }) => memoryOf(pid)));
      return {
        own: sum(memory.map(({ own }) => own)),
        resident: sum(memory.map(({ resident }) => resident)),
        cpu: sum(processes.map(({ pid, cpu }) => cpu - before.get(pid)!)),
      };
    }),
  );
}

interface GatewayProcess {
  readonly pid: number;
  /** Of its instance. */
  readonly folder: string;
  /** Milliseconds since its start. */
  readonly cpu: number;
}

/** By the folder that they were given. */
async function processesIn(dataDir: string): Promise<readonly GatewayProcess[]> {
  const names = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(names.map((name) => processIn(dataDir, Number(name)).catch(() => null)));
  return found.filter((one) => one !== null);
}

/** Rejects for one that has ended. */
async function processIn(dataDir: string, pid: number): Promise<GatewayProcess | null> {
  const environment = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
  const folder = environment.find((entry) => entry.startsWith(`AUTOMNA_INSTANCE_DIR=${dataDir}/`));
  return folder === undefined ? null : { pid, folder, cpu: cpuMicros(pid) / 1_000 };
}

async function memoryOf(pid: number): Promise<Pick<IdleCost, "own" | "resident">> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = (pattern: RegExp) =>
    sum([...rollup.matchAll(pattern)].map(([, kilobytes]) => Number(kilobytes))) / 1024;
  return { own: megabytes(/^Private_\w+:\s+(\d+) kB/gm), resident: megabytes(/^Rss:\s+(\d+) kB/gm) };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
