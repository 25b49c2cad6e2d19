import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import {
  ensureUserWithInstance,
  findInstance,
  newInstance,
  recordObservation,
} from "@automna/control-plane/database";
import { parseKeyRing } from "@automna/control-plane";
import { expect, onTestFinished, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { LOCAL_USER } from "../src/server/identify.ts";
import { startAppProcess } from "./support/app-process.ts";
import { ask, echo, listenAnywhere } from "./support/front.ts";
import { openDatabase, readyAt, storeInstance, TOKEN_KEYS } from "./support/stored-instance.ts";

/** A gateway that says what it is told, and ends its answer at `/slow` when told so. */
async function startGateway(
  onSocket: () => void = () => undefined,
): Promise<{ port: number; finish: () => void }> {
  const slow: ServerResponse[] = [];
  const server = createServer((req, res) => {
    res.write(req.url === "/slow" ? "first half, " : req.url);
    if (req.url === "/slow") slow.push(res);
    else res.end();
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    onSocket();
    socket.on("message", (data: Buffer) => socket.send(data.toString()));
  });
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
    server.closeAllConnections();
  });
  return {
    port: await listenAnywhere(server),
    finish() {
      for (const res of slow) res.end("second half");
    },
  };
}

/** A hundred at a time: more would be more than waits at a port. */
async function openSockets(port: number, path: string, count: number): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate();
  });
  while (sockets.length < count) {
    const batch = Array.from(
      { length: Math.min(100, count - sockets.length) },
      () => new WebSocket(`ws://localhost:${port}${path}`),
    );
    sockets.push(...batch);
    await Promise.all(batch.map((socket) => once(socket, "open")));
  }
  return sockets;
}

const ended = (sockets: readonly WebSocket[]) =>
  Promise.all(sockets.map(async (socket): Promise<unknown> => (await once(socket, "close"))[0]));

const status = async (url: string) => (await fetch(url)).status;

test("a router without Next, and a worker without a port, share a database and serve a person", async () => {
  const { database, url } = await openDatabase();
  const env = { DATABASE_URL: url, TOKEN_KEYS };
  const [router, worker] = await Promise.all([
    startAppProcess({ ...env, ROLE: "router" }),
    startAppProcess({ ...env, ROLE: "worker" }),
  ]);
  const { instance } = await ensureUserWithInstance(database, LOCAL_USER, (ownerId) =>
    newInstance(ownerId, { driver: "process", product: "demo" }, parseKeyRing(TOKEN_KEYS)),
  );
  await vi.waitFor(async () => expect((await findInstance(database, instance.id))?.observed).toBe("ready"), {
    interval: 100,
  });
  await vi.waitFor(async () =>
    expect((await ask(router.port, `/i/${instance.id}/`)).status, router.output()).toBe(200),
  );
  expect((await ask(router.port, "/chat")).status).toBe(404);
  expect(await status(`${router.ops}/readyz`)).toBe(200);
  expect(await status(`${worker.ops}/readyz`)).toBe(200);
  await vi.waitFor(async () =>
    expect(await (await fetch(`${worker.ops}/metrics`)).text()).toContain(
      'automna_gateways{state="ready"} 1',
    ),
  );
  worker.signal("SIGTERM");
  expect(await worker.exited).toBe(0);
  router.signal("SIGTERM");
  expect(await router.exited).toBe(0);
});

test("a process with pages that is replaced tells a thousand sockets to go, spread in time, and all come back", async () => {
  const { database, url } = await openDatabase();
  const arrivals: number[] = [];
  const gateway = await startGateway(() => arrivals.push(performance.now()));
  const id = await storeInstance(database, LOCAL_USER, gateway.port);
  const env = { DATABASE_URL: url, TOKEN_KEYS, ROLE: "web" };
  const rates = { CLIENT_RATE: "0", CLIENT_SOCKET_RATE: "0", INSTANCE_RATE: "0" };
  const limits = { INSTANCE_CONNECTIONS: "1001", DRAIN_SPREAD_MS: "3000", DRAIN_GRACE_MS: "300000" };
  const start = () => startAppProcess({ ...env, ...rates, ...limits }, "test/support/server-without-next.ts");
  const [old, next] = await Promise.all([start(), start()]);
  // Pages and routing, and no gateway of its own making.
  expect(await (await fetch(`http://localhost:${old.port}/`)).text()).toBe("first half, second half");
  expect(await (await fetch(`${old.ops}/metrics`)).text()).not.toMatch(/automna_gateways{[^}]*} 1/);

  const sockets = await openSockets(old.port, `/i/${id}/`, 1_000);
  const slow = await fetch(`http://localhost:${old.port}/i/${id}/slow`);
  const crowded = await ask(old.port, `/i/${id}/`);
  expect(crowded).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  expect(JSON.parse(crowded.body)).toMatchObject({ code: "too-many-connections" });

  arrivals.length = 0;
  const toldAt = performance.now();
  const back = sockets.map(async (socket) => {
    const [code] = await once(socket, "close");
    await openSockets(next.port, `/i/${id}/`, 1);
    return code;
  });
  old.signal("SIGTERM");
  await vi.waitFor(async () => expect(await status(`${old.ops}/readyz`)).toBe(503));
  expect(await status(`${old.ops}/healthz`)).toBe(200);
  const codes = await Promise.all(back);
  expect(codes).toEqual(Array.from({ length: 1_000 }, () => 1012));
  gateway.finish();
  expect(await slow.text()).toBe("first half, second half");
  expect(await old.exited).toBe(0);

  // A thousand random moments within 3 s: most are not in the first quarter of that, and some are late.
  expect(arrivals).toHaveLength(1_000);
  expect(arrivals.filter((moment) => moment < toldAt + 750).length).toBeLessThan(700);
  expect(Math.max(...arrivals) - toldAt).toBeGreaterThan(2_000);
});

test("a whole app that is stopped lets a page finish, tells its sockets 1012 and ends with status 0", async () => {
  const { database, url } = await openDatabase();
  const app = await startAppProcess(
    { DATABASE_URL: url, TOKEN_KEYS, DRAIN_SPREAD_MS: "200", DRAIN_GRACE_MS: "10000" },
    "test/support/server-without-next.ts",
  );
  await vi.waitFor(
    async () =>
      expect(await (await fetch(`${app.ops}/metrics`)).text()).toContain('automna_gateways{state="ready"} 1'),
    { interval: 100 },
  );
  const { id } = await database.instance.findFirstOrThrow();
  const endings = ended(await openSockets(app.port, `/i/${id}/`, 10));
  const page = await fetch(`http://localhost:${app.port}/`);
  app.signal("SIGTERM");
  expect(await page.text()).toBe("first half, second half");
  expect(await endings).toEqual(Array.from({ length: 10 }, () => 1012));
  expect(await app.exited).toBe(0);
});

test("a router that is stopped leaves behind which gateways were used: a message counts, an open socket does not", async () => {
  const { database, url } = await openDatabase();
  const gateway = await startGateway();
  const used = await storeInstance(database, LOCAL_USER, gateway.port);
  const { ownerId } = await database.instance.findUniqueOrThrow({ where: { id: used } });
  const kind = { driver: "process", product: "demo" } as const;
  const second = newInstance(ownerId ?? "", kind, parseKeyRing(TOKEN_KEYS));
  await database.instance.create({ data: { ...second, ownerId, basePath: "" } });
  await recordObservation(database, second.id, readyAt(gateway.port));
  const router = await startAppProcess({ DATABASE_URL: url, TOKEN_KEYS, ROLE: "router" });
  const before = Date.now();
  await openSockets(router.port, `/i/${second.id}/`, 1);
  expect(await echo(router.port, `/i/${used}/`)).toEqual({ echoed: "hello" });
  const after = Date.now();
  router.signal("SIGTERM");
  expect(await router.exited).toBe(0);
  const lastUse = (await findInstance(database, used))?.lastActivityAt?.getTime();
  expect(lastUse).toBeGreaterThanOrEqual(before);
  expect(lastUse).toBeLessThanOrEqual(after);
  expect((await findInstance(database, second.id))?.lastActivityAt).toBeNull();
});

test("a flood is refused before anybody asks who it is, and a person elsewhere is not", async () => {
  const { database, url } = await openDatabase();
  const gateway = await startGateway();
  const id = await storeInstance(database, LOCAL_USER, gateway.port);
  const router = await startAppProcess({
    DATABASE_URL: url,
    TOKEN_KEYS,
    ROLE: "router",
    TRUSTED_PROXIES: "127.0.0.1,::1",
    CLIENT_RATE: "1:5",
    CLIENT_SOCKET_RATE: "1:2",
  });
  const from = (address: string) => ({ headers: { "x-forwarded-for": address } });
  // All at once: a machine that takes a second for each would be below the rate.
  const flood = <T>(ask: () => Promise<T>) => Promise.all(Array.from({ length: 100 }, ask));
  const answers = await flood(() => ask(router.port, `/i/${"f".repeat(24)}/`, from("203.0.113.7")));
  const refused = answers.filter(({ status }) => status !== 404);
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(5);
  expect(refused[0]).toMatchObject({ status: 429, headers: { "retry-after": "1" } });
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
  expect((await ask(router.port, `/i/${id}/`, from("203.0.113.8"))).status).toBe(200);

  const echoes = await flood(() => echo(router.port, `/i/${id}/`, from("203.0.113.9").headers));
  const closed = echoes.filter((answer) => !("echoed" in answer));
  expect(echoes.length - closed.length).toBeGreaterThanOrEqual(2);
  expect(closed[0]).toMatchObject({ status: 429 });
  await vi.waitFor(() =>
    expect(router.output()).toContain('"outcome":"rate-limited","client":"203.0.113.9"'),
  );
});
