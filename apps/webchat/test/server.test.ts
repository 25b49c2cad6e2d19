import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { rawRequest } from "./support/raw-request.ts";
import { startTestWebchat } from "./support/test-webchat.ts";

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const JSON_TYPE = { "content-type": "application/json" };

/** What only whoever shows a token may do. */
const GUARDED = [
  ["GET", "/webchat/history", undefined],
  ["GET", "/webchat/stream", undefined],
  ["POST", "/webchat/rpc", '{"text":"hi"}'],
  ["POST", "/webchat/stream/any", '{"first":0,"frames":[]}'],
] as const;

test("it listens on both loopback addresses, with one port, and on no other", async () => {
  const { port } = await startTestWebchat();
  expect((await rawRequest(port, "/webchat/info")).status).toBe(200);
  const six = await rawRequest(port, "/webchat/info", { address: "::1", headers: { host: `[::1]:${port}` } });
  expect(JSON.parse(six.body)).toMatchObject({ baseUrl: `http://[::1]:${port}/webchat/` });
  await expect(rawRequest(port, "/webchat/info", { address: "127.0.0.2" })).rejects.toThrow("ECONNREFUSED");
});

test("a port whose IPv6 half somebody else has is refused, not shared", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen({ port: 0, host: "::1" }, resolve));
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await expect(startTestWebchat({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("the page is served at / and /webchat/, with types that modules need, and cached as far as it may be", async () => {
  const { port } = await startTestWebchat();
  for (const path of ["/", "/webchat/", "/webchat/?session=main"]) {
    const { status, headers } = await rawRequest(port, path);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["cache-control"]).toBe("no-cache");
    expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
  }
  const script = await rawRequest(port, "/webchat/assets/index-abc.js");
  expect(script.headers["content-type"]).toBe("text/javascript; charset=utf-8");
  expect(script.headers["cache-control"]).toContain("immutable");
  const again = { headers: { "if-none-match": String(script.headers.etag) } };
  expect(await rawRequest(port, "/webchat/assets/index-abc.js", again)).toMatchObject({
    status: 304,
    body: "",
  });
  expect(await rawRequest(port, "/webchat")).toMatchObject({
    status: 308,
    headers: { location: "/webchat/" },
  });
  const head = await rawRequest(port, "/webchat/", { method: "HEAD" });
  expect(head).toMatchObject({ status: 200, body: "" });
});

test.each([
  "/webchat/../package.json",
  "/webchat/%2e%2e/package.json",
  "/webchat/assets/",
  "/etc/passwd",
  "/webchat/nope",
])("%s is no file of the page", async (path) => {
  const { port } = await startTestWebchat();
  expect((await rawRequest(port, path)).status).toBe(404);
});

test("info tells everybody where the chat is, and only those with a key what is in it", async () => {
  const web = await startTestWebchat({ sessionKey: "trip" });
  const open = {
    baseUrl: `http://127.0.0.1:${web.port}/webchat/`,
    basePath: "/webchat/",
    port: web.port,
    sessionKey: "trip",
    tokenRequired: true,
  };
  for (const path of ["/webchat/info", "/info"]) {
    expect(JSON.parse((await rawRequest(web.port, path)).body)).toEqual(open);
  }
  const whole = await rawRequest(web.port, "/webchat/info", { headers: bearer(web.key) });
  expect(JSON.parse(whole.body)).toEqual({
    ...open,
    token: expect.any(String),
    expiresAt: expect.any(Number),
    initialMessages: [],
    ...(JSON.parse(whole.body).sessionId !== undefined && { sessionId: expect.any(String) }),
  });
  const { token } = JSON.parse(whole.body) as { token: string };
  expect((await rawRequest(web.port, "/webchat/history", { headers: bearer(token) })).status).toBe(200);
});

test("baseUrl carries the port that the caller used, as through a tunnel", async () => {
  const { port } = await startTestWebchat();
  const answer = await rawRequest(port, "/webchat/info", { headers: { host: "127.0.0.1:40404" } });
  expect(JSON.parse(answer.body)).toMatchObject({ baseUrl: "http://127.0.0.1:40404/webchat/", port });
});

test("a link opens the chat once; what it is swapped for buys tokens", async () => {
  const web = await startTestWebchat();
  const url = new URL(web.launchUrl());
  expect(url.search).toBe("");
  const ticket = url.hash.replace("#token=", "");
  const swap = () =>
    rawRequest(web.port, "/webchat/session", {
      method: "POST",
      headers: JSON_TYPE,
      body: JSON.stringify({ ticket }),
    });
  const opened = JSON.parse((await swap()).body) as { key: string; token: string };
  expect((await rawRequest(web.port, "/webchat/history", { headers: bearer(opened.token) })).status).toBe(
    200,
  );
  const again = await swap();
  expect(again.status).toBe(401);
  expect(JSON.parse(again.body)).toMatchObject({ ok: false, code: "ticket-used" });
  const renewed = await rawRequest(web.port, "/webchat/token", {
    method: "POST",
    headers: bearer(opened.key),
  });
  expect(JSON.parse(renewed.body)).toMatchObject({ ok: true, token: expect.any(String) });
});

test("?token= takes a ticket, once, and nothing that lasts", async () => {
  const web = await startTestWebchat();
  const answer = await rawRequest(web.port, "/webchat/ticket", { method: "POST", headers: bearer(web.key) });
  const { ticket } = JSON.parse(answer.body) as { ticket: string };
  const path = `/webchat/history?token=${ticket}`;
  expect((await rawRequest(web.port, path)).status).toBe(200);
  expect(JSON.parse((await rawRequest(web.port, path)).body)).toMatchObject({ code: "ticket-used" });
  const lasting = await rawRequest(web.port, `/webchat/history?token=${await web.token()}`);
  expect(JSON.parse(lasting.body)).toMatchObject({ code: "ticket-unknown" });
});

test.each(GUARDED)(
  "%s %s is refused without a token, and with a wrong, ended or other secret",
  async (method, path, body) => {
    const web = await startTestWebchat({ tokenMs: 1 });
    const ask = (headers: Record<string, string>) =>
      rawRequest(web.port, path, { method, headers: { ...JSON_TYPE, ...headers }, ...(body && { body }) });
    const ended = await web.token();
    const codes: unknown[] = [];
    for (const headers of [
      {},
      bearer("guess"),
      bearer(ended),
      bearer(web.key),
      { authorization: `Basic ${ended}` },
    ]) {
      const answer = await ask(headers);
      expect(answer.status).toBe(401);
      codes.push((JSON.parse(answer.body) as { code: string }).code);
    }
    expect(codes).toEqual([
      "token-missing",
      "token-unknown",
      "token-expired",
      "token-missing",
      "token-missing",
    ]);
    expect(web.gateway.runsStarted).toHaveLength(0);
  },
);

test.each([...GUARDED, ["GET", "/webchat/info", undefined], ["GET", "/webchat/", undefined]] as const)(
  "%s %s is refused under a foreign name and from a foreign page, whatever it carries",
  async (method, path, body) => {
    const web = await startTestWebchat();
    const token = await web.token();
    const foreign: Record<string, string>[] = [
      { host: `rebound.example:${web.port}` },
      { origin: "https://evil.example" },
    ];
    for (const headers of foreign) {
      const answer = await rawRequest(web.port, path, {
        method,
        headers: { ...JSON_TYPE, ...bearer(token), ...headers },
        ...(body && { body }),
      });
      expect(answer.status).toBe(403);
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    }
    expect(web.gateway.runsStarted).toHaveLength(0);
  },
);

test("other origins get no leave to ask, either", async () => {
  const { port } = await startTestWebchat();
  const headers = { origin: "http://127.0.0.1:1", "access-control-request-method": "POST" };
  const answer = await rawRequest(port, "/webchat/rpc", { method: "OPTIONS", headers });
  expect(answer.status).toBe(403);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
});

test("bodies are JSON, and bounded before they are read", async () => {
  const web = await startTestWebchat();
  expect((await web.ask("/webchat/rpc", "text=hi", { "content-type": "text/plain" })).status).toBe(415);
  expect((await web.ask("/webchat/rpc", "{")).status).toBe(400);
  const huge = await web.ask("/webchat/rpc", JSON.stringify({ text: "x".repeat(10 * 1024 * 1024) }));
  expect(huge.status).toBe(413);
  const chunked = await rawRequest(web.port, "/webchat/session", {
    method: "POST",
    headers: { ...JSON_TYPE, "transfer-encoding": "chunked" },
    body: "x".repeat(100_000),
  });
  expect(chunked.status).toBe(413);
});

test("another method is 405 or 404, and nothing happens", async () => {
  const { port } = await startTestWebchat();
  expect((await rawRequest(port, "/webchat/rpc")).status).toBe(405);
  expect((await rawRequest(port, "/webchat/info", { method: "POST" })).status).toBe(405);
  expect((await rawRequest(port, "/nope", { method: "DELETE" })).status).toBe(404);
});

test("the discovery file is its owner's alone, and goes with the web chat", async () => {
  const web = await startTestWebchat();
  expect((await stat(web.discoveryFile)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(web.discoveryFile))).mode & 0o777).toBe(0o700);
  expect(JSON.parse(await readFile(web.discoveryFile, "utf8"))).toEqual({
    pid: process.pid,
    port: web.port,
    baseUrl: web.baseUrl,
    sessionKey: "main",
    key: web.key,
  });
  await web.close();
  await expect(stat(web.discoveryFile)).rejects.toMatchObject({ code: "ENOENT" });
});

test("without tokens everybody on this machine may use it, foreign pages still may not", async () => {
  const web = await startTestWebchat({ needsToken: false });
  expect((await rawRequest(web.port, "/webchat/history")).status).toBe(200);
  expect(JSON.parse((await rawRequest(web.port, "/webchat/info")).body)).toMatchObject({
    tokenRequired: false,
    initialMessages: [],
  });
  const foreign = { headers: { origin: "https://evil.example" } };
  expect((await rawRequest(web.port, "/webchat/history", foreign)).status).toBe(403);
});

test("a web chat that hears of a refusal tells its host without a secret", async () => {
  const web = await startTestWebchat();
  await rawRequest(web.port, "/webchat/history?token=guess&x=1");
  expect(web.events).toContainEqual({
    kind: "refused",
    status: 401,
    method: "GET",
    path: "/webchat/history",
  });
  expect(web.events).toContainEqual({ kind: "listening", port: web.port, url: web.baseUrl });
  expect(JSON.stringify(web.events)).not.toMatch(new RegExp(`guess|${web.key}`));
});
