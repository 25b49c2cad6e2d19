import { createHash, randomBytes } from "node:crypto";

import { describe, expect, test } from "vitest";

import { openRaw } from "./raw-client.ts";
import { readyRoute, startFront, startRawUpstream, startUpstream, until } from "./rig.ts";

/** A chunked POST with these headers, and these lines behind its body. */
function post(headers: readonly string[], trailers: readonly string[], method = "POST"): string {
  const head = [`${method} /r/x HTTP/1.1`, "Host: f", "Transfer-Encoding: chunked", ...headers, "", ""];
  return `${head.join("\r\n")}4\r\nbody\r\n0\r\n${trailers.map((line) => `${line}\r\n`).join("")}\r\n`;
}

/** An upstream that keeps what it is sent and answers with what the test says once a chunked body has ended. */
async function startListener(answer: string) {
  const seen: string[] = [];
  const upstream = await startRawUpstream((socket) => {
    let text = "";
    const index = seen.push("") - 1;
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      seen[index] = text;
      if (/\r\n0\r\n(?:[^\r\n]+\r\n)*\r\n$/.test(text)) socket.end(answer, "latin1");
    });
  });
  return { ...upstream, seen };
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

describe("trailers of a request", () => {
  test("arrive behind its body, announced, in their order and spelling", async () => {
    const upstream = await startListener(OK);
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = openRaw(front.port);
    client.send(
      post(["Trailer: X-Sum, Server-Timing"], ["X-Sum: 42", "Server-Timing: a;dur=1", "X-Sum: 43"]),
    );
    expect(await client.has("ok")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const [seen = ""] = upstream.seen;
    expect(seen).toMatch(/^POST \/x HTTP\/1\.1\r\n/);
    expect(seen).toMatch(/\r\ntrailer: x-sum, server-timing\r\n/);
    expect(seen.match(/transfer-encoding/gi)).toHaveLength(1);
    expect(seen).toMatch(/\r\n4\r\nbody\r\n0\r\nX-Sum: 42\r\nServer-Timing: a;dur=1\r\nX-Sum: 43\r\n\r\n$/);
    expect(await front.record()).toMatchObject({ status: 200, outcome: "ok", bytesIn: 4, bytesOut: 2 });
  });

  test("do so with any method, and the client's connection goes on", async () => {
    const upstream = await startListener(OK);
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = openRaw(front.port);
    for (const method of ["GET", "DELETE", "PUT"]) {
      client.send(post(["Trailer: X-Sum"], [`X-Sum: ${method}`], method));
      await until(`${method} arrived`, () => upstream.seen.at(-1)?.endsWith(`: ${method}\r\n\r\n`) ?? false);
    }
    await until("three answers", () => client.text().split("HTTP/1.1 200 OK").length === 4);
  });

  test("are dropped where they could change how the message is read, or who is believed to send it", async () => {
    const upstream = await startListener(OK);
    const front = await startFront({
      route: readyRoute(upstream.origin, { requestHeaders: { "X-Forwarded-User": "owner" } }),
      ownCookies: ["ours"],
      dropRequestHeaders: ["x-scopes"],
    });
    const withheld = [
      "Authorization: Bearer x",
      "Cookie: ours=1",
      "Host: other",
      "X-Forwarded-For: 6.6.6.6",
      "X_Forwarded_For: 6.6.6.6",
      "X-Forwarded-User: me",
      "X-Real-IP: 6.6.6.6",
      "X-Request-Id: forged",
      "X-Scopes: all",
      "X-Hop: 1",
      "Content-Type: text/html",
    ];
    const names = withheld.map((line) => line.split(":")[0]).join(", ");
    const client = openRaw(front.port);
    client.send(
      post(["Connection: x-hop", `Trailer: X-Sum, ${names}`], [...withheld, "X-Sum: 1", "X-Unannounced: 1"]),
    );
    await client.has("ok");
    const [seen = ""] = upstream.seen;
    expect(seen).toMatch(/\r\ntrailer: x-sum\r\n/);
    expect(seen).toMatch(/\r\n0\r\nX-Sum: 1\r\n\r\n$/);
  });

  test("that nobody announced are dropped, and cost no connection of their own", async () => {
    const sockets = new Set<unknown>();
    const upstream = await startUpstream((req, res) => {
      sockets.add(req.socket);
      req.resume().on("end", () => res.end(JSON.stringify([req.headers.trailer ?? null, req.trailers])));
    });
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = openRaw(front.port);
    client.send(post([], ["X-Sum: 1"]));
    expect(await client.has("[null,{}]")).toContain("200 OK");
    client.send("GET /r/ HTTP/1.1\r\nHost: f\r\nTrailer: X-Sum\r\nConnection: close\r\n\r\n");
    await client.ended();
    expect(sockets.size).toBe(1);
  });

  test("come with a body of any length, whole", async () => {
    const body = randomBytes(8_000_000);
    const upstream = await startUpstream((req, res) => {
      const hash = createHash("sha256");
      req.on("data", (chunk: Buffer) => hash.update(chunk));
      req.on("end", () => res.end(`${hash.digest("hex")} ${req.trailers["x-sum"]}`));
    });
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = openRaw(front.port);
    client.send("POST /r/ HTTP/1.1\r\nHost: f\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n");
    client.send(`${body.length.toString(16)}\r\n`);
    client.send(body);
    client.send("\r\n0\r\nX-Sum: 42\r\n\r\n");
    await client.has(`${createHash("sha256").update(body).digest("hex")} 42`);
  });
});

test("trailers go both ways at once, and a hint before them", async () => {
  const upstream = await startListener(
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" +
      "HTTP/1.1 200 OK\r\nTrailer: X-Back\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Back: 7\r\nSet-Cookie: sneaky=1\r\n\r\n",
  );
  const front = await startFront({ route: readyRoute(upstream.origin) });
  const client = openRaw(front.port);
  client.send(post(["TE: trailers", "Trailer: X-Sum"], ["X-Sum: 42"]));
  const answer = await client.has(/x-back: 7\r\n\r\n$/i);
  expect(answer).toMatch(
    /^HTTP\/1\.1 103 [^\r]*\r\nlink: <\/a.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
  );
  expect(answer).toMatch(/\r\n2\r\nok\r\n0\r\n/);
  expect(answer).not.toContain("sneaky");
});

describe("a request with trailers fails like any other", () => {
  const REQUEST = post(["Trailer: X-Sum", "Connection: close"], ["X-Sum: 42"]);

  test("nobody listens: 502 and a try later", async () => {
    const front = await startFront({ route: readyRoute("http://127.0.0.1:9") });
    const client = openRaw(front.port);
    client.send(REQUEST);
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 502 [^]*retry-after: 1/i);
    expect(await front.record()).toMatchObject({ outcome: "upstream-refused", layer: "route-resolved" });
  });

  test.each([
    ["it hangs up", "", "upstream-reset"],
    ["it speaks nonsense", "SSH-2.0-x\r\n\r\n", "upstream-invalid"],
    [
      "it switches protocols unasked",
      "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      "upstream-invalid",
    ],
  ])("%s: 502", async (_name, answer, outcome) => {
    const upstream = await startListener(answer);
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = openRaw(front.port);
    client.send(REQUEST);
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 502 /);
    expect(await front.record()).toMatchObject({ outcome, layer: "connected" });
  });

  test("it stays silent: 504 after the route's limit, and its connection is given up", async () => {
    const upstream = await startRawUpstream((socket) => void socket.resume());
    const route = readyRoute(upstream.origin, { timeouts: { firstByteMs: 50 } });
    const front = await startFront({ route });
    const client = openRaw(front.port);
    client.send(REQUEST);
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 504 /);
    expect(await front.record()).toMatchObject({ outcome: "first-byte-timeout" });
    await until("the upstream's connection is gone", () => upstream.sockets.size === 0);
  });

  test("it dies in its answer: the client's is cut", async () => {
    const upstream = await startListener("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = openRaw(front.port);
    client.send(REQUEST);
    expect(await client.ended()).toMatch(/half$/);
    expect(await front.record()).toMatchObject({ outcome: "upstream-reset", layer: "streaming" });
  });

  test("the client leaves in its body: the upstream's connection ends too", async () => {
    let began = false;
    const upstream = await startRawUpstream((socket) => socket.once("data", () => (began = true)));
    const front = await startFront({ route: readyRoute(upstream.origin) });
    const client = openRaw(front.port);
    client.send(REQUEST.slice(0, REQUEST.indexOf("0\r\nX-Sum")));
    await until("the upstream has the beginning", () => began);
    client.socket.destroy();
    await until("the upstream's connection is gone", () => upstream.sockets.size === 0);
    expect(await front.record()).toMatchObject({ outcome: "client-gone" });
    expect(front.proxy.stats().openRequests).toBe(0);
  });
});
