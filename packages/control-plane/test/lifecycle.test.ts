import { expect, test } from "vitest";
import { applyCommand, awaitsHandover, isDue, isIdle, retryDelayMs, settle, targetOf } from "../src/index.ts";
import type { Command, InstanceTarget, Knowledge, Settlement, Wish } from "../src/index.ts";

const NOW = 1_000_000;
const TARGET: InstanceTarget = { host: "127.0.0.1", port: 19_000, prefix: "strip", forwardedHeaders: "omit" };
const TOKEN = { sealedToken: "v1.k.a.b.c", tokenHash: "k.hash" };
const ROTATED = { ...TOKEN, by: "restart" } as const;
const HANDED = { sealedToken: "v1.k.d.e.f", tokenHash: "k.handed", by: "handover" } as const;

const WISH: Wish = {
  desired: "running",
  stopReason: null,
  generation: 3,
  epoch: 1,
  image: "gateway:1",
  nextImage: null,
  nextToken: null,
  attempt: 0,
  retryAt: null,
  deletedAt: null,
  purgeAfter: null,
};
const STOPPED: Wish = { ...WISH, desired: "stopped", stopReason: "idle" };
const DELETED: Wish = {
  ...WISH,
  desired: "destroyed",
  deletedAt: new Date(0),
  purgeAfter: new Date(NOW + 10),
};
const SETTLED: Knowledge = { observed: "ready", settledGeneration: 3, purgedAt: null };

test.each<[string, Wish, Knowledge["observed"], Command, Partial<Wish> | "unchanged" | "deleted"]>([
  ["wake one that runs", WISH, "ready", { kind: "wake" }, "unchanged"],
  ["wake one that starts", WISH, "running", { kind: "wake" }, "unchanged"],
  [
    "wake one that failed",
    { ...WISH, attempt: 2, retryAt: new Date(NOW) },
    "failed",
    { kind: "wake" },
    { generation: 4, attempt: 0, retryAt: null },
  ],
  [
    "wake one that sleeps",
    STOPPED,
    "stopped",
    { kind: "wake" },
    { desired: "running", stopReason: null, generation: 4 },
  ],
  [
    "stop",
    WISH,
    "ready",
    { kind: "stop", reason: "owner" },
    { desired: "stopped", stopReason: "owner", generation: 4 },
  ],
  ["stop one that is stopped", STOPPED, "stopped", { kind: "stop", reason: "owner" }, "unchanged"],
  ["restart", WISH, "ready", { kind: "restart" }, { epoch: 2, generation: 4 }],
  [
    "restart one that sleeps",
    STOPPED,
    "stopped",
    { kind: "restart" },
    { desired: "running", epoch: 2, generation: 4 },
  ],
  [
    "rotate",
    WISH,
    "ready",
    { kind: "rotate", token: TOKEN },
    { nextToken: ROTATED, desired: "running", generation: 4, epoch: 2 },
  ],
  [
    "rotate one that sleeps",
    STOPPED,
    "stopped",
    { kind: "rotate", token: TOKEN },
    { nextToken: ROTATED, desired: "stopped", generation: 4 },
  ],
  [
    "rotate one that was just claimed: the restart brings the later token",
    { ...WISH, nextToken: HANDED },
    "ready",
    { kind: "rotate", token: TOKEN },
    { nextToken: ROTATED, generation: 4, epoch: 2 },
  ],
  [
    "stop one that was just claimed",
    { ...WISH, nextToken: HANDED },
    "ready",
    { kind: "stop", reason: "owner" },
    { nextToken: HANDED, desired: "stopped" },
  ],
  [
    "change the model of one that was just claimed",
    { ...WISH, nextToken: HANDED },
    "ready",
    { kind: "reconfigure" },
    { nextToken: HANDED, epoch: 1, generation: 4 },
  ],
  [
    "upgrade one that was just claimed",
    { ...WISH, nextToken: HANDED },
    "ready",
    { kind: "upgrade", image: "gateway:2" },
    { nextToken: HANDED, nextImage: "gateway:2", epoch: 1 },
  ],
  [
    "destroy one that was just claimed",
    { ...WISH, nextToken: HANDED },
    "ready",
    { kind: "destroy", keepDataMs: 0 },
    { nextToken: null, desired: "destroyed" },
  ],
  [
    "upgrade",
    WISH,
    "ready",
    { kind: "upgrade", image: "gateway:2" },
    { image: "gateway:1", nextImage: "gateway:2", generation: 4 },
  ],
  ["upgrade to what runs", WISH, "ready", { kind: "upgrade", image: "gateway:1" }, "unchanged"],
  [
    "upgrade where no images are run",
    { ...WISH, image: null },
    "ready",
    { kind: "upgrade", image: null },
    { epoch: 2, generation: 4 },
  ],
  [
    "destroy",
    { ...WISH, nextToken: ROTATED, nextImage: "gateway:2" },
    "ready",
    { kind: "destroy", keepDataMs: 5 },
    {
      desired: "destroyed",
      nextToken: null,
      nextImage: null,
      deletedAt: new Date(NOW),
      purgeAfter: new Date(NOW + 5),
    },
  ],
  ["destroy again", DELETED, "stopped", { kind: "destroy", keepDataMs: 0 }, "unchanged"],
  ["wake one that is deleted", DELETED, "stopped", { kind: "wake" }, "deleted"],
  ["rotate one that is deleted", DELETED, "stopped", { kind: "rotate", token: TOKEN }, "deleted"],
])("%s", (_, wish, observed, command, expected) => {
  const after = applyCommand(wish, observed, command, NOW);
  if (typeof expected === "string") expect(after).toBe(expected);
  else expect(after).toMatchObject(expected);
});

test.each<[string, Partial<Wish & Knowledge>, boolean]>([
  ["ready and wanted so", {}, false],
  ["something new is wanted", { generation: 4 }, true],
  ["it went away", { observed: "absent" }, true],
  ["nobody has looked yet", { observed: "unknown" }, true],
  ["it is to be stopped and is not", { desired: "stopped" }, true],
  ["it is stopped as it should be", { desired: "stopped", observed: "stopped" }, false],
  ["it failed and its turn has not come", { observed: "failed", retryAt: new Date(NOW + 1) }, false],
  ["it failed and its turn has come", { observed: "failed", retryAt: new Date(NOW) }, true],
  ["deleted, and its data is kept", { ...DELETED, observed: "stopped" }, false],
  ["deleted, and its time is up", { ...DELETED, purgeAfter: new Date(NOW), observed: "stopped" }, true],
  ["purged", { ...DELETED, purgedAt: new Date(NOW), observed: "absent" }, false],
])("a worker has something to do: %s", (_, change, expected) => {
  expect(isDue({ ...WISH, ...SETTLED, ...change }, NOW)).toBe(expected);
});

test.each<[string, Command]>([
  ["wake", { kind: "wake" }],
  ["stop", { kind: "stop", reason: "owner" }],
  ["restart", { kind: "restart" }],
  ["rotate", { kind: "rotate", token: TOKEN }],
  ["upgrade", { kind: "upgrade", image: "gateway:2" }],
  ["reconfigure", { kind: "reconfigure" }],
  ["destroy", { kind: "destroy", keepDataMs: 5 }],
])("a new wish is due at once, whatever waits to be tried again: %s", (_, command) => {
  const failed = { ...WISH, attempt: 5, retryAt: new Date(NOW + 600_000) };
  const wish = applyCommand(failed, "failed", command, NOW);
  if (typeof wish === "string") throw new Error(`The command was ${wish}.`);
  expect(isDue({ ...wish, ...SETTLED, observed: "failed" }, NOW)).toBe(true);
});

test.each<[string, Partial<Wish & Knowledge>, boolean]>([
  ["claimed, ready and at rest", {}, true],
  ["nothing is pending", { nextToken: null }, false],
  ["a rotation is pending, which a run of its own brings", { nextToken: ROTATED }, false],
  ["its claim is not settled: whoever waits for it goes before", { generation: 4 }, false],
  ["it is to be stopped", { desired: "stopped" }, false],
  ["it does not run", { observed: "stopped" }, false],
  ["the last try could not write, and its turn has not come", { retryAt: new Date(NOW + 1) }, false],
  ["the last try could not write, and its turn has come", { retryAt: new Date(NOW) }, true],
])("a token is to be handed over as the gateway runs: %s", (_, change, expected) => {
  expect(awaitsHandover({ ...WISH, ...SETTLED, nextToken: HANDED, ...change }, NOW)).toBe(expected);
});

test("data goes only when it is deleted and its time is up", () => {
  expect(targetOf(DELETED, NOW)).toBe("stopped");
  expect(targetOf(DELETED, NOW + 10)).toBe("destroyed");
  expect(targetOf({ desired: "destroyed", purgeAfter: null }, NOW)).toBe("stopped");
  expect(targetOf(STOPPED, NOW)).toBe("stopped");
});

const RAN = { status: "ready", target: TARGET, containerId: null, handedOver: false } as const;
const MOVING = {
  ...WISH,
  ...SETTLED,
  generation: 7,
  settledGeneration: 6,
  nextImage: "gateway:2",
  nextToken: ROTATED,
  attempt: 1,
};

test("what is proven becomes what is", () => {
  expect(settle(MOVING, MOVING, RAN, NOW)).toEqual({
    attempt: 0,
    retryAt: null,
    settledGeneration: 7,
    token: TOKEN,
    nextToken: null,
    image: "gateway:2",
    nextImage: null,
  });
});

test.each<[string, Settlement, replaced: boolean]>([
  ["it runs and has it", { ...RAN, handedOver: true }, true],
  ["it runs on without it", RAN, false],
  ["it is stopped: nobody has another one", { status: "stopped" }, true],
  ["it is gone: nobody has another one", { status: "absent" }, true],
  ["it failed", { status: "failed", failure: { code: "refused", message: "No." } }, false],
  ["nobody could look", { status: "unknown", reason: "It is away." }, false],
])("a claimed gateway's first token ends once none has it: %s", (_, settlement, replaced) => {
  const claimed = { ...MOVING, nextToken: HANDED };
  const { by: _by, ...token } = HANDED;
  expect(settle(claimed, claimed, settlement, NOW)).toMatchObject(
    replaced ? { token, nextToken: null } : { token: null, nextToken: HANDED },
  );
});

test("a rotation that was asked for during a handover outlives it", () => {
  const basis = { ...MOVING, nextToken: HANDED };
  const { by: _by, ...token } = HANDED;
  expect(settle(MOVING, basis, { ...RAN, handedOver: true }, NOW)).toMatchObject({
    token,
    nextToken: ROTATED,
  });
});

test("an image that nobody has seen run is not taken for proven", () => {
  expect(settle(MOVING, MOVING, { status: "stopped" }, NOW)).toMatchObject({
    image: MOVING.image,
    nextImage: "gateway:2",
    nextToken: null,
    settledGeneration: 7,
  });
});

test("an upgrade that was given up is not tried again, and what was wanted meanwhile is", () => {
  expect(settle(MOVING, MOVING, RAN, NOW, true)).toMatchObject({ image: MOVING.image, nextImage: null });
  const later = {
    ...MOVING,
    generation: 8,
    nextImage: "gateway:3",
    nextToken: { ...ROTATED, tokenHash: "later" },
  };
  expect(settle(later, MOVING, RAN, NOW, true)).toMatchObject({
    nextImage: "gateway:3",
    token: TOKEN,
    nextToken: later.nextToken,
    settledGeneration: 7,
  });
});

test("a failure keeps what it was moving to, and waits longer each time", () => {
  const failure = { code: "refused", message: "No." } as const;
  expect(settle(MOVING, MOVING, { status: "failed", failure }, NOW)).toMatchObject({
    attempt: 2,
    retryAt: new Date(NOW + 120_000),
    token: null,
    nextToken: ROTATED,
    nextImage: "gateway:2",
  });
  expect([1, 2, 3, 6, 50].map(retryDelayMs)).toEqual([60_000, 120_000, 240_000, 1_800_000, 1_800_000]);
});

test("a look that failed concludes nothing", () => {
  expect(settle(MOVING, MOVING, { status: "unknown", reason: "It is away." }, NOW)).toMatchObject({
    settledGeneration: 6,
    token: null,
    nextToken: ROTATED,
    attempt: 1,
  });
});

test.each<[string, Date | null, Date | null, boolean]>([
  ["never used, just started", new Date(NOW), null, false],
  ["never used, long started", new Date(0), null, true],
  ["used lately", new Date(0), new Date(NOW - 1), false],
  ["used long ago", new Date(0), new Date(1), true],
  ["not ready", null, null, false],
])("idle: %s", (_, readySince, lastActivityAt, expected) => {
  const instance = { ...SETTLED, desired: "running", readySince, lastActivityAt } as const;
  expect(isIdle(instance, 60_000, NOW)).toBe(expected);
});
