import { type Clock, type InstanceSpec, type Observation, systemClock } from "@automna/control-plane";
import { findInstance } from "@automna/control-plane/database";
import type { WorkerOptions } from "@automna/control-plane/jobs";
import { expect, test, vi } from "vitest";
import { instanceView } from "../src/server/instance-view.ts";
import { READY } from "./support/house.ts";
import { AWAY, ScriptedDriver } from "./support/scripted-driver.ts";
import { openDatabase } from "./support/stored-instance.ts";
import { addInstance, startWorkerOn } from "./support/worker.ts";

const UNSEEN: Observation = { status: "unknown", reason: AWAY };

/** A worker that does one thing at a time, with a gateway that is ready. */
async function startWorker(driver = new ScriptedDriver(), wanted: Partial<WorkerOptions> = {}) {
  const stored = await openDatabase();
  const { database } = stored;
  const settled: string[] = [];
  const worker = startWorkerOn(stored, {
    driver,
    concurrency: 1,
    onSettled: (_, outcome) => settled.push(outcome),
    ...wanted,
  });
  const id = await addInstance(database, "user_of_a_lost_node");
  await worker.look(id);
  const seen = driver.world.get(id) ?? UNSEEN;
  const row = (of = id) => findInstance(database, of);
  const nextWorker = () => startWorkerOn(stored, { driver });
  const unseen = async () => {
    driver.happens(id, UNSEEN);
    await vi.waitFor(async () => expect(await row()).toMatchObject({ failure: { message: AWAY } }));
    await worker.look(id);
  };
  return { driver, worker, nextWorker, database, settled, id, seen, row, unseen };
}

test("a ready gateway that nobody can look at any more takes the place of no start, and is not taken for gone", async () => {
  const { worker, driver, database, id, row, unseen } = await startWorker();
  driver.calls.length = 0;
  await unseen();
  const newcomer = await addInstance(database, "newcomer");
  await worker.look(newcomer);
  expect(await row(newcomer)).toMatchObject({ observed: "ready" });
  expect(await row()).toMatchObject({ observed: "ready", phase: null });
  expect(driver.calls.filter((call) => call.endsWith(id))).toEqual([]);
});

test("a driver that loses sight of a gateway in the midst of its start has it looked at no second time", async () => {
  const driver = new ScriptedDriver();
  const { settled } = await startWorker(driver, {
    probe: () => {
      for (const [id, seen] of driver.world) {
        driver.happens(id, UNSEEN);
        driver.world.set(id, seen);
      }
      return Promise.resolve(READY);
    },
  });
  expect(settled).toEqual(["ready"]);
});

/** Its longer waits end when the test says so, each for itself. */
function startClock() {
  const waits: PromiseWithResolvers<void>[] = [];
  const clock: Clock = {
    now: Date.now,
    sleep: (ms, signal) => {
      if (ms <= 1_000) return systemClock.sleep(ms, signal);
      const wait = Promise.withResolvers<void>();
      signal?.addEventListener("abort", () => wait.reject(signal.reason));
      waits.push(wait);
      return wait.promise;
    },
  };
  return { clock, waits };
}

test("what could not be looked at is looked at once more, soon, and by then somebody may see that it has ended", async () => {
  const { clock, waits } = startClock();
  const { driver, id, row, unseen } = await startWorker(new ScriptedDriver(), { clock });
  await unseen();
  driver.world.set(id, { status: "stopped", exit: null });
  driver.calls.length = 0;
  waits[0]?.resolve();
  await vi.waitFor(() => expect(driver.calls).toContain(`start ${id}`));
  await vi.waitFor(async () => expect(await row()).toMatchObject({ observed: "ready", failure: null }));
});

test("what cannot be looked at then either is not looked at for ever, and nobody is told of a next try", async () => {
  const { clock, waits } = startClock();
  const { settled, row, unseen } = await startWorker(new ScriptedDriver(), { clock });
  await unseen();
  waits[0]?.resolve();
  await vi.waitFor(() => expect(settled).toEqual(["ready", "unknown", "unknown"]));
  expect(waits).toHaveLength(1);
  const unseenRow = await row();
  if (!unseenRow) throw new Error("It is gone.");
  expect(unseenRow.retryAt).not.toBeNull();
  expect(instanceView(unseenRow, Date.now(), null).failure).toMatchObject({ message: AWAY, retryAt: null });
});

type Started = Awaited<ReturnType<typeof startWorker>>;

test.each<[string, (started: Started) => unknown]>([
  ["the driver tells of it again", ({ driver, id, seen }) => driver.happens(id, seen)],
  [
    "the next round finds it well",
    ({ driver, worker, id, seen }) => {
      driver.world.set(id, seen);
      return worker.lookAtAll();
    },
  ],
])("the notice of a ready gateway that could not be looked at goes when %s", async (_, look) => {
  const started = await startWorker(new ScriptedDriver(), startClock());
  await started.unseen();
  await look(started);
  await vi.waitFor(async () => expect(await started.row()).toMatchObject({ failure: null, retryAt: null }));
  expect(await started.worker.lookAtAll()).toBe(0);
});

/** Gets stuck on its way to a start. */
class StuckDriver extends ScriptedDriver {
  isStuck = false;
  override prepare(spec: InstanceSpec, _?: unknown, signal?: AbortSignal): Promise<void> {
    if (!this.isStuck) return super.prepare(spec);
    const { promise, reject } = Promise.withResolvers<void>();
    signal?.addEventListener("abort", () => reject(new Error("The worker ends.")));
    return promise;
  }
}

test("the step at which a worker ended goes with the next round, when its gateway runs all the same", async () => {
  const driver = new StuckDriver();
  const { worker, nextWorker, id, seen, row } = await startWorker(driver);
  driver.isStuck = true;
  driver.world.set(id, { status: "stopped", exit: null });
  await worker.lookAtAll();
  await vi.waitFor(async () => expect(await row()).toMatchObject({ phase: { name: "prepare" } }));
  await worker.close();
  driver.world.set(id, seen);
  const next = nextWorker();
  expect(await next.lookAtAll()).toBe(1);
  await vi.waitFor(async () => expect(await row()).toMatchObject({ observed: "ready", phase: null }));
  expect(await next.lookAtAll()).toBe(0);
});
