import { DriverError } from "@automna/control-plane";
import { sweepOrphans } from "@automna/control-plane/jobs";
import { expect, test, vi } from "vitest";
import { isReady, somebody, startHouse, untilInstance } from "./support/house.ts";
import { ScriptedDriver } from "./support/scripted-driver.ts";
import { openDatabase } from "./support/stored-instance.ts";

/** Finds gateways here that nobody knows. */
class LitteredDriver extends ScriptedDriver {
  readonly orphans: readonly string[];
  constructor(...orphans: readonly string[]) {
    super();
    this.orphans = orphans;
  }
  list = () =>
    Promise.resolve(this.orphans.map((instanceId) => ({ instanceId, running: true, createdAt: 0 })));
}

const ORPHAN = "a".repeat(24);
const OTHER = "b".repeat(24);

test("an orphan that takes its time to stop keeps nobody's gateway from being brought back", async () => {
  const driver = new LitteredDriver(ORPHAN);
  const house = await startHouse({ driver });
  const { id } = await untilInstance(house, somebody(), isReady);
  await vi.waitFor(async () => expect(await house.work.queue.counts()).toEqual({ waiting: 0, active: 0 }));
  const [asked, stopped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  driver.beforeStop = (stopping) => {
    if (stopping !== ORPHAN) return Promise.resolve();
    asked.resolve();
    return stopped.promise;
  };
  driver.world.set(id, { status: "stopped", exit: null });
  driver.calls.length = 0;
  const round = house.work.keepHouse();
  await vi.waitFor(() => expect(driver.calls).toContain(`start ${id}`));
  await asked.promise;
  expect(driver.calls).not.toContain(`stop ${ORPHAN}`);
  stopped.resolve();
  await round;
  expect(driver.calls).toContain(`stop ${ORPHAN}`);
});

test("an orphan that cannot be stopped keeps no other from being stopped, and is told of", async () => {
  const { database } = await openDatabase();
  const driver = new LitteredDriver(ORPHAN, OTHER);
  driver.beforeStop = (id) =>
    id === ORPHAN ? Promise.reject(new DriverError("stop-failed", "It does not end.")) : Promise.resolve();
  await expect(sweepOrphans(database, driver, Date.now())).rejects.toThrow(
    `1 of 2 orphans could not be removed. ${ORPHAN}: It does not end.`,
  );
  expect(driver.calls).toEqual([`stop ${OTHER}`]);
});

test("a sweep that is to end goes to no further orphan", async () => {
  const { database } = await openDatabase();
  const driver = new LitteredDriver(ORPHAN, OTHER);
  const ending = new AbortController();
  driver.beforeStop = () => {
    ending.abort();
    return Promise.resolve();
  };
  const swept = sweepOrphans(database, driver, Date.now(), ending.signal);
  await expect(swept).rejects.toMatchObject({ name: "AbortError" });
  expect(driver.calls).toEqual([`stop ${ORPHAN}`]);
});
