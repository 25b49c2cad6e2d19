import type { ProbeResult } from "@automna/control-plane";
import { commandInstance, findInstance } from "@automna/control-plane/database";
import { createLeases } from "@automna/control-plane/jobs";
import { expect, onTestFinished, test, vi } from "vitest";
import { READY, WAITS } from "./support/house.ts";
import { ScriptedDriver } from "./support/scripted-driver.ts";
import { openDatabase } from "./support/stored-instance.ts";
import { addInstance, startWorkerOn } from "./support/worker.ts";

/** Two workers on one database and one driver, as on two machines of a swarm. */
async function startPair() {
  const stored = await openDatabase();
  const { database, url } = stored;
  const driver = new ScriptedDriver();
  const settled: string[] = [];
  const startOne = (answer: ProbeResult) =>
    startWorkerOn(stored, {
      driver,
      probe: () => Promise.resolve(answer),
      concurrency: 1,
      readyTimeoutMs: 600_000,
      onSettled: ({ id }) => settled.push(id),
    });
  return {
    database,
    url,
    driver,
    /** Which instances a run has ended of, in their order. */
    settled,
    /** Its gateways never get ready. */
    patient: startOne(WAITS),
    quick: startOne(READY),
    add: (owner: string) => addInstance(database, owner),
    awaits: (id: string) =>
      vi.waitFor(async () =>
        expect(await findInstance(database, id)).toMatchObject({ phase: { name: "await-ready" } }),
      ),
  };
}

test("what is wanted now ends the wait of another worker for what was wanted before", async () => {
  const { database, driver, patient, quick, add, awaits } = await startPair();
  const id = await add("user_pair");
  const start = patient.look(id);
  await awaits(id);
  await commandInstance(
    { database, enqueue: () => Promise.resolve(), limits: { maxRunning: 1, maxWaiting: 1 } },
    id,
    { kind: "stop", reason: "owner" },
    { actor: "user_pair" },
  );
  await Promise.all([start, quick.look(id)]);
  expect(await findInstance(database, id)).toMatchObject({ desired: "stopped", observed: "stopped" });
  expect(driver.world.get(id)).toMatchObject({ status: "stopped" });
});

test("a gateway that another worker is busy with keeps nobody else's waiting", async () => {
  const { database, patient, quick, add, awaits } = await startPair();
  const [held, free] = [await add("user_held"), await add("user_free")];
  patient.look(held).catch(() => undefined);
  await awaits(held);
  quick.look(held).catch(() => undefined);
  await quick.look(free);
  expect(await findInstance(database, free)).toMatchObject({ observed: "ready" });
  expect(await findInstance(database, held)).toMatchObject({ phase: { name: "await-ready" } });
});

test("what another worker does to a gateway is taken for no accident, and a notice of it stays", async () => {
  const { database, url, driver, settled, patient, quick, add } = await startPair();
  await patient.close();
  const id = await add("user_seen");
  await quick.look(id);
  await database.instance.update({
    where: { id },
    data: { errorCode: "upgrade-failed", errorMessage: "The new image did not start." },
  });
  const leases = createLeases(url);
  onTestFinished(() => leases.close());
  const lease = await leases.take(id);
  const before = driver.world.get(id);
  if (!before) throw new Error("It does not run.");
  driver.happens(id, { status: "stopped", exit: null });
  driver.world.set(id, before);
  await lease?.release();
  await vi.waitFor(() => expect(settled).toEqual([id, id]));
  expect(await findInstance(database, id)).toMatchObject({
    observed: "ready",
    failure: { code: "upgrade-failed" },
  });
});

test("what was done before it is its turn is not done again", async () => {
  const { database, driver, quick, add } = await startPair();
  const id = await add("user_done");
  const due = await findInstance(database, id);
  await quick.look(id);
  const done = await findInstance(database, id);
  driver.calls.length = 0;
  await quick.look(id, due ?? undefined);
  expect(await findInstance(database, id)).toEqual(done);
  expect(driver.calls).toEqual([]);
});

test("steps that are over before they can be written are left out, and still nobody is sent to a gateway that starts", async () => {
  const { database, driver, patient, quick, add, awaits } = await startPair();
  const id = await add("user_steps");
  await quick.look(id);
  await database.instance.update({ where: { id }, data: { generation: { increment: 1 } } });
  driver.world.delete(id);
  driver.calls.length = 0;
  const phases: unknown[] = [];
  await database.$transaction(async (transaction) => {
    await transaction.$queryRaw`SELECT 1 FROM "Instance" WHERE "id" = ${id} FOR UPDATE`;
    patient.look(id).catch(() => undefined);
    await vi.waitFor(() => expect(driver.calls).toContain(`start ${id}`));
    phases.push((await findInstance(database, id))?.phase);
  });
  await awaits(id);
  expect(phases).toEqual([null]);
  expect(await findInstance(database, id)).toMatchObject({ observed: "restarting" });
});
