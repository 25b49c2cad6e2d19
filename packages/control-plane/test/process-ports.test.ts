import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { someUnclaimedPort } from "../../../scripts/free-port.ts";
import { type Driver, type InstanceSpec, startProcessDriver } from "../src/index.ts";
import { askOverHttp } from "./support/http-probe.ts";
import { specWith, tokenOf } from "./support/instances.ts";
import { RANGE, type StrangerStep, Strangers, strangerStep } from "./support/strangers.ts";

const SCRIPT = fileURLToPath(new URL("support/fake-gateway.ts", import.meta.url));
/** Of two processes with the same range. */
const DRIVERS = [0, 1] as const;
const INSTANCES = ["a", "b"].map((letter) => letter.repeat(24));

type Where = readonly [driver: number, instance: string];
type Step =
  /** All at the same time. */
  | { kind: "start"; wanted: readonly Where[] }
  | { kind: "stop" | "rest" | "crash"; where: Where }
  | StrangerStep;

const where = fc.tuple(fc.constantFrom(...DRIVERS), fc.constantFrom(...INSTANCES));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("start" as const),
    wanted: fc.uniqueArray(where, { minLength: 1, maxLength: 4, selector: String }),
  }),
  fc.record({
    kind: fc.constantFrom("stop" as const, "rest" as const, "crash" as const),
    where,
  }),
  strangerStep,
);

interface Shown {
  readonly boot: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What listens where the driver says that this gateway is. */
async function shownBy(driver: Driver, { id }: InstanceSpec): Promise<Shown> {
  return (await askOverHttp(await driver.observe(id), "/")) as Shown;
}

test("no sequence of starts, crashes, ends and other programs has a gateway of processes answer at another's port, or two at one", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 12, size: "max" }), async (steps) => {
      const folder = await mkdtemp(join(tmpdir(), "automna-ports-"));
      const firstPort = someUnclaimedPort();
      const drivers = await Promise.all(
        DRIVERS.map((at) =>
          startProcessDriver({
            dataDir: join(folder, String(at)),
            programFor: () => Promise.resolve({ kind: "demo", product: "demo", script: SCRIPT }),
            searchPath: process.env["PATH"] ?? "",
            firstPort,
            portCount: RANGE,
            restartDelaysMs: [1],
            maxRestarts: 1_000,
          }),
        ),
      );
      const driverOf = ([at]: Where) => drivers[at] ?? drivers[0]!;
      const specs = new Map<string, InstanceSpec>();
      const running = new Map<string, Where>();
      const strangers = new Strangers(firstPort);
      const answers = (of: Where) =>
        expect
          .poll(() => shownBy(driverOf(of), specs.get(String(of))!).catch(String))
          .toMatchObject({ environment: { AUTOMNA_GATEWAY_TOKEN: tokenOf(specs.get(String(of))!) } });
      try {
        for (const taken of steps) {
          switch (taken.kind) {
            case "start":
              await Promise.all(
                taken.wanted.map(async (of) => {
                  const spec = specs.get(String(of)) ?? specWith({ id: of[1] });
                  specs.set(String(of), spec);
                  await driverOf(of).prepare(spec);
                  await driverOf(of).start(spec);
                  running.set(String(of), of);
                }),
              );
              break;
            case "stop":
              await driverOf(taken.where).stop(taken.where[1]);
              running.delete(String(taken.where));
              break;
            case "rest":
              await driverOf(taken.where).rest?.(taken.where[1]);
              break;
            case "crash": {
              const spec = specs.get(String(taken.where));
              if (!spec || !running.has(String(taken.where))) break;
              const driver = driverOf(taken.where);
              const { boot } = await shownBy(driver, spec);
              await askOverHttp(await driver.observe(spec.id), "/exit").catch(() => undefined);
              await expect
                .poll(() =>
                  shownBy(driver, spec).then(
                    ({ boot: now }) => now !== boot,
                    () => false,
                  ),
                )
                .toBe(true);
              break;
            }
            case "stranger":
              await strangers.turn(taken);
          }
          const seen = await Promise.all([...running.values()].map((of) => driverOf(of).observe(of[1])));
          const ports = seen.flatMap((one) => (one.status === "running" ? [one.target.port] : []));
          expect({ taken, ports: new Set(ports).size }).toEqual({ taken, ports: ports.length });
          expect(ports.filter((port) => strangers.has(port))).toEqual([]);
          for (const of of running.values()) await answers(of);
        }
      } finally {
        await Promise.all(drivers.map((driver) => driver.close()));
        await strangers.close();
        await rm(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 6, endOnFailure: true },
  );
});
