import { setupServer } from "msw/node";
import { WebSocket as ReconnectingWebSocket } from "partysocket";
import { afterEach, expect, test } from "vitest";
import { createFakeGateway } from "../src/index.ts";
import type { FakeGateway } from "../src/index.ts";
import { isJsonObject, objectAt } from "../src/json.ts";
import type { JsonObject } from "../src/json.ts";
import { gatewayHandlers } from "../src/msw.ts";
import { connectParams } from "./raw-client.ts";

const cleanups: (() => void)[] = [];
afterEach(() =>
  cleanups
    .splice(0)
    .toReversed()
    .forEach((cleanup) => cleanup()),
);

/** A small client on partysocket that connects again and again. */
function chatClient(url: string) {
  const socket = new ReconnectingWebSocket(url, [], {
    minReconnectionDelay: 10,
    maxReconnectionDelay: 50,
    maxEnqueuedMessages: 0,
  });
  cleanups.push(() => socket.close());
  const frames: JsonObject[] = [];
  const waiting = new Set<() => void>();
  socket.addEventListener("message", ({ data }) => {
    const frame: unknown = JSON.parse(String(data));
    if (!isJsonObject(frame)) return;
    frames.push(frame);
    if (frame["event"] === "connect.challenge")
      socket.send(
        JSON.stringify({
          type: "req",
          id: "c",
          method: "connect",
          params: {
            ...connectParams(),
            client: { id: "gateway-client", version: "1", platform: "web", mode: "backend" },
          },
        }),
      );
    for (const look of waiting) look();
  });
  const next = (wanted: (frame: JsonObject) => boolean): Promise<JsonObject> =>
    new Promise((resolve) => {
      const look = () => {
        const found = frames.find(wanted);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { socket, frames, next };
}

function mocked(url: string, gateway: FakeGateway): void {
  const server = setupServer(...gatewayHandlers(gateway, { url }));
  server.listen();
  cleanups.push(
    () => server.close(),
    () => gateway.close(),
  );
}

const helloCount = (frames: readonly JsonObject[]) =>
  frames.filter((frame) => frame["id"] === "c" && frame["ok"] === true).length;
const isFinal = (frame: JsonObject) =>
  frame["event"] === "chat" && objectAt(frame, "payload")?.["state"] === "final";

test("a partysocket client in Node chats with the gateway behind msw", async () => {
  const gateway = createFakeGateway({ protocol: 3 });
  mocked("wss://gateway.test/*", gateway);
  const { socket, next } = chatClient("wss://gateway.test/i/abc");
  await next((frame) => frame["id"] === "c" && frame["ok"] === true);
  socket.send(
    JSON.stringify({
      type: "req",
      id: "s",
      method: "chat.send",
      params: { sessionKey: "agent:main:x", message: "hello", idempotencyKey: "k" },
    }),
  );
  expect(JSON.stringify(await next(isFinal))).toContain("Echo: hello");
});

test("it comes back after a restart of the gateway", async () => {
  const gateway = createFakeGateway({ protocol: 3 });
  mocked("wss://gateway.test/*", gateway);
  const { socket, frames, next } = chatClient("wss://gateway.test/");
  await next((frame) => frame["id"] === "c" && frame["ok"] === true);
  const closed = new Promise<number>((resolve) =>
    socket.addEventListener("close", (event) => resolve(event.code), { once: true }),
  );
  gateway.restart({ downMs: 60 });
  expect(await closed).toBe(1012);
  await next(() => helloCount(frames) === 2);
});

test("a refusal arrives before its close code", async () => {
  const gateway = createFakeGateway({ protocol: 3, auth: { mode: "token", token: "other" } });
  mocked("wss://gateway.test/*", gateway);
  const { socket, frames } = chatClient("wss://gateway.test/");
  const code = await new Promise<number>((resolve) =>
    socket.addEventListener("close", (event) => resolve(event.code), { once: true }),
  );
  expect([code, frames.some((frame) => frame["ok"] === false)]).toEqual([1008, true]);
});

test("the health paths answer too", async () => {
  mocked("wss://gateway.test/*", createFakeGateway({ protocol: 4 }));
  expect((await fetch("https://gateway.test/readyz")).status).toBe(200);
});
