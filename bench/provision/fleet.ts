import {
  connectDatabase,
  listLiveInstances,
  newInstance,
} from "../../packages/control-plane/src/database/index.ts";
import { createLeases, createWorker } from "../../packages/control-plane/src/jobs/index.ts";
import type { Driver, Observation } from "../../packages/control-plane/src/index.ts";
import { prepareInstance } from "../../apps/web/src/server/instance-preparation.ts";
import type { ShopOptions } from "./shop.ts";

/**
 * Many instances that all run as they should: what it costs to find that out, beside what a driver spends on asking its
 * engine about each, which answers from memory here.
 */
export async function reconcileFleet(
  url: string,
  size: number,
  { keyRing, redactor }: Pick<ShopOptions, "keyRing" | "redactor">,
): Promise<Record<string, number>> {
  const database = connectDatabase({ url });
  const owner = await database.user.create({ data: { clerkId: "fleet" } });
  const rows = Array.from({ length: size }, () => ({
    ...newInstance(owner.id, { driver: "docker", product: "demo" }, keyRing),
    ownerId: owner.id,
    basePath: "",
    target: "http://127.0.0.1:19000",
    observedState: "ready" as const,
    settledGeneration: 1,
    readySince: new Date(),
  }));
  for (let at = 0; at < size; at += 1_000)
    await database.instance.createMany({ data: rows.slice(at, at + 1_000) });
  const world = new Map<string, Observation>();
  const prepare = (instance: Parameters<typeof prepareInstance>[0]) =>
    prepareInstance(instance, {
      database,
      keyRing,
      runtime: { driver: "docker", product: "demo", build: "", image: null },
      modelFor: () => null,
      allowedOrigins: () => [],
      redactor,
    });
  const target = { host: "127.0.0.1", port: 19_000, prefix: "strip", forwardedHeaders: "omit" } as const;
  for (const instance of await listLiveInstances(database)) {
    const { revision } = (await prepare(instance)).spec;
    world.set(instance.id, { status: "running", revision, target, startedAt: 0 });
  }
  const leases = createLeases(url);
  const worker = createWorker({
    database,
    leases,
    prepare,
    probe: () => Promise.resolve({ status: "ready", protocol: 4, version: "bench" }),
    driver: fleetDriver(world),
  });
  const first = await cpuOf(() => worker.lookAtAll());
  const later = await cpuOf(() => worker.lookAtAll());
  await worker.close();
  await leases.close();
  await database.$disconnect();
  return { "first look": first, "every minute": later };
}

function fleetDriver(world: ReadonlyMap<string, Observation>): Driver {
  const nothing = () => Promise.resolve();
  return {
    name: "docker",
    observe: (id) => Promise.resolve(world.get(id) ?? { status: "absent" }),
    prepare: nothing,
    start: nothing,
    stop: nothing,
    destroy: nothing,
    close: nothing,
    subscribe: () => () => undefined,
    logs: () => Promise.resolve([]),
  };
}

async function cpuOf(work: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  const unfit = await work();
  const { user, system } = process.cpuUsage(before);
  if (unfit > 0) throw new Error(`${unfit} instances were taken for unfit.`);
  return Math.round((user + system) / 1000);
}
