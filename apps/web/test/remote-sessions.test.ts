import { rename, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { endSession } from "@automna/control-plane/database";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { freePort } from "../../../scripts/free-port.ts";
import {
  openSessionFile,
  type RemoteSession,
  type RemoteSessions,
} from "../src/remote-sessions/session-file.ts";
import { checkSession } from "../src/remote-sessions/session-health.ts";
import { createLog } from "../src/server/log.ts";
import { ask, listenAnywhere, newHouse, startFront } from "./support/front.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const ALICE = { authorization: "Bearer alice" };
const BASE = "/api/auth/session";
const GREETING = "RFB 003.008\n";

function session(target: string | null, more: Partial<RemoteSession> = {}): RemoteSession {
  const common = {
    provider: "claude-code",
    label: "Claude Code",
    path: "/websockify",
    verifyCertificate: true,
  };
  return { id: "alice-vm", owner: "alice", target, ...common, ...more };
}

function listed(...sessions: RemoteSession[]): RemoteSessions {
  return {
    find: (id) => Promise.resolve(sessions.find((one) => one.id === id) ?? null),
    ofOwner: (owner) => Promise.resolve(sessions.filter((one) => one.owner === owner)),
  };
}

type Arrival = { url: string | undefined; headers: IncomingHttpHeaders };

/** A websockify that greets as a VNC server does and echoes the rest. */
async function startWebsockify(greeting: string | null = GREETING) {
  const arrivals: Arrival[] = [];
  const server = createServer((_, res) => res.writeHead(405).end());
  const sockets = new WebSocketServer({ server, handleProtocols: () => "binary" });
  sockets.on("connection", (socket, { url, headers }) => {
    arrivals.push({ url, headers });
    if (greeting !== null) socket.send(Buffer.from(greeting));
    socket.on("message", (data: Buffer) => socket.send(data));
  });
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
    server.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${await listenAnywhere(server)}`, arrivals };
}

async function startTcp(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    onConnection(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Opens the viewer's socket: its first words, or the status of the refusal. */
function open(port: number, path: string, headers: Record<string, string>): Promise<string | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, "binary", {
      headers: { host: `localhost:${port}`, ...headers },
    });
    socket.on("message", (data: Buffer) => {
      socket.close(1000);
      resolve(data.toString());
    });
    socket.on("unexpected-response", (req, res) => {
      res.resume();
      req.destroy();
      resolve(res.statusCode ?? 0);
    });
    socket.on("error", reject);
  });
}

function capture(level: "info" | "trace") {
  let text = "";
  const log = createLog(level, { write: (part: string) => (text += part) });
  const messages = () =>
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
  return { logger: log.logger, messages, text: () => text };
}

describe("who reaches a machine", () => {
  test("its owner does: health, viewer and socket", async () => {
    const { origin, arrivals } = await startWebsockify();
    const { port } = await startFront({ sessions: listed(session(origin)) });
    const health = await ask(port, `${BASE}/alice-vm`, { headers: ALICE });
    expect(health.status).toBe(200);
    expect(JSON.parse(health.body)).toMatchObject({
      id: "alice-vm",
      provider: "claude-code",
      status: "ready",
      failure: null,
    });
    expect((await ask(port, `${BASE}/alice-vm/novnc`, { headers: ALICE })).status).toBe(200);
    expect(await open(port, `${BASE}/alice-vm/novnc/websock?token=bobs-vm`, ALICE)).toBe(GREETING);
    const { url, headers } = arrivals.at(-1) ?? { headers: {} };
    expect(url).toBe("/websockify");
    expect(headers).toMatchObject({
      host: new URL(origin).host,
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": expect.stringMatching(/^.{24}$/),
      "sec-websocket-protocol": "binary",
      "sec-websocket-extensions": expect.stringContaining("permessage-deflate"),
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": `localhost:${port}`,
    });
    expect(headers).not.toHaveProperty("authorization");
  });

  test.each([
    ["nobody", {}, "alice-vm"],
    ["somebody else", { authorization: "Bearer bob" }, "alice-vm"],
    ["the owner of another", ALICE, "bob-vm-1"],
    ["anybody, for one that does not exist", ALICE, "no-such-vm"],
    ["anybody, for a name that is none", ALICE, "a"],
    ["anybody, for a way round the check", ALICE, "bob-vm-1%2e"],
  ])("%s gets the one answer, and the machine hears nothing", async (_, headers, id) => {
    const { origin, arrivals } = await startWebsockify();
    const sessions = listed(session(origin), session(origin, { id: "bob-vm-1", owner: "bob" }));
    const { port } = await startFront({ sessions });
    for (const path of ["", "/novnc"]) {
      const { status, body } = await ask(port, `${BASE}/${id}${path}`, { headers });
      expect({ status, body }).toEqual({ status: 404, body: '{"error":"Session not found"}' });
    }
    expect(await open(port, `${BASE}/${id}/novnc/websock`, headers)).toBe(404);
    expect(arrivals).toEqual([]);
  });

  test("a page of another origin reaches nothing", async () => {
    const { origin, arrivals } = await startWebsockify();
    const { port } = await startFront({ sessions: listed(session(origin)) });
    const foreign = { ...ALICE, origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await ask(port, `${BASE}/alice-vm`, { headers: foreign })).status).toBe(403);
    expect(await open(port, `${BASE}/alice-vm/novnc/websock`, foreign)).toBe(403);
    expect(arrivals).toEqual([]);
  });

  test("a sign-in that is over reaches nothing, also while its token is still good", async () => {
    const { origin, arrivals } = await startWebsockify();
    const house = await newHouse();
    const { port, gate } = await startFront({ house, sessions: listed(session(origin)) });
    expect((await ask(port, BASE, { headers: ALICE })).status).toBe(200);
    await gate.signOuts.end("sess_alice");
    await vi.waitFor(async () => expect((await ask(port, BASE, { headers: ALICE })).status).toBe(401));
    expect((await ask(port, `${BASE}/alice-vm`, { headers: ALICE })).status).toBe(404);
    expect(await open(port, `${BASE}/alice-vm/novnc/websock`, ALICE)).toBe(404);
    expect(arrivals).toEqual([]);
  });

  test("a list holds one's own machines, without their addresses", async () => {
    const sessions = listed(session("http://10.0.0.1:6080"), session(null, { id: "bob-vm-1", owner: "bob" }));
    const { port } = await startFront({ sessions });
    expect(JSON.parse((await ask(port, BASE, { headers: ALICE })).body)).toEqual({
      sessions: [{ id: "alice-vm", provider: "claude-code", label: "Claude Code" }],
    });
    expect((await ask(port, BASE)).status).toBe(401);
  });

  test("addresses that only look alike are not theirs", async () => {
    const { origin } = await startWebsockify();
    const { port, pages } = await startFront({ sessions: listed(session(origin)) });
    await ask(port, "/api/auth/sessions", { headers: ALICE });
    expect(pages).toEqual(["/api/auth/sessions"]);
    expect((await ask(port, `${BASE}/alice-vm/novnc/websock`, { headers: ALICE })).status).toBe(426);
    expect(await open(port, `${BASE}/alice-vm/novnc/websocket`, ALICE)).toBe(404);
    expect(await open(port, `${BASE}/alice-vm`, ALICE)).toBe(404);
  });
});

test("an open screen ends with the sign-in that opened it, and no other", async () => {
  const { origin } = await startWebsockify();
  const { port, house } = await startFront({ sessions: listed(session(origin)), house: await newHouse() });
  const opened = async (sessionId: string) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${BASE}/alice-vm/novnc/websock`, "binary", {
      headers: { host: `localhost:${port}`, authorization: `Bearer alice/${sessionId}` },
    });
    onTestFinished(() => socket.terminate());
    const closed = new Promise((resolve) => {
      socket.on("close", () => resolve("closed"));
    });
    await new Promise((resolve) => {
      socket.on("message", resolve);
    });
    return { socket, closed };
  };
  const [first, second] = [await opened("sess_1"), await opened("sess_2")];
  await endSession(house.database, "sess_1");
  expect(await first.closed).toBe("closed");
  const echoed = new Promise((resolve) => {
    second.socket.on("message", resolve);
  });
  second.socket.send("still here");
  expect(String(await echoed)).toBe("still here");
});

describe("the viewer's document", () => {
  test("has no origin, may be framed by the app alone, and loads noVNC and nothing else", async () => {
    const { port } = await startFront({ sessions: listed(session(null)) });
    const { headers, body } = await ask(port, `${BASE}/alice-vm/novnc`, { headers: ALICE });
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("sandbox allow-scripts");
    expect(policy).not.toContain("allow-same-origin");
    expect(policy).toContain(`frame-ancestors http://localhost:${port}`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("connect-src");
    expect(headers).not.toHaveProperty("x-frame-options");
    expect(body).toContain('import RFB from "/novnc/core/rfb.js"');
  });

  test("noVNC's files are served as they are, and no other file is", async () => {
    const { port } = await startFront();
    const script = await ask(port, "/novnc/core/rfb.js");
    expect(script).toMatchObject({ status: 200, headers: { "access-control-allow-origin": "*" } });
    expect(script.body).toContain("export default class RFB");
    expect((await ask(port, "/novnc/LICENSE.txt")).body).toContain("MPL");
    for (const path of [
      "package.json",
      "core/../package.json",
      "core/%2e%2e/package.json",
      "core/none.js",
      "",
    ])
      expect((await ask(port, `/novnc/${path}`)).status, path).toBe(404);
  });
});

describe("health", () => {
  const names = async (target: string | null) => {
    const { status, layers, failure } = await checkSession(session(target), { limitMs: 2_000 });
    return { status, layers: layers.map((layer) => layer.status), failed: failure?.layer ?? null };
  };

  test.each<[string, () => Promise<string | null>, object]>([
    [
      "a machine that is being made",
      () => Promise.resolve(null),
      { status: "creating", layers: ["failed", "skipped", "skipped", "skipped"], failed: "resolved" },
    ],
    [
      "one where nothing listens",
      async () => `http://127.0.0.1:${await freePort()}`,
      { status: "starting", layers: ["ok", "failed", "skipped", "skipped"], failed: "connected" },
    ],
    [
      "one that accepts and says nothing",
      () => startTcp(() => undefined),
      { status: "starting", layers: ["ok", "ok", "failed", "skipped"], failed: "answered" },
    ],
    [
      "one that hangs up when it is asked",
      () => startTcp((socket) => socket.once("data", () => socket.resetAndDestroy())),
      { status: "starting", layers: ["ok", "ok", "failed", "skipped"], failed: "answered" },
    ],
    [
      "a web server without WebSockets",
      () => startTcp((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")),
      { status: "starting", layers: ["ok", "ok", "failed", "skipped"], failed: "answered" },
    ],
    [
      "a websockify without a VNC server",
      async () => (await startWebsockify(null)).origin,
      { status: "starting", layers: ["ok", "ok", "ok", "failed"], failed: "greeted" },
    ],
    [
      "a websockify before something else",
      async () => (await startWebsockify("SSH-2.0-OpenSSH_9.2")).origin,
      { status: "starting", layers: ["ok", "ok", "ok", "failed"], failed: "greeted" },
    ],
    [
      "a screen",
      async () => (await startWebsockify()).origin,
      { status: "ready", layers: ["ok", "ok", "ok", "ok"], failed: null },
    ],
  ])("of %s names the layer", async (_, target, expected) => {
    expect(await names(await target())).toMatchObject(expected);
  });
});

describe("the log", () => {
  test("tells upgrade, proxying, opening, data and close in this order, and no secret", async () => {
    const { origin } = await startWebsockify();
    const { logger, messages, text } = capture("trace");
    const { port } = await startFront({ sessions: listed(session(origin)), sessionLog: logger });
    const headers = { ...ALICE, cookie: "__session=s3cr3t-session" };
    await open(port, `${BASE}/alice-vm/novnc/websock?token=s3cr3t-query`, headers);
    await vi.waitFor(() => expect(messages()).toContain("remote session: connection closed"));
    expect(messages()).toEqual([
      "remote session: upgrade received",
      "remote session: proxying WebSocket",
      "remote session: connection opened to backend",
      "remote session: data",
      "remote session: connection closed",
    ]);
    expect(text()).toContain('"from":"upstream","bytes":12');
    expect(text()).toMatch(/"closeCode":1000,.*"bytesOut":18/);
    expect(text()).not.toMatch(/s3cr3t|Bearer/);
  });

  test("data is counted, not told, unless that much detail is asked for", async () => {
    const { origin } = await startWebsockify();
    const { logger, messages } = capture("info");
    const { port } = await startFront({ sessions: listed(session(origin)), sessionLog: logger });
    await open(port, `${BASE}/alice-vm/novnc/websock`, ALICE);
    await vi.waitFor(() => expect(messages()).toContain("remote session: connection closed"));
    expect(messages()).not.toContain("remote session: data");
  });
});

test("no machine, however it fails, ends the process or keeps another from being seen", async () => {
  const good = await startWebsockify();
  const bad: [string, string | null, number][] = [
    ["not-there", `http://127.0.0.1:${await freePort()}`, 502],
    ["resets-us", await startTcp((socket) => socket.resetAndDestroy()), 502],
    ["says-junk", await startTcp((socket) => socket.write("\0\0 no HTTP at all\r\n\r\n")), 502],
    ["being-made", null, 503],
  ];
  const { logger, text } = capture("info");
  const sessions = bad.map(([id, target]) => session(target, { id }));
  const { port } = await startFront({
    sessions: listed(...sessions, session(good.origin)),
    sessionLog: logger,
  });
  for (const [id, , status] of bad) {
    expect(await open(port, `${BASE}/${id}/novnc/websock`, ALICE), id).toBe(status);
    await vi.waitFor(() => expect(text()).toMatch(new RegExp(`"session":"${id}".*failed to proxy`)));
  }
  expect(await open(port, `${BASE}/alice-vm/novnc/websock`, ALICE)).toBe(GREETING);
});

describe("the file", () => {
  const one = { id: "alice-vm", owner: "alice", target: "http://10.0.0.1:6080" };

  test("is read anew when it has changed, and the last good one holds while it is broken", async () => {
    const file = join(await temporaryFolder(), "sessions.json");
    const write = async (content: string) => {
      await writeFile(`${file}.new`, content);
      await rename(`${file}.new`, file);
    };
    await write(JSON.stringify([{ ...one, target: null }]));
    const errors: unknown[] = [];
    const sessions = await openSessionFile(file, (error) => errors.push(error));
    expect(await sessions.find("alice-vm")).toMatchObject({
      target: null,
      provider: "claude-code",
      path: "/",
    });
    await write(JSON.stringify([one]));
    expect(await sessions.find("alice-vm")).toMatchObject({ target: "http://10.0.0.1:6080" });
    expect(await sessions.ofOwner("bob")).toEqual([]);
    await write("[{");
    expect(await sessions.find("alice-vm")).toMatchObject({ target: "http://10.0.0.1:6080" });
    expect(errors).toHaveLength(1);
  });

  test.each([
    ["no JSON", "{", /not JSON/],
    ["an address with a path", JSON.stringify([{ ...one, target: "http://h:1/x" }]), /target must be http/],
    ["an unknown word", JSON.stringify([{ ...one, tragte: "x" }]), /tragte/],
    ["one id twice", JSON.stringify([one, one]), /once/],
    ["a path with a query", JSON.stringify([{ ...one, path: "/x?token=1" }]), /path must start/],
  ])("with %s is refused at the start", async (_, content, message) => {
    const file = join(await temporaryFolder(), "sessions.json");
    await writeFile(file, content);
    await expect(openSessionFile(file, () => undefined)).rejects.toThrow(message);
  });

  test("that is not there is refused at the start", async () => {
    const file = join(await temporaryFolder(), "none.json");
    await expect(openSessionFile(file, () => undefined)).rejects.toThrow(/REMOTE_SESSIONS/);
  });
});
