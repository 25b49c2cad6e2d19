import fc from "fast-check";
import { expect, test } from "vitest";
import { applyCommand, isDue, plan, settle, targetOf } from "../src/index.ts";
import type { Action, Command, Knowledge, Observation, Settlement, Wish } from "../src/index.ts";
import { sweepPlan } from "../src/jobs/index.ts";

/** One instance in the model: its row, and what is really there. */
interface Modelled {
  readonly id: string;
  readonly owner: string;
  wish: Wish;
  known: Knowledge;
  world: Observation;
  /** The person's files. */
  data: boolean;
  /** Asked for by its owner. */
  deleted: boolean;
}

type Step =
  | { kind: "command"; who: number; command: Command }
  /** A worker takes at most so many actions, then it is killed. */
  | { kind: "work"; who: number; actions: number; blind: boolean; refuses: boolean }
  | { kind: "accident"; who: number; what: "crash" | "removed" | "failed" }
  | { kind: "sweep"; blind: boolean }
  | { kind: "time"; ms: number };

const OWNERS = ["alice", "bob", "carol"];
const who = fc.integer({ min: 0, max: OWNERS.length - 1 });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>(
    { kind: "wake" },
    { kind: "stop", reason: "owner" },
    { kind: "stop", reason: "idle" },
    { kind: "restart" },
    { kind: "rotate", token: { sealedToken: "s", tokenHash: "h" } },
    { kind: "upgrade", image: "gateway:2" },
    { kind: "upgrade", image: null },
    { kind: "reconfigure" },
  ),
  fc.integer({ min: 0, max: 5_000_000 }).map((keepDataMs) => ({ kind: "destroy", keepDataMs }) as const),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("command" as const), who, command }),
  fc.record({
    kind: fc.constant("work" as const),
    who,
    actions: fc.integer({ min: 0, max: 6 }),
    blind: fc.boolean(),
    refuses: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("accident" as const),
    who,
    what: fc.constantFrom("crash" as const, "removed" as const, "failed" as const),
  }),
  fc.record({ kind: fc.constant("sweep" as const), blind: fc.boolean() }),
  fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 0, max: 3_000_000 }) }),
);

class House {
  now = 1_000_000;
  readonly instances: Modelled[] = OWNERS.map((owner, at) => ({
    id: String(at).repeat(24),
    owner,
    wish: {
      desired: "running",
      stopReason: null,
      generation: 1,
      epoch: 0,
      image: null,
      nextImage: null,
      nextToken: null,
      attempt: 0,
      retryAt: null,
      deletedAt: null,
      purgeAfter: null,
    },
    known: { observed: "unknown", settledGeneration: 0, purgedAt: null },
    world: { status: "absent" },
    data: false,
    deleted: false,
  }));

  take(step: Step): void {
    switch (step.kind) {
      case "command":
        return this.#command(this.#at(step.who), step.command);
      case "work":
        return this.#work(this.#at(step.who), step);
      case "accident":
        return this.#accident(this.#at(step.who), step.what);
      case "sweep":
        return this.#sweep(step.blind);
      case "time":
        this.now += step.ms;
    }
  }

  /** Workers that nobody kills and a world in which nothing happens. */
  settleAll(): void {
    for (const instance of this.instances)
      for (let round = 0; round < 10 && isDue({ ...instance.wish, ...instance.known }, this.now); round++)
        this.#work(instance, { actions: 100, blind: false, refuses: false });
  }

  #at(who: number): Modelled {
    const instance = this.instances[who];
    if (!instance) throw new Error(`There is no instance ${who}.`);
    return instance;
  }

  #command(instance: Modelled, command: Command): void {
    const wish = applyCommand(instance.wish, instance.known.observed, command, this.now);
    if (typeof wish === "string") return;
    instance.wish = wish;
    instance.deleted ||= command.kind === "destroy";
  }

  #work(
    instance: Modelled,
    { actions, blind, refuses }: { actions: number; blind: boolean; refuses: boolean },
  ): void {
    if (!isDue({ ...instance.wish, ...instance.known }, this.now)) return;
    const { wish } = instance;
    const target = targetOf(wish, this.now);
    const revision = JSON.stringify([wish.epoch, wish.image, wish.nextImage, wish.nextToken]);
    const desired =
      target === "running" ? ({ status: target, revision } as const) : ({ status: target } as const);
    if (instance.known.observed === "failed" && instance.world.status !== "absent")
      instance.world = { status: "stopped", exit: null };
    for (let budget = actions; ;) {
      const seen: Observation = blind ? { status: "unknown", reason: "the daemon is away" } : instance.world;
      const steps = plan(desired, seen);
      if (steps.length === 0) {
        // As the run does it: somebody may have left the data.
        if (target === "destroyed" && budget-- <= 0) return;
        if (target === "destroyed") instance.data = false;
        return this.#settle(instance, {
          status: seen.status === "absent" ? (target === "destroyed" ? "purged" : "absent") : "stopped",
        });
      }
      for (const action of steps) {
        if (budget-- <= 0) return;
        const end = this.#perform(instance, action, revision, refuses);
        if (end === "again") break;
        if (end) return this.#settle(instance, end);
      }
    }
  }

  #perform(
    instance: Modelled,
    action: Action,
    revision: string,
    refuses: boolean,
  ): Settlement | "again" | null {
    switch (action.kind) {
      case "prepare":
        instance.data = true;
        if (instance.world.status === "absent") instance.world = { status: "stopped", exit: null };
        return null;
      case "start":
        instance.world = { status: "running", revision, target: this.#freeTarget(), startedAt: this.now };
        return "again";
      case "stop":
        if (instance.world.status !== "absent") instance.world = { status: "stopped", exit: null };
        return null;
      case "destroy":
        instance.world = { status: "absent" };
        instance.data = false;
        return null;
      case "await-ready":
        if (refuses)
          return { status: "failed", failure: { code: "refused", message: "It refuses our token." } };
        return instance.world.status === "running"
          ? { status: "ready", target: instance.world.target, containerId: null }
          : "again";
      case "give-up":
        return { status: "failed", failure: action.failure };
      case "look-again":
        return { status: "unknown", reason: action.reason };
    }
  }

  #freeTarget() {
    const taken = this.ports();
    let port = 19_000;
    while (taken.includes(port)) port += 1;
    return { host: "127.0.0.1", port, prefix: "strip", forwardedHeaders: "omit" } as const;
  }

  ports(): number[] {
    return this.instances.flatMap(({ world }) => (world.status === "running" ? [world.target.port] : []));
  }

  #settle(instance: Modelled, settlement: Settlement): void {
    const { settled, ...after } = settle(instance.wish, settlement, this.now);
    const { generation } = instance.wish;
    instance.wish = { ...instance.wish, ...after };
    instance.known = {
      observed:
        settlement.status === "unknown"
          ? instance.known.observed
          : settlement.status === "purged"
            ? "absent"
            : settlement.status,
      settledGeneration: settled ? generation : instance.known.settledGeneration,
      purgedAt: settlement.status === "purged" ? new Date(this.now) : instance.known.purgedAt,
    };
  }

  #accident(instance: Modelled, what: "crash" | "removed" | "failed"): void {
    if (instance.world.status !== "running") return;
    const { revision } = instance.world;
    const failure = { code: "crash-loop", message: "It died." } as const;
    // Whoever removes a container behind our back leaves the volume.
    instance.world =
      what === "crash"
        ? { status: "stopped", exit: null }
        : what === "removed"
          ? { status: "absent" }
          : { status: "failed", revision, failure };
    instance.known = { ...instance.known, observed: instance.world.status };
  }

  #sweep(blind: boolean): void {
    const listed = blind
      ? []
      : this.instances
          .filter(({ data }) => data)
          .map(({ id, world }) => ({ instanceId: id, running: world.status === "running", createdAt: 0 }));
    const known = this.instances.map(({ id, known: { purgedAt }, wish: { nextImage } }) => ({
      id,
      purgedAt,
      nextImage,
    }));
    for (const { kind, instanceId } of sweepPlan(listed, known, this.now)) {
      const instance = this.instances.find(({ id }) => id === instanceId);
      if (!instance) throw new Error("The sweep acts on something that is not there.");
      instance.world = kind === "destroy" ? { status: "absent" } : { status: "stopped", exit: null };
      if (kind === "destroy") instance.data = false;
    }
  }
}

test("no sequence of wishes, accidents, killed workers and failed looks loses an owner, doubles a port or removes what nobody deleted", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const house = new House();
      const hadData = new Set<string>();
      for (const taken of steps) {
        house.take(taken);
        const ports = house.ports();
        expect(new Set(ports).size).toBe(ports.length);
        for (const { id, owner, data, deleted, wish } of house.instances) {
          expect(OWNERS).toContain(owner);
          if (data) hadData.add(id);
          else if (hadData.has(id)) {
            expect(deleted).toBe(true);
            expect(wish.purgeAfter?.getTime()).toBeLessThanOrEqual(house.now);
          }
        }
      }
      expect(house.instances.map(({ owner }) => owner)).toEqual(OWNERS);
    }),
    { numRuns: 1_000 },
  );
});

test("once everybody is left in peace, every world is as it is wanted", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      const house = new House();
      for (const taken of steps) house.take(taken);
      house.now += 10_000_000;
      house.settleAll();
      for (const { wish, known, world, data } of house.instances) {
        const target = targetOf(wish, house.now);
        if (target === "running")
          expect({ known: known.observed, world: world.status }).toEqual({
            known: "ready",
            world: "running",
          });
        if (target === "stopped") expect(["stopped", "absent"]).toContain(world.status);
        if (target === "destroyed")
          expect({ world: world.status, data }).toEqual({ world: "absent", data: false });
        expect(isDue({ ...wish, ...known }, house.now)).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});
