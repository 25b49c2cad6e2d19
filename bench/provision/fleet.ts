import { fork } from "node:child_process";
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { startDockerDriver } from "../../packages/control-plane/src/containers/index.ts";
import {
  connectDatabase,
  listLiveInstances,
  newInstance,
} from "../../packages/control-plane/src/database/index.ts";
import type { InstanceSpec } from "../../packages/control-plane/src/index.ts";
import { createLeases, createWorker } from "../../packages/control-plane/src/jobs/index.ts";
import { prepareInstance } from "../../apps/web/src/server/instance-preparation.ts";
import type { Fleet } from "./listing-engine.ts";
import type { ShopOptions } from "./shop.ts";

const RUNTIME = { driver: "docker", product: "demo" } as const;
const FIRST_PORT = 19_000;

/**
 * Many instances that all run as they should: what it costs to find that out by Docker's own driver, which an engine in
 * another process answers as a real one does.
 */
export async function reconcileFleet(
  url: string,
  size: number,
  { keyRing, redactor }: Pick<ShopOptions, "keyRing" | "redactor">,
): Promise<Record<string, number>> {
  const database = connectDatabase({ url });
  const owner = await database.user.create({ data: { clerkId: "fleet" } });
  const rows = Array.from({ length: size }, (_, n) => ({
    ...newInstance(owner.id, RUNTIME, keyRing),
    ownerId: owner.id,
    basePath: "",
    target: `http://127.0.0.1:${FIRST_PORT + n}`,
    observedState: "ready" as const,
    settledGeneration: 1,
    readySince: new Date(),
  }));
  for (let at = 0; at < size; at += 1_000)
    await database.instance.createMany({ data: rows.slice(at, at + 1_000) });
  const prepare = (instance: Parameters<typeof prepareInstance>[0]) =>
    prepareInstance(instance, {
      database,
      keyRing,
      runtime: { ...RUNTIME, build: "", image: null },
      modelFor: () => null,
      allowedOrigins: () => [],
      redactor,
    });
  const specs = new Map<string, InstanceSpec>();
  for (const instance of await listLiveInstances(database))
    specs.set(instance.id, (await prepare(instance)).spec);
  const engine = await startEngine({
    specs: rows.flatMap(({ id }) => specs.get(id) ?? []),
    firstPort: FIRST_PORT,
  });
  const driver = startDockerDriver({ engine: { host: engine.host }, policy: { images: {} } });
  const leases = createLeases(url);
  const worker = createWorker({
    database,
    leases,
    prepare,
    driver,
    probe: () => Promise.resolve({ status: "ready", protocol: 4, version: "bench" }),
  });
  const look = async () => {
    const unfit = await worker.lookAtAll();
    if (unfit > 0) throw new Error(`${unfit} instances were taken for unfit.`);
  };
  try {
    const first = await cpuOf(look);
    const before = await engine.requests();
    const later = await cpuOf(look);
    const requests = (await engine.requests()) - before;
    const list = await cpuOf(async () => {
      const { size: seen } = (await driver.survey?.()) ?? { size: 0 };
      if (seen !== size) throw new Error(`${seen} of ${size} were seen in the list.`);
    });
    return {
      "first look": first,
      "every minute": later,
      "of that, the engine's list": list,
      "requests to the engine, every minute": requests,
      "MB of the list": Math.round(engine.bytes / 1e6),
    };
  } finally {
    await worker.close();
    await driver.close();
    await leases.close();
    await database.$disconnect();
    engine.stop();
  }
}

async function startEngine(fleet: Fleet) {
  const child = fork(new URL("listing-engine.ts", import.meta.url));
  child.send(fleet);
  const [{ port, bytes }] = (await once(child, "message")) as [{ port: number; bytes: number }];
  return {
    host: `tcp://127.0.0.1:${port}`,
    bytes,
    async requests(): Promise<number> {
      const told = once(child, "message");
      child.send("requests?");
      const [{ requests }] = (await told) as [{ requests: number }];
      return requests;
    },
    stop: () => child.kill(),
  };
}

/** Milliseconds, also of what follows at once. */
async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  await turn();
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 1000);
}
