import { createFakeGateway, fakeWebSocket } from "@automna/testing";
import { expect, test } from "vitest";

import {
  ConnectionPool,
  createChatStore,
  memoryStorage,
  type ChatStore,
  type ChatStoreOptions,
} from "../src/index.ts";
import { testWorld } from "./chat-rig.ts";
import { clockTransport } from "./clock-transport.ts";

function rig() {
  const { clock, environment } = testWorld();
  const gateway = createFakeGateway({ clock, protocol: 3 });
  const pool = new ConnectionPool();
  const storage = memoryStorage();
  const transport = clockTransport(fakeWebSocket(gateway));
  const chat = (change: Partial<ChatStoreOptions> = {}): ChatStore =>
    createChatStore({
      gatewayUrl: "ws://gateway.test/",
      authToken: "test-token",
      pool,
      storage,
      transport,
      environment,
      ...change,
    });
  const ready = (store: ChatStore) => clock.advanceUntil(() => store.getState().history.status === "ready");
  return { clock, gateway, pool, chat, ready };
}

test("making a store touches nothing", async () => {
  const { clock, gateway, pool, chat } = rig();
  chat();
  await clock.advanceAsync(60_000);
  expect(gateway.connections).toBe(0);
  expect(pool.size).toBe(0);
});

test("a page that mounts twice, as in strict mode, opens one socket", async () => {
  const { gateway, chat, ready } = rig();
  const store = chat();
  store.start()();
  store.start();
  await ready(store);
  expect(gateway.connections).toBe(1);
});

test("a hundred fast remounts open one socket and leave no timer", async () => {
  const { clock, gateway, pool, chat, ready } = rig();
  for (let mount = 0; mount < 100; mount += 1) {
    const store = chat();
    const release = store.start();
    await clock.advanceAsync(5);
    release();
  }
  const last = chat();
  const release = last.start();
  await ready(last);
  expect(gateway.connections).toBe(1);
  release();
  release();
  await clock.advanceAsync(5_000);
  expect(pool.size).toBe(0);
  expect(gateway.connected).toBe(0);
  gateway.close();
  expect(clock.pending()).toBe(0);
});

test("a share from before a dispose, given back later, ends nobody's that came after", async () => {
  const { clock, gateway, chat, ready } = rig();
  const store = chat();
  const releaseFormer = store.start();
  store.dispose();
  const release = store.start();
  await ready(store);
  releaseFormer();
  await clock.advanceAsync(5_000);
  expect(gateway.connected).toBe(1);
  release();
  await clock.advanceAsync(5_000);
  expect(gateway.connected).toBe(0);
});

test("two chats with the same gateway share one socket; another gateway gets its own", async () => {
  const { gateway, chat, ready } = rig();
  const [one, two, other] = [
    chat(),
    chat({ sessionKey: "trip" }),
    chat({ gatewayUrl: "ws://gateway.test/other" }),
  ];
  one.start();
  two.start();
  other.start();
  await ready(one);
  await ready(two);
  await ready(other);
  expect(gateway.connections).toBe(2);
});

test("a store may be started again after it was disposed", async () => {
  const { gateway, chat, ready, clock } = rig();
  const store = chat();
  store.start();
  await ready(store);
  store.dispose();
  await clock.advanceAsync(10_000);
  expect(gateway.connected).toBe(0);
  store.start();
  expect(await clock.advanceUntil(() => store.getState().connection.status === "ready")).toBe(true);
});

test("a store that is disposed leaves no socket behind for its successor to stand beside", async () => {
  const { clock, gateway, chat, ready } = rig();
  for (let mount = 0; mount < 5; mount += 1) {
    // A function of its own each time, as an inline arrow in a component gives.
    const store = chat({ authToken: () => "test-token" });
    store.start();
    await ready(store);
    expect(gateway.open).toBe(1);
    store.dispose();
    await clock.advanceAsync(1);
    expect(gateway.open).toBe(0);
  }
});

test("a store that is disposed leaves the socket to the others that use it", async () => {
  const { clock, gateway, chat, ready } = rig();
  const [one, other] = [chat(), chat({ sessionKey: "trip" })];
  one.start();
  other.start();
  await ready(other);
  one.dispose();
  await clock.advanceAsync(5_000);
  expect(gateway.open).toBe(1);
  expect(other.getState().connection.status).toBe("ready");
});
