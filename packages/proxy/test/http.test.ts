import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";

import { expect, test } from "vitest";

import { openRaw } from "./raw-client.ts";
import { readyRoute, startFront, startRawUpstream, startUpstream, until } from "./rig.ts";
import { readRequests } from "./raw-upstream.ts";

test("every method reaches the upstream with its body and comes back with the upstream's answer", async () => {
  const upstream = await startUpstream((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => res.end(`${req.method} ${req.url} ${Buffer.concat(chunks).toString()}`));
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "REPORT"]) {
    const body = method === "GET" ? "" : `body of ${method}`;
    expect(await ask(front.port, { method, path: "/r/x", body })).toMatchObject({
      status: 200,
      body: `${method} /x ${body}`,
    });
  }
});

test("the request target arrives byte for byte", async () => {
  const upstream = await startUpstream((req, res) => res.end(req.url));
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const rests = [
    "/a%2Fb%2e%2e/%7Euser",
    "/n/%2e%2e/b",
    "/n/../b",
    "//double//slashes//",
    "/?a=1&a=2&b=%20+%2B&a=3",
    "/constructor",
    "/__proto__/x",
    "/%",
    "/%zz?%",
    "/'(),;:@$&+=![]*",
    '/x?q="<>^`{|}\\',
    "/?",
    "/?url=http://evil.test/",
  ];
  for (const rest of rests) {
    const client = openRaw(front.port);
    client.send(`GET /r${rest} HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n`);
    expect((await client.ended()).split("\r\n\r\n")[1]).toContain(rest);
  }
});

test("a GET of the bare prefix is sent to the prefix with a slash, and its query survives", async () => {
  const front = await startFront({ route: readyRoute("http://127.0.0.1:9") });
  expect(await ask(front.port, { path: "/r?x=1&x=2" })).toMatchObject({
    status: 308,
    headers: { location: "/r/?x=1&x=2" },
  });
});

test("duplicate headers and cookies stay apart, in both directions", async () => {
  const upstream = await startRawUpstream((socket) => {
    readRequests(socket, ({ head }) => {
      const seen = head.split("\r\n").filter((line) => /^x-twice|^cookie/i.test(line));
      socket.write(
        `HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2, c\r\nX-Many: one\r\nX-Many: two\r\nContent-Length: ${seen.join("|").length}\r\n\r\n${seen.join("|")}`,
      );
    });
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.1\r\nHost: f\r\nX-Twice: 1\r\nX-Twice: 2\r\nConnection: close\r\n\r\n");
  const answer = await client.ended();
  expect(answer).toContain("X-Twice: 1|X-Twice: 2");
  expect(answer.match(/^set-cookie: .*$/gim)).toEqual(["set-cookie: a=1", "set-cookie: b=2, c"]);
  expect(answer.match(/^x-many: .*$/gim)).toEqual(["x-many: one", "x-many: two"]);
});

test("hop-by-hop headers and those that Connection lists are removed both ways", async () => {
  let seen = "";
  const upstream = await startRawUpstream((socket) => {
    readRequests(socket, ({ head }) => {
      seen = head.toLowerCase();
      socket.write(
        "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Up-Hop\r\nX-Up-Hop: secret\r\nKeep-Alive: timeout=9, max=3\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Stays: yes\r\nContent-Length: 2\r\n\r\nok",
      );
    });
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send(
    "GET /r/ HTTP/1.1\r\nHost: f\r\nConnection: close, X-Hop, X-Other\r\nX-Hop: 1\r\nX-Other: 2\r\nX-Kept: 3\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nTE: trailers, gzip\r\nTrailer: x-t\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n",
  );
  const answer = (await client.ended()).toLowerCase();
  for (const name of [
    "x-hop",
    "x-other",
    "keep-alive:",
    "proxy-connection",
    "proxy-authorization",
    "trailer:",
    "upgrade",
    "http2-settings",
  ]) {
    expect(seen).not.toContain(name);
  }
  expect(seen).toContain("x-kept: 3");
  expect(seen).toContain("te: trailers\r\n");
  for (const name of ["x-up-hop", "max=3", "proxy-authenticate", "h2c"]) expect(answer).not.toContain(name);
  expect(answer).toContain("x-stays: yes");
});

test("our own cookies and Authorization stay with us, and no upstream can set one of ours", async () => {
  const seen: IncomingMessage["headers"][] = [];
  const upstream = await startUpstream((req, res) => {
    seen.push(req.headers);
    res.setHeader("set-cookie", ["__session=stolen; Path=/", "theirs=1", "app_ticket_x=2"]);
    res.end();
  });
  const front = await startFront({
    route: readyRoute(upstream.origin),
    ownCookies: ["__session", "app_*"],
  });
  const answer = await ask(front.port, {
    path: "/r/",
    headers: {
      authorization: "Bearer secret",
      cookie: "a=1; __session=jwt; app_ticket=2; __session_other=3; b=4",
    },
  });
  expect(seen[0]?.authorization).toBeUndefined();
  expect(seen[0]?.cookie).toBe("a=1; __session_other=3; b=4");
  expect(answer.headers["set-cookie"]).toEqual(["theirs=1"]);
  await ask(front.port, { path: "/r/", headers: { cookie: "__session=jwt" } });
  expect(seen[1]).not.toHaveProperty("cookie");
});

test("SSE headers arrive before the first event, and each event as it is sent", async () => {
  let send: (text: string) => void = () => undefined;
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.flushHeaders();
    send = (text) => void res.write(text);
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/events HTTP/1.1\r\nHost: f\r\n\r\n");
  expect(await client.has("\r\n\r\n")).toContain("text/event-stream");
  for (const event of ["data: one\n\n", "data: two\n\n"]) {
    expect(client.text()).not.toContain(event);
    send(event);
    await client.has(event);
  }
});

test("103 Early Hints are forwarded before the answer", async () => {
  const upstream = await startUpstream((_req, res) => {
    res.writeEarlyHints({ link: ["</a.css>; rel=preload; as=style", "</b.js>; rel=preload; as=script"] });
    setTimeout(() => res.end("done"), 20);
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n");
  const answer = await client.ended();
  expect(answer).toMatch(
    /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>.*<\/b\.js>.*\r\n\r\nHTTP\/1\.1 200 OK/is,
  );
  expect(answer).toContain("done");
});

test("an HTTP/1.0 client gets neither early hints nor chunks", async () => {
  const upstream = await startUpstream((_req, res) => {
    res.writeEarlyHints({ link: "</a.css>; rel=preload" });
    res.write("one ");
    res.end("two");
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.0\r\n\r\n");
  const answer = await client.ended();
  expect(answer).not.toContain("103");
  expect(answer).not.toMatch(/transfer-encoding/i);
  expect(answer).toMatch(/\r\n\r\none two$/);
});

test("trailers of an answer arrive behind its body", async () => {
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { trailer: "X-Sum" });
    res.write("body");
    res.addTrailers({ "X-Sum": "42", "Set-Cookie": "sneaky=1" });
    res.end();
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.1\r\nHost: f\r\nTE: trailers\r\nConnection: close\r\n\r\n");
  const answer = await client.ended();
  expect(answer).toMatch(/trailer: X-Sum/i);
  expect(answer).toMatch(/0\r\nx-sum: 42\r\n\r\n$/i);
});

test("HEAD, 204 and 304 have no body and leave the connection usable", async () => {
  const upstream = await startUpstream((req, res) => {
    if (req.url === "/none") res.writeHead(204).end();
    else if (req.url === "/same") res.writeHead(304, { etag: '"x"' }).end();
    else res.writeHead(200, { "content-length": "5" }).end("hello");
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("HEAD /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
  await client.has(/content-length: 5\r\n[^]*\r\n\r\n$/i);
  client.send("GET /r/none HTTP/1.1\r\nHost: f\r\n\r\n");
  await client.has(/204 No Content\r\n[^]*\r\n\r\n$/);
  client.send("GET /r/same HTTP/1.1\r\nHost: f\r\n\r\n");
  await client.has(/304 Not Modified\r\n[^]*\r\n\r\n$/);
  client.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
  expect(await client.has(/\r\n\r\nhello$/)).not.toMatch(/hello[^]*hello/);
});

test("a range is forwarded and its 206 comes back with its headers", async () => {
  const upstream = await startUpstream((req, res) => {
    expect(req.headers.range).toBe("bytes=2-4");
    res.writeHead(206, { "content-range": "bytes 2-4/10", "content-length": "3" }).end("234");
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  expect(await ask(front.port, { path: "/r/", headers: { range: "bytes=2-4" } })).toMatchObject({
    status: 206,
    body: "234",
    headers: { "content-range": "bytes 2-4/10" },
  });
});

test("a status line's own words and an unknown status pass", async () => {
  const upstream = await startRawUpstream((socket) => {
    readRequests(socket, () => socket.write("HTTP/1.1 299 All Is Well\r\nContent-Length: 0\r\n\r\n"));
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n");
  expect(await client.ended()).toMatch(/^HTTP\/1\.1 299 All Is Well\r\n/);
});

test("an encoded body passes unchanged", async () => {
  const bytes = randomBytes(300_000);
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { "content-encoding": "br", "content-length": bytes.length }).end(bytes);
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const answer = await ask(front.port, { path: "/r/" });
  expect(answer.headers["content-encoding"]).toBe("br");
  expect(sha(answer.bytes)).toBe(sha(bytes));
});

test("a large body streams up while it is still being sent", async () => {
  const arrived: number[] = [];
  const upstream = await startUpstream((req, res) => {
    req.on("data", (chunk: Buffer) => arrived.push(chunk.length));
    req.on("end", () => res.end(String(arrived.reduce((sum, size) => sum + size, 0))));
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  for (const framing of ["Content-Length: 300", "Content-Length: 300000", "Transfer-Encoding: chunked"]) {
    arrived.length = 0;
    const chunked = framing.startsWith("T");
    const total = chunked ? 6 : Number(framing.split(": ")[1]);
    const client = openRaw(front.port);
    client.send(`POST /r/ HTTP/1.1\r\nHost: f\r\nConnection: close\r\n${framing}\r\n\r\n`);
    client.send(chunked ? "3\r\nabc\r\n" : "abc");
    await until("the first bytes arrived", () => arrived.length > 0);
    client.send(chunked ? "3\r\ndef\r\n0\r\n\r\n" : "x".repeat(total - 3));
    expect((await client.ended()).split("\r\n\r\n")[1]).toContain(String(total));
  }
});

test("an answer that comes before the body is complete reaches the client, and nothing more is read for long", async () => {
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(413, { connection: "close" }).end("too large");
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("POST /r/ HTTP/1.1\r\nHost: f\r\nContent-Length: 10000000\r\n\r\nabc");
  expect(await client.has("too large")).toContain("413");
});

test("Expect: 100-continue is answered by us and never forwarded", async () => {
  let expectation: string | undefined = "none";
  const upstream = await startUpstream((req, res) => {
    expectation = req.headers.expect;
    req.resume().on("end", () => res.end("got it"));
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send(
    "POST /r/ HTTP/1.1\r\nHost: f\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n",
  );
  await client.has("100 Continue");
  client.send("body");
  expect(await client.ended()).toContain("got it");
  expect(expectation).toBeUndefined();
});

test("a client that leaves ends the upstream's request", async () => {
  let closed = false;
  let started = false;
  const upstream = await startUpstream((_req, res) => {
    started = true;
    res.write("a first piece");
    res.on("close", () => {
      closed = true;
    });
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
  await client.has("a first piece");
  expect(started).toBe(true);
  client.socket.destroy();
  await until("the upstream saw the client go", () => closed);
  expect(await front.record()).toMatchObject({ outcome: "client-gone", status: 200, layer: "streaming" });
});

test("an upstream that dies in the middle of a body leaves the client an incomplete answer, at once", async () => {
  const bodies = {
    length: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
    chunked: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
  };
  for (const [kind, bytes] of Object.entries(bodies)) {
    for (const death of ["end", "resetAndDestroy"] as const) {
      const upstream = await startRawUpstream((socket) => {
        readRequests(socket, () => {
          socket.write(bytes);
          setTimeout(() => socket[death](), 10);
        });
      });
      const front = await startFront({ route: readyRoute(upstream.origin) });
      const client = openRaw(front.port);
      client.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
      const answer = await client.ended();
      expect(answer, kind).toContain("half");
      expect(answer, kind).not.toMatch(/\r\n0\r\n/);
      expect(await front.record()).toMatchObject({ outcome: "upstream-reset", layer: "streaming" });
    }
  }
});

test("an HTTP/1.0 client sees a reset when the upstream dies, for it would take a close for the end", async () => {
  const upstream = await startRawUpstream((socket) => {
    readRequests(socket, () => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
      setTimeout(() => socket.resetAndDestroy(), 10);
    });
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send("GET /r/ HTTP/1.0\r\n\r\n");
  await client.ended();
  expect(client.wasReset()).toBe(true);
});

test("connections to an upstream are kept and used again", async () => {
  const connections = new Set<unknown>();
  const upstream = await startUpstream((req, res) => {
    connections.add(req.socket);
    res.end("ok");
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  for (let count = 0; count < 10; count += 1) await ask(front.port, { path: "/r/" });
  expect(connections.size).toBe(1);
});

test("an idempotent request is sent again when a kept connection turns out dead, any other is not", async () => {
  let requests = 0;
  const upstream = await startRawUpstream((socket) => {
    let onThisSocket = 0;
    readRequests(socket, () => {
      requests += 1;
      onThisSocket += 1;
      if (onThisSocket === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      else socket.resetAndDestroy();
    });
  });
  for (const [method, body, status, sent] of [
    ["GET", "", 200, 3],
    ["PUT", "small", 200, 3],
    ["POST", "pay", 502, 2],
  ] as const) {
    requests = 0;
    const front = await startFront({ route: readyRoute(upstream.origin) });
    await ask(front.port, { path: "/r/" });
    expect(await ask(front.port, { method, path: "/r/", body }), method).toMatchObject({ status });
    expect(requests, method).toBe(sent);
  }
});

test("requests that come on one connection without waiting are answered in order", async () => {
  const upstream = await startUpstream((req, res) => {
    const wait = req.url === "/1" ? 40 : 0;
    setTimeout(() => res.end(`<${req.url}>`), wait);
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send([1, 2, 3].map((n) => `GET /r/${n} HTTP/1.1\r\nHost: f\r\n\r\n`).join(""));
  const answer = await client.has("</3>");
  expect(answer.match(/<\/\d>/g)).toEqual(["</1>", "</2>", "</3>"]);
});

test("an answer that is not HTTP is a 502 that says so", async () => {
  const invalid = [
    "SSH-2.0-OpenSSH_9\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
  ];
  for (const bytes of invalid) {
    const upstream = await startRawUpstream((socket) => readRequests(socket, () => socket.write(bytes)));
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const answer = await ask(front.port, { path: "/r/", headers: { accept: "application/json" } });
    expect(answer.status, bytes).toBe(502);
    expect(JSON.parse(answer.body), bytes).toMatchObject({ code: "upstream-invalid", layer: "connected" });
  }
});

test("two answers to one request do not reach the next one", async () => {
  const upstream = await startRawUpstream((socket) => {
    readRequests(socket, ({ head }) => {
      const path = head.split(" ")[1] ?? "";
      const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`;
      socket.write(
        path === "/first" ? `${answer}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nposion` : answer,
      );
    });
  });
  const front = await startFront({ route: readyRoute(upstream.origin) });
  expect(await ask(front.port, { path: "/r/first" })).toMatchObject({ body: "/first" });
  expect(await ask(front.port, { path: "/r/second" })).toMatchObject({ status: 200, body: "/second" });
});

test("the access record says who asked for what and how it went, without the query", async () => {
  const upstream = await startUpstream((req, res) => req.resume().on("end", () => res.end("12345")));
  const front = await startFront({ route: readyRoute(upstream.origin), now: () => 1_700_000_000_000 });
  const answer = await ask(front.port, { method: "POST", path: "/r/a/b?token=secret", body: "abc" });
  const record = await front.record();
  expect(record).toMatchObject({
    kind: "http",
    routeId: "r",
    method: "POST",
    path: "/r/a/b",
    status: 200,
    outcome: "ok",
    client: "127.0.0.1",
    startedAt: 1_700_000_000_000,
    bytesIn: 3,
    bytesOut: 5,
  });
  expect(record.requestId).toBe(answer.headers["x-request-id"]);
  expect(record.durationMs).toBeGreaterThanOrEqual(record.firstByteMs ?? Number.NaN);
  expect(JSON.stringify(record)).not.toContain("secret");
});

interface Answer {
  status: number | undefined;
  headers: IncomingMessage["headers"];
  body: string;
  bytes: Buffer;
}

function ask(
  port: number,
  {
    method = "GET",
    path,
    headers = {},
    body = "",
  }: { method?: string; path: string; headers?: Record<string, string>; body?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length: Record<string, string> =
      body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const req = request(
      { port, host: "127.0.0.1", method, path, headers: { ...length, ...headers }, agent: false },
      (res) => {
        const chunks: Buffer[] = [];
        res.on("data", (chunk: Buffer) => chunks.push(chunk));
        res.on("error", reject);
        res.on("end", () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: res.statusCode, headers: res.headers, body: bytes.toString("utf8"), bytes });
        });
      },
    );
    req.on("error", reject);
    req.end(body);
  });
}

function sha(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
