import { once } from "node:events";

import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import { readyRoute, startFront, startUpstream, until } from "./rig.ts";

test("an opening is told before any message, and every message is, in both directions", async () => {
  const upstream = await startUpstream(() => undefined);
  const server = new WebSocketServer({ server: upstream.server });
  server.on("connection", (socket) => {
    socket.send("welcome");
    socket.on("message", () => socket.send("answer"));
  });
  const told: unknown[] = [];
  const front = await startFront({
    route: readyRoute(upstream.origin),
    onSocketOpen: ({ requestId, routeId }) => told.push({ opened: routeId, requestId }),
    onMessage: ({ from, bytes }) => told.push({ from, bytes }),
  });
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/r/`);
  await once(socket, "message");
  socket.send("hi");
  await until("the answer passed", () => told.length === 4);
  socket.close();
  const { requestId } = await front.record();
  expect(told).toEqual([
    { opened: "r", requestId },
    { from: "upstream", bytes: 7 },
    { from: "client", bytes: 2 },
    { from: "upstream", bytes: 6 },
  ]);
  expect(front.proxy.activity("r")?.lastActivityAt).toBeDefined();
});

test("a hook that throws is reported, and the socket lives", async () => {
  const upstream = await startUpstream(() => undefined);
  const server = new WebSocketServer({ server: upstream.server });
  server.on("connection", (socket) => socket.send("welcome"));
  const front = await startFront({
    route: readyRoute(upstream.origin),
    onSocketOpen() {
      throw new Error("the hook is broken");
    },
  });
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/r/`);
  await once(socket, "message");
  socket.close();
  expect(front.errors).toEqual([new Error("the hook is broken")]);
});
