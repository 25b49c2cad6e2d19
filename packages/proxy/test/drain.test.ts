import { once } from "node:events";

import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import { SWITCHING, frame, openRaw, upgradeRequest } from "./raw-client.ts";
import type { RawClient } from "./raw-client.ts";
import { readyRoute, startFront, startRawUpstream, startUpstream, until } from "./rig.ts";
import type { Front } from "./rig.ts";

/** Timers that run when the test says so. */
function manualTimers(): {
  setTimer: (callback: () => void, ms: number) => () => void;
  due: () => number[];
  run: (ms: number) => void;
} {
  const timers = new Set<{ callback: () => void; ms: number }>();
  return {
    setTimer(callback, ms) {
      const timer = { callback, ms };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    due: () => [...timers].map(({ ms }) => ms).sort((a, b) => a - b),
    run(ms) {
      for (const timer of timers) {
        if (timer.ms > ms) continue;
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}

async function openSocket(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/r/ws`);
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  return socket;
}

async function startEcho(): Promise<{ origin: string; closes: number[] }> {
  const closes: number[] = [];
  const upstream = await startUpstream(() => undefined);
  const server = new WebSocketServer({ server: upstream.server });
  server.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(data));
    socket.on("close", (code) => closes.push(code));
  });
  return { origin: upstream.origin, closes };
}

test("each WebSocket is told at its own random moment within the spread", async () => {
  const upstream = await startEcho();
  const timers = manualTimers();
  const draws = [0.9, 0.1, 0.5];
  const front = await startFront({
    route: readyRoute(upstream.origin),
    setTimer: timers.setTimer,
    random: () => draws.shift() ?? 0,
    createRequestId: () => "id",
  });
  const sockets = [await openSocket(front.port), await openSocket(front.port), await openSocket(front.port)];
  const codes = sockets.map(() => 0);
  sockets.forEach((socket, index) =>
    socket.on("close", (code, reason) => {
      codes[index] = code;
      expect(reason.toString()).toBe("service restart");
    }),
  );
  const drained = front.proxy.drain({ spreadMs: 5_000, graceMs: 30_000 });
  expect(timers.due()).toEqual([500, 2_500, 4_500, 30_000]);
  timers.run(500);
  await until("the second is closed", () => codes[1] === 1012);
  expect(codes).toEqual([0, 1012, 0]);
  timers.run(2_500);
  await until("the third is closed", () => codes[2] === 1012);
  expect(front.proxy.stats()).toMatchObject({ draining: true });
  timers.run(4_500);
  expect(await drained).toMatchObject({ sockets: 3, requests: 0, cut: 0 });
  await until("the last is closed", () => codes[0] === 1012);
  expect(codes).toEqual([1012, 1012, 1012]);
  await until("the upstream was told as well", () => upstream.closes.length === 3);
  expect(upstream.closes).toEqual([1012, 1012, 1012]);
  expect(timers.due()).toEqual([]);
});

test("a thousand live sockets are each told 1012, not all at once", async () => {
  const upstream = await startEcho();
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const codes = new Map<number, number>();
  const moments: number[] = [];
  for (let count = 0; count < 1_000; count += 100) {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openSocket(front.port)));
    for (const socket of sockets) {
      socket.on("close", (code) => {
        codes.set(code, (codes.get(code) ?? 0) + 1);
        moments.push(performance.now());
      });
    }
  }
  const startedAt = performance.now();
  const result = await front.proxy.drain({ spreadMs: 1_500, graceMs: 25_000 });
  await until("every client knows", () => moments.length === 1_000);
  expect(result).toMatchObject({ sockets: 1_000, cut: 0 });
  expect([...codes]).toEqual([[1012, 1_000]]);
  const early = moments.filter((moment) => moment - startedAt < 400).length;
  expect(early).toBeLessThan(600);
  expect(Math.max(...moments) - startedAt).toBeGreaterThan(1_000);
});

async function openTunnel(front: Front): Promise<RawClient> {
  const client = openRaw(front.port, true);
  client.send(upgradeRequest("/r/"));
  await client.has(/101[^]*\r\n\r\n/);
  return client;
}

test("the close frame waits for the end of the frame that is being sent", async () => {
  const long = frame(1, "x".repeat(300), false);
  const upstream = await startRawUpstream((socket) => {
    socket.once("data", () =>
      socket.write(Buffer.concat([Buffer.from(SWITCHING, "latin1"), long.subarray(0, 100)])),
    );
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = await openTunnel(front);
  await client.has(/x{96}$/);
  const drained = front.proxy.drain({ spreadMs: 0 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const socket of upstream.sockets)
    socket.write(Buffer.concat([long.subarray(100), frame(1, "never seen", false)]));
  const all = await client.has("service restart");
  expect(all.slice(all.indexOf("\r\n\r\n") + 4)).toBe(
    Buffer.concat([long, Buffer.from([0x88, 17, 0x03, 0xf4]), Buffer.from("service restart")]).toString(
      "latin1",
    ),
  );
  client.send(frame(8, Buffer.from([0x03, 0xf4]), true));
  client.socket.end();
  await drained;
  expect(client.text()).not.toContain("never seen");
  expect(await front.record()).toMatchObject({ closeCode: 1012, outcome: "ok" });
});

test("a frame that never ends, and a client that never answers, are cut", async () => {
  const long = frame(1, "x".repeat(300), false);
  const upstream = await startRawUpstream((socket) => {
    socket.once("data", () =>
      socket.write(Buffer.concat([Buffer.from(SWITCHING, "latin1"), long.subarray(0, 100)])),
    );
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const stuck = await openTunnel(front);
  await stuck.has(/x{96}$/);
  expect(await front.proxy.drain({ spreadMs: 0, graceMs: 15_000 })).toMatchObject({ sockets: 1, cut: 0 });
  expect(await front.record()).toMatchObject({ outcome: "drained" });

  const silent = await startRawUpstream((socket) => void socket.once("data", () => socket.write(SWITCHING)));
  const other = await startFront({ route: readyRoute(silent.origin) });
  const client = await openTunnel(other);
  expect(await other.proxy.drain({ spreadMs: 0, graceMs: 15_000 })).toMatchObject({ cut: 0 });
  expect(client.text()).toContain("service restart");
});

test("running requests finish, kept connections are closed after their answer, new upgrades are sent away", async () => {
  let finish: () => void = () => undefined;
  const upstream = await startUpstream((_req, res) => {
    res.write("begun ");
    finish = () => res.end("finished");
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const running = openRaw(front.port);
  running.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
  await running.has("begun ");
  const kept = openRaw(front.port);
  kept.send("GET /unknown HTTP/1.1\r\nHost: f\r\n\r\n");
  await kept.has("not running");
  let over = false;
  const drained = front.proxy.drain({ graceMs: 20_000 }).then((result) => {
    over = true;
    return result;
  });
  const late = openRaw(front.port);
  late.send(upgradeRequest("/r/"));
  expect(await late.ended()).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 1\r\n[^]*"draining"/i);
  kept.send("GET /unknown HTTP/1.1\r\nHost: f\r\n\r\n");
  expect((await kept.ended()).split("HTTP/1.1 ")[2]).toMatch(/connection: close/i);
  expect(over).toBe(false);
  finish();
  expect(await drained).toMatchObject({ requests: 1, sockets: 0, cut: 0 });
  expect(await running.has("finished")).toContain("begun");
});

test("what outlives the grace time is cut, and counted", async () => {
  const upstream = await startUpstream((_req, res) => void res.write("begun "));
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const running = openRaw(front.port);
  running.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
  await running.has("begun ");
  const first = front.proxy.drain({ graceMs: 100 });
  expect(front.proxy.drain({ graceMs: 60_000 })).toBe(first);
  expect(await first).toMatchObject({ requests: 1, cut: 1 });
  await running.ended();
  expect(await front.record()).toMatchObject({ outcome: "drained" });
});

test("an idle proxy drains at once", async () => {
  const front = await startFront({ route: readyRoute("http://127.0.0.1:9") });
  expect(await front.proxy.drain()).toMatchObject({ sockets: 0, requests: 0, cut: 0 });
});
