import {
  commandInstance,
  ensureUserWithInstance,
  findInstance,
  newInstance,
} from "@automna/control-plane/database";
import { createLeases } from "@automna/control-plane/jobs";
import { expect, onTestFinished, test, vi } from "vitest";
import { isReady, somebody, startHouse } from "./support/house.ts";
import { ScriptedDriver } from "./support/scripted-driver.ts";

/** A worker that hears of everything by jobs alone, as on another machine than the pages. */
async function startWorker(concurrency: number) {
  const driver = new ScriptedDriver();
  const house = await startHouse({ driver, settings: { concurrency } });
  const { database, keyRing, gateways, work } = house;
  await work.queue.counts();
  // Who looks at everything every minute would find what no job has brought.
  await database.$executeRaw`DELETE FROM jobs.schedule`;
  return {
    ...house,
    driver,
    add: async (): Promise<string> => {
      const { instance } = await ensureUserWithInstance(
        database,
        somebody(),
        (ownerId) => newInstance(ownerId, { driver: "process", product: "demo" }, keyRing),
        { onGiven: (transaction, { id }) => work.queue.enqueue(transaction, id) },
      );
      return instance.id;
    },
    restart: (id: string) => commandInstance(gateways.commands, id, { kind: "restart" }, { actor: "system" }),
    /** Resolves once there is a worker at every job. */
    taken: () =>
      vi.waitFor(async () => expect(await work.queue.counts()).toMatchObject({ waiting: 0 }), {
        interval: 20,
      }),
    untilReady: (id: string) =>
      vi.waitFor(
        async () => {
          const instance = await findInstance(database, id);
          expect(instance && isReady(instance)).toBe(true);
        },
        { interval: 20 },
      ),
  };
}

test("however often one gateway is restarted while it drains, the next person's comes up meanwhile", async () => {
  const { driver, database, add, restart, taken, untilReady } = await startWorker(2);
  const draining = await add();
  await untilReady(draining);
  const { promise, resolve } = Promise.withResolvers<void>();
  onTestFinished(() => resolve());
  driver.beforeStop = (id) => (id === draining ? promise : Promise.resolve());
  for (let time = 0; time < 2; time += 1) {
    await restart(draining);
    await taken();
  }
  await untilReady(await add());
  expect(await findInstance(database, draining)).toMatchObject({ settledGeneration: 1, generation: 3 });
  resolve();
  await untilReady(draining);
});

test("a gateway that another worker is busy with keeps no job from the next person's", async () => {
  const { url, database, add, restart, taken, untilReady } = await startWorker(1);
  const held = await add();
  await untilReady(held);
  const leases = createLeases(url);
  onTestFinished(() => leases.close());
  const lease = await leases.take(held);
  await restart(held);
  await taken();
  await untilReady(await add());
  expect(await findInstance(database, held)).toMatchObject({ settledGeneration: 1, generation: 2 });
  await lease?.release();
  await untilReady(held);
});
