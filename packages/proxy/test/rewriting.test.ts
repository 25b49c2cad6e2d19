import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import * as zlib from "node:zlib";

import { describe, expect, test } from "vitest";

import type { Route } from "../src/index.ts";
import { readyRoute, startFront, startUpstream, until } from "./rig.ts";
import { openRaw } from "./raw-client.ts";

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
}

async function through(
  route: Partial<Route>,
  answer: { status?: number; headers?: Record<string, string | string[]>; body?: string | Buffer },
  { method = "GET", path = "/r/page" }: { method?: string; path?: string } = {},
): Promise<Answer> {
  const upstream = await startUpstream((_req, res) => {
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(answer.headers ?? {})) {
      headers[name] = Array.isArray(value) ? value : value.replace("UPSTREAM", upstream.origin);
    }
    res.writeHead(answer.status ?? 200, headers).end(answer.body ?? "");
  });
  const front = await startFront({ route: readyRoute(upstream.origin, route), ownCookies: ["__session"] });
  return new Promise((resolve, reject) => {
    request(
      { port: front.port, host: "127.0.0.1", method, path, headers: { host: "app.test" }, agent: false },
      (res) => {
        const chunks: Buffer[] = [];
        res.on("data", (chunk: Buffer) => chunks.push(chunk));
        res.on("end", () =>
          resolve({ status: res.statusCode, headers: res.headers, bytes: Buffer.concat(chunks) }),
        );
        res.on("error", reject);
      },
    )
      .on("error", reject)
      .end();
  });
}

const HEADERS = { rewrite: { headers: true } } as const;
const HTML = { rewrite: { headers: true, htmlBase: true } } as const;

describe("places that an upstream names are moved below the prefix", () => {
  test.each<[string, string, string]>([
    ["location", "/login", "/r/login"],
    ["location", "/", "/r/"],
    ["location", "/?a=/b", "/r/?a=/b"],
    ["location", "login", "login"],
    ["location", "../up", "../up"],
    ["location", "?q", "?q"],
    ["location", "#f", "#f"],
    ["location", "", ""],
    ["location", "UPSTREAM/login?x=1#f", "/r/login?x=1#f"],
    ["location", "UPSTREAM", "/r/"],
    ["location", "http://app.test/login", "http://app.test/r/login"],
    ["location", "https://app.test", "https://app.test/r/"],
    ["location", "//app.test/login", "//app.test/r/login"],
    ["location", "/r/already", "/r/already"],
    ["location", "/r", "/r"],
    ["location", "/root", "/r/root"],
    ["location", "https://elsewhere.test/login", "https://elsewhere.test/login"],
    ["location", "//elsewhere.test/x", "//elsewhere.test/x"],
    ["location", "mailto:a@b.test", "mailto:a@b.test"],
    ["content-location", "/doc.en", "/r/doc.en"],
    ["refresh", "5; url=/next", "5; url=/r/next"],
    ["refresh", "0;URL='/next'", "0;URL='/r/next'"],
    ["refresh", '1, "/next"', '1, "/r/next"'],
    ["refresh", "5", "5"],
    ["refresh", "0; url=https://elsewhere.test/", "0; url=https://elsewhere.test/"],
  ])("%s: %s becomes %s", async (name, value, wanted) => {
    expect((await through(HEADERS, { status: 302, headers: { [name]: value } })).headers[name]).toBe(wanted);
  });

  test("and the target's base path is taken off again", async () => {
    const route: Partial<Route> = { ...HEADERS };
    const upstream = await startUpstream((req, res) => {
      res.writeHead(302, { location: `${req.url}/next`, "set-cookie": "a=1; Path=/base/x" }).end();
    });
    const front = await startFront({
      route: readyRoute(upstream.origin, {
        ...route,
        target: { origin: upstream.origin, basePath: "/base" },
      }),
    });
    const client = openRaw(front.port);
    client.send("GET /r/x HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n");
    const answer = await client.ended();
    expect(answer).toMatch(/location: \/r\/x\/next\r\n/);
    expect(answer).toMatch(/set-cookie: a=1; Path=\/r\/x\r\n/);
  });

  test("but nothing is touched where nobody asked, or where the upstream knows its prefix", async () => {
    const headers = { location: "/login", refresh: "1; url=/x", "content-location": "/y" };
    for (const route of [{}, { ...HEADERS, prefix: "keep" as const }]) {
      expect((await through(route, { status: 302, headers })).headers).toMatchObject(headers);
    }
  });
});

describe("cookies of an upstream", () => {
  test.each<[string, Partial<Route>, string, string | undefined]>([
    ["get the prefix", HEADERS, "a=1; Path=/; HttpOnly", "a=1; Path=/r/; HttpOnly"],
    ["get the prefix before their path", HEADERS, "a=1; path=/x", "a=1; Path=/r/x"],
    ["keep a path below it", HEADERS, "a=1; Path=/r/x", "a=1; Path=/r/x"],
    ["lose their domain", HEADERS, "a=1; Domain=app.test; Secure", "a=1; Secure"],
    ["have no path of a neighbour", HEADERS, "a=1; Path=/r/../other", "a=1; Path=/r/"],
    ["have no odd path", HEADERS, 'a=1; Path="/x"', "a=1; Path=/r/"],
    ["have a path if they had an empty one", HEADERS, "a=1; Path", "a=1; Path=/r/"],
    ["keep a value that looks like attributes", HEADERS, "a=path=/; Path=/", "a=path=/; Path=/r/"],
    [
      "are confined even where nothing else is rewritten",
      {},
      "a=1; Path=/; Domain=app.test",
      "a=1; Path=/r/",
    ],
    [
      "are confined for an upstream that keeps the prefix",
      { prefix: "keep" },
      "a=1; Path=/r/x",
      "a=1; Path=/r/x",
    ],
    [
      "pass where the route says so",
      { responseCookies: "pass" },
      "a=1; Path=/; Domain=x",
      "a=1; Path=/; Domain=x",
    ],
    ["go where the route says so", { responseCookies: "drop" }, "a=1", undefined],
    ["never carry a name of ours", { responseCookies: "pass" }, "__session=x; Path=/", undefined],
  ])("%s", async (_what, route, cookie, wanted) => {
    const { headers } = await through(route, { headers: { "set-cookie": [cookie] } });
    expect(headers["set-cookie"]).toEqual(wanted === undefined ? undefined : [wanted]);
  });
});

test("answer headers that the route names are dropped", async () => {
  const { headers } = await through(
    { dropResponseHeaders: ["Clear-Site-Data", "service-worker-allowed"] },
    { headers: { "clear-site-data": '"*"', "service-worker-allowed": "/", "x-other": "1" } },
  );
  expect(headers).not.toHaveProperty("clear-site-data");
  expect(headers).not.toHaveProperty("service-worker-allowed");
  expect(headers).toHaveProperty("x-other");
});

test("no upstream can move an origin elsewhere, or say under which id we know a request", async () => {
  const { headers } = await through({}, { headers: { "alt-svc": 'h2=":9"', "x-request-id": "theirs" } });
  expect(headers).not.toHaveProperty("alt-svc");
  expect(headers["x-request-id"]).toMatch(/^[0-9a-z]{7}-1$/);
});

const BASE = '<base href="/r/">';

describe("a base is written into HTML", () => {
  test.each<[string, string, string]>([
    [
      "behind head",
      "<!doctype html><html><head><title>x</title>",
      `<!doctype html><html><head>${BASE}<title>x</title>`,
    ],
    [
      "behind a head with attributes",
      '<HTML lang="a>b"><HEAD data-x=">">rest',
      `<HTML lang="a>b"><HEAD data-x=">">${BASE}rest`,
    ],
    [
      "where an implied head begins",
      "<!doctype html>\n<title>x</title>",
      `<!doctype html>\n${BASE}<title>x</title>`,
    ],
    [
      "behind comments that mention a head",
      "<!-- <head> --><html><head>x",
      `<!-- <head> --><html><head>${BASE}x`,
    ],
    ["not behind a header element", "<header>x</header>", `${BASE}<header>x</header>`],
    ["before plain text", "hello", `${BASE}hello`],
    ["behind a byte order mark", "\ufeff<head>x", `\ufeff<head>${BASE}x`],
    [
      "behind an XML declaration",
      '<?xml version="1.0"?><html><head>',
      `<?xml version="1.0"?><html><head>${BASE}`,
    ],
    [
      "before a document's own base, which then no longer counts",
      '<head><base href="/">',
      `<head>${BASE}<base href="/">`,
    ],
    ["at the end of an unfinished head", "<!doctype html><html><head", `<!doctype html><html>${BASE}<head`],
  ])("%s", async (_where, body, wanted) => {
    const { bytes, headers } = await through(HTML, {
      headers: { "content-type": "text/html; charset=utf-8" },
      body,
    });
    expect(bytes.toString()).toBe(wanted);
    expect(headers["content-length"]).toBeUndefined();
  });

  const codecs = [
    ["gzip", zlib.gzipSync, zlib.gunzipSync],
    ["deflate", zlib.deflateSync, zlib.inflateSync],
    ["br", zlib.brotliCompressSync, zlib.brotliDecompressSync],
    ["zstd", zlib.zstdCompressSync, zlib.zstdDecompressSync],
  ] as const;

  test.each(codecs)("inside %s, which stays", async (encoding, encode, decode) => {
    const long = `<html><head></head><body>${"ümlaut ".repeat(50_000)}</body>`;
    const { bytes, headers } = await through(HTML, {
      headers: { "content-type": "text/html", "content-encoding": encoding },
      body: encode(Buffer.from(long)),
    });
    expect(headers["content-encoding"]).toBe(encoding);
    expect(decode(bytes).toString()).toBe(long.replace("<head>", `<head>${BASE}`));
  });

  test("and what a digest or a strong ETag said about the old body is gone", async () => {
    const { headers } = await through(HTML, {
      headers: {
        "content-type": "text/html",
        etag: '"abc"',
        "content-md5": "x",
        "accept-ranges": "bytes",
        "content-length": "6",
      },
      body: "<head>",
    });
    expect(headers.etag).toBe('W/"abc"');
    for (const name of ["content-md5", "accept-ranges", "content-length"])
      expect(headers).not.toHaveProperty(name);
  });

  test("as it streams, without waiting for the end", async () => {
    let send: (text: string) => void = () => undefined;
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(200, { "content-type": "text/html" });
      res.flushHeaders();
      send = (text) => void res.write(text);
    });
    const front = await startFront({ route: readyRoute(upstream.origin, HTML) });
    const client = openRaw(front.port);
    client.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
    await client.has("\r\n\r\n");
    send("<html><he");
    send("ad><title>");
    await client.has(`<head>${BASE}<title>`.slice(6));
    send("later");
    await client.has("later");
  });

  test.each<[string, Record<string, string>, number]>([
    ["another type", { "content-type": "application/json" }, 200],
    ["a part of a document", { "content-type": "text/html", "content-range": "bytes 0-5/9" }, 206],
    ["UTF-16", { "content-type": "text/html; charset=UTF-16LE" }, 200],
    ["a coding we cannot read", { "content-type": "text/html", "content-encoding": "compress" }, 200],
    [
      "a policy without a base",
      { "content-type": "text/html", "content-security-policy": "default-src 'self'; base-uri 'none'" },
      200,
    ],
    [
      "a policy with another base",
      {
        "content-type": "text/html",
        "content-security-policy": "script-src x, base-uri https://elsewhere.test",
      },
      200,
    ],
  ])("but not into %s", async (_what, headers, status) => {
    const { bytes } = await through(HTML, { status, headers, body: "<head>" });
    expect(bytes.toString()).toBe("<head>");
  });

  test("and into a document whose policy allows its own origin", async () => {
    const { bytes } = await through(HTML, {
      headers: {
        "content-type": "text/html",
        "content-security-policy": "base-uri 'self'; script-src 'none'",
      },
      body: "<head>",
    });
    expect(bytes.toString()).toBe(`<head>${BASE}`);
  });

  test("and HEAD says nothing of a length that would be wrong", async () => {
    const { headers, bytes } = await through(
      HTML,
      { headers: { "content-type": "text/html", "content-length": "100" } },
      { method: "HEAD" },
    );
    expect(headers).not.toHaveProperty("content-length");
    expect(bytes).toHaveLength(0);
  });

  test("and a broken encoding ends the answer as incomplete", async () => {
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(200, { "content-type": "text/html", "content-encoding": "gzip" }).end("this is not gzip");
    });
    const front = await startFront({ route: readyRoute(upstream.origin, HTML) });
    const client = openRaw(front.port);
    client.send("GET /r/ HTTP/1.1\r\nHost: f\r\n\r\n");
    expect(await client.ended()).not.toMatch(/\r\n0\r\n/);
    await until("it is over", () => front.records.length === 1);
    expect(front.records[0]).toMatchObject({ outcome: "upstream-invalid" });
  });
});
