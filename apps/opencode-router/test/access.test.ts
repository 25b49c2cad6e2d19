import { connect } from "node:net";

import { expect, test } from "vitest";

import { startBackends, startTestRouter } from "./support/backend.ts";
import { rawRequest } from "./support/raw-request.ts";

const TOKEN = "a-token-of-this-test-0123456789";
/** What a reverse proxy on this machine adds: the caller is somebody else. */
const FROM_OUTSIDE = { "x-forwarded-for": "203.0.113.7" };

/** A person followed a link. */
const OPENED = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

test.each([
  [{ host: "localhost:8080" }, 200],
  [{ host: "127.0.0.1" }, 200],
  [{ host: "[::1]:8080" }, 200],
  [{ host: "box.local:8080" }, 200],
  [{ host: "192.168.1.20:8080" }, 200],
  [{ host: "evil.example" }, 403],
  [{ host: "localhost.evil.example" }, 403],
  [{ host: "app-mallory.local" }, 403],
  [{ host: "localhost", origin: "http://localhost" }, 200],
  [{ host: "localhost:8080", origin: "http://localhost:8080" }, 200],
  [{ host: "localhost:8080", origin: "http://localhost:3000" }, 403],
  [{ host: "localhost:8080", origin: "https://evil.example" }, 403],
  [{ host: "localhost:8080", origin: "null" }, 403],
  [{ host: "localhost:8080", "sec-fetch-site": "cross-site" }, 403],
  [{ host: "localhost:8080", "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" }, 403],
  [{ host: "localhost:8080", "sec-fetch-site": "cross-site", ...OPENED }, 200],
  [{ host: "localhost:8080", "sec-fetch-site": "cross-site", ...OPENED, "sec-fetch-dest": "iframe" }, 403],
])("on this machine %j gets %i", async (headers, status) => {
  const { port } = await startTestRouter([]);
  const answer = await rawRequest(port, "/api/backends", { headers });
  expect(answer.status).toBe(status);
  expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
});

test("a refused request never reaches a project", async () => {
  const backends = await startBackends(["/srv/app"]);
  const { port } = await startTestRouter(backends);
  const headers = { host: "localhost", origin: "https://evil.example" };
  expect((await rawRequest(port, "/app/session", { method: "POST", headers })).status).toBe(403);
  expect(backends[0]?.seen).toEqual([]);
});

test("a WebSocket of a foreign page is refused", async () => {
  const { port } = await startTestRouter(await startBackends(["/srv/app"]));
  const socket = connect(port, "127.0.0.1");
  socket.write(
    `GET /app/pty HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\n` +
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  const first = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
  socket.destroy();
  expect(first.toString()).toMatch(/^HTTP\/1.1 403 /);
});

test("from outside the token is needed, by header or by the cookie of the login page", async () => {
  const backends = await startBackends(["/srv/app"]);
  const { port } = await startTestRouter(backends, { token: TOKEN });
  const none = await rawRequest(port, "/app/x", { headers: FROM_OUTSIDE });
  expect(none.status).toBe(401);
  expect(none.headers["www-authenticate"]).toBe("Bearer");
  const wrong = await rawRequest(port, "/app/x", {
    headers: { ...FROM_OUTSIDE, authorization: "Bearer nope" },
  });
  expect(wrong.status).toBe(401);
  const right = { ...FROM_OUTSIDE, authorization: `Bearer ${TOKEN}` };
  expect((await rawRequest(port, "/app/x", { headers: right })).status).toBe(200);

  const page = await rawRequest(port, "/", { headers: { ...FROM_OUTSIDE, accept: "text/html" } });
  expect(page.status).toBe(401);
  expect(page.body).toContain("/.opencode-router/login");
  const post = (token: string) =>
    rawRequest(port, "/.opencode-router/login", {
      method: "POST",
      headers: FROM_OUTSIDE,
      body: `token=${token}`,
    });
  expect((await post("wrong")).status).toBe(401);
  const login = await post(TOKEN);
  expect(login.status).toBe(303);
  const [cookie = ""] = login.headers["set-cookie"] ?? [];
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
  expect(cookie).not.toContain(TOKEN);
  const value = cookie.split(";", 1)[0] ?? "";
  expect((await rawRequest(port, "/app/x", { headers: { ...FROM_OUTSIDE, cookie: value } })).status).toBe(
    200,
  );
  expect(
    (await rawRequest(port, "/app/x", { headers: { ...FROM_OUTSIDE, cookie: `${value}x` } })).status,
  ).toBe(401);
});

test("a project sees neither the token nor its cookie, but its own password", async () => {
  const backends = await startBackends(["/srv/app"]);
  const { port } = await startTestRouter(backends, { token: TOKEN });
  await rawRequest(port, "/app/x", {
    headers: { authorization: `Bearer ${TOKEN}`, cookie: "opencode_router=x; own=1" },
  });
  await rawRequest(port, "/app/x", { headers: { authorization: "Basic b3BlbmNvZGU6eA==" } });
  const [first, second] = backends[0]?.seen ?? [];
  expect(first?.headers.authorization).toBeUndefined();
  expect(first?.headers.cookie).toBe("own=1");
  expect(second?.headers.authorization).toBe("Basic b3BlbmNvZGU6eA==");
});

test("--insecure-lan lets others in, but no foreign page", async () => {
  const { port } = await startTestRouter([], { insecureLan: true });
  expect((await rawRequest(port, "/api/health", { headers: FROM_OUTSIDE })).status).toBe(200);
  const foreign = { ...FROM_OUTSIDE, host: "evil.example" };
  expect((await rawRequest(port, "/api/health", { headers: foreign })).status).toBe(403);
});

test("what comes under the public name needs the token, whoever passed it on", async () => {
  const { port } = await startTestRouter([], { publicUrl: "https://dev.example", token: TOKEN });
  const headers = { host: "dev.example" };
  expect((await rawRequest(port, "/api/health", { headers })).status).toBe(401);
});
