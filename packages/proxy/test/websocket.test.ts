import { once } from "node:events";
import type { Socket } from "node:net";

import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import type { Decision } from "../src/index.ts";
import { SWITCHING, frame, openRaw, upgradeRequest } from "./raw-client.ts";
import { readyRoute, startFront, startRawUpstream, startUpstream, until } from "./rig.ts";
import type { Front } from "./rig.ts";

/** An upstream that opens a tunnel for every upgrade and then does what the test says. */
async function startTunnelUpstream(
  onOpen: (socket: Socket, head: string) => void,
  opening = SWITCHING,
): ReturnType<typeof startRawUpstream> {
  return startRawUpstream((socket) => {
    let head = "";
    const onData = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      socket.off("data", onData);
      const early = head.slice(end + 4);
      if (early !== "") socket.unshift(Buffer.from(early, "latin1"));
      if (opening !== "") socket.write(opening, "latin1");
      onOpen(socket, head.slice(0, end));
    };
    socket.on("data", onData);
  });
}

function echo(socket: Socket): void {
  socket.on("data", (chunk: Buffer) => socket.write(chunk));
  socket.on("end", () => socket.end());
}

async function openTunnel(front: Front, path = "/r/ws"): Promise<ReturnType<typeof openRaw>> {
  const client = openRaw(front.port, true);
  client.send(upgradeRequest(path));
  await client.has(/^HTTP\/1\.1 101[^]*\r\n\r\n/);
  return client;
}

test("text and binary messages, a subprotocol and compression pass between real endpoints", async () => {
  const upstream = await startUpstream(() => undefined);
  const server = new WebSocketServer({ server: upstream.server, perMessageDeflate: { threshold: 0 } });
  server.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/r/ws?x=1`, ["binary", "other"]);
  await once(socket, "open");
  expect(socket.protocol).toBe("binary");
  expect(socket.extensions).toContain("permessage-deflate");
  for (const message of ["hello", Buffer.from([0, 1, 2, 255]), "x".repeat(200_000)]) {
    socket.send(message);
    const [data, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
    expect(isBinary ? data : data.toString()).toEqual(message);
  }
  socket.close(4_001, "enough");
  await once(socket, "close");
  expect(await front.record()).toMatchObject({
    kind: "websocket",
    status: 101,
    layer: "streaming",
    path: "/r/ws",
    messagesIn: 3,
    messagesOut: 3,
    closeCode: 4_001,
  });
});

test("every header of the handshake reaches the upstream, with Origin kept and Host rewritten", async () => {
  let seen = "";
  const upstream = await startTunnelUpstream((_socket, head) => {
    seen = head;
  });
  const front = await startFront({
    route: readyRoute(upstream.origin, { requestHeaders: { "x-forwarded-user": "user-42" } }),
    ownCookies: ["__session"],
  });
  const client = openRaw(front.port);
  client.send(
    upgradeRequest("/r/api/ws?token=x&a=1&a=2", [
      "Origin: https://app.test",
      "Sec-WebSocket-Protocol: binary, base64",
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
      "Cookie: __session=jwt; theirs=1",
      "Authorization: Bearer secret",
      "X-Forwarded-User: admin",
      "X_Forwarded_User: admin",
      "X-Forwarded-For: 6.6.6.6",
    ]),
  );
  await client.has("101 Switching");
  const port = new URL(upstream.origin).port;
  expect(seen.split("\r\n")[0]).toBe("GET /api/ws?token=x&a=1&a=2 HTTP/1.1");
  for (const line of [
    `host: 127.0.0.1:${port}`,
    "connection: Upgrade",
    "upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: binary, base64",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    "Origin: https://app.test",
    "Cookie: theirs=1",
    "x-forwarded-user: user-42",
    "x-forwarded-for: 127.0.0.1",
  ]) {
    expect(seen.split("\r\n")).toContain(line);
  }
  expect(seen).not.toMatch(/secret|jwt|admin|6\.6\.6\.6/);
});

test("bytes the client sends before the 101 arrive, whether with the handshake or after it", async () => {
  let got = "";
  const upstream = await startTunnelUpstream((socket) => {
    setTimeout(() => socket.write(SWITCHING, "latin1"), 60);
    socket.on("data", (chunk: Buffer) => {
      got += chunk.toString();
    });
  }, "");
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send(`${upgradeRequest("/r/")}first `);
  setTimeout(() => client.send("second "), 20);
  await client.has("101");
  client.send("third");
  await until("all bytes arrived", () => got === "first second third");
});

test("more bytes than are kept before the 101 wait in the client's socket, and all arrive", async () => {
  let got = 0;
  const upstream = await startTunnelUpstream((socket) => {
    setTimeout(() => socket.write(SWITCHING, "latin1"), 100);
    socket.on("data", (chunk: Buffer) => {
      got += chunk.length;
    });
  }, "");
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send(upgradeRequest("/r/"));
  client.send(Buffer.alloc(3_000_000));
  await client.has("101");
  await until("all bytes arrived", () => got === 3_000_000);
});

test("bytes the upstream sends with its 101 arrive", async () => {
  const upstream = await startTunnelUpstream(() => undefined, `${SWITCHING}welcome`);
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send(upgradeRequest("/r/"));
  await client.has(/\r\n\r\nwelcome$/);
});

test("a half-close is passed on, and the other half still flows", async () => {
  let ended = false;
  const upstream = await startTunnelUpstream((socket) => {
    socket.on("end", () => {
      ended = true;
      socket.write("last words");
      setTimeout(() => socket.end(), 20);
    });
    socket.resume();
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = await openTunnel(front);
  client.socket.end();
  await until("the upstream saw the end", () => ended);
  expect(await client.ended()).toMatch(/last words$/);
  await until("both sockets are closed", () => front.proxy.stats().openSockets === 0);
});

test.each([
  ["with a length", "Content-Length: 6\r\n\r\ndenied"],
  ["in chunks", "Transfer-Encoding: chunked\r\n\r\n6\r\ndenied\r\n0\r\n\r\n"],
  ["until the close", "Connection: close\r\n\r\ndenied"],
])("an answer that is no 101 reaches the client with status, headers and body, %s", async (_kind, rest) => {
  const upstream = await startRawUpstream((socket) => {
    socket.once("data", () => {
      socket.write(`HTTP/1.1 401 Not You\r\nWWW-Authenticate: Bearer\r\nKeep-Alive: timeout=5\r\n${rest}`);
      if (rest.startsWith("Connection")) socket.end();
    });
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send(upgradeRequest("/r/"));
  const answer = await client.ended();
  expect(answer).toMatch(/^HTTP\/1\.1 401 Not You\r\n/);
  expect(answer).toMatch(/www-authenticate: Bearer\r\n/i);
  expect(answer).not.toMatch(/keep-alive:|transfer-encoding/i);
  expect(answer).toMatch(/\r\n\r\ndenied$/);
  expect(await front.record()).toMatchObject({ status: 401, outcome: "upgrade-refused", layer: "answered" });
  await until("the upstream socket is gone", () => upstream.sockets.size === 0);
});

describe("a client that leaves before the 101 leaves nothing behind", () => {
  test.each(["end", "destroy", "resetAndDestroy"] as const)("by %s", async (leave) => {
    let asked = false;
    const upstream = await startTunnelUpstream(() => {
      asked = true;
    }, "");
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = openRaw(front.port, true);
    client.send(upgradeRequest("/r/"));
    await until("the upstream was asked", () => asked);
    client.socket[leave]();
    await until("the upstream socket is gone", () => upstream.sockets.size === 0);
    expect(await front.record()).toMatchObject({ outcome: "client-gone", status: 0, layer: "connected" });
    expect(front.proxy.stats()).toMatchObject({ pendingUpgrades: 0, openSockets: 0 });
  });

  test("while the decision is pending, and the upstream never hears of it", async () => {
    const upstream = await startRawUpstream(() => undefined);
    let decide: (decision: Decision) => void = () => undefined;
    let asked = false;
    const front = await startFront({
      decide: () =>
        new Promise<Decision>((resolve) => {
          decide = resolve;
          asked = true;
        }),
    });
    const client = openRaw(front.port);
    client.send(upgradeRequest("/r/"));
    await until("the decision was asked for", () => asked);
    client.socket.destroy();
    expect(await front.record()).toMatchObject({ outcome: "client-gone", layer: "upgrade-received" });
    decide({ kind: "forward", route: readyRoute(upstream.origin), prefix: "/r", rest: "/" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(upstream.sockets.size).toBe(0);
    expect(front.proxy.activity("r")?.openSockets ?? 0).toBe(0);
  });
});

describe("the death of one side closes the other, which waits for no time to be over", () => {
  test.each(["end", "destroy", "resetAndDestroy"] as const)("client: %s", async (leave) => {
    const upstream = await startTunnelUpstream(echo);
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = await openTunnel(front);
    client.socket[leave]();
    await until("the upstream socket is closed", () => upstream.sockets.size === 0);
    await until("nothing is open", () => front.proxy.stats().openSockets === 0);
    expect((await front.record()).outcome).not.toBe("half-open");
  });

  test.each(["end", "destroy", "resetAndDestroy"] as const)("upstream: %s", async (leave) => {
    const upstream = await startTunnelUpstream(() => undefined);
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = await openTunnel(front);
    for (const socket of upstream.sockets) socket[leave]();
    await client.ended();
    client.socket.end();
    await until("nothing is open", () => front.proxy.stats().openSockets === 0);
    expect((await front.record()).outcome).not.toBe("half-open");
  });

  test("upstream resets while the client does not read", async () => {
    const upstream = await startTunnelUpstream((socket) => {
      const flood = (): void => {
        while (socket.write(Buffer.alloc(65_536)));
        socket.once("drain", flood);
      };
      flood();
    });
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = await openTunnel(front);
    client.socket.pause();
    await until("the tunnel is full", () =>
      [...upstream.sockets].every((socket) => socket.writableNeedDrain),
    );
    for (const socket of upstream.sockets) socket.resetAndDestroy();
    await until("nothing is open", () => front.proxy.stats().openSockets === 0);
  });
});

test.each<[string, string, number]>([
  ["an old version", upgradeRequest("/r/").replace("Version: 13", "Version: 8"), 426],
  ["no version", upgradeRequest("/r/").replace("Sec-WebSocket-Version: 13\r\n", ""), 426],
  ["a short key", upgradeRequest("/r/").replace("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), 400],
  ["no key", upgradeRequest("/r/").replace(/Sec-WebSocket-Key.*\r\n/, ""), 400],
  ["another method", upgradeRequest("/r/").replace("GET", "PUT"), 400],
  ["HTTP/1.0", upgradeRequest("/r/").replace("HTTP/1.1", "HTTP/1.0"), 400],
  ["an unknown route", upgradeRequest("/elsewhere"), 404],
  ["an absolute-form target", upgradeRequest("http://front.test/r/"), 400],
])("an upgrade with %s gets a real status and never reaches the upstream", async (_kind, bytes, status) => {
  const upstream = await startRawUpstream(() => undefined);
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send(bytes);
  const answer = await client.ended();
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toMatch(/connection: close/i);
  if (status === 426) expect(answer).toMatch(/sec-websocket-version: 13/i);
  if (status === 404) expect(answer).toMatch(/\r\n\r\n\{"error":"Instance not found or not running"\}$/);
  expect(upstream.sockets.size).toBe(0);
});

test("an upgrade to something else than WebSocket is an ordinary request", async () => {
  const upstream = await startUpstream((req, res) => res.end(`plain ${String(req.headers.upgrade)}`));
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.1\r\nHost: f\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n");
  expect(await client.ended()).toContain("plain undefined");
});

test("a 101 to another protocol is a 502", async () => {
  const upstream = await startTunnelUpstream(
    () => undefined,
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: telnet\r\nConnection: Upgrade\r\n\r\n",
  );
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send(upgradeRequest("/r/"));
  expect(await client.ended()).toMatch(/^HTTP\/1\.1 502 [^]*"code":"upstream-invalid"/);
  await until("the upstream socket is gone", () => upstream.sockets.size === 0);
});

test("activity counts the client's messages, not pings, pongs, handshakes or what the upstream says", async () => {
  let now = 1_000;
  const upstream = await startTunnelUpstream((socket) => {
    socket.on("data", (chunk: Buffer) => {
      if (chunk.includes("say")) socket.write(frame(1, "tick", false));
      socket.write(frame(9, "ping", false));
    });
  });
  const front = await startFront({ route: readyRoute(upstream.origin), now: () => now });
  const client = await openTunnel(front);
  const activity = (): number | undefined => front.proxy.activity("r")?.lastActivityAt;
  expect(activity()).toBeUndefined();
  client.send(frame(9, "ping", true));
  client.send(frame(10, "pong", true));
  await client.has("ping");
  expect(activity()).toBeUndefined();
  now = 2_000;
  client.send(frame(1, "hello", true));
  await until("the message counted", () => activity() === 2_000);
  now = 3_000;
  client.send(frame(9, "say", true));
  client.send(Buffer.from("say"));
  await client.has("tick");
  expect(activity()).toBe(2_000);
});

test("the app decides what counts, and is told of it", async () => {
  const events: unknown[] = [];
  const upstream = await startTunnelUpstream((socket) => {
    socket.write(frame(1, "t".repeat(10), false));
    socket.write(frame(2, "t".repeat(700), false));
  });
  const front = await startFront({
    route: readyRoute(upstream.origin),
    countsAsActivity: (event) => event.kind === "message" && event.bytes > 500,
    onActivity: (event) => events.push(event),
  });
  await openTunnel(front);
  await until("an event came", () => events.length > 0);
  expect(events).toEqual([{ kind: "message", routeId: "r", from: "upstream", bytes: 700 }]);
});

test("bytes, messages and the close code of a socket are in its record and in its route's counts", async () => {
  const upstream = await startTunnelUpstream(echo);
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = await openTunnel(front);
  const message = frame(1, "hello", true);
  const close = frame(8, Buffer.from([0x03, 0xe8]), true);
  client.send(Buffer.concat([message, message, close]));
  await client.has(/\r\n\r\n[^]{30}/);
  client.socket.end();
  const bytes = message.length * 2 + close.length;
  expect(await front.record()).toMatchObject({
    bytesIn: bytes,
    bytesOut: bytes,
    messagesIn: 2,
    messagesOut: 2,
    closeCode: 1_000,
  });
  expect(front.proxy.activity("r")).toMatchObject({ openSockets: 0, bytesIn: bytes, messagesIn: 2 });
});

test("a socket that nothing is heard on is closed when the route says so, and pings keep it open", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const upstream = await startTunnelUpstream(() => undefined);
  const front = await startFront({ route: readyRoute(upstream.origin, { timeouts: { socketIdleMs: 400 } }) });
  const client = await openTunnel(front);
  const heard = () => [...upstream.sockets].reduce((bytes, { bytesRead }) => bytes + bytesRead, 0);
  for (let count = 0; count < 8; count += 1) {
    const before = heard();
    client.send(frame(9, "", true));
    while (heard() === before) await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(399);
  }
  expect(front.proxy.stats().openSockets).toBe(1);
  vi.advanceTimersByTime(1);
  await client.ended();
  expect(await front.record()).toMatchObject({ outcome: "idle", closeCode: 1_006 });
});
