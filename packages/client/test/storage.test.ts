import { IDBFactory } from "fake-indexeddb";
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
  const keeper = new OutboxKeeper(new OutboxStore(storage, scope));
  return {
    keeper,
    add: (sendId: string, now = 1_000) =>
      keeper.add(
        { sendId, sessionKey: entry.sessionKey, text: entry.text },
        { ...defaultEnvironment, now: () => now },
      ),
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

test("a full storage does not stop a message: it is kept as long as the page", async () => {
  const { add, keeper } = outbox(webStorage(area(10)));
  add("k1");
  const [taken] = keeper.entries;
  if (taken === undefined) throw new Error("It was not taken.");
  expect(await keeper.put({ ...taken, state: "sending" })).toBe(true);
  expect(keeper.entries).toMatchObject([{ sendId: "k1", state: "sending" }]);
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
    return { small, large, asked, storage: overflowStorage(small, asked) };
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
    const { storage, small, large } = pair();
    await storage.set("a:1", LONG);
    await storage.set("a:2", "two");
    const next = overflowStorage(small, () => large);
    expect(await next.get("a:1")).toBe(LONG);
    expect([...(await next.keys("a:"))].toSorted()).toEqual(["a:1", "a:2"]);
    await next.remove("a:1");
    expect(await next.get("a:1")).toBeNull();
    expect(await large.keys("")).toEqual([]);
  });

  test("never gives an older value for a newer one, whichever of them was too large", async () => {
    const { storage } = pair();
    await storage.set("a:1", "short");
    await storage.set("a:1", LONG);
    expect(await storage.get("a:1")).toBe(LONG);
    await storage.set("a:1", "short again");
    expect(await storage.get("a:1")).toBe("short again");
    expect(await storage.keys("a:")).toEqual(["a:1"]);
  });

  test("lists what it can read when the large one cannot be opened, and says that it did not keep what is too large", async () => {
    const { storage, small } = pair();
    await storage.set("a:1", LONG);
    await storage.set("a:2", "two");
    const broken = overflowStorage(small, () => {
      throw new Error("The person forbids it.");
    });
    expect(await broken.keys("a:")).toEqual(["a:2"]);
    await expect(broken.set("a:3", LONG)).rejects.toThrow("forbids");
  });
});
