import { parseKeyRing } from "@automna/control-plane";
import { findInstance, newInstance } from "@automna/control-plane/database";
import { createLeases, createWorker } from "@automna/control-plane/jobs";
import { expect, onTestFinished, test } from "vitest";
import { READY } from "./support/house.ts";
import { plainPreparation } from "./support/preparation.ts";
import { ScriptedDriver } from "./support/scripted-driver.ts";
import { openDatabase, TOKEN_KEYS } from "./support/stored-instance.ts";

const RUNTIME = { driver: "process", product: "demo" } as const;

test("what a driver throws without a word for its owner is told to the operator, with the gateway that it was about", async () => {
  const { database, url } = await openDatabase();
  const keyRing = parseKeyRing(TOKEN_KEYS);
  const error = new Error("EACCES: permission denied, mkdir '/srv/data/instances'");
  const driver = new ScriptedDriver();
  driver.start = () => Promise.reject(error);
  const reported: { error: unknown; instanceId: string | null }[] = [];
  const leases = createLeases(url);
  const worker = createWorker({
    database,
    leases,
    driver,
    probe: () => Promise.resolve(READY),
    prepare: plainPreparation({ database, keyRing, runtime: RUNTIME }),
    onError: (thrown, instanceId) => reported.push({ error: thrown, instanceId }),
  });
  onTestFinished(async () => {
    await worker.close();
    await leases.close();
  });
  const { id: ownerId } = await database.user.create({ data: { clerkId: "user_of_a_full_disk" } });
  const made = newInstance(ownerId, RUNTIME, keyRing);
  await database.instance.create({ data: { ...made, ownerId, basePath: "" } });
  await worker.look(made.id);
  const row = await findInstance(database, made.id);
  expect(row).toMatchObject({ observed: "failed", failure: { code: "driver-failed" } });
  expect(row?.failure?.message).not.toContain("EACCES");
  expect(reported).toEqual([{ error, instanceId: made.id }]);
});
