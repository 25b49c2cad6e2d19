import { createServer } from "node:http";
import type { Socket } from "node:net";

import { expect, onTestFinished, test } from "vitest";

import { startBackends, startTestRouter, stopServer } from "./support/backend.ts";
import { rawRequest } from "./support/raw-request.ts";

const HTML = { accept: "text/html" };

test("a project is reached by path, its prefix taken off, and by host name", async () => {
  const backends = await startBackends(["/home/alice/My Project"]);
  const { port } = await startTestRouter(backends);
  const byPath = await rawRequest(port, "/my-project/session?directory=%2Fx%20y");
  expect(JSON.parse(byPath.body)).toMatchObject({
    url: "/session?directory=%2Fx%20y",
    host: `127.0.0.1:${backends[0]?.port}`,
    headers: {
      "x-forwarded-prefix": "/my-project",
      "x-forwarded-host": `127.0.0.1:${port}`,
      "x-forwarded-proto": "http",
      "x-forwarded-for": "127.0.0.1",
    },
  });
  const byHost = await rawRequest(port, "/api/health?x", {
    headers: { host: `my-project-alice.local:${port}` },
  });
  expect(JSON.parse(byHost.body)).toMatchObject({ url: "/api/health?x" });
});

test("health, backends and both ways to resolve answer the documented fields", async () => {
  const [backend] = await startBackends(["/home/alice/Archer"]);
  if (!backend) throw new Error("No backend.");
  const { port, origin } = await startTestRouter([backend]);
  expect(JSON.parse((await rawRequest(port, "/api/health")).body)).toEqual({
    healthy: true,
    username: "alice",
    backends: 1,
  });
  const list: unknown = JSON.parse((await rawRequest(port, "/api/backends")).body);
  const item = {
    slug: "archer",
    project_name: "Archer",
    project_path: "/home/alice/Archer",
    port: backend.port,
    version: "1.2.9",
    domain: "archer-alice.local",
    path_prefix: "/archer/",
    url: `${origin}/archer/`,
    last_seen: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  };
  expect(list).toEqual([item]);
  const byName = await rawRequest(port, "/api/resolve?name=ARCHER&path=");
  const byPath = await rawRequest(port, "/api/resolve?name=other&path=/home/alice/Archer");
  expect([JSON.parse(byName.body), JSON.parse(byPath.body)]).toEqual([item, item]);
});

test("resolve says what is missing and what was not found", async () => {
  const { port } = await startTestRouter(await startBackends(["/srv/app"]));
  expect((await rawRequest(port, "/api/resolve")).status).toBe(400);
  const unknown = await rawRequest(port, "/api/resolve?name=nope");
  expect(unknown.status).toBe(404);
  expect(JSON.parse(unknown.body)).toEqual({
    error: "not_found",
    query: "nope",
    detail: expect.stringContaining("/api/backends"),
  });
});

test.each(["/api/backends", "/api/resolve?name=app", "/api/events", "/api/health"])(
  "POST %s is refused with 405",
  async (path) => {
    const { port } = await startTestRouter([]);
    const answer = await rawRequest(port, path, { method: "POST" });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe("GET, HEAD");
  },
);

test("the url in an answer is right for the caller", async () => {
  const { port } = await startTestRouter(await startBackends(["/srv/app"]), {
    publicUrl: "https://dev.example",
    token: "0123456789abcdef",
  });
  const urlFor = async (headers: Record<string, string>): Promise<unknown> =>
    JSON.parse((await rawRequest(port, "/api/resolve?name=app", { headers })).body).url;
  expect(await urlFor({ host: "localhost:9999" })).toBe("http://localhost:9999/app/");
  expect(await urlFor({ host: "box.local:8080" })).toBe("http://box.local:8080/app/");
  expect(await urlFor({ host: "dev.example", authorization: "Bearer 0123456789abcdef" })).toBe(
    "https://dev.example/app/",
  );
});

test("a folder named api works under another slug and hides nothing", async () => {
  const backends = await startBackends(["/srv/api"]);
  const { port } = await startTestRouter(backends);
  const slug = `api-${backends[0]?.port}`;
  expect(JSON.parse((await rawRequest(port, "/api/health")).body)).toMatchObject({ healthy: true });
  expect(JSON.parse((await rawRequest(port, "/api/resolve?name=api")).body)).toMatchObject({ slug });
  expect(JSON.parse((await rawRequest(port, `/${slug}/x`)).body)).toMatchObject({ url: "/x" });
});

test("the slug without its slash is sent to the folder", async () => {
  const { port } = await startTestRouter(await startBackends(["/srv/app"]));
  const answer = await rawRequest(port, "/app?x=1");
  expect(answer.status).toBe(308);
  expect(answer.headers.location).toBe("/app/?x=1");
});

test("unknown addresses are the dashboard for a browser and 404 for everything else", async () => {
  const { port } = await startTestRouter([]);
  expect(await rawRequest(port, "/nope", { headers: HTML })).toMatchObject({ status: 200 });
  expect(await rawRequest(port, "/nope", { headers: { accept: "application/json" } })).toMatchObject({
    status: 404,
  });
  expect(await rawRequest(port, "/nope", { method: "POST", headers: HTML })).toMatchObject({ status: 404 });
  expect(await rawRequest(port, "/api/nope", { headers: HTML })).toMatchObject({ status: 404 });
  const host = { host: "nope-alice.local" };
  expect(await rawRequest(port, "/session", { headers: host })).toMatchObject({ status: 404 });
});

test("the dashboard has a row for each project, with links to it, and one to the API", async () => {
  const [backend] = await startBackends(["/home/alice/My Project"]);
  if (!backend) throw new Error("No backend.");
  const { port } = await startTestRouter([backend]);
  const { body } = await rawRequest(port, "/", { headers: HTML });
  const cells = (tag: string) =>
    [...body.matchAll(new RegExp(`<${tag}\\b[^>]*>(.*?)</${tag}>`, "g"))].map(([, cell = ""]) => cell);
  const columns = ["Status", "Project", "Slug", "Backend", "Domain", "Path", "Version", "Last seen"];
  expect(cells("th")).toEqual(columns);
  expect(cells("td")).toEqual([
    expect.stringContaining('aria-label="up"'),
    '<a href="/my-project/" title="/home/alice/My Project">My Project</a>',
    "my-project",
    `<span class="port">127.0.0.1:${backend.port}</span>`,
    `<a href="http://my-project-alice.local:${port}/">my-project-alice.local</a>`,
    '<a href="/my-project/">/my-project/</a>',
    "1.2.9",
    expect.stringMatching(/^<time>[\d-]{10}T[\d:]{8}Z<\/time>$/),
  ]);
  expect(body).toContain('<a href="/api/backends">');
});

test("the dashboard shows every project, escaped, and says when there is none", async () => {
  const { port } = await startTestRouter(await startBackends(["/srv/<img src=x onerror=alert(1)>"]));
  const { body, headers } = await rawRequest(port, "/", { headers: HTML });
  expect(body).not.toContain("<img");
  expect(body).toContain("img-src-x-onerror-alert-1-alice.local");
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
  const empty = await startTestRouter([]);
  expect((await rawRequest(empty.port, "/")).body).toContain("No OpenCode server is running");
});

test("a dead backend is 502 in plain text that names it", async () => {
  const [backend] = await startBackends(["/srv/app"]);
  if (!backend) throw new Error("No backend.");
  const { port } = await startTestRouter([backend], { scanIntervalMs: 60_000 });
  stopServer(backend.server);
  const answer = await rawRequest(port, "/app/session");
  expect(answer.status).toBe(502);
  expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(answer.body).toContain('"app"');
});

test("server-sent events arrive as they are sent", async () => {
  const sent: Socket[] = [];
  const backends = await startBackends(["/srv/app"], (req, res) => {
    sent.push(req.socket);
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.write("data: one\n\n");
  });
  const { origin } = await startTestRouter(backends);
  const response = await fetch(`${origin}/app/event`);
  const reader = response.body?.getReader();
  const first = await reader?.read();
  expect(new TextDecoder().decode(first?.value)).toBe("data: one\n\n");
  await reader?.cancel();
  await new Promise<void>((resolve) => {
    if (sent[0]?.destroyed) resolve();
    else sent[0]?.once("close", () => resolve());
  });
});

test("redirects and cookies of a project stay below its prefix", async () => {
  const backends = await startBackends(["/srv/app"], (_req, res) => {
    res.writeHead(302, { location: "/login", "set-cookie": "a=b; Path=/" }).end();
  });
  const { port } = await startTestRouter(backends);
  const { headers } = await rawRequest(port, "/app/");
  expect(headers.location).toBe("/app/login");
  expect(headers["set-cookie"]?.[0]).toMatch(/Path=\/app\//i);
});

test("a port that is taken is an error, not a hang", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void taken.close());
  const address = taken.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await expect(startTestRouter([], { port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});
