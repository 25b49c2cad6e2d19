import { randomBytes } from "node:crypto";
import type { ObservedState } from "@automna/control-plane";
import { type Command, type KeyRing, open, parseKeyRing } from "@automna/control-plane";
import {
  changeInstance,
  claimPooled,
  commandInstance,
  connectDatabase,
  containerStatusOf,
  controlDeviceKey,
  type Database,
  ensureUserWithInstance,
  fillPool,
  findInstance,
  findOwnedInstance,
  findUser,
  forgetDeletedPeople,
  forgetProcesses,
  forgetUnowned,
  migrate,
  newInstance,
  newSubdomain,
  newToken,
  putModelKey,
  recordActivity,
  recordObservation,
  recordSettlement,
  resealAll,
} from "@automna/control-plane/database";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { emptyDatabase, MIGRATIONS } from "./support/database.ts";
import { NOTHING_LEFT } from "./support/stored-instance.ts";

const keyRing = parseKeyRing(`k1:${randomBytes(32).toString("base64")}`);
const KIND = { driver: "process", product: "demo" } as const;
const create = (ownerId: string) => newInstance(ownerId, KIND, keyRing);
const READY: ObservedState & { status: "ready" } = {
  status: "ready",
  revision: "r1",
  target: { host: "127.0.0.1", port: 19_000, prefix: "strip", forwardedHeaders: "omit" },
};

let database: Database;
const queued: string[] = [];

/** Somebody wants something of an instance; there is always room. */
const want = (id: string, command: Command) =>
  commandInstance(
    {
      database,
      enqueue: (_transaction, instanceId) => {
        queued.push(instanceId);
        return Promise.resolve();
      },
      limits: { maxRunning: 1_000, maxWaiting: 1_000 },
    },
    id,
    command,
    { actor: "system" },
  );
const destroy = (id: string) => want(id, { kind: "destroy", keepDataMs: 0 });

beforeAll(async () => {
  const url = await emptyDatabase();
  await migrate(url, MIGRATIONS);
  database = connectDatabase({ url });
});
afterAll(() => database.$disconnect());

async function person(make = create) {
  const clerkId = `user_${randomBytes(6).toString("hex")}`;
  const { instance } = await ensureUserWithInstance(database, clerkId, make);
  const user = async () => {
    const found = await findUser(database, clerkId);
    if (!found) throw new Error("the user is gone");
    return found;
  };
  return { clerkId, id: instance.id, user };
}

test("user and instance appear together, and agree", async () => {
  const { instance } = await ensureUserWithInstance(database, "user_together", create);
  expect(await findUser(database, "user_together")).toEqual({
    id: expect.stringMatching(/^c[a-z0-9]{20,}$/),
    clerkId: "user_together",
    containerId: null,
    subdomain: instance.subdomain,
    gatewayToken: instance.sealedToken,
    containerStatus: "provisioning",
  });
  expect(instance).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{24}$/),
    ownerId: (await findUser(database, "user_together"))?.id,
    desired: "running",
    observed: "unknown",
    target: null,
    failure: null,
  });
});

test("a user whose instance cannot be made does not appear either", async () => {
  const taken = await person();
  const subdomain = (await taken.user()).subdomain ?? "";
  await expect(
    ensureUserWithInstance(database, "user_nobody", (ownerId) => ({ ...create(ownerId), subdomain })),
  ).rejects.toThrow();
  expect(await findUser(database, "user_nobody")).toBeNull();
});

test("twenty requests at once make one user and one instance", async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, () => ensureUserWithInstance(database, "user_twenty", create)),
  );
  expect(new Set(all.map(({ instance }) => instance.id)).size).toBe(1);
  expect(all.filter(({ given }) => given)).toHaveLength(1);
});

test("the token is stored sealed, and opens for its owner and instance only", async () => {
  const { instance } = await ensureUserWithInstance(database, "user_sealed", create);
  const binding = { userId: instance.ownerId, instanceId: instance.id };
  expect(open(keyRing, instance.sealedToken, binding)).toMatch(/^[\w-]{43}$/);
  expect(() => open(keyRing, instance.sealedToken, { ...binding, userId: "other" })).toThrow();
});

test("what is observed is written to both rows, with the way there", async () => {
  const { id, user } = await person();
  expect(await recordObservation(database, id, READY)).toMatchObject({
    observed: "ready",
    target: { host: "127.0.0.1", port: 19_000, prefix: "strip" },
  });
  expect(await user()).toMatchObject({ containerStatus: "running" });
  await recordObservation(database, id, {
    status: "failed",
    revision: "r1",
    failure: { code: "crash-loop", message: "It died. Read its log." },
  });
  expect(await findInstance(database, id)).toMatchObject({
    observed: "failed",
    target: null,
    failure: { code: "crash-loop", message: "It died. Read its log." },
  });
  expect(await user()).toMatchObject({ containerStatus: "stopped" });
});

test("a look that failed changes nothing", async () => {
  const { id, user } = await person();
  const before = await recordObservation(database, id, READY);
  await recordObservation(database, id, { status: "unknown", reason: "the driver is away" });
  expect(await findInstance(database, id)).toEqual(before);
  expect(await user()).toMatchObject({ containerStatus: "running" });
});

test("a rotation keeps the old token until the new one is proven, then the summary has the new one", async () => {
  const { id, user } = await person();
  const before = await user();
  const token = { sealedToken: "v1.k.a.b.c", tokenHash: "k.hash" };
  const basis = await want(id, { kind: "rotate", token });
  expect(await user()).toMatchObject({ gatewayToken: before.gatewayToken });
  const ready = { status: "ready", target: READY.target, containerId: null, handedOver: false } as const;
  await recordSettlement(database, basis, ready, Date.now());
  expect(await user()).toMatchObject({ gatewayToken: "v1.k.a.b.c", containerStatus: "running" });
  expect(await findInstance(database, id)).toMatchObject({ nextToken: null, tokenHash: "k.hash" });
});

test("a destroyed instance leaves no summary", async () => {
  const { id, user } = await person();
  await destroy(id);
  expect(await user()).toMatchObject({ gatewayToken: null, subdomain: null, containerStatus: null });
});

test("a person whose instance is being destroyed gets another one", async () => {
  const { clerkId, id } = await person();
  await destroy(id);
  const { instance } = await ensureUserWithInstance(database, clerkId, create);
  expect(instance.id).not.toBe(id);
});

test("an instance is found for its owner, and for nobody else", async () => {
  const alice = await person();
  const bob = await person();
  expect(await findOwnedInstance(database, alice.id, alice.clerkId)).toMatchObject({ id: alice.id });
  expect(await findOwnedInstance(database, alice.id, bob.clerkId)).toBeNull();
  expect(await findOwnedInstance(database, "f".repeat(24), alice.clerkId)).toBeNull();
});

test("writers of both truths that race end with two rows that agree", async () => {
  const { id, user } = await person();
  await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      n % 3 === 0
        ? recordObservation(database, id, READY)
        : n % 3 === 1
          ? recordObservation(database, id, { status: "stopped", exit: null })
          : want(id, n % 2 ? { kind: "wake" } : { kind: "stop", reason: "owner" }),
    ),
  );
  const instance = await findInstance(database, id);
  expect(instance).not.toBeNull();
  if (instance)
    expect((await user()).containerStatus).toBe(containerStatusOf(instance.desired, instance.observed));
});

test("a machine that was started anew has none of its processes, and their owners are told so", async () => {
  const [failed, stopped] = [await person(), await person()];
  await recordObservation(database, failed.id, {
    status: "failed",
    revision: "r1",
    failure: { code: "crash-loop", message: "It died." },
  });
  await want(stopped.id, { kind: "stop", reason: "owner" });
  await recordObservation(database, stopped.id, READY);
  await forgetProcesses(database);
  expect(await findInstance(database, failed.id)).toMatchObject({ observed: "unknown", target: null });
  expect(await failed.user()).toMatchObject({ containerStatus: "provisioning" });
  expect(await findInstance(database, stopped.id)).toMatchObject({ observed: "unknown", readySince: null });
  expect(await stopped.user()).toMatchObject({ containerStatus: "stopped" });
});

/** How many of this database's transactions wait for another one. */
async function waiting(): Promise<number> {
  const [row] = await database.$queryRaw<{ waiting: number }[]>`
    SELECT count(*)::int AS "waiting" FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return row?.waiting ?? 0;
}

test("who changes a gateway that is being claimed, and who changes it next, do not wait for each other", async () => {
  await fillPool(database, 1, create, () => Promise.resolve());
  const { id } = await database.instance.findFirstOrThrow({ where: { ownerId: null } });
  await recordObservation(database, id, READY);
  const [claimed, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const given = ensureUserWithInstance(database, "user_claims", create, {
    async claim(transaction, ownerId) {
      const instance = await claimPooled(transaction, ownerId, keyRing, KIND);
      claimed.resolve();
      await mayCommit.promise;
      return instance;
    },
  });
  await claimed.promise;

  const changes: Promise<unknown>[] = [given];
  changes.push(
    changeInstance(database, id, async () => {
      changes.push(changeInstance(database, id, ({ attempt }) => ({ attempt: attempt + 1 })));
      await expect.poll(waiting).toBe(1);
      return { attempt: 1 };
    }),
  );
  await expect.poll(waiting).toBe(1);
  mayCommit.resolve();
  for (const change of changes) await change;
  expect(await findInstance(database, id)).toMatchObject({ attempt: 2 });
});

test("who forgets a deleted person, and who changes their gateway, do not wait for each other", async () => {
  const { id, clerkId } = await person();
  await destroy(id);
  await changeInstance(database, id, () => ({ purgedAt: new Date() }));
  await database.deletedIdentity.create({ data: { clerkId } });
  const [change, forgotten] = await database.$transaction(async (transaction) => {
    await transaction.$queryRaw`SELECT 1 FROM "Instance" WHERE "id" = ${id} FOR UPDATE`;
    const forgetting = forgetDeletedPeople(database, NOTHING_LEFT);
    await expect.poll(waiting).toBe(1);
    const changing = changeInstance(database, id, () => ({ attempt: 1 }));
    await expect.poll(waiting).toBe(2);
    return [Promise.allSettled([changing]), Promise.allSettled([forgetting])] as const;
  });
  expect(await forgotten).toEqual([{ status: "fulfilled", value: 1 }]);
  expect(await change).toMatchObject([{ reason: { code: "instance-not-found" } }]);
});

test("who is deleted while others are being forgotten is not touched before their row is held", async () => {
  const [before, meanwhile] = [await person(), await person()];
  for (const { id } of [before, meanwhile]) {
    await destroy(id);
    await changeInstance(database, id, () => ({ purgedAt: new Date() }));
  }
  await database.deletedIdentity.create({ data: { clerkId: before.clerkId } });
  const forgotten = await database.$transaction(async (transaction) => {
    await transaction.$queryRaw`SELECT 1 FROM "User" WHERE "clerkId" = ${before.clerkId} FOR UPDATE`;
    const forgetting = forgetDeletedPeople(database, NOTHING_LEFT);
    await expect.poll(waiting).toBe(1);
    await database.deletedIdentity.create({ data: { clerkId: meanwhile.clerkId } });
    return [forgetting] as const;
  });
  await forgotten[0];
  expect(await findUser(database, before.clerkId)).toBeNull();
  expect(await findInstance(database, meanwhile.id)).not.toBeNull();
  await forgetDeletedPeople(database, NOTHING_LEFT);
  expect(await findUser(database, meanwhile.clerkId)).toBeNull();
});

test("of who was deleted, nothing is forgotten that a sweep could not remove, or has not looked for yet", async () => {
  const [swept, littered, late] = [await person(), await person(), await person()];
  const sweepBegan = new Date();
  const purge = async ({ id, clerkId }: typeof swept, purgedAt: Date) => {
    await destroy(id);
    await changeInstance(database, id, () => ({ purgedAt }));
    await database.deletedIdentity.create({ data: { clerkId } });
  };
  await purge(swept, sweepBegan);
  await purge(littered, sweepBegan);
  await purge(late, new Date(sweepBegan.getTime() + 1));
  await forgetDeletedPeople(database, { sweepBegan, left: [littered.id] });
  expect(await findUser(database, swept.clerkId)).toBeNull();
  for (const { id, clerkId } of [littered, late]) {
    expect(await findInstance(database, id)).not.toBeNull();
    expect(await findUser(database, clerkId)).not.toBeNull();
  }
});

test("of gateways that nobody ever had, rows are forgotten a week after their data; of those that somebody had, none", async () => {
  const { id: owned } = await person();
  onTestFinished(async () => {
    await database.instance.deleteMany({ where: { ownerId: null } });
  });
  await fillPool(database, 3, create, () => Promise.resolve());
  const [old, young, waits] = await database.instance.findMany({ where: { ownerId: null, purgedAt: null } });
  if (!old || !young || !waits) throw new Error("The pool is not full.");
  const [now, day] = [Date.now(), 24 * 3_600_000];
  const purge = (id: string, days: number) =>
    changeInstance(database, id, () => ({ desiredState: "destroyed", purgedAt: new Date(now - days * day) }));
  await purge(owned, 8);
  await purge(old.id, 8);
  await purge(young.id, 6);
  expect(await forgetUnowned(database, now)).toBe(1);
  expect(await findInstance(database, old.id)).toBeNull();
  for (const id of [owned, young.id, waits.id]) expect(await findInstance(database, id)).not.toBeNull();
});

async function withNextToken(runtime: Parameters<typeof newInstance>[1]) {
  const { id } = await person((ownerId) => newInstance(ownerId, runtime, keyRing));
  const { sealedToken, tokenHash } = newToken({ userId: "somebody", instanceId: id }, keyRing);
  const row = { nextSealedToken: sealedToken, nextTokenHash: tokenHash };
  await changeInstance(database, id, ({ generation }) => ({ ...row, generation: generation + 1 }));
  const basis = await findInstance(database, id);
  if (!basis) throw new Error("It is gone.");
  const settled = (handedOver: boolean) =>
    recordSettlement(
      database,
      basis,
      { status: "ready", target: READY.target, containerId: null, handedOver },
      Date.now(),
    );
  return { basis, next: tokenHash, settled };
}

test("where the router vouches, a token of whose way nothing is written is not taken for delivered by a look alone", async () => {
  const { basis, next, settled } = await withNextToken({ driver: "docker", product: "openclaw" });
  expect(await settled(false)).toMatchObject({ tokenHash: basis.tokenHash, nextToken: { tokenHash: next } });
  expect(await settled(true)).toMatchObject({ tokenHash: next, nextToken: null });
});

test.each([
  { driver: "process", product: "openclaw" },
  { driver: "docker", product: "clawdbot" },
] as const)(
  "where a token lets its owner in, a handshake proves one of whose way nothing is written: $product by $driver",
  async (runtime) => {
    const { next, settled } = await withNextToken(runtime);
    expect(await settled(false)).toMatchObject({ tokenHash: next, nextToken: null });
  },
);

test("what no key opens is named and left as it is, and everything else is sealed anew", async () => {
  const url = await emptyDatabase();
  await migrate(url, MIGRATIONS);
  const own = connectDatabase({ url });
  onTestFinished(() => own.$disconnect());
  const newKey = (id: string) => parseKeyRing(`${id}:${randomBytes(32).toString("base64")}`);
  const [lost, old, fresh] = [newKey("lost"), newKey("old"), newKey("fresh")];
  const key = { provider: "openai", apiKey: "the-persons-own", modelId: null } as const;
  const owned = async (name: string, ring: KeyRing) => {
    const { instance } = await ensureUserWithInstance(own, name, (ownerId) =>
      newInstance(ownerId, { driver: "process", product: "demo" }, ring),
    );
    const { id, ownerId: userId } = instance;
    await own.$transaction((transaction) => putModelKey(transaction, ring, { userId, clerkId: name }, key));
    await controlDeviceKey(own, ring, `wss://${name}`, () => Promise.resolve("a-device-key"));
    return { id, userId, sealed: await sealedOf(id, userId, name) };
  };
  const sealedOf = async (id: string, userId: string, name: string) => [
    (await own.instance.findUniqueOrThrow({ where: { id } })).sealedToken,
    (await own.modelKey.findUniqueOrThrow({ where: { userId } })).sealedKey,
    (await own.controlDevice.findUniqueOrThrow({ where: { gatewayUrl: `wss://${name}` } })).sealedKey,
  ];
  const [gone, kept] = [await owned("a-gone", lost), await owned("b-kept", old)];
  expect(await resealAll(own, [fresh[0], old[0]])).toEqual({
    count: 3,
    unreadable: [
      { kind: "instance-token", id: gone.id, reason: "unknown-key" },
      { kind: "model-key", id: gone.userId, reason: "unknown-key" },
      { kind: "control-device", id: "wss://a-gone", reason: "unknown-key" },
    ],
  });
  expect(await sealedOf(gone.id, gone.userId, "a-gone")).toEqual(gone.sealed);
  for (const sealed of await sealedOf(kept.id, kept.userId, "b-kept")) expect(sealed).toMatch(/^v1\.fresh\./);
  // With the key back in the ring nothing was lost.
  expect(await resealAll(own, [fresh[0], lost[0]])).toEqual({ count: 3, unreadable: [] });
});

test("a gateway of the pool whose token no key opens is given with a new one", async () => {
  const lost = parseKeyRing(`lost:${randomBytes(32).toString("base64")}`);
  const vouched = { driver: "docker", product: "openclaw" } as const;
  await fillPool(
    database,
    1,
    (ownerId) => newInstance(ownerId, vouched, lost),
    () => Promise.resolve(),
  );
  const { id } = await database.instance.findFirstOrThrow({ where: { ownerId: null } });
  const identity = { header: "x-forwarded-user", value: id };
  await recordObservation(database, id, { ...READY, target: { ...READY.target, identity } });
  const { instance } = await ensureUserWithInstance(database, "user_of_the_pool", create, {
    claim: (transaction, ownerId) => claimPooled(transaction, ownerId, keyRing, vouched),
  });
  expect(instance).toMatchObject({ id, observed: "restarting" });
  expect(open(keyRing, instance.sealedToken, { userId: instance.ownerId, instanceId: id })).toMatch(
    /^[\w-]{43}$/,
  );
});

test("activity never moves backwards", async () => {
  const { id } = await person();
  await recordActivity(database, id, new Date(2000));
  await recordActivity(database, id, new Date(1000));
  expect((await findInstance(database, id))?.lastActivityAt).toEqual(new Date(2000));
});

test("an observation of an instance that is gone says so", async () => {
  await expect(recordObservation(database, "0".repeat(24), READY)).rejects.toMatchObject({
    code: "instance-not-found",
  });
});

test("the database itself refuses another owner for an instance", async () => {
  const [alice, bob] = [await person(), await person()];
  const { id: other } = await bob.user();
  const { id: owner } = await alice.user();
  for (const ownerId of [other, null])
    await expect(database.instance.update({ where: { id: alice.id }, data: { ownerId } })).rejects.toThrow();
  expect(await findInstance(database, alice.id)).toMatchObject({ ownerId: owner });
});

test("the database itself refuses an id, a subdomain or half an error that no code should write", async () => {
  const { user } = await person();
  const { id: ownerId } = await user();
  const row = { ...create(ownerId), ownerId, basePath: "" };
  for (const wrong of [{ id: "XYZ".repeat(8) }, { subdomain: "Not A Label" }, { errorCode: "alone" }])
    await expect(database.instance.create({ data: { ...row, ...wrong } })).rejects.toThrow();
});

test.each([
  ["running", "ready", "running"],
  ["running", "unknown", "provisioning"],
  ["running", "absent", "provisioning"],
  ["running", "running", "provisioning"],
  ["running", "restarting", "provisioning"],
  ["running", "stopped", "provisioning"],
  ["running", "failed", "stopped"],
  ["stopped", "ready", "running"],
  ["stopped", "running", "stopped"],
  ["stopped", "stopped", "stopped"],
  ["destroyed", "ready", null],
  ["destroyed", "absent", null],
] as const)("wanted %s and observed %s is told as %s", (desired, observed, expected) => {
  expect(containerStatusOf(desired, observed)).toBe(expected);
});

test("subdomains are labels that say nothing", () => {
  const made = Array.from({ length: 200 }, () => newSubdomain());
  for (const subdomain of made) expect(subdomain).toMatch(/^u-[a-z2-7]{10}$/);
  expect(new Set(made).size).toBe(200);
});
