import { DriverError, type Observation, type Sighting } from "@automna/control-plane";
import { findInstance } from "@automna/control-plane/database";
import { expect, test, vi } from "vitest";
import { ScriptedDriver } from "./support/scripted-driver.ts";
import { openDatabase } from "./support/stored-instance.ts";
import { addInstance, startWorkerOn } from "./support/worker.ts";

/** Tells of all its gateways at once, and remembers of which it was asked one by one. */
class SurveyedDriver extends ScriptedDriver {
  readonly observed: string[] = [];
  surveys = 0;
  survey = (): Promise<ReadonlyMap<string, Sighting>> => {
    this.surveys += 1;
    const running = [...this.world].flatMap(([id, seen]) =>
      seen.status === "running" ? [[id, seen] as const] : [],
    );
    return Promise.resolve(new Map(running));
  };

  override observe(id: string): Promise<Observation> {
    this.observed.push(id);
    return super.observe(id);
  }

  runningAt(id: string) {
    const seen = this.world.get(id);
    if (seen?.status !== "running") throw new Error(`${id} does not run.`);
    return seen;
  }
}

/** A worker with some gateways that are ready. */
async function startWorker(count: number) {
  const stored = await openDatabase();
  const { database } = stored;
  const driver = new SurveyedDriver();
  const errors: { error: unknown; instanceId: string | null }[] = [];
  const worker = startWorkerOn(stored, {
    driver,
    onError: (error, instanceId) => errors.push({ error, instanceId }),
  });
  const add = () => addInstance(database, "user_of_many");
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await add());
  await Promise.all(ids.map((id) => worker.look(id)));
  driver.observed.length = 0;
  const row = (id: string) => findInstance(database, id);
  return { worker, driver, errors, ids, add, row };
}

test("gateways that are seen to be as they should are looked at once for all", async () => {
  const { worker, driver } = await startWorker(5);
  expect(await worker.lookAtAll()).toBe(0);
  expect(driver.surveys).toBe(1);
  expect(driver.observed).toEqual([]);
});

test.each<[string, (driver: SurveyedDriver, id: string) => void]>([
  ["has ended", (driver, id) => driver.world.set(id, { status: "stopped", exit: null })],
  [
    "runs as something else",
    (driver, id) => driver.world.set(id, { ...driver.runningAt(id), revision: "another" }),
  ],
  [
    "runs elsewhere",
    (driver, id) =>
      driver.world.set(id, { ...driver.runningAt(id), target: { ...driver.runningAt(id).target, port: 1 } }),
  ],
])("a gateway that %s is looked at closer, alone, and brought back", async (_, change) => {
  const { worker, driver, ids, row } = await startWorker(3);
  const [, lost = ""] = ids;
  change(driver, lost);
  expect(await worker.lookAtAll()).toBe(1);
  await worker.look(lost);
  expect(new Set(driver.observed)).toEqual(new Set([lost]));
  const { port } = driver.runningAt(lost).target;
  expect(await row(lost)).toMatchObject({ observed: "ready", target: { port } });
  expect(await worker.lookAtAll()).toBe(0);
});

test("a list that leaves some out takes nobody's gateway for gone", async () => {
  const { worker, driver, ids, row } = await startWorker(3);
  driver.survey = () => Promise.resolve(new Map());
  expect(await worker.lookAtAll()).toBe(0);
  expect(driver.observed.toSorted()).toEqual(ids.toSorted());
  for (const id of ids) expect(await row(id)).toMatchObject({ observed: "ready" });
});

test("while the driver cannot list them nothing is concluded, and nobody is asked for one by one", async () => {
  const { worker, driver, errors, ids, row } = await startWorker(2);
  const away = new DriverError("engine-unreachable", "The engine does not answer. Start it.");
  driver.survey = () => Promise.reject(away);
  expect(await worker.lookAtAll()).toBe(0);
  expect(driver.observed).toEqual([]);
  expect(errors).toEqual([{ error: away, instanceId: null }]);
  for (const id of ids) expect(await row(id)).toMatchObject({ observed: "ready" });
});

test("who waits for a start does not wait for the list of the others", async () => {
  const { worker, driver, add, row } = await startWorker(1);
  const due = await add();
  const listing = Promise.withResolvers<ReadonlyMap<string, Sighting>>();
  driver.survey = () => listing.promise;
  const looked = worker.lookAtAll();
  await vi.waitFor(async () => expect(await row(due)).toMatchObject({ observed: "ready" }));
  listing.resolve(new Map());
  expect(await looked).toBe(1);
});
