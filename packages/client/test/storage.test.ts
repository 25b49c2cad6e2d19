import { IDBFactory } from "fake-indexeddb";
import { describe, expect, test } from "vitest";

import {
  indexedDbStorage,
  memoryStorage,
  webStorage,
  type ClientStorage,
  type OutboxEntry,
} from "../src/index.ts";
import { OutboxStore } from "../src/outbox-store.ts";

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
    const before = new OutboxStore(storage, "ws://gateway.test/");
    await before.put(entry);
    await before.put({ ...entry, sendId: "k0", createdAt: 1 });
    await before.put({ ...entry, sendId: "k2", createdAt: 3 });
    before.remove("k2");
    const after = new OutboxStore(storage, "ws://gateway.test/");
    await after.load();
    expect(after.entries.map(({ sendId }) => sendId)).toEqual(["k0", "k1"]);
    const other = new OutboxStore(storage, "ws://other.test/");
    await other.load();
    expect(other.entries).toEqual([]);
  });
});

test("a full storage does not stop a message: it is kept as long as the page", async () => {
  const store = new OutboxStore(webStorage(area(10)), "ws://gateway.test/");
  await store.put(entry);
  expect(store.entries).toEqual([entry]);
});

test("what cannot be read in storage is left alone", async () => {
  const storage = memoryStorage();
  await storage.set("automna:outbox:1:g:broken", "{");
  const store = new OutboxStore(storage, "g");
  await store.load();
  expect(store.entries).toEqual([]);
});
