import { createServer } from "node:http";
import { once } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { watchDependencies } from "../src/server/dependency-watch.ts";
import { answerHealth, type Readiness } from "../src/server/readiness.ts";

/** Sleeps end at once, but never before somebody else had a turn. */
const hasty = { now: Date.now, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
const silent = () => new Promise<never>(() => undefined);

async function start(asks: Parameters<typeof watchDependencies>[1]) {
  const readiness: Readiness = { state: "ready", away: [] };
  const server = createServer((req, res) => answerHealth(req, res, readiness)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It has no port.");
  const end = watchDependencies(readiness, asks, hasty);
  onTestFinished(async () => {
    await end();
    server.close();
  });
  return async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${address.port}${path}`);
    return { status: response.status, body: await response.json() };
  };
}

test("a process whose database is away lives and wants no work, until it is back", async () => {
  let answers = true;
  const ask = await start({
    database: () => (answers ? Promise.resolve() : Promise.reject(new Error("It is away."))),
  });
  expect(await ask("/readyz")).toEqual({ status: 200, body: { status: "ready", away: [] } });
  answers = false;
  await vi.waitFor(async () =>
    expect(await ask("/readyz")).toEqual({ status: 503, body: { status: "ready", away: ["database"] } }),
  );
  expect(await ask("/healthz")).toEqual({ status: 200, body: { status: "ok" } });
  answers = true;
  await vi.waitFor(async () => expect(await ask("/readyz")).toMatchObject({ status: 200 }));
});

test("a database that takes the question and never answers is away", async () => {
  const ask = await start({ database: silent });
  await vi.waitFor(async () => expect(await ask("/readyz")).toMatchObject({ status: 503 }));
});

test("an engine that is away is said, and keeps nobody from the pages", async () => {
  const ask = await start({
    database: () => Promise.resolve(),
    engine: () => Promise.reject(new Error("away")),
  });
  await vi.waitFor(async () =>
    expect(await ask("/readyz")).toEqual({ status: 200, body: { status: "ready", away: ["engine"] } }),
  );
});
