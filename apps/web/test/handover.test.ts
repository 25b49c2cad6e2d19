import { once } from "node:events";
import { DriverError, type InstanceSpec, open, type ReloadSecrets } from "@automna/control-plane";
import { changeInstance, findInstance, type InstanceRecord } from "@automna/control-plane/database";
import { createLeases, createWorker } from "@automna/control-plane/jobs";
import { relayKeyOf } from "@automna/control-plane/model-relay";
import { expect, onTestFinished, test, vi } from "vitest";
import { instanceView } from "../src/server/instance-view.ts";
import {
  type House,
  type HouseOptions,
  isReady,
  READY,
  somebody,
  startHouse,
  untilInstance,
} from "./support/house.ts";
import { plainPreparation } from "./support/preparation.ts";
import { ScriptedDriver } from "./support/scripted-driver.ts";

const BROKEN = "openclaw:broken";
const REFUSAL = { status: "refused", code: "broken", message: "no" } as const;
const RUNTIME = { driver: "docker", product: "openclaw" } as const;

const modelFor: HouseOptions["modelFor"] = (id, token) => ({
  kind: "openai-compatible",
  baseUrl: "http://relay/v1",
  apiKey: relayKeyOf(id, token),
  modelId: "m",
});

/** What the files of a gateway say, and what the gateway itself has taken of them. */
interface Secrets {
  readonly name: string;
  readonly key: string | null;
}

/** Gateways that read their files at their start and when they are told to, where nobody can change what is there. */
class FixedDriver extends ScriptedDriver {
  readonly files = new Map<string, Secrets>();
  readonly taken = new Map<string, Secrets>();

  override start(spec: InstanceSpec): Promise<void> {
    this.files.set(spec.id, secretsOf(spec));
    this.taken.set(spec.id, secretsOf(spec));
    return super.start(spec);
  }

  readonly reload: ReloadSecrets = ({ auth, target }) => {
    const id = this.owners.get(target.port) ?? "";
    const files = this.files.get(id);
    if (auth.mode === "token" || files?.name !== auth.control)
      return Promise.reject(new Error("No such name."));
    this.calls.push(`reload ${id}`);
    this.taken.set(id, files);
    return Promise.resolve();
  };
}

class RewritingDriver extends FixedDriver {
  broken = false;
  /** How many writes no gateway notices. */
  overlooks = 0;

  rewrite(spec: InstanceSpec): Promise<void> {
    this.calls.push(`rewrite ${spec.id}`);
    if (this.broken)
      return Promise.reject(new DriverError("engine-unreachable", "The engine is away. Start it."));
    if (this.overlooks-- <= 0) this.files.set(spec.id, secretsOf(spec));
    return Promise.resolve();
  }
}

function secretsOf({ settings: { auth, model } }: InstanceSpec): Secrets {
  if (auth.mode === "token") throw new Error("The router vouches for it.");
  return { name: auth.control, key: model?.apiKey ?? null };
}

async function start<D extends FixedDriver>(
  driver: D,
  world: Pick<HouseOptions, "reloadSecrets" | "probe"> = {},
) {
  const house = await startHouse({
    driver,
    reloadSecrets: driver.reload,
    ...world,
    settings: { poolSize: 1 },
    runtime: RUNTIME,
    latestImage: () => "openclaw:2",
    modelFor,
  });
  await house.work.keepHouse();
  const { id } = await vi.waitFor(() =>
    house.database.instance.findFirstOrThrow({ where: { ownerId: null, observedState: "ready" } }),
  );
  const person = somebody();
  const pooled = driver.taken.get(id);
  driver.calls.length = 0;
  return {
    house,
    driver,
    id,
    person,
    pooled,
    claim: async () => {
      const { instance } = await house.gateways.provide(person);
      expect(instance.id).toBe(id);
    },
    until: (fits: (instance: InstanceRecord) => boolean) => untilInstance(house, person, fits),
    calls: () => driver.calls.filter((call) => call.endsWith(id)).map((call) => call.split(" ")[0]),
  };
}

/** The relay's key that follows from the token in force. */
function relayKeyNow({ keyRing }: House, { id, ownerId, sealedToken }: InstanceRecord): string {
  return relayKeyOf(id, open(keyRing, sealedToken, { userId: ownerId, instanceId: id }));
}

const handedOver = (instance: InstanceRecord) => isReady(instance) && instance.nextToken === null;

test("whoever claims a gateway has it at once; behind that it gets other secrets as it runs, and the first ones end", async () => {
  const mayReload = Promise.withResolvers<void>();
  const driver = new RewritingDriver();
  const scene = await start(driver, {
    async reloadSecrets(...asked) {
      await mayReload.promise;
      return driver.reload(...asked);
    },
  });
  const { house, id, person, until, calls } = scene;
  await scene.claim();
  const before = await until(isReady);
  expect(await house.gateways.ensure(person)).toMatchObject({ status: "ready" });
  await vi.waitFor(() => expect(calls()).toContain("rewrite"));
  // It is ready all the while, and nothing is said of a rotation.
  const during = await findInstance(house.database, id);
  if (!during) throw new Error("It is gone.");
  expect(instanceView(during, 0, null)).toMatchObject({ state: "ready", rotating: false });
  expect(driver.taken.get(id)?.key).toBe(relayKeyNow(house, before));
  mayReload.resolve();

  const after = await until(handedOver);
  expect(after.tokenHash).toBe(before.nextToken?.tokenHash);
  expect(driver.taken.get(id)).not.toEqual(scene.pooled);
  expect(driver.taken.get(id)?.key).toBe(relayKeyNow(house, after));
  expect(calls()).toEqual(["rewrite", "reload"]);
  // Once, and not again with the next look.
  await house.work.keepHouse();
  expect(calls()).toEqual(["rewrite", "reload"]);
});

test("a driver that cannot write what runs leaves it alone: the first secrets end with the next start", async () => {
  const { house, driver, id, person, claim, until, calls, pooled } = await start(new FixedDriver());
  await claim();
  const claimed = await until(isReady);
  await house.work.keepHouse();
  expect(await findInstance(house.database, id)).toMatchObject({ nextToken: { by: "handover" } });
  expect([calls(), driver.taken.get(id)]).toEqual([[], pooled]);
  await house.gateways.command(person, id, "restart");
  const after = await until(handedOver);
  expect(calls()).toEqual(["stop", "prepare", "start"]);
  expect(after.tokenHash).toBe(claimed.nextToken?.tokenHash);
  expect(driver.taken.get(id)?.key).toBe(relayKeyNow(house, after));
});

test("there a worker that died after the start is no reason to keep the first token", async () => {
  const { house, driver, id, person, claim, until, calls } = await start(new FixedDriver());
  await claim();
  const claimed = await until(isReady);
  await house.stopWork();
  await house.gateways.command(person, id, "restart");
  // As far as the dead one came.
  const basis = await findInstance(house.database, id);
  if (!basis) throw new Error("It is gone.");
  await driver.start((await preparation(house)(basis)).spec);
  await house.database.instance.update({ where: { id }, data: { observedState: "restarting" } });
  driver.calls.length = 0;
  await using heir = await anotherWorker(house, driver, driver.reload);
  await heir.look(id);
  expect(await findInstance(house.database, id)).toMatchObject({
    nextToken: null,
    tokenHash: claimed.nextToken?.tokenHash,
  });
  expect(calls()).toEqual(["reload"]);
});

test("a gateway that does not take them in time is restarted with them", async () => {
  const { house, id, claim, until } = await start(new FixedDriver());
  await claim();
  const claimed = await until(isReady);
  await house.stopWork();
  const driver = new RewritingDriver();
  await driver.start((await preparation(house)({ ...claimed, nextToken: null })).spec);
  driver.calls.length = 0;
  await using worker = await anotherWorker(house, driver, () => Promise.reject(new Error("No such name.")));
  await worker.look(id);
  const calls = driver.calls.map((call) => call.split(" ")[0]);
  expect(calls.slice(calls.lastIndexOf("rewrite"))).toEqual(["rewrite", "stop", "prepare", "start"]);
  const after = await findInstance(house.database, id);
  expect(after).toMatchObject({
    observed: "ready",
    nextToken: null,
    tokenHash: claimed.nextToken?.tokenHash,
  });
});

test("files that a gateway overlooks are written again, before anything is restarted for them", async () => {
  const { house, id, claim, until } = await start(new FixedDriver());
  await claim();
  const claimed = await until(isReady);
  await house.stopWork();
  const driver = new RewritingDriver();
  await driver.start((await preparation(house)({ ...claimed, nextToken: null })).spec);
  driver.calls.length = 0;
  driver.overlooks = 1;
  await using worker = await anotherWorker(house, driver, driver.reload);
  await worker.look(id);
  expect(driver.calls.map((call) => call.split(" ")[0])).toEqual(["rewrite", "rewrite", "reload"]);
  expect(await findInstance(house.database, id)).toMatchObject({ observed: "ready", nextToken: null });
});

test("files that cannot be written say nothing about the gateway: it stays ready, and they are written later", async () => {
  const driver = new RewritingDriver();
  driver.broken = true;
  const { house, id, claim, until, calls } = await start(driver);
  await claim();
  const told = await until(({ failure }) => failure !== null);
  expect(told).toMatchObject({ observed: "ready", nextToken: { by: "handover" } });
  expect(told.failure?.message).toContain("Start it.");
  expect(calls()).toEqual(["rewrite"]);
  driver.broken = false;
  await house.database.instance.update({ where: { id }, data: { retryAt: null } });
  await house.work.keepHouse();
  expect(await until(handedOver)).toMatchObject({ failure: null });
});

/** Claimed, and the first secrets are still in force. */
async function pending() {
  const driver = new FixedDriver();
  const scene = await start(driver, {
    probe: ({ target }) => Promise.resolve(driver.images.get(target.port) === BROKEN ? REFUSAL : READY),
  });
  await scene.claim();
  const claimed = await scene.until(isReady);
  return { ...scene, claimed };
}

test("a rotation during that brings a third token, with a restart", async () => {
  const { house, driver, id, person, until, calls, claimed } = await pending();
  await house.gateways.command(person, id, "rotate");
  const after = await until(handedOver);
  expect([claimed.tokenHash, claimed.nextToken?.tokenHash]).not.toContain(after.tokenHash);
  expect(calls()).toEqual(["stop", "prepare", "start"]);
  expect(driver.taken.get(id)?.key).toBe(relayKeyNow(house, after));
});

test("a stop ends the first token: whoever wakes it starts with the next", async () => {
  const { house, driver, id, person, until, claimed } = await pending();
  await house.gateways.command(person, id, "stop");
  const stopped = await vi.waitFor(async () => {
    const row = await findInstance(house.database, id);
    if (row?.observed !== "stopped") throw new Error("It runs.");
    return row;
  });
  expect(stopped).toMatchObject({ nextToken: null, tokenHash: claimed.nextToken?.tokenHash });
  await house.gateways.command(person, id, "wake");
  const woken = await until(isReady);
  expect(driver.taken.get(id)?.key).toBe(relayKeyNow(house, woken));
});

test("an upgrade starts it with the next", async () => {
  const { house, driver, id, person, until, claimed } = await pending();
  await house.gateways.command(person, id, "upgrade");
  const after = await until((row) => handedOver(row) && row.image === "openclaw:2");
  expect(after.tokenHash).toBe(claimed.nextToken?.tokenHash);
  expect(driver.taken.get(id)?.key).toBe(relayKeyNow(house, after));
});

test("an upgrade that is given up, and a change that needs no start, leave it running as it does", async () => {
  const { house, id, person, until, calls, claimed } = await pending();
  await changeInstance(house.database, id, ({ generation }) => ({
    generation: generation + 1,
    nextImage: BROKEN,
  }));
  await house.work.keepHouse();
  await until((row) => isReady(row) && row.failure?.code === "upgrade-failed");
  await house.gateways.command(person, id, "reconfigure");
  expect(await until(isReady)).toMatchObject({ nextToken: claimed.nextToken });
  expect(calls()).toEqual([]);
});

test("a deletion during that leaves no token that anybody has", async () => {
  const { house, id, person } = await pending();
  await house.gateways.command(person, id, "destroy");
  const gone = await vi.waitFor(async () => {
    const row = await findInstance(house.database, id);
    if (row?.observed !== "absent") throw new Error("It is there.");
    return row;
  });
  expect(gone).toMatchObject({ desired: "destroyed", nextToken: null });
});

const preparation = ({ database, keyRing }: House) =>
  plainPreparation({
    database,
    keyRing,
    runtime: RUNTIME,
    modelFor,
  });

/** One for which no time goes by while it waits. */
async function anotherWorker(house: House, driver: FixedDriver, reloadSecrets: ReloadSecrets) {
  const leases = createLeases(house.url);
  let now = Date.now();
  const worker = createWorker({
    database: house.database,
    driver,
    leases,
    probe: () => Promise.resolve(READY),
    prepare: preparation(house),
    reloadSecrets,
    clock: {
      now: () => now,
      sleep: async (ms, signal) => {
        signal?.throwIfAborted();
        // Looks for newer wishes come round less often, and end with the run.
        if (ms > 500 && signal) await once(signal, "abort");
        now += ms;
      },
    },
  });
  onTestFinished(() => leases.close());
  return Object.assign(worker, { [Symbol.asyncDispose]: () => worker.close() });
}
