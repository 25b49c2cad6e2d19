import { createFakeGateway, fakeWebSocket, type FakeGateway } from "@automna/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type * as Client from "../src/index.ts";
import { lazyPart } from "../src/lazy-part.ts";
import { clockTransport } from "./clock-transport.ts";
import { scriptedGateway } from "./scripted-gateway.ts";

/** Each test gets a page of its own: nothing of the client is loaded but its entry. */
let client: typeof Client;
let gateway: FakeGateway;
let isReachable: boolean;
let hasPanels: boolean;
let hasDevices: boolean;

beforeEach(async () => {
  vi.resetModules();
  isReachable = true;
  vi.doMock("../src/chat.ts", async (original) => {
    if (!isReachable) throw new Error("The page's server is away.");
    return original();
  });
  hasPanels = true;
  vi.doMock("../src/chat-panels.ts", async (original) => {
    if (!hasPanels) throw new Error("The panels are away.");
    return original();
  });
  hasDevices = true;
  vi.doMock("../src/device-store.ts", async (original) => {
    if (!hasDevices) throw new Error("The device's part is away.");
    return original();
  });
  client = await import("../src/index.ts");
  gateway = createFakeGateway({ protocol: 3 });
});

afterEach(() => {
  gateway.close();
  vi.doUnmock("../src/chat.ts");
  vi.doUnmock("../src/chat-panels.ts");
  vi.doUnmock("../src/device-store.ts");
});

function newChat(
  transport: Client.TransportFactory = clockTransport(fakeWebSocket(gateway)),
): Client.ChatStore {
  return client.createChatStore({
    gatewayUrl: "ws://gateway.test/",
    authToken: "test-token",
    storage: client.memoryStorage(),
    pool: new client.ConnectionPool(),
    transport,
    // Nobody waits longer than the shortest time before the next attempt.
    environment: { ...client.defaultEnvironment, random: () => 0 },
  });
}

const texts = (chat: Client.ChatStore) => client.selectMessages(chat.getState()).map(client.messageText);

test("a message is shown, kept and sent though the chat itself is still being loaded", async () => {
  const chat = newChat();
  const sendId = chat.actions.send("early");
  expect(client.selectMessages(chat.getState())).toMatchObject([{ id: sendId, status: "queued" }]);
  expect(chat.getState().outbox).toHaveLength(1);
  const release = chat.start();
  await vi.waitFor(() => expect(texts(chat)).toEqual(["early", "Echo: early"]));
  expect(client.selectMessages(chat.getState())[0]?.id).toBe(sendId);
  release();
  chat.dispose();
});

test("what is asked for before the chat is loaded is done when it is", async () => {
  const chat = newChat();
  const unwatch = chat.actions.watchSessions();
  chat.actions.switchSession("trip");
  const discarded = chat.actions.send("never mind");
  chat.actions.discard(discarded);
  chat.actions.send("hello");
  expect(chat.actions.regenerate()).toBeNull();
  chat.start();
  await vi.waitFor(() => expect(texts(chat)).toEqual(["hello", "Echo: hello"]));
  await vi.waitFor(() => expect(chat.getState().sessions.status).toBe("ready"));
  expect(chat.getState().sessionKey).toBe("agent:main:trip");
  unwatch();
  chat.dispose();
});

test("a chat that cannot be loaded says so, and is there as soon as it can", async () => {
  isReachable = false;
  const chat = newChat();
  chat.actions.send("kept");
  const seen: string[] = [];
  chat.subscribe(({ connection }) => {
    if (connection.status === "waiting") seen.push(connection.reason.code);
  });
  chat.start();
  await vi.waitFor(() => expect(seen).toContain("part-missing"));
  await expect(chat.actions.listModels()).rejects.toThrow();
  expect(chat.getState().notice).not.toBeNull();
  isReachable = true;
  await vi.waitFor(() => expect(texts(chat)).toEqual(["kept", "Echo: kept"]));
  chat.dispose();
});

test("a device's proof that cannot be loaded says so, and is there as soon as it can", async () => {
  hasDevices = false;
  const four = createFakeGateway({ protocol: 4 });
  const chat = newChat(clockTransport(fakeWebSocket(four)));
  chat.start();
  await vi.waitFor(() =>
    expect(chat.getState().connection).toMatchObject({ status: "waiting", reason: { code: "part-missing" } }),
  );
  hasDevices = true;
  await vi.waitFor(() => expect(chat.getState().history.status).toBe("ready"));
  chat.dispose();
  four.close();
});

test("the session list that could not be loaded says so, and is there as soon as it can", async () => {
  hasPanels = false;
  const chat = newChat();
  chat.start();
  const unwatch = chat.actions.watchSessions();
  await vi.waitFor(() => expect(chat.getState().sessions.status).toBe("failed"));
  hasPanels = true;
  await vi.waitFor(() => expect(chat.getState().sessions.status).toBe("ready"));
  unwatch();
  chat.dispose();
});

test("what waits for a person is shown as soon as the part that shows it can be loaded", async () => {
  hasPanels = false;
  const away = vi.fn<() => void>();
  vi.doMock("../src/chat-panels.ts", async (original) => {
    if (hasPanels) return original();
    away();
    throw new Error("The panels are away.");
  });
  const list = [{ id: "a1", request: { command: "ls" } }];
  const scripted = scriptedGateway(4, { "exec.approval.list": list });
  const chat = newChat(scripted.transport);
  chat.start();
  await vi.waitFor(() => expect(chat.getState().history.status).toBe("ready"));
  await vi.waitFor(() => expect(away).toHaveBeenCalled());
  hasPanels = true;
  await vi.waitFor(() => expect(chat.getState().approvals).toMatchObject([{ id: "a1", command: "ls" }]));
  expect(scripted.asked.filter(({ method }) => method === "connect")).toHaveLength(1);
  chat.dispose();
});

test("the session list that was asked for while the chat could not be loaded comes with it", async () => {
  isReachable = false;
  const chat = newChat();
  chat.start();
  const unwatch = chat.actions.watchSessions();
  await vi.waitFor(() => expect(chat.getState().notice).not.toBeNull());
  isReachable = true;
  await vi.waitFor(() => expect(chat.getState().sessions.status).toBe("ready"));
  unwatch();
  chat.dispose();
});

test("a part is loaded once, and again only after a failure", async () => {
  let calls = 0;
  const part = lazyPart(async () => {
    calls += 1;
    if (calls === 1) throw new Error("away");
    return calls;
  });
  await expect(part.load()).rejects.toThrow("away");
  expect(part.loaded).toBeNull();
  expect(await Promise.all([part.load(), part.load()])).toEqual([2, 2]);
  expect(part.loaded).toBe(2);
});
