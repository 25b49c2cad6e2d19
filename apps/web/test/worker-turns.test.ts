import { revisionOf } from "@automna/control-plane";
import { findInstance } from "@automna/control-plane/database";
import { expect, onTestFinished, test, vi } from "vitest";
import { ScriptedDriver } from "./support/scripted-driver.ts";
import { openDatabase } from "./support/stored-instance.ts";
import { addInstance, startWorkerOn } from "./support/worker.ts";

/** A worker whose preparations wait, each until it is let go. */
async function startWorker(concurrency: number) {
  // One connection, so that what was asked first is answered first.
  const stored = await openDatabase(1);
  const { database } = stored;
  const begun: string[] = [];
  const waiting: (() => void)[] = [];
  let most = 0;
  const names = new Map<string, string>();
  const worker = startWorkerOn(stored, {
    driver: new ScriptedDriver(),
    concurrency,
    async prepare({ id, ownerId, product }) {
      begun.push(names.get(id) ?? id);
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      most = Math.max(most, waiting.length);
      await promise;
      const settings = {
        auth: { mode: "token", token: "the-token" },
        basePath: "",
        allowedOrigins: [],
        trustedProxies: [],
        model: null,
      } as const;
      return { spec: { id, ownerId, product, settings, revision: revisionOf(product, settings) } };
    },
  });
  onTestFinished(() => {
    for (const letGo of waiting) letGo();
  });
  return {
    worker,
    begun,
    most: () => most,
    letOneGo: () => waiting.shift()?.(),
    /** Gives the owner one more gateway. */
    add: async (name: string, owner: string): Promise<string> => {
      const id = await addInstance(database, owner);
      names.set(id, name);
      return id;
    },
    /** Resolves when everything has been looked up that was asked for before. */
    caughtUp: () => findInstance(database, "f".repeat(24)),
  };
}

test("where one at a time is the limit owners take turns, whoever asked first", async () => {
  const { worker, begun, most, letOneGo, add, caughtUp } = await startWorker(1);
  const ids: string[] = [];
  for (const name of ["c1", "a1", "a2", "a3", "b1"]) ids.push(await add(name, `user_${name.charAt(0)}`));
  const looks = ids.map((id) => worker.look(id));
  await vi.waitFor(() => expect(begun).toEqual(["c1"]));
  await caughtUp();
  for (const expected of [["a1"], ["b1"], ["a2"], ["a3"]]) {
    const before = begun.length;
    letOneGo();
    await vi.waitFor(() => expect(begun.slice(before)).toEqual(expected));
  }
  letOneGo();
  await Promise.all(looks);
  expect(most()).toBe(1);
});

test("as many are worked on side by side as the limit says, and not one more", async () => {
  const { worker, begun, most, letOneGo, add, caughtUp } = await startWorker(2);
  const ids: string[] = [];
  for (const name of ["a", "b", "c", "d"]) ids.push(await add(name, `user_${name}`));
  const looks = ids.map((id) => worker.look(id));
  await vi.waitFor(() => expect(begun).toHaveLength(2));
  await caughtUp();
  for (const count of [3, 4]) {
    letOneGo();
    await vi.waitFor(() => expect(begun).toHaveLength(count));
  }
  letOneGo();
  letOneGo();
  await Promise.all(looks);
  expect(most()).toBe(2);
});
