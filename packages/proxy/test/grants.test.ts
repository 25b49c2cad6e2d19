import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { Decision } from "../src/index.ts";
import { openRaw } from "./raw-client.ts";
import { readyRoute, startFront, startUpstream, until } from "./rig.ts";

/** An upstream that echoes messages and keeps `/stream` open; whoever comes is `?who`. */
async function startHouse() {
  const messages: string[] = [];
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.write("data: here\n\n");
  });
  new WebSocketServer({ server: upstream.server }).on("connection", (socket) => {
    socket.on("message", (data: Buffer) => {
      messages.push(data.toString());
      socket.send(data);
    });
  });
  const route = readyRoute(upstream.origin);
  const decide = ({ url = "" }: { url?: string }): Decision => ({
    kind: "forward",
    route,
    prefix: "",
    rest: url,
    grant: new URL(url, "http://x").searchParams.get("who") ?? "nobody",
  });
  return { messages, route, front: await startFront({ decide }) };
}

async function openSocket(port: number, who: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?who=${who}`);
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  return socket;
}

test("a right that is gone ends its sockets with 1008 and its streams, and nobody else's", async () => {
  const { front, messages, route } = await startHouse();
  const [alice, bob] = [await openSocket(front.port, "alice"), await openSocket(front.port, "bob")];
  const stream = openRaw(front.port);
  stream.send("GET /stream?who=alice HTTP/1.1\r\nhost: x\r\n\r\n");
  await until("the stream runs", () => stream.text().includes("data: here"));

  expect(front.proxy.exchanges().map(({ grant }) => grant)).toEqual(["alice", "alice", "bob"]);

  const closed = once(alice, "close");
  expect(front.proxy.revoke(({ routeId, grant }) => routeId === route.id && grant === "alice")).toBe(2);
  alice.send("too late");
  const [code, reason] = await closed;
  expect([code, String(reason)]).toEqual([1008, "access ended"]);
  expect(await stream.ended()).not.toContain("0\r\n\r\n");

  bob.send("still here");
  expect(String((await once(bob, "message"))[0])).toBe("still here");
  expect(messages).toEqual(["still here"]);
  expect(front.proxy.revoke(({ grant }) => grant === "alice")).toBe(0);
  await until("both are in the access log", () => front.records.length === 2);
  expect(front.records.map(({ kind, outcome }) => `${kind} ${outcome}`).sort()).toEqual([
    "http revoked",
    "websocket revoked",
  ]);
});

test("a WebSocket that has no 101 yet is refused when its right goes", async () => {
  const upstream = await startUpstream(() => undefined);
  upstream.server.on("upgrade", () => undefined);
  const route = readyRoute(upstream.origin);
  const front = await startFront({
    decide: ({ url = "" }) => ({ kind: "forward", route, prefix: "", rest: url, grant: "alice" }),
  });
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/ws`);
  const refused = new Promise<number | undefined>((resolve) => {
    socket.on("unexpected-response", (_req, res) => resolve(res.statusCode));
  });
  await until("it waits for its 101", () => front.proxy.stats().pendingUpgrades === 1);
  await until("it was decided", () => front.proxy.revoke(() => true) === 1);
  expect(await refused).toBe(403);
});

test("headers of a route and of a decision stand beside the upstream's own", async () => {
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { "content-security-policy": "default-src 'self'", "set-cookie": "a=1" }).end();
  });
  new WebSocketServer({ server: upstream.server }).on("connection", (socket) => socket.send("hello"));
  const route = readyRoute(upstream.origin, {
    responseHeaders: { "content-security-policy": "frame-ancestors 'self'" },
  });
  const front = await startFront({
    decide: ({ url = "" }) => ({
      kind: "forward",
      route,
      prefix: "",
      rest: url,
      responseHeaders: { "set-cookie": "ours=2; HttpOnly" },
    }),
  });
  const { headers } = await fetch(`${front.origin}/`);
  expect(headers.get("content-security-policy")).toBe("default-src 'self', frame-ancestors 'self'");
  expect(headers.getSetCookie()).toEqual(["a=1", "ours=2; HttpOnly"]);

  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/ws`);
  onTestFinished(() => socket.terminate());
  const [answer] = await once(socket, "upgrade");
  expect(answer.headers["set-cookie"]).toEqual(["ours=2; HttpOnly"]);
  expect(answer.headers["content-security-policy"]).toBeUndefined();
});
