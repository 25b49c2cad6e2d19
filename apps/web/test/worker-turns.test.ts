import { parseKeyRing, revisionOf } from "@automna/control-plane";
import { findInstance, newInstance } from "@automna/control-plane/database";
import { createLeases, createWorker } from "@automna/control-plane/jobs";
import { expect, onTestFinished, test, vi } from "vitest";
import { READY } from "./support/house.ts";
import { ScriptedDriver } from "./support/scripted-driver.ts";
import { openDatabase, TOKEN_KEYS } from "./support/stored-instance.ts";

/** A worker whose preparations wait, each until it is let go. */
async function startWorker(concurrency: number) {
  // One connection, so that what was asked first is answered first.
  const { database, url } = await openDatabase(1);
  const begun: string[] = [];
  const waiting: (() => void)[] = [];
  let most = 0;
  const leases = createLeases(url);
  const names = new Map<string, string>();
  const worker = createWorker({
    database,
    leases,
    driver: new ScriptedDriver(),
    probe: () => Promise.resolve(READY),
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
  onTestFinished(async () => {
    for (const letGo of waiting) letGo();
    await worker.close();
    await leases.close();
  });
  return {
    worker,
    begun,
    most: () => most,
    letOneGo: () => waiting.shift()?.(),
    /** Gives the owner one more gateway. */
    add: async (name: string, owner: string): Promise<string> => {
      const { id: ownerId } = await database.user.upsert({
        where: { clerkId: owner },
        create: { clerkId: owner },
        update: {},
      });
      const kind = { driver: "process", product: "demo" } as const;
      const made = newInstance(ownerId, kind, parseKeyRing(TOKEN_KEYS));
      await database.instance.create({ data: { ...made, ownerId, basePath: "" } });
      names.set(made.id, name);
      return made.id;
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
