import type { InstanceFailure } from "@automna/control-plane";
import { findInstance } from "@automna/control-plane/database";
import { expect, onTestFinished, test, vi } from "vitest";
import { ScriptedDriver } from "./support/scripted-driver.ts";
import { openDatabase } from "./support/stored-instance.ts";
import { addInstance, startWorkerOn } from "./support/worker.ts";

const FULL: InstanceFailure = { code: "disk-full", message: "The disk is full. Delete files." };

/** A worker whose driver says what it has to say of a running gateway's disk when it is told to. */
async function startWorker() {
  const stored = await openDatabase();
  const { database } = stored;
  const asked: string[] = [];
  const answers: ((complaint: InstanceFailure | null) => void)[] = [];
  const driver = Object.assign(new ScriptedDriver(), {
    complaint: (id: string): Promise<InstanceFailure | null> => {
      const { promise, resolve } = Promise.withResolvers<InstanceFailure | null>();
      asked.push(id);
      answers.push(resolve);
      return promise;
    },
  });
  const worker = startWorkerOn(stored, { driver });
  const answer = async (complaint: InstanceFailure | null) => {
    await vi.waitFor(() => expect(answers).not.toHaveLength(0));
    answers.shift()?.(complaint);
  };
  onTestFinished(() => {
    for (const resolve of answers) resolve(null);
  });
  const add = () => addInstance(database, "user_full");
  /** One more gateway, of which there is nothing to say yet. */
  const addReady = async (): Promise<string> => {
    const id = await add();
    await Promise.all([worker.look(id), answer(null)]);
    asked.length = 0;
    return id;
  };
  return { worker, asked, answer, add, addReady, row: (id: string) => findInstance(database, id), database };
}

test("a disk that is slow to be looked at keeps nobody's gateway from starting, and is still told of", async () => {
  const { worker, asked, answer, add, addReady, row } = await startWorker();
  const quiet = await addReady();
  expect(await worker.lookAtAll()).toBe(0);
  await vi.waitFor(() => expect(asked).toEqual([quiet]));
  const due = await add();
  expect(await worker.lookAtAll()).toBe(1);
  await vi.waitFor(() => expect(asked).toEqual([quiet, due]));
  await answer(FULL);
  await vi.waitFor(async () => expect(await row(quiet)).toMatchObject({ observed: "ready", failure: FULL }));
});

test("what is said of a disk of a gateway that is ready no more is not written", async () => {
  const { worker, asked, answer, addReady, row, database } = await startWorker();
  const id = await addReady();
  await worker.lookAtAll();
  await vi.waitFor(() => expect(asked).toEqual([id]));
  await database.instance.update({ where: { id }, data: { observedState: "stopped" } });
  await answer(FULL);
  await worker.close();
  expect(await row(id)).toMatchObject({ observed: "stopped", failure: null });
});

test("a worker that stops looks at no further disk", async () => {
  const { worker, asked, answer, addReady } = await startWorker();
  await addReady();
  await addReady();
  await worker.lookAtAll();
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  const closed = worker.close();
  await answer(null);
  await closed;
  expect(asked).toHaveLength(1);
});
