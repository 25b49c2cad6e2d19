import { forceCloseDatabase, IDBFactory } from "fake-indexeddb";
import { virtualClock } from "@automna/testing";
import { describe, expect, test, vi } from "vitest";

import {
  defaultEnvironment,
  indexedDbStorage,
  memoryStorage,
  webStorage,
  type ClientStorage,
  type OutboxEntry,
} from "../src/index.ts";
import { OutboxKeeper } from "../src/outbox-keeper.ts";
import { OutboxStore } from "../src/outbox-store.ts";
import { overflowStorage } from "../src/overflow-storage.ts";

/** The Web Storage interface over a map, with room for `limit` characters. */
function area(limit = Number.POSITIVE_INFINITY): Storage {
  const values = new Map<string, string>();
  return {
    get length() {
      return values.size;
    },
    clear: () => values.clear(),
    getItem: (key) => values.get(key) ?? null,
    key: (index) => [...values.keys()][index] ?? null,
    removeItem: (key) => void values.delete(key),
    setItem(key, value) {
      if (value.length > limit) throw new DOMException("full", "QuotaExceededError");
      values.set(key, value);
    },
  };
}

const entry: OutboxEntry = {
  sendId: "k1",
  sessionKey: "agent:main:main",
  text: "hi",
  attachments: [],
  state: "queued",
  createdAt: 2,
  attempts: 0,
  boot: null,
  sentAt: 0,
};

const SCOPE = "ws://gateway.test/";

/** A page's outbox. Its clock shows `now`, 1,000 unless told otherwise. */
function outbox(storage: ClientStorage, scope = SCOPE) {
  let shown = 0;
  const keeper = new OutboxKeeper(new OutboxStore(storage, scope), {
    ...defaultEnvironment,
    now: () => shown,
  });
  return {
    keeper,
    add: (sendId: string, now = 1_000) => {
      shown = now;
      return keeper.add({ sendId, sessionKey: entry.sessionKey, text: entry.text });
    },
  };
}

const kinds: [string, () => ClientStorage][] = [
  ["memory", memoryStorage],
  ["web storage", () => webStorage(area())],
  ["IndexedDB", () => indexedDbStorage("test", new IDBFactory())],
];

describe.each(kinds)("%s", (_name, make) => {
  test("keeps, replaces, lists and forgets values", async () => {
    const storage = make();
    expect(await storage.get("a:1")).toBeNull();
    await storage.set("a:1", "one");
    await storage.set("a:1", "uno");
    await storage.set("a:2", "two");
    await storage.set("b:1", "other");
    expect(await storage.get("a:1")).toBe("uno");
    expect([...(await storage.keys("a:"))].toSorted()).toEqual(["a:1", "a:2"]);
    await storage.remove("a:1");
    expect(await storage.keys("a:")).toEqual(["a:2"]);
  });

  test("gives an outbox back to the next page, oldest first, without what was sent", async () => {
    const storage = make();
    const before = outbox(storage);
    before.add("k1");
    before.add("k0", 1);
    before.add("k2", 1);
    const last = before.keeper.get("k0");
    if (last !== undefined) await before.keeper.put({ ...last, state: "acked" });
    before.keeper.remove("k2");
    const after = outbox(storage);
    await after.keeper.load();
    expect(after.keeper.entries).toMatchObject([
      { sendId: "k1", state: "queued" },
      { sendId: "k0", state: "acked" },
    ]);
    const other = outbox(storage, "ws://other.test/");
    await other.keeper.load();
    expect(other.keeper.entries).toEqual([]);
  });

  test("gives what pages of an older version left in the order in which it was written", async () => {
    const storage = make();
    for (const [sendId, createdAt] of [
      ["b", 20],
      ["a", 10],
      ["c", 30],
    ] as const)
      await storage.set(
        `automna:outbox:1:${SCOPE}:${sendId}`,
        JSON.stringify({ ...entry, sendId, createdAt }),
      );
    const { keeper, add } = outbox(storage);
    await keeper.load();
    add("d", 5);
    expect(keeper.entries.map(({ sendId }) => sendId)).toEqual(["a", "b", "c", "d"]);
  });
});

test("a database that the browser closes by itself is opened again", async () => {
  const factory = new IDBFactory();
  const opened = vi.spyOn(factory, "open");
  const storage = indexedDbStorage("test", factory);
  await storage.set("a:1", "one");
  const database = opened.mock.results[0]?.value.result;
  const closed = new Promise((resolve) => database.addEventListener("close", resolve));
  forceCloseDatabase(database);
  await closed;
  expect(await storage.get("a:1")).toBe("one");
  expect(opened).toHaveBeenCalledTimes(2);
});

test("a full storage does not stop a message: it is kept as long as the page", async () => {
  const { add, keeper } = outbox(webStorage(area(10)));
  add("k1");
  const [taken] = keeper.entries;
  if (taken === undefined) throw new Error("It was not taken.");
  expect(await keeper.put({ ...taken, state: "sending" })).toBe(true);
  expect(keeper.entries).toMatchObject([{ sendId: "k1", state: "sending" }]);
});

test("what did not fit any more is as this page has it, not as the storage has it", async () => {
  const { add, keeper } = outbox(webStorage(area(300)));
  const taken = add("k1");
  expect(await keeper.look("k1")).toMatchObject({ state: "queued" });
  const error = { kind: "unknown", message: "x".repeat(300) } as const;
  await keeper.put({ ...taken, state: "failed", error });
  expect(await keeper.look("k1")).toMatchObject({ state: "failed", error });
});

test("a message is gone when another page removed it, and not when the storage was emptied", async () => {
  const values = area();
  const storage = webStorage(values);
  const one = outbox(storage);
  const kept = one.add("k1");
  const other = outbox(storage);
  expect(await one.keeper.look("k1")).toMatchObject({ sendId: "k1" });
  await other.keeper.load();
  values.clear();
  // Somebody fills it again, under a new life.
  const third = outbox(storage);
  third.add("k3", 2_000);
  expect(await third.keeper.look("k3")).not.toBeNull();
  expect(await one.keeper.look("k1")).toMatchObject({ sendId: "k1" });
  expect(await one.keeper.put({ ...kept, state: "sending" })).toBe(true);
  expect(await other.keeper.look("k1")).toMatchObject({ sendId: "k1" });
  const next = outbox(storage);
  await next.keeper.load();
  expect(next.keeper.entries.map(({ sendId }) => sendId)).toEqual(["k1", "k3"]);
  next.keeper.remove("k1");
  expect(await next.keeper.look("k1")).toBeNull();
  expect(await one.keeper.put({ ...kept, state: "acked" })).toBe(false);
});

test("what cannot be read in storage is left alone", async () => {
  const storage = memoryStorage();
  await storage.set(`automna:outbox:1:${SCOPE}:broken`, "{");
  const { keeper } = outbox(storage);
  await keeper.load();
  expect(keeper.entries).toEqual([]);
  expect(await storage.get(`automna:outbox:1:${SCOPE}:broken`)).toBe("{");
});

describe("a small storage with a large one behind it", () => {
  const LONG = "x".repeat(100);

  function pair() {
    const small = webStorage(area(50));
    const large = indexedDbStorage("test", new IDBFactory());
    const asked = vi.fn(() => large);
    const clock = virtualClock();
    const environment = {
      after(ms: number, task: () => void) {
        const timer = clock.setTimeout(task, ms);
        return () => clock.clearTimeout(timer);
      },
    };
    const page = (behind: () => ClientStorage) => overflowStorage(small, behind, environment);
    return { small, large, asked, clock, page, storage: page(asked) };
  }

  test("leaves the large one closed as long as nothing is too large", async () => {
    const { storage, asked } = pair();
    await storage.set("a:1", "one");
    expect(await storage.get("a:1")).toBe("one");
    expect(await storage.get("a:2")).toBeNull();
    expect(await storage.keys("a:")).toEqual(["a:1"]);
    await storage.remove("a:1");
    expect(asked).not.toHaveBeenCalled();
  });

  test("gives the next page what was too large for the small one", async () => {
    const { storage, page, large } = pair();
    await storage.set("a:1", LONG);
    await storage.set("a:2", "two");
    const next = page(() => large);
    expect(await next.get("a:1")).toBe(LONG);
    expect([...(await next.keys("a:"))].toSorted()).toEqual(["a:1", "a:2"]);
    await next.remove("a:1");
    expect(await next.get("a:1")).toBeNull();
    expect(await large.keys("")).toEqual([]);
  });

  test("never gives an older value for a newer one, whichever of them was too large", async () => {
    const { storage, large } = pair();
    await storage.set("a:1", "short");
    await storage.set("a:1", LONG);
    expect(await storage.get("a:1")).toBe(LONG);
    await storage.set("a:1", "short again");
    expect(await storage.get("a:1")).toBe("short again");
    expect(await storage.keys("a:")).toEqual(["a:1"]);
    await vi.waitFor(async () => expect(await large.keys("")).toEqual([]));
  });

  test("lists what it has when the large one cannot be opened, and says that it did not keep what is too large", async () => {
    const { storage, page } = pair();
    await storage.set("a:1", LONG);
    await storage.set("a:2", "two");
    const broken = page(() => {
      throw new Error("The person forbids it.");
    });
    expect(await broken.keys("a:")).toEqual(["a:1", "a:2"]);
    expect(await broken.get("a:2")).toBe("two");
    await expect(broken.get("a:1")).rejects.toThrow("forbids");
    await expect(broken.set("a:3", LONG)).rejects.toThrow("forbids");
  });

  test("says of what was in the large one, when that was emptied, that it is not known", async () => {
    const { storage, large } = pair();
    await storage.set("a:1", LONG);
    await large.remove("a:1");
    await expect(storage.get("a:1")).rejects.toThrow("emptied");
    await storage.remove("a:1");
    expect(await storage.get("a:1")).toBeNull();
  });

  test("does not wait for ever for a large one that hangs, and for nothing that is in the small one", async () => {
    const { storage, page, clock } = pair();
    await storage.set("a:1", LONG);
    const never = () => new Promise<never>(() => {});
    const hung = page(() => ({ get: never, set: never, remove: never, keys: never }));
    await hung.set("a:2", "two");
    expect(await hung.get("a:2")).toBe("two");
    expect(await hung.keys("a:")).toEqual(["a:1", "a:2"]);
    await hung.remove("a:2");
    const answers = Promise.allSettled([hung.get("a:1"), hung.set("a:3", LONG), hung.remove("a:1")]);
    await clock.advanceAsync(3_000);
    expect((await answers).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(await hung.keys("a:")).toEqual([]);
  });

  test("gives a page all other messages when one of them cannot be read", async () => {
    const { storage, page, clock } = pair();
    const key = (sendId: string) => `automna:outbox:1:${SCOPE}:${sendId}`;
    const tiny = (sendId: string) => JSON.stringify({ sendId, sessionKey: "s" });
    await storage.set(key("k1"), tiny("k1"));
    await storage.set(key("k2"), LONG);
    const never = () => new Promise<never>(() => {});
    const { keeper } = outbox(page(() => ({ get: never, set: never, remove: never, keys: never })));
    const loading = keeper.load();
    await clock.advanceAsync(3_000);
    expect(await loading).toMatchObject([{ sendId: "k1" }]);
  });
});
