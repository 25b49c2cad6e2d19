import fc from "fast-check";
import { expect, test } from "vitest";
import { LoopbackPorts } from "../src/drivers/process/ports.ts";
import { somePort, someUnclaimedPort } from "../../../scripts/free-port.ts";
import { RANGE, type StrangerStep, Strangers, strangerStep } from "./support/strangers.ts";

/** Of two drivers with the same range, as two processes have them. */
const DRIVERS = [0, 1] as const;
const INSTANCES = ["a", "b", "c", "d"] as const;

type Step =
  /** All at the same time. */
  | { kind: "take"; wanted: readonly (readonly [driver: number, instance: string])[] }
  | { kind: "release" | "rest"; driver: number; instance: string }
  | StrangerStep;

const driver = fc.constantFrom(...DRIVERS);
const instance = fc.constantFrom(...INSTANCES);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("take" as const),
    wanted: fc.uniqueArray(fc.tuple(driver, instance), { minLength: 1, maxLength: 4, selector: String }),
  }),
  fc.record({ kind: fc.constantFrom("release" as const, "rest" as const), driver, instance }),
  strangerStep,
);

test("no sequence of starts, ends and other programs gives one port to two gateways, or somebody else's to one", async () => {
  const first = someUnclaimedPort();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25, size: "max" }), async (steps) => {
      const drivers = DRIVERS.map(() => new LoopbackPorts(first, RANGE));
      const held = new Map<string, number>();
      const strangers = new Strangers(first);
      try {
        for (const taken of steps) {
          switch (taken.kind) {
            case "take": {
              const ports = await Promise.all(
                taken.wanted.map(async ([at, id]) => {
                  const port = await drivers[at]?.take(id);
                  if (port === undefined) throw new Error("There is no such driver.");
                  return [`${at}${id}`, port] as const;
                }),
              );
              for (const [key, port] of ports) {
                expect({ taken, isSomebodyElses: strangers.has(port) }).toMatchObject({
                  isSomebodyElses: false,
                });
                held.set(key, port);
              }
              break;
            }
            case "release":
            case "rest":
              drivers[taken.driver]?.[taken.kind](taken.instance);
              held.delete(`${taken.driver}${taken.instance}`);
              break;
            case "stranger":
              await strangers.turn(taken);
          }
          expect({ taken, ports: new Set(held.values()).size }).toEqual({ taken, ports: held.size });
        }
      } finally {
        for (const one of drivers) one.releaseAll();
        await strangers.close();
      }
    }),
    { numRuns: 30 },
  );
});

test("where all ports are spoken for the one that has rested longest goes to one gateway that needs it", async () => {
  const ports = new LoopbackPorts(somePort(), 2);
  try {
    const [a, b] = [await ports.take("a"), await ports.take("b")];
    ports.rest("b");
    ports.rest("a");
    expect(await ports.take("c")).toBe(b);
    const both = await Promise.allSettled([ports.take("d"), ports.take("a")]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(both).toContainEqual({ status: "fulfilled", value: a });
  } finally {
    ports.releaseAll();
  }
});

test("a gateway that was stopped comes back to its port unless somebody needed it", async () => {
  const ports = new LoopbackPorts(somePort(), 50);
  try {
    const before = await ports.take("a");
    ports.rest("a");
    expect(await ports.take("b")).not.toBe(before);
    expect(await ports.take("a")).toBe(before);
  } finally {
    ports.releaseAll();
  }
});
