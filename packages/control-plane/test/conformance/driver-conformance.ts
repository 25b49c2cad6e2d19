import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { patienceMs } from "../../../../scripts/test-patience.ts";
import { ensureInstance } from "../../src/index.ts";
import type { Driver, InstanceSpec, Observation } from "../../src/index.ts";
import { specWith, tokenOf } from "../support/instances.ts";
import { reachedByHttp } from "../support/http-probe.ts";
import { newInstanceId } from "../../src/database/new-instance.ts";

/** What a suite needs of one kind of driver, with the fake gateway behind it. */
export interface DriverBench {
  readonly driver: Driver;
  /** Writes the fake gateway's `behaviour` file of a prepared, stopped instance. */
  behave(spec: InstanceSpec, behaviours: readonly string[]): Promise<void>;
  /** Asks the gateway at its target, from where a router would. */
  ask(observed: Observation, path: string): Promise<unknown>;
  dispose(): Promise<void>;
}

/**
 * What every driver promises, whatever it runs gateways on.
 *
 * @param options `concurrent` where most of each test is waiting; `surveys` is false of a driver that has no engine to
 *   ask for a list.
 */
export function describeDriver(
  name: string,
  start: () => Promise<DriverBench>,
  { concurrent = false, surveys = true }: { readonly concurrent?: boolean; readonly surveys?: boolean } = {},
): void {
  describe(`the ${name} driver`, { concurrent }, () => {
    let bench: DriverBench;

    beforeAll(async () => {
      bench = await start();
    });

    afterAll(() => bench.dispose());

    test("an instance is absent, then ready with its own token, then stopped, then absent again", async () => {
      const spec = fresh();
      expect(await bench.driver.observe(spec.id)).toEqual({ status: "absent" });
      expect(await ensure(spec)).toMatchObject({ status: "ready" });
      expect((await who(spec)).environment["AUTOMNA_GATEWAY_TOKEN"]).toBe(tokenOf(spec));
      expect(await ensureInstance(spec, { status: "stopped" }, options())).toEqual({ status: "stopped" });
      expect(await bench.driver.observe(spec.id)).toMatchObject({ status: "stopped" });
      expect(await ensureInstance(spec, { status: "destroyed" }, options())).toEqual({ status: "absent" });
      expect(await bench.driver.observe(spec.id)).toEqual({ status: "absent" });
    });

    test("everything may be asked for twice", async () => {
      const spec = fresh();
      await ensure(spec);
      const { boot } = await who(spec);
      await bench.driver.start(spec);
      expect((await who(spec)).boot).toBe(boot);
      await bench.driver.stop(spec.id);
      await bench.driver.stop(spec.id);
      await bench.driver.prepare(spec);
      await bench.driver.prepare(spec);
      await bench.driver.destroy(spec.id);
      await bench.driver.destroy(spec.id);
      expect(await bench.driver.observe(spec.id)).toEqual({ status: "absent" });
    });

    test("what the gateway keeps outlives a stop and a rest", async () => {
      const spec = fresh();
      await ensure(spec);
      await bench.driver.rest?.(spec.id);
      expect(await ensure(spec)).toMatchObject({ status: "ready" });
      await ensureInstance(spec, { status: "stopped" }, options());
      await bench.driver.rest?.(spec.id);
      expect(await bench.driver.observe(spec.id)).toMatchObject({ status: "stopped" });
      await ensure(spec);
      expect((await who(spec)).boots).toBe(2);
      await remove(spec);
    });

    test("another revision is another start with the new settings", async () => {
      const before = fresh();
      await ensure(before);
      const { boot } = await who(before);
      const rotated = specWith({ id: before.id });
      expect(await ensure(rotated)).toMatchObject({ status: "ready" });
      const after = await who(rotated);
      expect(after.boot).not.toBe(boot);
      expect(after.environment["AUTOMNA_GATEWAY_TOKEN"]).toBe(tokenOf(rotated));
      expect(await bench.driver.observe(rotated.id)).toMatchObject({ revision: rotated.revision });
      await remove(rotated);
    });

    if (surveys)
      test("a look at all shows of a gateway what a look at it alone does", async () => {
        const { driver } = bench;
        const before = fresh();
        const seenFromAfar = async () => (await driver.survey?.())?.get(before.id);
        expect(await seenFromAfar()).toBeUndefined();
        const rotated = specWith({ id: before.id });
        for (const spec of [before, rotated]) {
          await ensure(spec);
          const alone = await driver.observe(spec.id);
          if (alone.status !== "running") throw new Error(`It is ${alone.status}.`);
          expect(alone.revision).toBe(spec.revision);
          expect(await seenFromAfar()).toEqual({ revision: alone.revision, target: alone.target });
        }
        await driver.stop(before.id);
        expect(await seenFromAfar()).toBeUndefined();
        await remove(rotated);
      });

    test("a running instance is not destroyed", async () => {
      const spec = fresh();
      await ensure(spec);
      await expect(bench.driver.destroy(spec.id)).rejects.toMatchObject({ code: "still-running" });
      expect(await bench.driver.observe(spec.id)).toMatchObject({ status: "running" });
      await remove(spec);
    });

    test("a gateway that dies comes back by itself", async ({ expect }) => {
      const spec = fresh();
      await ensure(spec);
      const { boot } = await who(spec);
      await bench.ask(await bench.driver.observe(spec.id), "/exit").catch(() => undefined);
      await expect.poll(async () => (await who(spec)).boot).not.toBe(boot);
      await remove(spec);
    });

    test("a gateway that refuses its configuration has failed until it is stopped", async ({ expect }) => {
      const spec = fresh();
      await startAs(spec, "exit-78");
      await expect.poll(() => statusOf(spec)).toBe("failed");
      expect(await bench.driver.observe(spec.id)).toMatchObject({
        revision: spec.revision,
        failure: { code: "config-invalid" },
      });
      await bench.driver.stop(spec.id);
      expect(await bench.driver.observe(spec.id)).toMatchObject({ status: "stopped" });
      await startAs(spec);
      expect(await ensure(spec)).toMatchObject({ status: "ready" });
      await remove(spec);
    });

    test("a gateway that keeps dying has failed in the end, and the outcome says so", async ({ expect }) => {
      const spec = fresh();
      await startAs(spec, "exit-1");
      await expect.poll(() => statusOf(spec)).toBe("failed");
      expect(await ensure(spec)).toMatchObject({ status: "failed", failure: { code: "crash-loop" } });
      await remove(spec);
    });

    test("a gateway that ignores the orderly stop is ended", async () => {
      const spec = fresh();
      await startAs(spec, "ignore-sigterm");
      await ensure(spec);
      await bench.driver.stop(spec.id);
      expect(await bench.driver.observe(spec.id)).toMatchObject({ status: "stopped" });
      await remove(spec);
    });

    test("the log holds the output with the secrets replaced", async () => {
      const spec = fresh();
      await ensure(spec);
      const log = (await bench.driver.logs(spec.id, 50)).join("\n");
      expect(log).toContain("my token is [redacted]");
      expect(log).not.toContain(tokenOf(spec));
      await remove(spec);
    });

    test("the list names what is left of an instance, running or not", async () => {
      const { driver } = bench;
      if (driver.list === undefined) return;
      const spec = fresh();
      const listed = async () =>
        (await driver.list?.())?.find(({ instanceId }) => instanceId === spec.id)?.running;
      await ensure(spec);
      expect(await listed()).toBe(true);
      await bench.driver.stop(spec.id);
      expect(await listed()).toBe(false);
      await remove(spec);
      expect(await listed()).toBeUndefined();
    });

    test("an id that is not one never becomes a name", async () => {
      await expect(bench.driver.destroy("../../etc")).rejects.toMatchObject({ code: "invalid-instance" });
      expect(await bench.driver.observe("../../etc")).toMatchObject({ status: "unknown" });
    });

    function options() {
      return {
        driver: bench.driver,
        probe: reachedByHttp((observed, path) => bench.ask(observed, path)),
        pollMs: 50,
        readyTimeoutMs: patienceMs,
      };
    }

    function ensure(spec: InstanceSpec) {
      return ensureInstance(spec, { status: "running", revision: spec.revision }, options());
    }

    async function startAs(spec: InstanceSpec, ...behaviours: string[]): Promise<void> {
      await bench.driver.prepare(spec);
      await bench.behave(spec, behaviours);
      await bench.driver.start(spec);
    }

    async function statusOf({ id }: InstanceSpec): Promise<Observation["status"]> {
      return (await bench.driver.observe(id)).status;
    }

    async function remove(spec: InstanceSpec): Promise<void> {
      await ensureInstance(spec, { status: "destroyed" }, options());
    }

    /** What the fake gateway says of itself, once it listens. */
    async function who(spec: InstanceSpec): Promise<Who> {
      for (;;) {
        const observed = await bench.driver.observe(spec.id);
        const answer = await bench.ask(observed, "/").catch(() => null);
        if (answer !== null) return answer as Who;
        await delay(50);
      }
    }
  });
}

interface Who {
  readonly boot: string;
  readonly boots: number;
  readonly environment: Readonly<Record<string, string>>;
}

function fresh(): InstanceSpec {
  return specWith({ id: newInstanceId() });
}
