/**
 * A worker of its own, for a test to kill: `argv` holds the database, the folder for gateways, and at which moment it
 * kills itself. A moment lies before and after everything that it does to the world.
 */
import { type Driver, type Probe, startProcessDriver, parseKeyRing } from "@automna/control-plane";
import { connectDatabase, newInstance } from "@automna/control-plane/database";
import { join } from "node:path";
import { pino } from "pino";
import { probeGateway } from "../../src/server/probe.ts";
import { startWork } from "../../src/server/work.ts";
import { plainPreparation } from "./preparation.ts";

const [, , url = "", dataDir = "", keys = "", killAt = "0"] = process.argv;
const SCRIPT = join(import.meta.dirname, "../../src/server/demo-gateway-process.ts");

let moments = 0;

/** Dies at once, as by a power cut, when it is the moment. */
function moment(): void {
  moments += 1;
  if (moments === Number(killAt)) process.kill(process.pid, "SIGKILL");
}

async function between<T>(work: () => Promise<T>): Promise<T> {
  moment();
  const result = await work();
  moment();
  return result;
}

const keyRing = parseKeyRing(keys);
const database = connectDatabase({ url, onConnectionLost: () => undefined });
const program = { kind: "demo", product: "demo", script: SCRIPT } as const;
const real = await startProcessDriver({
  dataDir,
  programFor: () => Promise.resolve(program),
  searchPath: process.env["PATH"] ?? "",
  firstPort: 23_000 + (process.pid % 4_000),
});
const driver: Driver = {
  name: "process",
  observe: (id) => real.observe(id),
  prepare: (spec) => between(() => real.prepare(spec)),
  start: (spec) => between(() => real.start(spec)),
  stop: (id) => between(() => real.stop(id)),
  destroy: (id) => between(() => real.destroy(id)),
  subscribe: (listener) => real.subscribe(listener),
  logs: (id, lines) => real.logs(id, lines),
  close: () => real.close(),
};
const probe: Probe = async (target, signal) => {
  const result = await probeGateway(target, signal);
  if (result.status === "ready") moment();
  return result;
};
const work = await startWork({
  database,
  databaseUrl: url,
  keyRing,
  driver,
  probe,
  prepare: plainPreparation({
    database,
    keyRing,
    runtime: { driver: "process", product: program.product },
  }),
  create: (ownerId) => newInstance(ownerId, { driver: "process", product: "demo" }, keyRing),
  settings: {
    maxRunning: null,
    memoryLimit: null,
    concurrency: 2,
    idleAfterMs: null,
    poolSize: 0,
    readyTimeoutMs: 60_000,
  },
  log: pino({ level: "silent" }),
});
process.stdout.write("works\n");
process.on("SIGTERM", () => {
  void work.close().then(async () => {
    await database.$disconnect();
    process.exit(0);
  });
});
