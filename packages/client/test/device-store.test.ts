import { generateDeviceIdentity } from "@automna/protocol";
import { afterEach, expect, test, vi } from "vitest";

import { DeviceStore } from "../src/device-store.ts";
import { memoryStorage } from "../src/index.ts";

const KEY = "automna:device:1";
const challenge = { nonce: "n", ts: 1 };
const options = { client: {}, auth: { kind: "none" } } as const;

afterEach(() => {
  vi.unstubAllGlobals();
});

async function signer(store: DeviceStore): Promise<string | undefined> {
  return (await store.signedParams(options, challenge, null)).device?.id;
}

/** As where a page is not served over TLS. */
const withoutLocks = () => vi.stubGlobal("navigator", {});

test.each([
  ["over the browser's locks", () => {}],
  ["within a page without locks", withoutLocks],
])("connections that meet on a first visit are one device: %s", async (_name, prepare) => {
  prepare();
  const storage = memoryStorage();
  const stores = [1, 2, 3].map(() => new DeviceStore({ ...storage }, "auto"));
  const ids = await Promise.all(stores.map(signer));
  expect(new Set(ids).size).toBe(1);
  expect(await storage.get(KEY)).toContain(ids[0]);
  expect(await signer(new DeviceStore(storage, "auto"))).toBe(ids[0]);
});

test("a device that cannot be read for a moment is not replaced, and is itself again at the next connect", async () => {
  const storage = memoryStorage();
  const paired = await signer(new DeviceStore(storage, "auto"));
  const kept = await storage.get(KEY);
  let isReadable = false;
  const store = new DeviceStore(
    { ...storage, get: (key) => (isReadable ? storage.get(key) : Promise.reject(new Error("busy"))) },
    "auto",
  );
  const passing = await signer(store);
  expect(passing).not.toBe(paired);
  expect(await signer(store)).toBe(passing);
  expect(await storage.get(KEY)).toBe(kept);
  isReadable = true;
  expect(await signer(store)).toBe(paired);
  expect(await storage.get(KEY)).toBe(kept);
});

test("a device that was made while nothing could be read is kept once it can, where none is kept", async () => {
  const storage = memoryStorage();
  let isReadable = false;
  const store = new DeviceStore(
    { ...storage, get: (key) => (isReadable ? storage.get(key) : Promise.reject(new Error("busy"))) },
    "auto",
  );
  const passing = await signer(store);
  isReadable = true;
  expect(await signer(store)).toBe(passing);
  expect(await storage.get(KEY)).toContain(passing);
});

test("a device that could not be made is tried again at the next connect", async () => {
  const store = new DeviceStore(memoryStorage(), "auto");
  const generate = vi.spyOn(crypto.subtle, "generateKey").mockRejectedValue(new Error("no entropy"));
  const random = vi.spyOn(crypto, "getRandomValues").mockImplementation(() => {
    throw new Error("no entropy");
  });
  await expect(signer(store)).rejects.toThrow("no entropy");
  generate.mockRestore();
  random.mockRestore();
  expect(await signer(store)).toMatch(/^[0-9a-f]{64}$/);
});

test("an own identity is always that one", async () => {
  const own = await generateDeviceIdentity();
  const storage = memoryStorage();
  expect(await signer(new DeviceStore(storage, own))).toBe(own.deviceId);
  expect(await storage.get(KEY)).toBeNull();
});
