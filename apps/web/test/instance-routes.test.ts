import { type Database, recordObservation } from "@automna/control-plane/database";
import type { Route } from "@automna/proxy";
import { expect, onTestFinished, test, vi } from "vitest";
import { openInstanceRoutes } from "../src/server/instance-routes.ts";
import { createLog } from "../src/server/log.ts";
import { withClient } from "./support/database.ts";
import { openDatabase, readyAt, storeInstance } from "./support/stored-instance.ts";

const FOR_EVER = 3_600_000;

async function openRoutes(options: { database: Database; databaseUrl: string; ttlMs?: number }) {
  const routes = openInstanceRoutes({
    hosts: [],
    log: createLog("silent").logger,
    ...options,
  });
  onTestFinished(() => routes.close());
  const look = (id: string): Promise<Route | undefined> =>
    Promise.resolve(routes.table.lookup({ by: "path", name: id }));
  return { ...routes, look };
}

test("a route comes from the database, and one that nobody has is none", async () => {
  const { database, url } = await openDatabase();
  const id = await storeInstance(database, "user_a", 19_001);
  const { look } = await openRoutes({ database, databaseUrl: url });
  expect(await look(id)).toMatchObject({
    id,
    target: { origin: "http://127.0.0.1:19001" },
    state: { status: "ready" },
    prefix: "strip",
    forwarded: "none",
  });
  expect(await look("0".repeat(24))).toBeUndefined();
});

test("what vouches for an owner is stored with the address, and goes when the address does", async () => {
  const { database, url } = await openDatabase();
  const id = await storeInstance(database, "user_a", 19_001);
  const { look } = await openRoutes({ database, databaseUrl: url, ttlMs: 0 });
  const identity = { header: "x-forwarded-user", value: "user_a" };
  const target = {
    host: "127.0.0.1",
    port: 19_002,
    prefix: "keep",
    forwardedHeaders: "omit",
    identity,
  } as const;
  const { target: stored } = await recordObservation(database, id, {
    status: "ready",
    revision: "r2",
    target,
  });
  expect(stored).toEqual(target);
  expect(await look(id)).toMatchObject({
    requestHeaders: { "x-forwarded-user": "user_a" },
    loopbackClientAs: "203.0.113.1",
  });
  const { target: gone } = await recordObservation(database, id, { status: "absent" });
  expect(gone).toBeNull();
  expect((await look(id))?.requestHeaders).toBeUndefined();
});

test("every state has its answer", async () => {
  const { database, url } = await openDatabase();
  const id = await storeInstance(database, "user_a", 19_001);
  const { look } = await openRoutes({ database, databaseUrl: url, ttlMs: 0 });
  const want = (desiredState: "stopped" | "destroyed") =>
    database.instance.update({ where: { id }, data: { desiredState, stopReason: "owner" } });
  const failure = { code: "crash-loop", message: "It ended at once, five times." } as const;
  await recordObservation(database, id, { status: "failed", revision: "r1", failure });
  expect((await look(id))?.state).toEqual({ status: "error", message: failure.message });
  await recordObservation(database, id, { status: "absent" });
  expect((await look(id))?.state).toMatchObject({ status: "starting" });
  await want("stopped");
  expect((await look(id))?.state).toMatchObject({ status: "stopped" });
  await want("destroyed");
  expect(await look(id)).toBeUndefined();
});

test("a change by another process is seen at once, however long a route is remembered", async () => {
  const { database, url } = await openDatabase();
  const id = await storeInstance(database, "user_a", 19_001);
  const { look, table, feed } = await openRoutes({ database, databaseUrl: url, ttlMs: FOR_EVER });
  await feed.listening;
  table.set({ id, target: { origin: "http://127.0.0.1:1" }, state: { status: "ready" } });
  expect((await look(id))?.target.origin).toBe("http://127.0.0.1:1");

  await recordObservation(database, id, readyAt(19_002));
  await vi.waitFor(async () => expect((await look(id))?.target.origin).toBe("http://127.0.0.1:19002"));
});

test("an instance that came or went is known, or not, at once", async () => {
  const { database, url } = await openDatabase();
  const { look, feed } = await openRoutes({ database, databaseUrl: url, ttlMs: FOR_EVER });
  await feed.listening;
  const id = await storeInstance(database, "user_a", 19_001);
  expect(await look(id)).toBeDefined();
  await database.instance.delete({ where: { id } });
  await vi.waitFor(async () => expect(await look(id)).toBeUndefined());
});

test("a lost connection forgets every route and is made again", async () => {
  const { database, url } = await openDatabase();
  const id = await storeInstance(database, "user_a", 19_001);
  const { look, feed } = await openRoutes({ database, databaseUrl: url, ttlMs: FOR_EVER });
  await feed.listening;
  expect((await look(id))?.target.origin).toBe("http://127.0.0.1:19001");
  const listeners = `pid <> pg_backend_pid() AND datname = current_database() AND query LIKE 'LISTEN%'`;
  await withClient(url, (client) =>
    client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${listeners}`),
  );
  await recordObservation(database, id, readyAt(19_002));
  const seen = async () => expect((await look(id))?.target.origin).toBe("http://127.0.0.1:19002");
  await vi.waitFor(seen);
});

test("without notifications a change is seen when its time is over", async () => {
  const { database, url } = await openDatabase();
  const id = await storeInstance(database, "user_a", 19_001);
  const deaf = new URL(url);
  deaf.port = "1";
  const { look } = await openRoutes({ database, databaseUrl: deaf.href, ttlMs: 100 });
  expect((await look(id))?.target.origin).toBe("http://127.0.0.1:19001");
  await recordObservation(database, id, readyAt(19_002));
  await vi.waitFor(async () => expect((await look(id))?.target.origin).toBe("http://127.0.0.1:19002"));
});
