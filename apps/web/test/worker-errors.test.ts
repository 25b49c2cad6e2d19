import { findInstance } from "@automna/control-plane/database";
import { expect, test } from "vitest";
import { ScriptedDriver } from "./support/scripted-driver.ts";
import { openDatabase } from "./support/stored-instance.ts";
import { addInstance, startWorkerOn } from "./support/worker.ts";

test("what a driver throws without a word for its owner is told to the operator, with the gateway that it was about", async () => {
  const stored = await openDatabase();
  const { database } = stored;
  const error = new Error("EACCES: permission denied, mkdir '/srv/data/instances'");
  const driver = new ScriptedDriver();
  driver.start = () => Promise.reject(error);
  const reported: { error: unknown; instanceId: string | null }[] = [];
  const worker = startWorkerOn(stored, {
    driver,
    onError: (thrown, instanceId) => reported.push({ error: thrown, instanceId }),
  });
  const id = await addInstance(database, "user_of_a_full_disk");
  await worker.look(id);
  const row = await findInstance(database, id);
  expect(row).toMatchObject({ observed: "failed", failure: { code: "driver-failed" } });
  expect(row?.failure?.message).not.toContain("EACCES");
  expect(reported).toEqual([{ error, instanceId: id }]);
});
