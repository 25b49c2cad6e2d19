import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, onTestFinished, test } from "vitest";

import { probeLoopback } from "../src/probe.ts";
import type { Probe, ProbeAnswer, ProbeRequest } from "../src/probe.ts";
import { createRegistry } from "../src/registry.ts";
import { scan } from "../src/scanner.ts";
import type { ScanOptions } from "../src/scanner.ts";

function options(probe: Probe, overrides: Partial<ScanOptions> = {}): ScanOptions {
  return {
    ports: [30_000],
    concurrency: 20,
    probeTimeoutMs: 800,
    probe,
    readOwners: () => Promise.resolve(new Map([[30_000, 1_000]])),
    ownUid: 1_000,
    now: () => 0,
    ...overrides,
  };
}

const ok = (body: unknown): ProbeAnswer => ({ status: 200, headers: {}, body: JSON.stringify(body) });
const LOCKED: ProbeAnswer = { status: 401, headers: { "www-authenticate": 'Basic realm="x"' }, body: "" };

function opencode(request: ProbeRequest): ProbeAnswer {
  if (request.path === "/global/health") return ok({ healthy: true, version: "1" });
  if (request.path === "/path") return ok({ directory: "/srv/app" });
  return ok({ id: "p", worktree: "/srv" });
}

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test("1,001 ports of which 50 hang never cost a live backend its place", async () => {
  const ports = Array.from({ length: 1_001 }, (_, index) => 30_000 + index);
  let clock = 0;
  let waiting = 0;
  const probe: Probe = async (request) => {
    if (request.port === 30_990) return opencode(request);
    if (request.port % 20 !== 0) return undefined;
    waiting += 1;
    // Each hanging port holds one worker for the whole limit; the clock stands still for the others.
    clock += request.timeoutMs;
    await new Promise((resolve) => setImmediate(resolve));
    return undefined;
  };
  const registry = createRegistry({ staleAfterMs: 30_000 });
  for (let round = 0; round < 4; round += 1) {
    const result = await scan(options(probe, { ports, now: () => clock }));
    expect(result.complete).toBe(true);
    registry.apply(result.sightings, clock);
    expect(registry.list().map((backend) => backend.slug)).toEqual(["app"]);
  }
  expect(waiting).toBeGreaterThanOrEqual(4 * 50);
  expect(clock).toBeGreaterThan(4 * 30_000);
});

test("no more ports are probed at a time than allowed, and each once", async () => {
  let running = 0;
  let most = 0;
  const probed: number[] = [];
  const probe: Probe = async ({ port }) => {
    probed.push(port);
    most = Math.max(most, (running += 1));
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return undefined;
  };
  const ports = Array.from({ length: 50 }, (_, index) => index + 1);
  await scan(options(probe, { ports, concurrency: 7 }));
  expect(most).toBe(7);
  expect(probed.toSorted((a, b) => a - b)).toEqual(ports);
});

test("a server that asks for a password is reported, and nothing is registered", async () => {
  const result = await scan(options(() => Promise.resolve(LOCKED)));
  expect(result.sightings).toEqual([]);
  expect(result.locked).toMatchObject([
    { port: 30_000, detail: expect.stringContaining("OPENCODE_SERVER_PASSWORD") },
  ]);
});

const credentials = { username: "opencode", password: "geheim" };
const withPassword: Probe = async (request) =>
  request.headers?.["authorization"] === `Basic ${btoa("opencode:geheim")}` ? opencode(request) : LOCKED;

test("the password opens this user's server", async () => {
  const result = await scan(options(withPassword, { credentials }));
  expect(result.sightings).toMatchObject([{ port: 30_000, identity: { path: "/srv/app" } }]);
});

test.each([
  ["another user's", new Map([[30_000, 1_001]])],
  ["an unknown user's", new Map<number, number>()],
])("the password is never sent to %s port", async (_whose, owners) => {
  const sent: unknown[] = [];
  const result = await scan(
    options(
      (request) => {
        sent.push(request.headers?.["authorization"]);
        return withPassword(request);
      },
      { credentials, readOwners: () => Promise.resolve(owners) },
    ),
  );
  expect(sent).toEqual([undefined]);
  expect(result.locked).toMatchObject([{ detail: expect.stringContaining("nothing was sent") }]);
});

test("200 with an HTML page is no OpenCode server", async () => {
  const port = await serve((_req, res) => res.end("<!doctype html><title>OpenCode</title>"));
  const result = await scan(options(probeLoopback, { ports: [port] }));
  expect(result).toMatchObject({ sightings: [], locked: [] });
});

test("redirects are not followed", async () => {
  let asked = 0;
  const target = await serve((_req, res) => {
    asked += 1;
    res.end('{"healthy":true}');
  });
  const port = await serve((_req, res) =>
    res.writeHead(302, { location: `http://127.0.0.1:${target}/global/health` }).end('{"healthy":true}'),
  );
  const result = await scan(options(probeLoopback, { ports: [port] }));
  expect(result.sightings).toEqual([]);
  expect(asked).toBe(0);
});

test("an endless answer is cut off, and one that drips is given up", async () => {
  const endless = await serve((_req, res) => {
    const write = (): void => {
      while (!res.destroyed && res.write("x".repeat(65_536)));
      if (!res.destroyed) res.once("drain", write);
    };
    write();
  });
  const dripping = await serve((_req, res) => {
    const timer = setInterval(() => res.write(" "), 20);
    res.on("close", () => clearInterval(timer));
  });
  expect(await probeLoopback({ port: endless, path: "/", timeoutMs: 10_000 })).toMatchObject({
    body: undefined,
  });
  expect(await probeLoopback({ port: dripping, path: "/", timeoutMs: 200 })).toBeUndefined();
});

test("a cut scan says that it is not complete", async () => {
  const controller = new AbortController();
  const result = await scan(
    options(
      async () => {
        controller.abort();
        return undefined;
      },
      { ports: [1, 2, 3], concurrency: 1, signal: controller.signal },
    ),
  );
  expect(result.complete).toBe(false);
});
