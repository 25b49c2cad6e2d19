import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";

import { describe, expect, onTestFinished, test } from "vitest";

import { patienceMs } from "../../../scripts/test-patience.ts";

import { startFrontChild } from "./front-child.ts";
import type { FrontChild, FrontUsage } from "./front-child.ts";
import { SWITCHING, frame, upgradeRequest } from "./raw-client.ts";
import { startRawUpstream, until } from "./rig.ts";

const CLIENTS = 2_000;
const AT_A_TIME = 100;
/** What caches of the runtime may still grow by after a warm-up. */
const HEAP_SLACK = 6 * 1_048_576;

const UPGRADE = upgradeRequest("/r/ws");
const POST = "POST /r/post HTTP/1.1\r\nHost: f\r\nContent-Length: 100000\r\n\r\nsome of it";

interface Phase {
  readonly name: string;
  /** What the client sends. */
  readonly bytes: string;
  /** Resets once this much came back. Empty: at once after sending. */
  readonly until: string;
}

const PHASES: readonly Phase[] = [
  { name: "connected, nothing sent", bytes: "", until: "" },
  { name: "half a request head", bytes: "GET /r/x HTTP/1.1\r\nHos", until: "" },
  { name: "a request just sent", bytes: "GET /r/silent HTTP/1.1\r\nHost: f\r\n\r\n", until: "" },
  { name: "half a request body", bytes: POST, until: "" },
  { name: "the middle of an answer", bytes: "GET /r/stream HTTP/1.1\r\nHost: f\r\n\r\n", until: "piece" },
  { name: "an upgrade just sent", bytes: upgradeRequest("/r/silent"), until: "" },
  { name: "the moment of the 101", bytes: UPGRADE, until: "101" },
  {
    name: "an open WebSocket",
    bytes: `${UPGRADE}${frame(1, "hi", true).toString("latin1")}`,
    until: "hi back",
  },
];

/** An upstream that streams, opens tunnels, or says nothing, by path. */
function startManners(): ReturnType<typeof startRawUpstream> {
  return startRawUpstream((socket) => {
    socket.on("end", () => socket.end());
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      if (text.startsWith("GET /stream"))
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\npiece\r\n");
      else if (text.startsWith("GET /ws")) {
        if (!text.includes("switched")) socket.write(SWITCHING, "latin1");
        text = "GET /ws switched\r\n\r\n";
        socket.write(frame(1, "hi back", false));
      }
    });
  });
}

/** One client that resets its connection at a phase. */
function resetAt(port: number, { bytes, until }: Phase): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port, host: "127.0.0.1" });
    let text = "";
    socket.on("connect", () => {
      if (bytes !== "") socket.write(bytes, "latin1");
      if (until === "") setImmediate(() => socket.resetAndDestroy());
    });
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (until !== "" && text.includes(until)) socket.resetAndDestroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
  });
}

async function resetMany(port: number, phase: Phase, count: number): Promise<void> {
  for (let done = 0; done < count; done += AT_A_TIME) {
    await Promise.all(Array.from({ length: Math.min(AT_A_TIME, count - done) }, () => resetAt(port, phase)));
  }
}

/** Waits for the front to come to rest, then says what it holds. */
async function atRest(front: FrontChild, isRest: (usage: FrontUsage) => boolean): Promise<FrontUsage> {
  const end = performance.now() + patienceMs / 2;
  for (;;) {
    const usage = await front.usage(true);
    if (isRest(usage) || performance.now() > end) return usage;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe(`${CLIENTS} resets leave no descriptor, handle or memory`, () => {
  test.each(PHASES)("at: $name", async (phase) => {
    const upstream = await startManners();
    const front = await startFrontChild(upstream.origin);
    const idle = await front.usage(true);
    await resetMany(front.port, phase, 400);
    const before = await atRest(
      front,
      ({ open, descriptors }) => open === 0 && descriptors <= idle.descriptors,
    );
    await resetMany(front.port, phase, CLIENTS);
    const after = await atRest(
      front,
      ({ open, descriptors, heap, handles }) =>
        open === 0 &&
        descriptors <= before.descriptors &&
        handles <= before.handles &&
        heap < before.heap + HEAP_SLACK,
    );
    expect(after.open).toBe(0);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
    expect(after.handles).toBeLessThanOrEqual(before.handles);
    expect(after.heap).toBeLessThan(before.heap + HEAP_SLACK);
  });
});

/** An upstream in a process of its own, that can be frozen or killed. */
async function startMortal(): Promise<{ origin: string; signal: (name: NodeJS.Signals) => void }> {
  const child = spawn(
    process.execPath,
    [
      "-e",
      `const s = require("node:http").createServer((q, r) => { r.write("piece"); });
       s.on("upgrade", (q, c) => { c.on("error", () => {}); c.write(${JSON.stringify(SWITCHING)}); c.pipe(c); });
       s.listen(0, "127.0.0.1", () => console.log(s.address().port));`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  return { origin: `http://127.0.0.1:${port.toString().trim()}`, signal: (name) => void child.kill(name) };
}

interface Watched {
  readonly socket: Socket;
  readonly closed: () => boolean;
}

async function open(port: number, bytes: string, until: string): Promise<Watched> {
  const socket = connect({ port, host: "127.0.0.1" });
  let closed = false;
  let text = "";
  socket.on("error", () => undefined).on("close", () => (closed = true));
  socket.write(bytes, "latin1");
  await new Promise<void>((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes(until)) resolve();
    });
    if (until === "") resolve();
  });
  return { socket, closed: () => closed };
}

test("an upstream frozen with SIGSTOP holds nothing of ours once its clients have left", async () => {
  const upstream = await startMortal();
  const front = await startFrontChild(upstream.origin);
  await open(front.port, UPGRADE, "101").then(({ socket }) => socket.destroy());
  const before = await atRest(front, ({ open: count }) => count === 0);
  const live = await Promise.all([
    open(front.port, UPGRADE, "101"),
    open(front.port, "GET /r/x HTTP/1.1\r\nHost: f\r\n\r\n", "piece"),
  ]);
  upstream.signal("SIGSTOP");
  const late = await Promise.all([
    ...Array.from({ length: 50 }, () => open(front.port, UPGRADE, "")),
    ...Array.from({ length: 50 }, () => open(front.port, "GET /r/x HTTP/1.1\r\nHost: f\r\n\r\n", "")),
  ]);
  await atRest(front, ({ open: count }) => count === 102);
  for (const { socket } of [...live, ...late]) socket.resetAndDestroy();
  const after = await atRest(
    front,
    ({ open: count, descriptors }) => count === 0 && descriptors <= before.descriptors,
  );
  expect(after.open).toBe(0);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
});

test("an upstream killed in the middle of streams closes every client", async () => {
  const upstream = await startMortal();
  const front = await startFrontChild(upstream.origin);
  const idle = await front.usage(true);
  const clients = await Promise.all([
    ...Array.from({ length: 100 }, () => open(front.port, UPGRADE, "101")),
    ...Array.from({ length: 100 }, () => open(front.port, "GET /r/x HTTP/1.1\r\nHost: f\r\n\r\n", "piece")),
  ]);
  upstream.signal("SIGKILL");
  await until("every client is closed", () => clients.every(({ closed }) => closed()));
  const after = await atRest(
    front,
    ({ open: count, descriptors }) => count === 0 && descriptors <= idle.descriptors,
  );
  expect(after).toMatchObject({ open: 0 });
  expect(after.descriptors).toBeLessThanOrEqual(idle.descriptors);
});
