import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import type { Socket } from "node:net";

import { expect, onTestFinished, test } from "vitest";

import { startFrontChild } from "./front-child.ts";
import type { FrontChild } from "./front-child.ts";
import { SWITCHING, upgradeRequest } from "./raw-client.ts";
import { startRawUpstream } from "./rig.ts";

const PIECE = randomBytes(65_536);
const PIECES = 1_600;
const EXTRA_BYTES = 32 * 1_048_576;

const TOTAL = PIECE.length * PIECES;
const SUM = sumOfAll();

function sumOfAll(): string {
  const hash = createHash("sha256");
  for (let count = 0; count < PIECES; count += 1) hash.update(PIECE);
  return hash.digest("hex");
}

/** Writes all pieces, as fast as the socket takes them. */
async function flood(socket: Socket): Promise<void> {
  for (let count = 0; count < PIECES; count += 1) {
    if (!socket.write(PIECE)) await new Promise((resolve) => socket.once("drain", resolve));
  }
}

/** Reads a piece, then pauses, to the end: slower than the other side sends. Resolves with a hash of `total` bytes. */
function readSlowly(socket: Socket, total: number, seen: () => void): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  let pauses = 0;
  return new Promise((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
      if (bytes >= total) resolve(hash.digest("hex"));
      else {
        pauses += 1;
        if (pauses % 50 === 0) seen();
        socket.pause();
        setTimeout(() => socket.resume(), pauses < 40 ? 10 : 1);
      }
    });
  });
}

/** Samples what the front holds whenever it is called, without what awaits collection, and keeps the most. */
function watchMemory(front: FrontChild): { look: () => void; most: () => Promise<number> } {
  let most = 0;
  let last: Promise<void> = Promise.resolve();
  async function sample(after: Promise<void>): Promise<void> {
    await after;
    most = Math.max(most, (await front.usage(true)).memory);
  }
  const look = (): void => {
    last = sample(last);
  };
  return {
    look,
    async most() {
      look();
      await last;
      return most;
    },
  };
}

async function connectTo(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

/** Reads up to the end of a message head and leaves the rest in the socket. */
function skipHead(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const onData = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end === -1) return;
      socket.off("data", onData);
      socket.pause();
      const rest = Buffer.from(text.slice(end + 4), "latin1");
      if (rest.length > 0) socket.unshift(rest);
      resolve(text.slice(0, end));
    };
    socket.on("data", onData);
  });
}

/** Runs `pass` twice: once to load and compile everything, once to see how much more is held at any moment of it. */
async function extraMemory(front: FrontChild, pass: (look: () => void) => Promise<void>): Promise<number> {
  await pass(() => undefined);
  const before = (await front.usage(true)).memory;
  const memory = watchMemory(front);
  await pass(memory.look);
  return (await memory.most()) - before;
}

test("100 MB pass through a tunnel both ways, to slow readers, in less than 32 MB of memory", async () => {
  let upstreamSum: Promise<string> | undefined;
  const upstream = await startRawUpstream((socket) => {
    void (async () => {
      await skipHead(socket);
      socket.write(SWITCHING, "latin1");
      upstreamSum = readSlowly(socket, TOTAL, () => undefined);
      socket.resume();
      await flood(socket);
    })();
  });
  const front = await startFrontChild(upstream.origin);
  const extra = await extraMemory(front, async (look) => {
    const client = await connectTo(front.port);
    client.write(upgradeRequest("/r/"));
    expect(await skipHead(client)).toContain("101");
    const clientSum = readSlowly(client, TOTAL, look);
    client.resume();
    await flood(client);
    expect(await clientSum).toBe(SUM);
    expect(await upstreamSum).toBe(SUM);
    client.destroy();
  });
  expect(extra).toBeLessThan(EXTRA_BYTES);
});

test("100 MB pass through an answer, to a slow reader, in less than 32 MB of memory", async () => {
  const upstream = await startRawUpstream((socket) => {
    void (async () => {
      await skipHead(socket);
      socket.resume();
      socket.write(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${TOTAL}\r\n\r\n`);
      await flood(socket);
    })();
  });
  const front = await startFrontChild(upstream.origin);
  const extra = await extraMemory(front, async (look) => {
    const client = await connectTo(front.port);
    client.write("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
    expect(await skipHead(client)).toContain("200 OK");
    const sum = readSlowly(client, TOTAL, look);
    client.resume();
    expect(await sum).toBe(SUM);
    client.destroy();
  });
  expect(extra).toBeLessThan(EXTRA_BYTES);
});

test("100 MB pass through a request, to a slow upstream, in less than 32 MB of memory", async () => {
  let look: () => void = () => undefined;
  const upstream = await startRawUpstream((socket) => {
    void (async () => {
      await skipHead(socket);
      const sum = readSlowly(socket, TOTAL, () => look());
      socket.resume();
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 64\r\nConnection: close\r\n\r\n${await sum}`);
    })();
  });
  const front = await startFrontChild(upstream.origin);
  const extra = await extraMemory(front, async (seen) => {
    look = seen;
    const client = await connectTo(front.port);
    client.write(`POST /r/ HTTP/1.1\r\nHost: f\r\nContent-Length: ${TOTAL}\r\n\r\n`);
    const answer = skipHead(client);
    await flood(client);
    expect(await answer).toContain("200 OK");
    await new Promise<void>((resolve) => {
      client.on("data", (sum: Buffer) => {
        expect(sum.toString()).toBe(SUM);
        resolve();
      });
      client.resume();
    });
    client.destroy();
  });
  expect(extra).toBeLessThan(EXTRA_BYTES);
});
