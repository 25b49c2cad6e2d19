import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";

import { expect, onTestFinished, test, vi } from "vitest";

import { createAccessCheck } from "../src/access.ts";
import { createEventLog } from "../src/event-log.ts";
import { createHttpServer } from "../src/http-server.ts";
import { createRegistry } from "../src/registry.ts";

const GRACE_MS = 5_000;

/** A router's HTTP side before a backend that answers when the test says so. */
async function startServing(listener: (req: IncomingMessage, res: ServerResponse) => void) {
  const backend = createServer(listener);
  backend.on("upgrade", (_req, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    backend.closeAllConnections();
    backend.close();
  });
  const registry = createRegistry({ staleAfterMs: 30_000 });
  const identity = { path: "/srv/app", name: "app", known: true };
  const seen = { identity, version: "1.0.0", ownerUid: 0, seenAt: 0 };
  registry.apply([{ port: portOf(backend.address()), ...seen }], 0);
  const policy = { username: "alice", machineNames: [], publicUrl: undefined, insecureLan: false };
  const http = createHttpServer({
    registry,
    events: createEventLog("e"),
    username: "alice",
    locked: () => [],
    baseUrl: () => "http://localhost",
    access: createAccessCheck({ ...policy, token: "t".repeat(16) }),
    now: () => 0,
    onError: () => undefined,
  });
  await new Promise<void>((resolve) => http.server.listen(0, "127.0.0.1", resolve));
  return {
    server: http.server,
    origin: `http://127.0.0.1:${portOf(http.server.address())}`,
    stop: (graceMs: number) => http.close(graceMs),
  };
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  return typeof address === "object" && address ? address.port : 0;
}

test("no request may take for ever to arrive, and an answer may", async () => {
  const { server, stop } = await startServing(() => undefined);
  onTestFinished(() => stop(0));
  expect(server.headersTimeout).toBe(30_000);
  expect(server.keepAliveTimeout).toBe(120_000);
  expect(server.timeout).toBe(0);
});

test("stopping lets a request finish, and takes no new one", async () => {
  const arrived = Promise.withResolvers<ServerResponse>();
  const { origin, stop } = await startServing((_req, res) => arrived.resolve(res));
  const asked = fetch(`${origin}/app/slow`);
  const response = await arrived.promise;
  const stopped = stop(GRACE_MS);
  await expect(fetch(`${origin}/api/health`)).rejects.toThrow("fetch failed");
  response.end("whole");
  expect(await (await asked).text()).toBe("whole");
  await stopped;
});

test("stopping cuts what has no end when the grace is over", async () => {
  const { origin, stop } = await startServing((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
  });
  const response = await fetch(`${origin}/app/event`);
  const events = await fetch(`${origin}/api/events`);
  await stop(100);
  await expect(response.text()).rejects.toThrow("terminated");
  await expect(events.text()).rejects.toThrow("terminated");
});

test("stopping tells WebSockets to come back", async () => {
  const { origin, stop } = await startServing(() => undefined);
  const { host, port } = new URL(origin);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(
    `GET /app/pty HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  const heard: Buffer[] = [];
  socket.on("data", (chunk) => heard.push(chunk));
  const ended = new Promise((resolve) => socket.on("close", resolve));
  await vi.waitFor(() => expect(Buffer.concat(heard).toString()).toMatch(/^HTTP\/1.1 101 /));
  await stop(100);
  await ended;
  const frames = Buffer.concat(heard);
  const close1012 = Buffer.from([0x03, 0xf4]);
  expect(frames.subarray(frames.indexOf("\r\n\r\n") + 4).includes(close1012)).toBe(true);
});
