import { randomBytes } from "node:crypto";
import { parseKeyRing, type ProbeResult } from "@automna/control-plane";
import {
  connectDatabase,
  type Database,
  findInstance,
  findUser,
  migrate,
  newInstance,
} from "@automna/control-plane/database";
import { createRouteTable } from "@automna/proxy";
import { pino } from "pino";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { createGateways, type GatewayView } from "../src/server/gateways.ts";
import { prepareInstance } from "../src/server/instance-preparation.ts";
import { emptyDatabase, MIGRATIONS } from "./support/database.ts";
import { ScriptedDriver } from "./support/scripted-driver.ts";

const keyRing = parseKeyRing(`k1:${randomBytes(32).toString("base64")}`);
const READY: ProbeResult = { status: "ready", protocol: 4, version: "test" };
const WAITS: ProbeResult = { status: "starting", retryAfterMs: 1 };

let database: Database;
beforeAll(async () => {
  const url = await emptyDatabase();
  await migrate(url, MIGRATIONS);
  database = connectDatabase({ url });
});
afterAll(() => database.$disconnect());

function start() {
  const driver = new ScriptedDriver();
  const routes = createRouteTable();
  const world = { probe: READY, now: 1_000 };
  const gateways = createGateways({
    database,
    driver,
    routes,
    probe: () => Promise.resolve(world.probe),
    create: (ownerId) => newInstance(ownerId, { driver: "process", product: "demo" }, keyRing),
    prepare: (instance) =>
      prepareInstance(instance, {
        database,
        keyRing,
        program: { kind: "demo", product: "demo", script: "none" },
        model: null,
        allowedOrigins: () => [],
        redactor: { add: () => {}, text: (text) => text, value: (value) => value },
      }),
    log: pino({ level: "silent" }),
    now: () => world.now,
  });
  onTestFinished(() => gateways.close());
  const clerkId = `user_${randomBytes(6).toString("hex")}`;
  const until = (status: GatewayView["status"]) =>
    vi.waitFor(
      async () => {
        const view = await gateways.ensure(clerkId);
        expect(view.status).toBe(status);
        return view;
      },
      { timeout: 10_000 },
    );
  return { driver, routes, world, gateways, clerkId, until };
}

test("who asks for the first time is told at once that their gateway is on its way, and then has it", async () => {
  const { gateways, routes, clerkId, until } = start();
  expect(await gateways.ensure(clerkId)).toMatchObject({ status: "provisioning" });
  const view = await until("ready");
  expect(view).toMatchObject({ authToken: expect.stringMatching(/^[\w-]{43}$/) });
  expect(routes.get(view.instanceId)).toMatchObject({
    target: { origin: "http://127.0.0.1:19000" },
    state: { status: "ready" },
    forwarded: "none",
  });
  expect(await findInstance(database, view.instanceId)).toMatchObject({
    observed: "ready",
    desired: "running",
  });
  expect(await findUser(database, clerkId)).toMatchObject({ containerStatus: "running" });
});

test("ten pages at once start one gateway", async () => {
  const { gateways, driver, clerkId, until } = start();
  await Promise.all(Array.from({ length: 10 }, () => gateways.ensure(clerkId)));
  const { instanceId } = await until("ready");
  expect(driver.calls).toEqual([`prepare ${instanceId}`, `start ${instanceId}`]);
});

test("two people have two gateways and two tokens", async () => {
  const { gateways, until } = start();
  const alice = await until("ready");
  const bob = await vi.waitFor(async () => {
    const view = await gateways.ensure("user_bob_of_two");
    expect(view.status).toBe("ready");
    return view;
  });
  expect(bob.instanceId).not.toBe(alice.instanceId);
  expect(bob).not.toMatchObject({ authToken: alice.status === "ready" && alice.authToken });
});

test("a page sees the phase, and no route leads to a gateway that has not passed a handshake", async () => {
  const { gateways, routes, world, clerkId } = start();
  world.probe = WAITS;
  await vi.waitFor(async () => {
    const view = await gateways.ensure(clerkId);
    expect(view).toMatchObject({ status: "provisioning", phase: "await-ready" });
    expect(routes.get(view.instanceId)).toBeUndefined();
  });
});

test("a gateway that dies is starting for everybody until it is back", async () => {
  const { driver, routes, world, clerkId, until } = start();
  const { instanceId } = await until("ready");
  world.probe = WAITS;
  const exit = { code: 1, signal: null, at: 0 };
  driver.happens(instanceId, { status: "restarting", revision: "r", exit, attempt: 1, retryAt: 0 });
  await vi.waitFor(async () => {
    expect(routes.get(instanceId)?.state.status).toBe("starting");
    expect(await findUser(database, clerkId)).toMatchObject({ containerStatus: "provisioning" });
  });
  await until("provisioning");
  world.probe = READY;
  await until("ready");
  expect(routes.get(instanceId)?.state.status).toBe("ready");
});

test("a gateway that refuses its own token has failed, with the next step, and is started anew only after a while", async () => {
  const { gateways, driver, routes, world, clerkId, until } = start();
  world.probe = { status: "refused", code: "token-mismatch", message: "wrong token" };
  await gateways.ensure(clerkId);
  const view = await until("failed");
  expect(view).toMatchObject({ failure: { code: "refused", message: expect.stringContaining("Rotate") } });
  expect(routes.get(view.instanceId)?.state.status).toBe("error");
  expect(await findInstance(database, view.instanceId)).toMatchObject({ failure: { code: "refused" } });
  const before = driver.calls.length;
  world.probe = READY;
  await gateways.ensure(clerkId);
  expect(driver.calls).toHaveLength(before);
  world.now += 60_001;
  await until("ready");
  expect(driver.calls.slice(before)).toContain(`stop ${view.instanceId}`);
  expect(await findInstance(database, view.instanceId)).toMatchObject({ failure: null });
});

test("a stop ends the work that is under way, and the driver", async () => {
  const { gateways, driver, world, clerkId } = start();
  world.probe = WAITS;
  await gateways.ensure(clerkId);
  await gateways.close();
  expect(driver.closed).toBe(true);
});
