import { createServer } from "node:net";

import { describe, expect, test } from "vitest";

import type { Decision, RouteState } from "../src/index.ts";
import { startFullBacklog } from "./full-backlog.ts";
import { SWITCHING, openRaw, upgradeRequest } from "./raw-client.ts";
import { readRequests } from "./raw-upstream.ts";
import { listen, readyRoute, startFront, startRawUpstream, startUpstream, until } from "./rig.ts";

/** A port on which nothing listens: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function get(port: number, path: string, more = ""): Promise<string> {
  const client = openRaw(port);
  client.send(`GET ${path} HTTP/1.1\r\nHost: f\r\nConnection: close\r\n${more}\r\n`);
  return client.ended();
}

async function upgrade(port: number, path: string, more: readonly string[] = []): Promise<string> {
  const client = openRaw(port);
  client.send(upgradeRequest(path, more));
  return client.ended();
}

function problem(answer: string): Record<string, unknown> {
  const parsed: unknown = JSON.parse(answer.split("\r\n\r\n")[1] ?? "");
  if (typeof parsed !== "object" || parsed === null) throw new Error(`No problem document: ${answer}`);
  return { ...parsed };
}

describe.each([
  ["HTTP", get],
  ["WebSocket", upgrade],
] as const)("over %s", (kind, ask) => {
  test("an upstream that is down is a 502 that names the layer and the request", async () => {
    const front = await startFront({ route: readyRoute(`http://127.0.0.1:${await closedPort()}`) });
    const answer = await ask(front.port, "/r/");
    expect(answer).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
    const record = await front.record();
    expect(problem(answer)).toMatchObject({
      code: "upstream-refused",
      status: 502,
      layer: "route-resolved",
      requestId: record.requestId,
    });
    expect(record).toMatchObject({ status: 502, outcome: "upstream-refused", layer: "route-resolved" });
  });

  test("an upstream that closes instead of answering is a 502", async () => {
    const upstream = await startRawUpstream((socket) => socket.once("data", () => socket.destroy()));
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const answer = await ask(front.port, "/r/");
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(problem(answer)).toMatchObject({ code: "upstream-reset", layer: "connected" });
  });

  test("an upstream that says nothing is a 504 after the route's limit, and its connection is closed", async () => {
    const upstream = await startRawUpstream((socket) => socket.resume());
    const front = await startFront({
      route: readyRoute(upstream.origin, { timeouts: { firstByteMs: 150 } }),
    });
    const answer = await ask(front.port, "/r/");
    expect(answer).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\n/);
    expect(problem(answer)).toMatchObject({ code: "first-byte-timeout", layer: "connected" });
    await until("the upstream socket is gone", () => upstream.sockets.size === 0);
  });

  test("an upstream that cannot be reached in time is a 504 for another reason", async () => {
    const port = await startFullBacklog();
    const front = await startFront({
      route: readyRoute(`http://127.0.0.1:${port}`, { timeouts: { connectMs: 200 } }),
    });
    const answer = await ask(front.port, "/r/");
    expect(answer).toMatch(/^HTTP\/1\.1 504 /);
    expect(problem(answer)).toMatchObject({ code: "connect-timeout", layer: "route-resolved" });
  });

  test.each<[RouteState, string, string, string]>([
    [{ status: "starting", message: "Pulling the image." }, "route-starting", "2", "Pulling the image."],
    [{ status: "starting", retryAfterMs: 7_200 }, "route-starting", "8", ""],
    [{ status: "stopped" }, "route-stopped", "10", ""],
    [{ status: "error", message: "Out of disk." }, "route-error", "10", "Out of disk."],
  ])("a route that is %o is a 503 that says when to try again", async (state, code, retryAfter, message) => {
    const upstream = await startRawUpstream(() => undefined);
    const front = await startFront({ route: readyRoute(upstream.origin, { state }) });
    const answer = await ask(front.port, "/r/");
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(new RegExp(`retry-after: ${retryAfter}\\r\\n`, "i"));
    expect(problem(answer)).toMatchObject({ code, ...(message === "" ? {} : { detail: message }) });
    expect(upstream.sockets.size).toBe(0);
  });

  test("an unknown route is exactly what the app says it is", async () => {
    const front = await startFront({ route: readyRoute("http://127.0.0.1:9") });
    const answer = await ask(front.port, "/unknown");
    expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    expect(answer).toMatch(/content-type: application\/json\r\n/i);
    expect(answer.split("\r\n\r\n")[1]).toBe('{"error":"Instance not found or not running"}');
  });

  test("a refusal without a body of its own is a problem document", async () => {
    const decision: Decision = {
      kind: "refuse",
      status: 403,
      code: "wrong-origin",
      message: "This page may not connect here.",
      routeId: "r",
      headers: { "x-why": "origin" },
    };
    const front = await startFront({ decide: () => decision });
    const answer = await ask(front.port, "/r/");
    expect(answer).toMatch(/x-why: origin/i);
    expect(problem(answer)).toMatchObject({ code: "wrong-origin", status: 403, detail: decision.message });
    expect(await front.record()).toMatchObject({ status: 403, outcome: "wrong-origin", routeId: "r" });
  });

  test("a decision that fails is a 500 that tells the client nothing, and the app everything", async () => {
    for (const decide of [
      () => Promise.reject(new Error("database at 10.0.0.1 is down")),
      () => {
        throw new Error("database at 10.0.0.1 is down");
      },
    ]) {
      const front = await startFront({ decide });
      const answer = await ask(front.port, "/r/");
      expect(answer).toMatch(/^HTTP\/1\.1 500 /);
      expect(answer).not.toContain("10.0.0.1");
      expect(front.errors).toEqual([new Error("database at 10.0.0.1 is down")]);
    }
  });

  test("a route with an impossible target is a 500, and the error says how to write one", async () => {
    const front = await startFront({ route: readyRoute("127.0.0.1:80/x") });
    expect(await ask(front.port, "/r/")).toMatch(/^HTTP\/1\.1 500 /);
    expect(String(front.errors[0])).toMatch(/http:\/\/host:port/);
  });

  test("a target below a base path cannot be left", async () => {
    const seen: string[] = [];
    const upstream = await startRawUpstream((socket) => {
      readRequests(socket, ({ head }) => {
        seen.push(head.split(" ")[1] ?? "");
        socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
      });
    });
    const front = await startFront({
      route: readyRoute(upstream.origin, { target: { origin: upstream.origin, basePath: "/base/" } }),
    });
    for (const path of [
      "/../x",
      "/a/%2e%2e/%2E./x",
      "/a%2f..%2f../x",
      "/..;v=1/x",
      "/./x",
      "/a/..",
      "/a/%2e%2e%5cx",
    ]) {
      expect(await ask(front.port, `/r${path}`), path).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(seen).toEqual([]);
    await ask(front.port, "/r/a..b/...?../");
    expect(seen).toEqual(["/base/a..b/...?../"]);
  });

  test("the client is limited before the app decides, and told how long", async () => {
    let decided = 0;
    let clock = 0;
    const front = await startFront({
      decide: () => {
        decided += 1;
        return { kind: "refuse", status: 404 };
      },
      rateLimits: { perClient: { perSecond: 0.25, burst: 3 } },
      clock: () => clock,
    });
    const statuses: string[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await ask(front.port, "/x")).slice(9, 12));
    expect(statuses).toEqual(["404", "404", "404", "429"]);
    expect(decided).toBe(3);
    clock += 3_000;
    expect(await ask(front.port, "/x")).toMatch(/^HTTP\/1\.1 429 [^]*retry-after: 1\r\n/i);
    clock += 1_000;
    expect(await ask(front.port, "/x")).toMatch(/^HTTP\/1\.1 404 /);
  });

  test("a route is limited whoever asks, and other routes are not", async () => {
    const upstream = await startRawUpstream((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")),
    );
    const front = await startFront({
      decide: (req) => ({
        kind: "forward",
        route: readyRoute(upstream.origin, { id: req.url?.startsWith("/a") ? "a" : "b" }),
        prefix: "",
        rest: "/",
      }),
      rateLimits: { perRoute: { perSecond: 1, burst: 2 } },
      clock: () => 0,
    });
    const statuses: string[] = [];
    for (const path of ["/a", "/a", "/a", "/b"]) statuses.push((await ask(front.port, path)).slice(9, 12));
    expect(statuses).toEqual(["204", "204", "429", "204"]);
  });

  test("the app can render failures itself", async () => {
    const front = await startFront({
      route: readyRoute("http://127.0.0.1:9", { state: { status: "starting" } }),
      renderFailure: (failure) =>
        failure.code === "route-starting"
          ? { contentType: "text/plain", body: `soon: ${failure.routeId}`, headers: { "x-mine": "1" } }
          : undefined,
    });
    expect(await ask(front.port, "/r/")).toMatch(/^HTTP\/1\.1 503 [^]*x-mine: 1[^]*\r\n\r\nsoon: r$/);
  });

  test(`a circuit opens after failures in a row, lets one try after its pause, and closes when that succeeds (${kind})`, async () => {
    let clock = 0;
    let healthy = false;
    let asked = 0;
    const upstream = await startRawUpstream((socket) =>
      socket.once("data", (chunk: Buffer) => {
        asked += 1;
        if (!healthy) socket.destroy();
        else if (chunk.includes("Upgrade: websocket") || chunk.includes("upgrade: websocket"))
          socket.end(SWITCHING);
        else socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
      }),
    );
    const front = await startFront({
      route: readyRoute(upstream.origin),
      circuit: { failures: 3, openMs: 10_000 },
      clock: () => clock,
    });
    const post = (): Promise<string> => ask(front.port, "/r/");
    while (front.proxy.circuit(upstream.origin) === "closed")
      expect(await post()).toMatch(/^HTTP\/1\.1 502 /);
    const before = asked;
    expect(await post()).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 10\r\n[^]*"circuit-open"/i);
    expect(asked).toBe(before);
    clock += 10_000;
    expect(await post()).toMatch(/^HTTP\/1\.1 502 /);
    expect(await post()).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 20\r\n/i);
    clock += 20_000;
    healthy = true;
    expect(await post()).toMatch(/^HTTP\/1\.1 (?:204|101) /);
    expect(front.proxy.circuit(upstream.origin)).toBe("closed");
  });
});

test("a browser gets a small page, anyone else a problem document", async () => {
  const front = await startFront({
    route: readyRoute("http://127.0.0.1:9", { state: { status: "starting", message: "<b>soon</b>" } }),
  });
  const page = await get(front.port, "/r/", "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n");
  expect(page).toMatch(/content-type: text\/html; charset=utf-8\r\n/i);
  expect(page).toContain("&#60;b&#62;soon&#60;/b&#62;");
  expect(page).toContain('http-equiv="refresh" content="2"');
  expect(await get(front.port, "/r/", "Accept: */*\r\n")).toMatch(/application\/problem\+json/);
  expect(await get(front.port, "/r/", "Accept: application/json, text/html;q=0.5\r\n")).toMatch(
    /application\/problem\+json/,
  );
});

test("a client that left takes no circuit with it", async () => {
  const upstream = await startRawUpstream((socket) => socket.resume());
  const front = await startFront({ route: readyRoute(upstream.origin), circuit: { failures: 1 } });
  for (const bytes of [
    upgradeRequest("/r/"),
    "GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n",
    "POST /r/ HTTP/1.1\r\nHost: f\r\nContent-Length: 100000\r\n\r\nabc",
  ]) {
    const seen = front.records.length;
    const client = openRaw(front.port);
    client.send(bytes);
    await until("the upstream was asked", () => upstream.sockets.size > 0);
    client.socket.resetAndDestroy();
    await until("it is over", () => front.records.length > seen && upstream.sockets.size === 0);
    expect(front.records.at(-1)).toMatchObject({ outcome: "client-gone" });
    expect(front.proxy.circuit(upstream.origin)).toBe("closed");
  }
});

test("no more than the allowed number of requests and sockets of one route run at a time", async () => {
  const upstream = await startRawUpstream((socket) =>
    socket.once("data", (chunk: Buffer) => {
      if (chunk.includes("upgrade: websocket")) socket.write(SWITCHING);
    }),
  );
  const front = await startFront({ route: readyRoute(upstream.origin, { limits: { maxConnections: 2 } }) });
  const socket = openRaw(front.port);
  socket.send(upgradeRequest("/r/"));
  await socket.has("101");
  const request = openRaw(front.port);
  request.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
  await until("both are at the upstream", () => upstream.sockets.size === 2);
  for (const ask of [get, upgrade]) {
    expect(await ask(front.port, "/r/")).toMatch(
      /^HTTP\/1\.1 503 [^]*retry-after: 1\r\n[^]*"too-many-connections"/i,
    );
  }
  request.socket.destroy();
  await until("one place is free", () => front.proxy.stats().openRequests === 0);
  const next = openRaw(front.port);
  next.send(upgradeRequest("/r/"));
  await next.has("101");
});

test("URLs and heads over their limits are refused with their own status", async () => {
  const front = await startFront({
    route: readyRoute("http://127.0.0.1:9", { limits: { maxUrlBytes: 100 } }),
    server: { maxHeaderBytes: 16_384 },
  });
  expect(await get(front.port, `/r/${"a".repeat(200)}`)).toMatch(/^HTTP\/1\.1 414 /);
  expect(await get(front.port, `/r/${"a".repeat(9_000)}`)).toMatch(/^HTTP\/1\.1 414 /);
  expect(await get(front.port, "/r/", `X: ${"a".repeat(20_000)}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
});

test("a head that comes too slowly is a 408 and the connection ends", async () => {
  const front = await startFront({ route: readyRoute("http://127.0.0.1:9"), server: { headersMs: 200 } });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.1\r\nHost:");
  expect(await client.ended()).toMatch(/^HTTP\/1\.1 408 [^]*"request-timeout"/);
});

test("a body that stops is a 408, and the upstream's request is aborted", async () => {
  let aborted = false;
  const upstream = await startUpstream((req) => {
    req.on("error", () => (aborted = true)).resume();
  });
  for (const framing of ["Content-Length: 100", "Content-Length: 100000", "Transfer-Encoding: chunked"]) {
    aborted = false;
    const front = await startFront({
      route: readyRoute(upstream.origin, { timeouts: { requestIdleMs: 150 } }),
    });
    const client = openRaw(front.port);
    client.send(
      `POST /r/ HTTP/1.1\r\nHost: f\r\n${framing}\r\n\r\n${framing.startsWith("T") ? "3\r\nabc\r\n" : "abc"}`,
    );
    expect(await client.ended(), framing).toMatch(/^HTTP\/1\.1 408 [^]*"request-timeout"/);
    await until("the upstream's request is aborted", () => aborted);
    expect(front.proxy.circuit(upstream.origin)).toBe("closed");
  }
});

test("a body that trickles in below the lowest rate is a 408", async () => {
  let clock = 0;
  const upstream = await startUpstream((req) => void req.resume());
  const front = await startFront({
    route: readyRoute(upstream.origin, { limits: { minBodyBytesPerSecond: 100 } }),
    clock: () => clock,
  });
  const client = openRaw(front.port);
  client.send("POST /r/ HTTP/1.1\r\nHost: f\r\nContent-Length: 100000\r\n\r\nabc");
  await until("it is under way", () => front.proxy.stats().openRequests === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  clock = 11_000;
  client.send("d");
  expect(await client.ended()).toMatch(/^HTTP\/1\.1 408 /);
});

test("an upstream that takes its time to read a body is not the client's fault", async () => {
  let resume: () => void = () => undefined;
  const upstream = await startUpstream((req, res) => {
    resume = () => {
      req.resume().on("end", () => res.end("all of it"));
    };
  });
  const front = await startFront({
    route: readyRoute(upstream.origin, { timeouts: { requestIdleMs: 1_000 } }),
  });
  const client = openRaw(front.port);
  const body = "x".repeat(20_000_000);
  client.send(`POST /r/ HTTP/1.1\r\nHost: f\r\nContent-Length: ${body.length}\r\n\r\n`);
  client.send(body);
  await until("the upstream has it", () => front.proxy.stats().openRequests === 1);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  resume();
  expect(await client.has("all of it")).toContain("200 OK");
});

test("an answer that falls silent is cut only where the route asks for it", async () => {
  const upstream = await startUpstream((_req, res) => void res.write("a beginning"));
  const patient = await startFront({ route: readyRoute(upstream.origin) });
  const strict = await startFront({
    route: readyRoute(upstream.origin, { timeouts: { responseIdleMs: 150 } }),
  });
  const waiting = openRaw(patient.port);
  waiting.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
  await waiting.has("a beginning");
  const cut = openRaw(strict.port);
  cut.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
  await cut.ended();
  expect(await strict.record()).toMatchObject({ outcome: "response-idle", layer: "streaming" });
  expect(patient.proxy.stats().openRequests).toBe(1);
});
