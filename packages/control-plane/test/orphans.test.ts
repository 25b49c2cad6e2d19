import { expect, test } from "vitest";
import { type KnownInstance, sweepPlan, trialIdOf } from "../src/jobs/index.ts";

const OLD = 600_000;
const ID = "a".repeat(24);
const ALIVE: KnownInstance = { id: ID, purgedAt: null, desired: "running", nextImage: null };
const listed = (instanceId: string, running = true, createdAt = 0) => [{ instanceId, running, createdAt }];

test("what is in the database and not purged is left alone, running or not", () => {
  expect(sweepPlan(listed(ID), [ALIVE], OLD)).toEqual([]);
  expect(sweepPlan(listed(ID, false), [ALIVE], OLD)).toEqual([]);
});

test("what is left of an instance whose purge is on record is removed", () => {
  expect(sweepPlan(listed(ID), [{ ...ALIVE, purgedAt: new Date(1) }], OLD)).toEqual([
    { kind: "destroy", instanceId: ID },
  ]);
});

test("what nobody knows is stopped after a while and never removed: the database may be an older one", () => {
  expect(sweepPlan(listed(ID), [], OLD - 1)).toEqual([]);
  expect(sweepPlan(listed(ID), [], OLD)).toEqual([{ kind: "stop", instanceId: ID }]);
  expect(sweepPlan(listed(ID, false), [], OLD)).toEqual([]);
});

test("an upgrade's trial is removed once no upgrade is under way", () => {
  const trial = trialIdOf(ID);
  expect(sweepPlan(listed(trial), [{ ...ALIVE, nextImage: "gateway:2" }], OLD)).toEqual([]);
  const removal = [{ kind: "destroy", instanceId: trial }];
  expect(sweepPlan(listed(trial), [ALIVE], OLD)).toEqual(removal);
  const resting = { ...ALIVE, desired: "stopped", nextImage: "gateway:2" } as const;
  expect(sweepPlan(listed(trial), [resting], OLD)).toEqual(removal);
});

test("an empty list leads to nothing", () => {
  expect(sweepPlan([], [ALIVE], OLD)).toEqual([]);
});
