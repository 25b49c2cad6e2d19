/**
 * The proxy beside nginx, httpxy and no proxy at all, in one run. On a busy machine only CPU time per request is to
 * be trusted: subjects take turns, rounds are many and short, and the quietest round counts.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import type { BenchReport, BenchTarget } from "../report.ts";
import type { LoadOrder, LoadResult } from "./load.ts";
import { cpuMicros, residentBytes } from "./process-usage.ts";
import { startStage } from "./subjects.ts";
import type { Stage, Subject } from "./subjects.ts";

const SCENARIOS = ["small", "large", "post", "socket"] as const;
type Scenario = (typeof SCENARIOS)[number];

const ROUNDS = 10;
const RUN_MS = 500;
const WARM_MS = 1_000;
const CONNECTIONS = 64;

interface Sample {
  readonly cpuPerTrip: number;
  readonly tripsPerSecond: number;
  readonly p99Ms: number;
}

/** Every subject gets the same requests: those that ours lets in. */
function cookieOf({ subjects }: Stage): string {
  return subjects.find(({ name }) => name === "ours")?.cookie ?? "";
}

async function measure(
  stage: Stage,
  subject: Subject,
  scenario: Scenario,
  durationMs: number,
): Promise<Sample> {
  const before = subject.pid === undefined ? 0 : cpuMicros(subject.pid);
  const order: LoadOrder = {
    port: subject.port,
    scenario,
    connections: CONNECTIONS,
    durationMs,
    cookie: cookieOf(stage),
  };
  const answer = once(stage.load, "message");
  stage.load.send({ kind: "run", order });
  const [result] = (await answer) as [LoadResult];
  if (result.errors > 0 || result.roundTrips === 0) {
    throw new Error(`${subject.name} failed ${scenario}: ${JSON.stringify(result)}`);
  }
  const cpu = subject.pid === undefined ? 0 : cpuMicros(subject.pid) - before;
  return {
    cpuPerTrip: cpu / result.roundTrips,
    tripsPerSecond: (result.roundTrips * 1_000) / result.durationMs,
    p99Ms: result.p99Ms,
  };
}

async function tell(stage: Stage, message: object): Promise<void> {
  const answer = once(stage.load, "message");
  stage.load.send(message);
  await answer;
}

/**
 * What a thousand idle WebSockets take, in megabytes: the slope between a thousand and three thousand, so that what a
 * process takes once (compiled code, the first heap pages) counts for nobody.
 */
async function idleMegabytes(stage: Stage, subject: Subject): Promise<number> {
  if (subject.pid === undefined) return 0;
  const hold = { kind: "hold", port: subject.port, cookie: cookieOf(stage) };
  const resident = async (pid: number): Promise<number> => {
    await subject.collect();
    await sleep(300);
    await subject.collect();
    return residentBytes(pid);
  };
  await tell(stage, { ...hold, count: 1_000 });
  const few = await resident(subject.pid);
  await tell(stage, { ...hold, count: 2_000 });
  const many = await resident(subject.pid);
  await tell(stage, { kind: "release" });
  return (many - few) / 2 / 1_048_576;
}

function applies(subject: Subject, scenario: Scenario): boolean {
  if (subject.name === "ours-100k") return scenario === "small";
  return subject.name !== "floor" || scenario !== "socket";
}

/** Runs the comparison. Takes about three minutes. */
export async function run(): Promise<BenchReport> {
  const stage = await startStage();
  try {
    const idle = new Map<string, number>();
    for (const subject of stage.subjects) {
      if (applies(subject, "socket")) idle.set(subject.name, await idleMegabytes(stage, subject));
    }
    const samples = await takeTurns(stage);
    return report(stage.subjects, samples, idle);
  } finally {
    await stage.stop();
  }
}

async function takeTurns(stage: Stage): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>();
  for (const subject of stage.subjects) {
    for (const scenario of SCENARIOS)
      if (applies(subject, scenario)) await measure(stage, subject, scenario, WARM_MS);
  }
  for (let round = 0; round < ROUNDS * 2; round += 1) {
    for (const scenario of round < ROUNDS ? SCENARIOS : (["small"] as const)) {
      const order = round % 2 === 0 ? stage.subjects : stage.subjects.toReversed();
      for (const subject of order) {
        if (!applies(subject, scenario)) continue;
        const key = `${subject.name} ${scenario}`;
        samples.set(key, [...(samples.get(key) ?? []), await measure(stage, subject, scenario, RUN_MS)]);
      }
    }
  }
  return samples;
}

function report(
  subjects: readonly Subject[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  idle: ReadonlyMap<string, number>,
): BenchReport {
  const table: Record<string, Record<string, number>> = {};
  for (const { name, pid } of subjects) {
    const row: Record<string, number> = {};
    for (const scenario of SCENARIOS) {
      const taken = samples.get(`${name} ${scenario}`) ?? [];
      if (taken.length === 0) continue;
      if (pid !== undefined)
        row[`${scenario}_cpu_us`] = round(Math.min(...taken.map((sample) => sample.cpuPerTrip)));
      row[`${scenario}_per_s`] = Math.round(Math.max(...taken.map((sample) => sample.tripsPerSecond)));
      row[`${scenario}_p99_ms`] = round(Math.min(...taken.map((sample) => sample.p99Ms)));
    }
    const megabytes = idle.get(name);
    if (pid !== undefined && megabytes !== undefined) row["mb_per_1000_idle"] = round(megabytes);
    table[name] = row;
  }
  return { name: "proxy", subjects: table, targets: targets(table) };
}

function targets(table: Readonly<Record<string, Readonly<Record<string, number>>>>): BenchTarget[] {
  const of = (name: string, metric: string): number => table[name]?.[metric] ?? Number.NaN;
  const ratio = (metric: string, other: string): number => of("ours", metric) / of(other, metric);
  const target = (id: string, value: number, limit: number, unit: string): BenchTarget => ({
    id,
    value: round(value),
    limit,
    unit,
    ok: value <= limit,
  });
  return [
    target("http-cpu-vs-nginx", ratio("small_cpu_us", "nginx"), 2.2, "x"),
    target("http-cpu-vs-httpxy", ratio("small_cpu_us", "httpxy"), 0.7, "x"),
    target("websocket-cpu-vs-nginx", ratio("socket_cpu_us", "nginx"), 1.6, "x"),
    target("idle-websockets", of("ours", "mb_per_1000_idle"), 10, "MB per 1,000"),
    target("routes-100000-vs-10", of("ours-100k", "small_cpu_us") / of("ours", "small_cpu_us"), 1.15, "x"),
  ];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
