import { open, parseKeyRing } from "@automna/control-plane";
import {
  countSealed,
  findInstance,
  findUser,
  listAudit,
  openModelKey,
  putModelKey,
} from "@automna/control-plane/database";
import { randomBytes } from "node:crypto";
import { expect, test, vi } from "vitest";
import type { GatewayView } from "../src/server/gateways.ts";
import { type House, isReady, READY, somebody, startHouse, untilInstance, WAITS } from "./support/house.ts";
import { ScriptedDriver } from "./support/scripted-driver.ts";

async function start(options: Parameters<typeof startHouse>[0] = {}) {
  const driver = new ScriptedDriver();
  const house = await startHouse({ driver, ...options });
  const clerkId = somebody();
  const until = (status: GatewayView["status"], person = clerkId) =>
    vi.waitFor(
      async () => {
        const view = await house.gateways.ensure(person);
        expect(view.status).toBe(status);
        return view;
      },
      { interval: 20 },
    );
  return { ...house, house, driver, clerkId, until };
}

const tokenOf = async ({ database, keyRing }: House, id: string) => {
  const instance = await findInstance(database, id);
  if (!instance) throw new Error("The instance is gone.");
  return open(keyRing, instance.sealedToken, { userId: instance.ownerId, instanceId: id });
};

const nextTokenOf = async ({ database, keyRing }: House, id: string) => {
  const instance = await findInstance(database, id);
  if (!instance?.nextToken) throw new Error("No rotation is under way.");
  return open(keyRing, instance.nextToken.sealedToken, { userId: instance.ownerId, instanceId: id });
};

test("who asks for the first time is told at once that their gateway is on its way, and then has it", async () => {
  const { gateways, database, clerkId, until } = await start();
  expect(await gateways.ensure(clerkId)).toMatchObject({ status: "provisioning" });
  await until("ready");
  expect(await findUser(database, clerkId)).toMatchObject({ containerStatus: "running" });
});

test("however many ask at once, one gateway is started once", async () => {
  const { gateways, driver, clerkId, until } = await start();
  await Promise.all(Array.from({ length: 20 }, () => gateways.ensure(clerkId)));
  const { instanceId } = await until("ready");
  expect(driver.calls).toEqual([`prepare ${instanceId}`, `start ${instanceId}`]);
});

test("two people have two gateways and two tokens", async () => {
  const { house, until } = await start();
  const [alice, bob] = [await until("ready"), await until("ready", "user_bob_of_two")];
  expect(bob.instanceId).not.toBe(alice.instanceId);
  expect(await tokenOf(house, bob.instanceId)).not.toBe(await tokenOf(house, alice.instanceId));
});

test("a page sees the phase, and nobody is told ready before a handshake", async () => {
  const { gateways, world, clerkId } = await start();
  world.probe = WAITS;
  await vi.waitFor(async () => {
    expect(await gateways.ensure(clerkId)).toMatchObject({ status: "provisioning", phase: "await-ready" });
  });
});

test("a gateway that dies is provisioning for everybody until it is back", async () => {
  const { driver, database, world, clerkId, until } = await start();
  const { instanceId } = await until("ready");
  world.probe = WAITS;
  const exit = { code: 1, signal: null, at: 0 };
  driver.happens(instanceId, { status: "restarting", revision: "r", exit, attempt: 1, retryAt: 0 });
  await vi.waitFor(async () =>
    expect(await findUser(database, clerkId)).toMatchObject({ containerStatus: "provisioning" }),
  );
  await until("provisioning");
  world.probe = READY;
  await until("ready");
});

test("a gateway that refuses its own token has failed, with the next step; a wish to wake it tries again at once", async () => {
  const { gateways, driver, database, world, clerkId, until } = await start();
  world.probe = { status: "refused", code: "token-mismatch", message: "wrong token" };
  const view = await until("failed");
  expect(view).toMatchObject({ failure: { code: "refused", message: expect.stringContaining("Rotate") } });
  const failed = await findInstance(database, view.instanceId);
  expect(failed).toMatchObject({ failure: { code: "refused" }, attempt: 1 });
  expect(failed?.retryAt?.getTime()).toBeGreaterThan(Date.now());
  const before = driver.calls.length;
  world.probe = READY;
  await gateways.command(clerkId, view.instanceId, "wake");
  await until("ready");
  expect(driver.calls.slice(before)).toContain(`stop ${view.instanceId}`);
  expect(await findInstance(database, view.instanceId)).toMatchObject({ failure: null, attempt: 0 });
});

test("stop stops and keeps everything, the next visit wakes it", async () => {
  const { house, gateways, driver, database, clerkId, until } = await start();
  const { instanceId } = await until("ready");
  const token = await tokenOf(house, instanceId);
  await gateways.command(clerkId, instanceId, "stop");
  await untilInstance(house, clerkId, ({ observed }) => observed === "stopped");
  expect(await findUser(database, clerkId)).toMatchObject({ containerStatus: "stopped" });
  expect(driver.calls).not.toContain(`destroy ${instanceId}`);
  expect((await until("ready")).instanceId).toBe(instanceId);
  expect(await tokenOf(house, instanceId)).toBe(token);
});

test("a rotation restarts the gateway with another token, and the old one is current until the new one is proven", async () => {
  const { house, gateways, world, clerkId, until } = await start();
  const { instanceId } = await until("ready");
  const before = await tokenOf(house, instanceId);
  world.probe = WAITS;
  await gateways.command(clerkId, instanceId, "rotate");
  await untilInstance(house, clerkId, ({ phase }) => phase?.name === "await-ready");
  expect(await tokenOf(house, instanceId)).toBe(before);
  world.probe = READY;
  await until("ready");
  expect(await tokenOf(house, instanceId)).not.toBe(before);
});

test("a restart restarts once, however often the worker looks", async () => {
  const { gateways, driver, work, clerkId, until } = await start();
  const { instanceId } = await until("ready");
  driver.calls.length = 0;
  await gateways.command(clerkId, instanceId, "restart");
  await until("ready");
  work.nudge(instanceId);
  await until("ready");
  expect(driver.calls).toEqual([`stop ${instanceId}`, `prepare ${instanceId}`, `start ${instanceId}`]);
});

test("what is wanted now ends the wait for what was wanted before", async () => {
  const { house, gateways, world, clerkId } = await start();
  world.probe = WAITS;
  const { instance } = await gateways.provide(clerkId);
  await untilInstance(house, clerkId, ({ phase }) => phase?.name === "await-ready");
  await gateways.command(clerkId, instance.id, "stop");
  const stopped = await untilInstance(house, clerkId, ({ observed }) => observed === "stopped");
  expect(stopped).toMatchObject({ desired: "stopped", phase: null });
});

test("a deleted gateway is gone for its owner at once, its data after the grace period", async () => {
  const { house, gateways, driver, database, clerkId, until } = await start({ keepDataMs: 3_600_000 });
  const { instanceId } = await until("ready");
  await gateways.command(clerkId, instanceId, "destroy");
  expect(await findUser(database, clerkId)).toMatchObject({ containerStatus: null, gatewayToken: null });
  await vi.waitFor(async () =>
    expect(await findInstance(database, instanceId)).toMatchObject({ observed: "stopped", purgedAt: null }),
  );
  expect(driver.calls).not.toContain(`destroy ${instanceId}`);
  await database.instance.update({ where: { id: instanceId }, data: { purgeAfter: new Date(0) } });
  house.work.nudge(instanceId);
  await vi.waitFor(async () =>
    expect(await findInstance(database, instanceId)).toMatchObject({ purgedAt: expect.any(Date) }),
  );
  expect(driver.calls).toContain(`destroy ${instanceId}`);
  const [last] = await listAudit(database, { limit: 1 });
  expect(last).toMatchObject({ actor: "system", action: "instance.purge", instanceId });
  expect((await until("ready")).instanceId).not.toBe(instanceId);
});

test("an upgrade is tried beside the running gateway, then switched to", async () => {
  const { house, gateways, driver, clerkId, until } = await start({ latestImage: () => "gateway:2" });
  const { instanceId } = await until("ready");
  driver.calls.length = 0;
  await gateways.command(clerkId, instanceId, "upgrade");
  const upgraded = await untilInstance(house, clerkId, ({ image }) => image === "gateway:2");
  expect(upgraded).toMatchObject({ observed: "ready", nextImage: null, failure: null });
  const [trial = ""] = driver.calls.map((call) => call.split(" ")[1] ?? "");
  expect(trial).not.toBe(instanceId);
  expect(driver.calls).toEqual([
    `prepare ${trial}`,
    `start ${trial}`,
    `stop ${trial}`,
    `destroy ${trial}`,
    `stop ${instanceId}`,
    `prepare ${instanceId}`,
    `start ${instanceId}`,
  ]);
});

test("an image that does not start beside is not switched to, and the gateway bears the notice", async () => {
  const driver = new ScriptedDriver();
  const { house, gateways, clerkId, until } = await start({
    driver,
    latestImage: () => "gateway:broken",
    probe: ({ target }) =>
      Promise.resolve(
        driver.images.get(target.port) === "gateway:broken"
          ? { status: "refused", code: "broken", message: "no" }
          : READY,
      ),
  });
  const { instanceId } = await until("ready");
  driver.calls.length = 0;
  await gateways.command(clerkId, instanceId, "upgrade");
  const kept = await untilInstance(house, clerkId, ({ failure }) => failure?.code === "upgrade-failed");
  expect(kept).toMatchObject({ observed: "ready", image: null, nextImage: null });
  expect(driver.calls).not.toContain(`stop ${instanceId}`);
});

test("an image that starts beside and not in its place is rolled back", async () => {
  const driver = new ScriptedDriver();
  const broken = { instanceId: "" };
  const { house, gateways, clerkId, until } = await start({
    driver,
    latestImage: () => "gateway:2",
    probe: ({ target }) =>
      Promise.resolve(
        driver.images.get(target.port) === "gateway:2" && driver.owners.get(target.port) === broken.instanceId
          ? { status: "refused", code: "broken", message: "no" }
          : READY,
      ),
  });
  const { instanceId } = await until("ready");
  broken.instanceId = instanceId;
  await gateways.command(clerkId, instanceId, "upgrade");
  const kept = await untilInstance(house, clerkId, ({ failure }) => failure?.code === "upgrade-failed");
  expect(kept).toMatchObject({ observed: "ready", image: null, nextImage: null });
  expect(kept.failure?.message).toContain("put back");
});

async function filledPool({ work, database }: House) {
  await work.keepHouse();
  return vi.waitFor(async () => {
    const row = await database.instance.findFirst({ where: { ownerId: null, observedState: "ready" } });
    if (!row) throw new Error("Nothing is in the pool.");
    return row;
  });
}

test("a new person gets a started gateway of the pool, with a token that it never had", async () => {
  const { house, gateways, driver, clerkId, until } = await start({ settings: { poolSize: 1 } });
  const pooled = await filledPool(house);
  const before = open(house.keyRing, pooled.sealedToken, { userId: "pool", instanceId: pooled.id });
  const { instance } = await gateways.provide(clerkId);
  expect(instance.id).toBe(pooled.id);
  await until("ready");
  expect(await tokenOf(house, pooled.id)).not.toBe(before);
  expect(driver.calls.filter((call) => call === `start ${pooled.id}`)).toHaveLength(2);
});

test("where the router vouches for its owner, a gateway of the pool is handed over as it runs, and proven again", async () => {
  const { house, gateways, driver, clerkId, until } = await start({
    settings: { poolSize: 1 },
    runtime: { driver: "docker", product: "openclaw" },
  });
  const pooled = await filledPool(house);
  const { instance } = await gateways.provide(clerkId);
  expect(instance).toMatchObject({ id: pooled.id, observed: "ready" });
  expect(await gateways.ensure(clerkId)).toMatchObject({ status: "provisioning" });
  await until("ready");
  expect(driver.calls.filter((call) => call.endsWith(pooled.id))).toEqual([
    `prepare ${pooled.id}`,
    `start ${pooled.id}`,
  ]);
  // What is sealed opens for its owner now, and for the pool no more.
  expect(await tokenOf(house, pooled.id)).toHaveLength(43);
  const row = await findInstance(house.database, pooled.id);
  expect(() =>
    open(house.keyRing, row?.sealedToken ?? "", { userId: "pool", instanceId: pooled.id }),
  ).toThrow("another user");
});

test("an idle gateway is stopped, one that was used is not, and the next visit wakes it", async () => {
  const { house, database, clerkId, until } = await start({ settings: { idleAfterMs: 60_000 } });
  const { instanceId } = await until("ready");
  const used = await until("ready", "user_busy");
  const longAgo = new Date(Date.now() - 120_000);
  await database.instance.updateMany({ data: { readySince: longAgo } });
  await database.instance.update({ where: { id: used.instanceId }, data: { lastActivityAt: new Date() } });
  await house.work.keepHouse();
  const stopped = await untilInstance(house, clerkId, ({ observed }) => observed === "stopped");
  expect(stopped).toMatchObject({ id: instanceId, stopReason: "idle" });
  expect(await findInstance(database, used.instanceId)).toMatchObject({ desired: "running" });
  await until("ready");
});

test("an idle gateway that is at work by itself is left alone; one that was suspended and is not stopped goes on", async () => {
  const told: string[] = [];
  let answer: "busy" | "suspended" = "busy";
  let meanwhile = (): Promise<unknown> => Promise.resolve();
  const { house, driver, until, database } = await start({
    settings: { idleAfterMs: 60_000 },
    suspension: {
      async suspend({ id }) {
        await meanwhile();
        told.push(`${answer} ${id}`);
        return answer;
      },
      async resume({ id }) {
        told.push(`resumed ${id}`);
      },
    },
  });
  const { instanceId } = await until("ready");
  await database.instance.updateMany({ data: { readySince: new Date(Date.now() - 120_000) } });
  await house.work.keepHouse();
  expect(driver.calls).not.toContain(`stop ${instanceId}`);

  answer = "suspended";
  meanwhile = () => database.instance.updateMany({ data: { lastActivityAt: new Date() } });
  await house.work.keepHouse();
  expect(driver.calls).not.toContain(`stop ${instanceId}`);
  expect(told).toEqual([`busy ${instanceId}`, `suspended ${instanceId}`, `resumed ${instanceId}`]);

  meanwhile = () => Promise.resolve();
  await database.instance.updateMany({ data: { lastActivityAt: new Date(Date.now() - 120_000) } });
  await house.work.keepHouse();
  await vi.waitFor(() => expect(driver.calls).toContain(`stop ${instanceId}`));
  expect(told.filter((line) => line.startsWith("resumed"))).toHaveLength(1);
});

test("there is no room for more than the limit, and who is refused is told when to come back", async () => {
  const { gateways, database, until } = await start({ limits: { maxRunning: 1, maxWaiting: 10 } });
  const { instanceId } = await until("ready", "user_first");
  const error: unknown = await gateways.ensure("user_second").catch((refusal: unknown) => refusal);
  expect(error).toMatchObject({ code: "capacity-reached", retryAfterMs: expect.any(Number) });
  expect(await findUser(database, "user_second")).toBeNull();
  await gateways.command("user_first", instanceId, "stop");
  await until("ready", "user_second");
  await expect(gateways.ensure("user_first")).rejects.toMatchObject({ code: "capacity-reached" });
});

test("a new key seals everything anew while the app serves, and the old one can go", async () => {
  const old = `k1:${randomBytes(32).toString("base64")}`;
  const { house, database, world, clerkId, until, stopWork } = await start({ keyRing: parseKeyRing(old) });
  const { instanceId } = await until("ready");
  const before = await tokenOf(house, instanceId);
  const { ownerId } = (await house.gateways.provide(clerkId)).instance;
  const key = { provider: "openai", apiKey: "sk-the-persons-own", modelId: null } as const;
  await database.$transaction((transaction) =>
    putModelKey(transaction, house.keyRing, { userId: ownerId, clerkId }, key),
  );
  // A rotation that is under way, and stays so: its token is sealed as well.
  world.probe = WAITS;
  await house.gateways.command(clerkId, instanceId, "rotate");
  const next = await nextTokenOf(house, instanceId);
  await stopWork();
  expect([...(await countSealed(database)).keys()]).toEqual(["k1"]);

  const fresh = `k2:${randomBytes(32).toString("base64")}`;
  const waits = () => Promise.resolve(WAITS);
  const ring = parseKeyRing(`${fresh},${old}`);
  const later = await startHouse({ keyRing: ring, url: house.url, probe: waits });
  await later.work.keepHouse();
  expect([...(await countSealed(database)).keys()]).toEqual(["k2"]);
  const onlyNew = { ...later, keyRing: parseKeyRing(fresh) };
  expect(await tokenOf(onlyNew, instanceId)).toBe(before);
  expect(await nextTokenOf(onlyNew, instanceId)).toBe(next);
  expect(await openModelKey(database, onlyNew.keyRing, ownerId)).toEqual(key);
  const { tokenHash, nextToken } = (await later.gateways.provide(clerkId)).instance;
  for (const hash of [tokenHash, nextToken?.tokenHash]) expect(hash).toMatch(/^k2\./);
});

test("a worker takes up at once what an earlier one left unfinished", async () => {
  const { house, world, clerkId, stopWork } = await start();
  world.probe = WAITS;
  await house.gateways.provide(clerkId);
  await untilInstance(house, clerkId, ({ phase }) => phase?.name === "await-ready");
  await stopWork();
  const later = await startHouse({ keyRing: house.keyRing, url: house.url });
  const ready = await untilInstance(later, clerkId, isReady);
  expect(ready.desired).toBe("running");
});

test("what was done and by whom is on record", async () => {
  const { gateways, database, clerkId, until } = await start();
  const { instanceId } = await until("ready");
  await gateways.command(clerkId, instanceId, "stop");
  const entries = await listAudit(database, { limit: 10 });
  expect(entries.map(({ action, actor, instanceId }) => ({ action, actor, instanceId }))).toEqual([
    { action: "instance.stop", actor: clerkId, instanceId },
    { action: "instance.create", actor: clerkId, instanceId },
  ]);
});

test("nobody commands somebody else's gateway", async () => {
  const { gateways, driver, until } = await start();
  const { instanceId } = await until("ready", "user_alice_owns");
  driver.calls.length = 0;
  for (const command of ["stop", "restart", "rotate", "destroy"] as const)
    await expect(gateways.command("user_mallory", instanceId, command)).rejects.toMatchObject({
      code: "instance-not-found",
    });
  expect(driver.calls).toEqual([]);
});

test("a stop of the app ends the work that is under way, and the driver", async () => {
  const { house, driver, world, gateways, clerkId, stopWork } = await start();
  world.probe = WAITS;
  await gateways.ensure(clerkId);
  await untilInstance(house, clerkId, ({ phase }) => phase?.name === "await-ready");
  await stopWork();
  expect(driver.closed).toBe(true);
});
