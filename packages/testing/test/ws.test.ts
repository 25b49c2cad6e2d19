import { afterEach, expect, test } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { createFakeGateway, words } from "../src/index.ts";
import type { FakeGateway, FakeGatewayOptions } from "../src/index.ts";
import { startFakeGatewayServer } from "../src/ws.ts";
import { startDemoGateway } from "../src/demo-gateway.ts";
import { isJsonObject, objectAt } from "../src/json.ts";
import type { JsonObject } from "../src/json.ts";
import { connectParams } from "./raw-client.ts";

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function serve(
  options: FakeGatewayOptions,
): Promise<{ gateway: FakeGateway; url: string; httpUrl: string }> {
  const gateway = createFakeGateway(options);
  const server = await startFakeGatewayServer(gateway);
  cleanups.push(
    () => gateway.close(),
    () => server.close(),
  );
  return { gateway, url: server.url, httpUrl: server.httpUrl };
}

type Dialed = {
  socket: WebSocket;
  next(wanted: (frame: JsonObject) => boolean): Promise<JsonObject>;
  closed: Promise<{ code: number; reason: string }>;
  send(id: string, method: string, params: JsonObject): void;
};

function dial(url: string, options: ClientOptions = {}): Dialed {
  const socket = new WebSocket(url, options);
  cleanups.push(() => socket.terminate());
  const frames: JsonObject[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data: Buffer) => {
    const frame: unknown = JSON.parse(data.toString("utf8"));
    if (isJsonObject(frame)) frames.push(frame);
    for (const look of waiting) look();
  });
  socket.on("error", () => {});
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") })),
  );
  return {
    socket,
    closed,
    next: (wanted) =>
      new Promise((resolve) => {
        const look = () => {
          const found = frames.find(wanted);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    send: (id, method, params) => socket.send(JSON.stringify({ type: "req", id, method, params })),
  };
}

const answer = (id: string) => (frame: JsonObject) => frame["type"] === "res" && frame["id"] === id;
const chatState = (state: string) => (frame: JsonObject) =>
  frame["event"] === "chat" && objectAt(frame, "payload")?.["state"] === state;

async function admitted(url: string, params = connectParams()): Promise<Dialed> {
  const client = dial(url);
  await client.next((frame) => frame["event"] === "connect.challenge");
  client.send("c", "connect", params);
  expect((await client.next(answer("c")))["ok"]).toBe(true);
  return client;
}

test.each([3, 4] as const)("version %i chats over a real socket on any path", async (protocol) => {
  const { url } = await serve({ protocol });
  const client = await admitted(`${url}/i/abc/`);
  client.send("s", "chat.send", { sessionKey: "agent:main:x", message: "hello", idempotencyKey: "k" });
  await client.next(chatState("final"));
  client.send("h", "chat.history", { sessionKey: "agent:main:x" });
  expect(JSON.stringify(await client.next(answer("h")))).toContain("Echo: hello");
});

test("a refused client gets the error and then the close code", async () => {
  const { url } = await serve({ protocol: 4 });
  const client = dial(url);
  await client.next((frame) => frame["event"] === "connect.challenge");
  client.send("c", "connect", connectParams({ auth: { token: "wrong" } }));
  expect(await client.closed).toMatchObject({ code: 1008 });
  expect(objectAt(objectAt(await client.next(answer("c")), "error") ?? {}, "details")?.["code"]).toBe(
    "AUTH_TOKEN_MISMATCH",
  );
});

test("a binary frame that holds JSON is accepted", async () => {
  const { url } = await serve({ protocol: 4 });
  const client = dial(url);
  await client.next((frame) => frame["event"] === "connect.challenge");
  client.socket.send(
    Buffer.from(JSON.stringify({ type: "req", id: "c", method: "connect", params: connectParams() })),
    { binary: true },
  );
  expect((await client.next(answer("c")))["ok"]).toBe(true);
});

test("a killed gateway is seen as 1006 and refuses connections until it starts", async () => {
  const { url, gateway } = await serve({ protocol: 4 });
  const client = await admitted(url);
  gateway.kill();
  expect((await client.closed).code).toBe(1006);
  expect((await dial(url).closed).code).toBe(1006);
  gateway.start();
  await admitted(url);
});

test("version 4 is ready for health checks, and not while it drains", async () => {
  const { url, httpUrl, gateway } = await serve({ protocol: 4, model: () => words(1000, 20) });
  expect((await fetch(`${httpUrl}/readyz`)).status).toBe(200);
  const client = await admitted(url);
  client.send("s", "chat.send", { sessionKey: "agent:main:x", message: "hello", idempotencyKey: "k" });
  await client.next(chatState("delta"));
  gateway.stop();
  expect((await fetch(`${httpUrl}/readyz`)).status).toBe(503);
  expect((await fetch(`${httpUrl}/healthz`)).status).toBe(200);
  const refused = new Promise((resolve) =>
    new WebSocket(url)
      .on("unexpected-response", (_request, response) => resolve(response.statusCode))
      .on("error", () => {}),
  );
  expect(await refused).toBe(503);
});

test("version 3 has no health endpoint: every path is its page", async () => {
  const { httpUrl } = await serve({ protocol: 3 });
  const page = await fetch(`${httpUrl}/readyz`);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html"]);
});

test("the demo gateway names itself and answers in markdown", async () => {
  const demo = await startDemoGateway({ token: "secret" });
  cleanups.push(() => demo.close());
  const client = await admitted(demo.url, connectParams({ auth: { token: "secret" } }));
  const hello = objectAt(await client.next(answer("c")), "payload") ?? {};
  expect(objectAt(hello, "server")?.["version"]).toBe("demo");
  client.send("s", "chat.send", {
    sessionKey: "agent:main:main",
    message: "show me a table",
    idempotencyKey: "k",
  });
  expect(JSON.stringify(await client.next(chatState("final")))).toContain("| Planet | Moons |");
});

test("the demo gateway lets a client from elsewhere do what one on loopback may, if it has the token", async () => {
  const demo = await startDemoGateway({ token: "secret" });
  cleanups.push(() => demo.close());
  const pairing = { scopes: ["operator.pairing"], auth: { token: "secret" } };
  const client = dial(demo.url, { localAddress: "127.0.0.2" });
  await client.next((frame) => frame["event"] === "connect.challenge");
  client.send("c", "connect", connectParams(pairing));
  await client.next(answer("c"));
  client.send("l", "device.pair.list", {});
  expect((await client.next(answer("l")))["ok"]).toBe(true);
  const stranger = dial(demo.url, { localAddress: "127.0.0.2" });
  await stranger.next((frame) => frame["event"] === "connect.challenge");
  stranger.send("c", "connect", connectParams({ ...pairing, auth: { token: "guess" } }));
  expect((await stranger.next(answer("c")))["ok"]).toBe(false);
});

test("the demo gateway takes leave of its clients when it closes", async () => {
  const demo = await startDemoGateway({ token: "secret" });
  const client = await admitted(demo.url, connectParams({ auth: { token: "secret" } }));
  await demo.close();
  expect(await client.closed).toEqual({ code: 1012, reason: "service restart" });
  expect((await dial(demo.url).closed).code).toBe(1006);
});
