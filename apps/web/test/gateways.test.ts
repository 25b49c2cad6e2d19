import {
  DriverError,
  type InstanceSpec,
  KEPT_DELETED,
  open,
  parseKeyRing,
  seal,
} from "@automna/control-plane";
import {
  claimPooled,
  countSealed,
  findInstance,
  findUser,
  listAudit,
  maxRunningOf,
  newInstance,
  openModelKey,
  putModelKey,
  weedPool,
} from "@automna/control-plane/database";
import { randomBytes } from "node:crypto";
import { expect, test, vi } from "vitest";
import type { GatewayView } from "../src/server/gateways.ts";
import { routeOfRecord } from "../src/server/instance-route.ts";
import { type House, isReady, READY, somebody, startHouse, untilInstance, WAITS } from "./support/house.ts";
import { AWAY, ScriptedDriver } from "./support/scripted-driver.ts";

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

test.each(["an event says so", "it is looked at"])(
  "a gateway that its engine finds unhealthy is asked for a handshake once %s, and started anew without one",
  async (how) => {
    const { house, driver, world, until } = await start({ settings: { readyTimeoutMs: 100 } });
    const { instanceId } = await until("ready");
    const before = driver.world.get(instanceId);
    if (before?.status !== "running") throw new Error("It does not run.");
    world.probe = { status: "unreachable", reason: "it did not answer in time" };
    driver.beforeStop = () => {
      world.probe = READY;
      return Promise.resolve();
    };
    const unhealthy = { ...before, isUnhealthy: true } as const;
    if (how === "an event says so") driver.happens(instanceId, unhealthy);
    else {
      driver.world.set(instanceId, unhealthy);
      await house.work.keepHouse();
    }
    const again = ["stop", "prepare", "start"].map((call) => `${call} ${instanceId}`);
    await vi.waitFor(() => expect(driver.calls.slice(-3)).toEqual(again));
    await until("ready");
  },
);

test.each(["an event says so", "it is looked at"])(
  "a gateway that its engine publishes elsewhere is found there once %s, and nobody is sent to the old address meanwhile",
  async (how) => {
    const { house, driver, database, world, until } = await start();
    const { instanceId } = await until("ready");
    const before = driver.world.get(instanceId);
    if (before?.status !== "running") throw new Error("It does not run.");
    const port = before.target.port + 1;
    const moved = { ...before, target: { ...before.target, port } };
    world.probe = WAITS;
    if (how === "an event says so") driver.happens(instanceId, moved);
    else {
      driver.world.set(instanceId, moved);
      await house.work.keepHouse();
    }
    const route = async () => {
      const record = await findInstance(database, instanceId);
      return record && routeOfRecord(record);
    };
    await vi.waitFor(async () => expect(await route()).toMatchObject({ state: { status: "starting" } }));
    world.probe = READY;
    await vi.waitFor(async () =>
      expect(await route()).toMatchObject({
        state: { status: "ready" },
        target: { origin: `http://127.0.0.1:${port}` },
      }),
    );
    expect(driver.calls.filter((call) => call.startsWith("start"))).toHaveLength(1);
  },
);

test("a gateway that was moved while the others were looked at stays ready at its new address", async () => {
  const { house, driver, database, until } = await start();
  const [first, moved] = [await until("ready"), await until("ready", "user_moved_meanwhile")];
  const seen = driver.world.get(moved.instanceId);
  if (seen?.status !== "running") throw new Error("It does not run.");
  const port = seen.target.port + 1;
  const observe = driver.observe.bind(driver);
  vi.spyOn(driver, "observe").mockImplementation(async (id) => {
    if (id === first.instanceId && driver.world.get(moved.instanceId) === seen) {
      // As a run of another worker leaves it.
      driver.world.set(moved.instanceId, { ...seen, target: { ...seen.target, port } });
      await database.instance.update({
        where: { id: moved.instanceId },
        data: { target: `http://127.0.0.1:${port}` },
      });
    }
    return observe(id);
  });
  await house.work.keepHouse();
  expect(await findInstance(database, moved.instanceId)).toMatchObject({
    observed: "ready",
    readySince: expect.any(Date),
    target: { port },
  });
});

test("a gateway whose token no key opens keeps nobody from looking after the others", async () => {
  const { house, driver, database, clerkId, until } = await start();
  const [lost, other] = [await until("ready"), await until("ready", "user_other_of_lost")];
  const { ownerId } = await database.instance.findUniqueOrThrow({ where: { id: lost.instanceId } });
  const ring = parseKeyRing(`lost:${randomBytes(32).toString("base64")}`);
  const binding = { userId: ownerId ?? "", instanceId: lost.instanceId };
  await database.instance.update({
    where: { id: lost.instanceId },
    data: {
      sealedToken: seal(ring, "a-token", binding),
      generation: { increment: 1 },
      settledGeneration: { increment: 1 },
    },
  });
  driver.world.set(other.instanceId, { status: "stopped", exit: null });
  await house.work.keepHouse();
  const starts = () => driver.calls.filter((call) => call === `start ${other.instanceId}`);
  await vi.waitFor(() => expect(starts()).toHaveLength(2));
  // A rotation makes another token in its place.
  await house.gateways.command(clerkId, lost.instanceId, "rotate");
  await vi.waitFor(async () => expect(await tokenOf(house, lost.instanceId)).not.toBe("a-token"));
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

test("a database that was away for a moment makes no gateway fail: the job is done again", async () => {
  let asked = 0;
  const { house, gateways, clerkId } = await start({
    runtime: { driver: "process", product: "openclaw" },
    modelFor() {
      asked += 1;
      if (asked === 1) throw new Error("Can't reach database server at 10.9.8.7:5432");
      return null;
    },
  });
  const seen = new Set<string>();
  await gateways.provide(clerkId);
  await untilInstance(house, clerkId, (instance) => {
    seen.add(`${instance.observed} ${instance.failure?.message ?? ""}`);
    return isReady(instance);
  });
  expect([...seen].filter((line) => /failed|10\.9\.8\.7/.test(line))).toEqual([]);
  expect(asked).toBe(2);
});

test("a sealed token that opens no more is said to be so, with the next step", async () => {
  const { house, gateways, clerkId, until } = await start();
  const { instanceId } = await until("ready");
  await gateways.command(clerkId, instanceId, "stop");
  await untilInstance(house, clerkId, ({ observed }) => observed === "stopped");
  const foreign = newInstance("somebody", { driver: "process", product: "demo" }, house.keyRing);
  await house.database.instance.update({
    where: { id: instanceId },
    data: { sealedToken: foreign.sealedToken },
  });
  await gateways.command(clerkId, instanceId, "wake");
  const { failure } = await untilInstance(house, clerkId, ({ observed }) => observed === "failed");
  expect(failure?.message).toMatch(/^The sealed secret .* Rotate/);
});

test("nobody is routed to a gateway any more when it begins to stop: its port may be another's next", async () => {
  const driver = new ScriptedDriver();
  const { house, gateways, clerkId, until } = await start({ driver });
  const { instanceId } = await until("ready");
  const states: unknown[] = [];
  driver.beforeStop = async (id) => {
    const record = await findInstance(house.database, id);
    states.push(record && routeOfRecord(record)?.state?.status);
  };
  await gateways.command(clerkId, instanceId, "stop");
  const stopped = await untilInstance(house, clerkId, ({ observed }) => observed === "stopped");
  expect(stopped.target).toBeNull();
  expect(states[0]).toBe("stopped");
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

test.each(["stop", "destroy"] as const)("a %s ends the trial of an upgrade as well", async (command) => {
  const driver = new ScriptedDriver();
  const { house, gateways, database, clerkId, until } = await start({
    driver,
    keepDataMs: 3_600_000,
    latestImage: () => "gateway:2",
    probe: ({ target }) => Promise.resolve(driver.images.get(target.port) === "gateway:2" ? WAITS : READY),
  });
  const { instanceId } = await until("ready");
  await gateways.command(clerkId, instanceId, "upgrade");
  await untilInstance(house, clerkId, ({ phase }) => phase?.name === "trial");
  const trial = await vi.waitFor(() => {
    const [id] = [...driver.world.keys()].filter((id) => id !== instanceId);
    if (id === undefined) throw new Error("Nothing was started beside.");
    return id;
  });
  await gateways.command(clerkId, instanceId, command);
  await vi.waitFor(async () =>
    expect(await findInstance(database, instanceId)).toMatchObject({ observed: "stopped", phase: null }),
  );
  expect(driver.calls).toContain(`destroy ${trial}`);
  expect(driver.world.get(trial)).toBeUndefined();
});

test("an upgrade whose trial nobody could look at is tried again once somebody can", async () => {
  const driver = new ScriptedDriver();
  const { house, gateways, clerkId, until } = await start({
    driver,
    latestImage: () => "gateway:2",
    settings: { readyTimeoutMs: 100 },
  });
  const { instanceId } = await until("ready");
  driver.away = true;
  await gateways.command(clerkId, instanceId, "upgrade");
  const waiting = await untilInstance(house, clerkId, ({ failure }) => failure !== null);
  expect(waiting).toMatchObject({
    image: null,
    nextImage: "gateway:2",
    failure: { code: "driver-failed", message: AWAY },
  });
  driver.away = false;
  await house.database.instance.update({ where: { id: instanceId }, data: { retryAt: null } });
  house.work.nudge(instanceId);
  const upgraded = await untilInstance(house, clerkId, ({ image }) => image === "gateway:2");
  expect(upgraded).toMatchObject({ observed: "ready", nextImage: null, failure: null });
});

test("an upgrade is not given up when the engine goes away as the failed gateway before it is stopped", async () => {
  const { house, gateways, driver, clerkId, until } = await start({ latestImage: () => "gateway:2" });
  const { instanceId } = await until("ready");
  await house.database.instance.update({ where: { id: instanceId }, data: { observedState: "failed" } });
  driver.beforeStop = (id) =>
    id === instanceId ? Promise.reject(new DriverError("engine-unreachable", AWAY)) : Promise.resolve();
  await gateways.command(clerkId, instanceId, "upgrade");
  const waiting = await untilInstance(house, clerkId, ({ failure }) => failure !== null);
  expect(waiting).toMatchObject({ image: null, nextImage: "gateway:2", failure: { message: AWAY } });
});

test("an upgrade is not given up while nobody can see whether the gateway was put back", async () => {
  const driver = new ScriptedDriver();
  const broken = { instanceId: "" };
  const { house, gateways, clerkId, until } = await start({
    driver,
    latestImage: () => "gateway:2",
    settings: { readyTimeoutMs: 100 },
    probe: async ({ target }) => {
      if (driver.owners.get(target.port) !== broken.instanceId) return READY;
      driver.away = true;
      return { status: "refused", code: "broken", message: "no" };
    },
  });
  const { instanceId } = await until("ready");
  broken.instanceId = instanceId;
  await gateways.command(clerkId, instanceId, "upgrade");
  const waiting = await untilInstance(house, clerkId, ({ failure }) => failure !== null);
  expect(waiting).toMatchObject({ image: null, nextImage: "gateway:2", failure: { message: AWAY } });
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

/** Knows no image but one. */
class OneImageDriver extends ScriptedDriver {
  override start(spec: InstanceSpec): Promise<void> {
    if (spec.image !== "gateway:2") return Promise.reject(new Error("No such image. Build it."));
    return super.start(spec);
  }
}

const READY_ROW = { observedState: "ready" };

const inPool = ({ database }: House) =>
  database.instance.findMany({
    where: { ownerId: null, desiredState: "running" },
    select: { id: true, image: true, observedState: true },
    orderBy: { id: "asc" },
  });

async function lockWaiters({ database }: House): Promise<number> {
  const [row] = await database.$queryRaw<{ waiting: number }[]>`
    SELECT count(*)::int AS "waiting" FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return row?.waiting ?? 0;
}

test("a pool that was filled while the image was broken is made anew with the next one", async () => {
  const runtime = { driver: "process" as const, product: "demo" as const, image: "gateway:broken" };
  const { house } = await start({ driver: new OneImageDriver(), settings: { poolSize: 2 }, runtime });
  await house.work.keepHouse();
  await vi.waitFor(async () =>
    expect(await house.database.instance.count({ where: { observedState: "failed" } })).toBe(2),
  );
  runtime.image = "gateway:2";
  expect(await filledPool(house)).toMatchObject({ image: "gateway:2" });
  expect((await inPool(house)).map(({ image }) => image)).toEqual(["gateway:2", "gateway:2"]);
});

test("what could not be started for ten minutes is made anew, sooner it is left to its next try", async () => {
  const { house } = await start({ settings: { poolSize: 2 } });
  await filledPool(house);
  const [old, young] = await inPool(house);
  if (!old || !young) throw new Error("The pool is not full.");
  await house.stopWork();
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  const failed = { observedState: "failed" } as const;
  await house.database.instance.update({ where: { id: old.id }, data: { ...failed, createdAt: ago(11) } });
  await house.database.instance.update({ where: { id: young.id }, data: { ...failed, createdAt: ago(9) } });
  const create = (ownerId: string) =>
    newInstance(ownerId, { driver: "process", product: "demo" }, house.keyRing);
  expect(await weedPool(house.gateways.commands, 2, create)).toBe(1);
  expect(await inPool(house)).toMatchObject([{ id: young.id }]);
  expect(await findInstance(house.database, old.id)).toMatchObject({ desired: "destroyed" });
});

test("workers of two releases give away their own gateways alone, and leave each other's until they are old", async () => {
  const { house, gateways, clerkId } = await start({ settings: { poolSize: 2 } });
  await filledPool(house);
  await house.stopWork();
  const { database, keyRing } = house;
  await database.instance.updateMany({ data: { observedState: "ready", image: "gateway:2" } });
  const [old, young] = await inPool(house);
  if (!old || !young) throw new Error("The pool is not full.");
  const elevenMinutesAgo = new Date(Date.now() - 11 * 60_000);
  await database.instance.update({ where: { id: old.id }, data: { createdAt: elevenMinutesAgo } });
  const { instance } = await gateways.provide(clerkId);
  expect(instance).toMatchObject({ image: null, observed: "unknown" });
  expect(await inPool(house)).toHaveLength(2);
  const create = (ownerId: string) => newInstance(ownerId, { driver: "process", product: "demo" }, keyRing);
  expect(await weedPool(gateways.commands, 2, create)).toBe(1);
  expect(await inPool(house)).toMatchObject([{ id: young.id }]);
});

test("a gateway of the pool that was made under another policy is given to nobody, and made anew", async () => {
  const kind = { driver: "docker", product: "demo" } as const;
  const driver = new ScriptedDriver();
  const settings = { poolSize: 1 };
  const before = await start({ driver, settings, runtime: { ...kind, policy: "open" } });
  const { id: old } = await filledPool(before.house);
  await before.house.stopWork();
  const { url, keyRing } = before.house;
  const after = await start({ url, keyRing, driver, settings, runtime: { ...kind, policy: "internal" } });
  // Processes that make none know of no policy.
  const { instance } = await before.gateways.provide(before.clerkId);
  expect(instance.id).not.toBe(old);
  const elevenMinutesAgo = new Date(Date.now() - 11 * 60_000);
  await after.database.instance.update({ where: { id: old }, data: { createdAt: elevenMinutesAgo } });
  await after.house.work.keepHouse();
  expect(await findInstance(after.database, old)).toMatchObject({ desired: "destroyed" });
  await vi.waitFor(async () => expect(await inPool(after.house)).toMatchObject([READY_ROW]));
  const [fresh] = await inPool(after.house);
  expect((await before.gateways.provide(after.clerkId)).instance.id).toBe(fresh?.id);
});

test("after a worker with another policy has come and gone, the next round has the pool's gateways given again", async () => {
  const kind = { driver: "docker", product: "demo" } as const;
  const driver = new ScriptedDriver();
  const settings = { poolSize: 1 };
  const stays = await start({ driver, settings, runtime: { ...kind, policy: "internal" } });
  const { id: pooled } = await filledPool(stays.house);
  const { url, keyRing } = stays.house;
  const goes = await start({ url, keyRing, driver, settings, runtime: { ...kind, policy: "open" } });
  await goes.house.stopWork();
  await stays.house.work.keepHouse();
  const { instance } = await stays.gateways.provide(stays.clerkId);
  expect(instance.id).toBe(pooled);
});

test("a smaller pool keeps what is ready, and leaves what somebody is being given", async () => {
  const { house } = await start({ settings: { poolSize: 3 } });
  await house.work.keepHouse();
  // A worker that ends forgets what its processes do.
  await house.stopWork();
  await house.database.instance.updateMany({ data: { observedState: "ready" } });
  const [first, ...rest] = await inPool(house);
  const kind = { driver: "process", product: "demo" } as const;
  const create = (ownerId: string) => newInstance(ownerId, kind, house.keyRing);
  await house.database.instance.update({
    where: { id: first?.id ?? "" },
    data: { observedState: "restarting" },
  });
  expect(await weedPool(house.gateways.commands, 2, create)).toBe(1);
  expect(await inPool(house)).toEqual(rest);
  // All are too many now, but one is somebody's before its turn comes.
  const given = await house.database.$transaction(async (transaction) => {
    const { id: ownerId } = await transaction.user.create({ data: { clerkId: somebody() } });
    const claimed = await claimPooled(transaction, ownerId, house.keyRing, kind);
    const weeding = weedPool(house.gateways.commands, 0, create);
    await vi.waitFor(async () => expect(await lockWaiters(house)).toBe(1));
    return { weeding, claimed };
  });
  await given.weeding;
  expect(await inPool(house)).toEqual([]);
  expect(await findInstance(house.database, given.claimed?.id ?? "")).toMatchObject({ desired: "running" });
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
  // What is sealed opens for its owner now, and for the pool no more; what it is to have next it never had.
  const before = await tokenOf(house, pooled.id);
  expect(before).toBe(open(house.keyRing, pooled.sealedToken, { userId: "pool", instanceId: pooled.id }));
  expect(await nextTokenOf(house, pooled.id)).not.toBe(before);
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

/** Runs on machines with so much memory. */
class RoomyDriver extends ScriptedDriver {
  bytes = 1024;
  memory(): Promise<number> {
    return this.bytes < 0 ? Promise.reject(new Error("The engine is away.")) : Promise.resolve(this.bytes);
  }
}

test("without a limit of the operator's there is room for what the machines have memory for, whichever process is asked", async () => {
  const driver = new RoomyDriver();
  const limits = { maxRunning: null, maxWaiting: 10 };
  const { house, gateways } = await start({ driver, limits, settings: { memoryLimit: 1024 } });
  const { database } = house;
  await vi.waitFor(async () => expect(await maxRunningOf(database, null)).toBe(2));
  const same = { url: house.url, keyRing: house.keyRing, settings: { memoryLimit: 1024 } };
  const other = await startHouse({ ...same, driver, limits });
  const asked = [gateways, other.gateways, other.gateways].map((them) => them.provide(somebody()));
  const answers = await Promise.allSettled(asked);
  expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  expect(answers.find(({ status }) => status === "rejected")).toMatchObject({
    reason: { code: "capacity-reached" },
  });
  // What an engine that is away had is remembered, and what it has afterwards is seen.
  for (const nothing of [-1, 0]) {
    driver.bytes = nothing;
    await house.work.keepHouse();
    expect(await maxRunningOf(database, null)).toBe(2);
  }
  driver.bytes = 4096;
  await house.work.keepHouse();
  expect(await maxRunningOf(database, null)).toBe(8);
  expect(await maxRunningOf(database, 3)).toBe(3);
});

test("those who wait for an owner make room for those who have one, and a trial takes a place", async () => {
  const limits = { maxRunning: 2, maxWaiting: 10 };
  const { house, gateways, until, clerkId } = await start({ limits, settings: { poolSize: 2 } });
  await house.work.keepHouse();
  await vi.waitFor(async () => expect(await inPool(house)).toMatchObject([READY_ROW, READY_ROW]));
  await until("ready");
  await house.work.keepHouse();
  await vi.waitFor(async () => expect(await inPool(house)).toMatchObject([READY_ROW]));
  const { instance } = await gateways.provide(clerkId);
  const { database } = house;
  await house.stopWork();
  await database.instance.update({ where: { id: instance.id }, data: { image: "one", nextImage: "next" } });
  await expect(gateways.provide(somebody())).rejects.toMatchObject({ code: "capacity-reached" });
  expect(await gateways.provideFirstOrSayWhy(somebody())).toMatchObject({
    refusal: { code: "capacity-reached" },
  });
  await database.instance.update({ where: { id: instance.id }, data: { image: "next" } });
  expect((await gateways.provide(somebody())).given).toBe(true);
});

test("who keeps deleting is refused another one while the data of many is kept, and loses none of it", async () => {
  const { house, gateways, database, driver, clerkId } = await start({ keepDataMs: 3_600_000 });
  for (let n = 0; n < KEPT_DELETED; n++) {
    const { instance } = await gateways.provide(clerkId);
    await gateways.command(clerkId, instance.id, "destroy");
  }
  const refusal: unknown = await gateways.provide(clerkId).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "too-many-deleted" });
  expect(await gateways.provideFirstOrSayWhy(clerkId)).toEqual({ instance: null });
  await gateways.provide(somebody());
  expect(driver.calls.filter((call) => call.startsWith("destroy"))).toEqual([]);

  const oldest = await database.instance.findFirstOrThrow({
    where: { desiredState: "destroyed" },
    orderBy: { purgeAfter: "asc" },
  });
  await database.instance.update({ where: { id: oldest.id }, data: { purgeAfter: new Date(0) } });
  house.work.nudge(oldest.id);
  await vi.waitFor(async () => expect((await gateways.provide(clerkId)).given).toBe(true));
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
