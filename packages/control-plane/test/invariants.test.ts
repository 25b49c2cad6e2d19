import fc from "fast-check";
import { expect, test } from "vitest";
import { applyCommand, awaitsHandover, isDue, plan, settle, targetOf } from "../src/index.ts";
import type { Action, Command, Knowledge, Observation, Settlement, Wish } from "../src/index.ts";
import { sweepPlan, trialIdOf } from "../src/jobs/index.ts";

/** One instance in the model: its row, and what is really there. */
interface Modelled {
  readonly id: string;
  wish: Wish & { readonly token: string };
  known: Knowledge;
  world: Observation;
  /** The token that the gateway in it has. */
  held: string | null;
  /** The person's files. */
  data: boolean;
  /** Asked for by its owner. */
  deleted: boolean;
  run: Run | null;
}

type Step =
  | { kind: "command"; who: number; command: Command }
  /** It was one of the pool, and gets its owner with a token to be handed over. */
  | { kind: "claim"; who: number }
  /** A worker begins, or takes up what it had begun. It stands still after so many actions, or is killed. */
  | ({ kind: "work"; who: number; worker: number } & Shift)
  | { kind: "accident"; who: number; what: "crash" | "removed" | "failed" }
  /** What a driver lists and no row names: an agent of a lost row, or what a dead worker left of an upgrade's trial. */
  | { kind: "stranger"; runs: boolean }
  | { kind: "trial"; who: number; runs: boolean }
  | { kind: "sweep"; blind: boolean }
  | { kind: "time"; ms: number };

/** Something of this deployment beside what rows name. */
interface Other {
  readonly id: string;
  readonly createdAt: number;
  runs: boolean;
}

interface Shift {
  readonly actions: number;
  /** It sees nothing. */
  readonly blind: boolean;
  /** The gateway takes no credentials. */
  readonly refuses: boolean;
  readonly killed: boolean;
}

/** What a worker has begun with one instance. */
interface Run {
  readonly basis: Modelled["wish"];
  readonly worker: number;
  started: boolean;
  /** Decided on what was seen before it stood still; the first of it happens whatever comes meanwhile. */
  pending: readonly Action[];
}

const HOW_MANY = 3;
/** Much happens to one of them, so that things meet. */
const who = fc.constantFrom(0, 0, 0, 1, 2);
const seldom = fc.constantFrom(false, false, false, false, true);
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>(
    { kind: "wake" },
    { kind: "stop", reason: "owner" },
    { kind: "stop", reason: "idle" },
    { kind: "restart" },
    { kind: "rotate", token: { sealedToken: "s", tokenHash: "second" } },
    { kind: "rotate", token: { sealedToken: "s", tokenHash: "third" } },
    { kind: "upgrade", image: "gateway:2" },
    { kind: "upgrade", image: "gateway:3" },
    { kind: "upgrade", image: null },
    { kind: "reconfigure" },
  ),
  fc.integer({ min: 0, max: 5_000_000 }).map((keepDataMs) => ({ kind: "destroy", keepDataMs }) as const),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("command" as const), who, command }),
  fc.record({ kind: fc.constant("claim" as const), who }),
  fc.record({
    kind: fc.constant("work" as const),
    who,
    worker: fc.constantFrom(0, 0, 0, 1),
    actions: fc.integer({ min: 0, max: 6 }),
    blind: seldom,
    refuses: seldom,
    killed: seldom,
  }),
  fc.record({
    kind: fc.constant("accident" as const),
    who,
    what: fc.constantFrom("crash" as const, "removed" as const, "failed" as const),
  }),
  fc.record({ kind: fc.constant("stranger" as const), runs: fc.boolean() }),
  fc.record({ kind: fc.constant("trial" as const), who, runs: fc.boolean() }),
  fc.record({ kind: fc.constant("sweep" as const), blind: fc.boolean() }),
  fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 0, max: 3_000_000 }) }),
);

const TARGET = { host: "127.0.0.1", port: 19_000, prefix: "strip", forwardedHeaders: "omit" } as const;

/** Somebody who takes over. */
const HEIR = 2;

/** As of a gateway that can take another token over as it runs. */
const revisionOf = ({ epoch, image, nextImage }: Modelled["wish"]) =>
  JSON.stringify([epoch, nextImage ?? image]);

const latestToken = ({ nextToken, token }: Modelled["wish"]) => nextToken?.tokenHash ?? token;

/** A row may come later than what it is for: as long nobody is taken for a stranger. */
const BENEFIT_OF_DOUBT_MS = 600_000;

class House {
  now = 1_000_000;
  readonly strangers: Other[] = [];
  /** By whose upgrade they were tried. */
  readonly trials = new Map<string, Other>();
  /** What a sweep has done that it must not. */
  readonly wrongs: unknown[] = [];
  readonly instances: Modelled[] = Array.from({ length: HOW_MANY }, (_, at) => ({
    id: String(at).repeat(24),
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
      token: "first",
    },
    known: { observed: "unknown", settledGeneration: 0, purgedAt: null },
    world: { status: "absent" },
    held: null,
    data: false,
    deleted: false,
    run: null,
  }));

  take(step: Step): void {
    switch (step.kind) {
      case "command":
        return this.#command(this.#at(step.who), step.command);
      case "claim":
        return this.#claim(this.#at(step.who));
      case "work":
        return this.#work(this.#at(step.who), step.worker, step);
      case "accident":
        return this.#accident(this.#at(step.who), step.what);
      case "stranger":
        return void this.strangers.push(this.#other(`${this.strangers.length}`.padStart(24, "f"), step.runs));
      case "trial": {
        const { id } = this.#at(step.who);
        return void this.trials.set(id, this.#other(trialIdOf(id), step.runs));
      }
      case "sweep":
        return this.sweep(step.blind);
      case "time":
        this.now += step.ms;
    }
  }

  /** Workers that nobody kills and a world in which nothing happens. */
  settleAll(): void {
    for (const instance of this.instances)
      for (let round = 0; round < 10 && this.#hasWork(instance); round++)
        this.#work(instance, HEIR, { actions: 100, blind: false, refuses: false, killed: false });
  }

  #at(who: number): Modelled {
    const instance = this.instances[who];
    if (!instance) throw new Error(`There is no instance ${who}.`);
    return instance;
  }

  #hasWork({ wish, known }: Modelled): boolean {
    const row = { ...wish, ...known };
    return isDue(row, this.now) || awaitsHandover(row, this.now);
  }

  #claim(instance: Modelled): void {
    const { wish, known } = instance;
    if (wish.desired !== "running" || known.observed !== "ready" || wish.nextToken !== null) return;
    const nextToken = { sealedToken: "s", tokenHash: `owned ${wish.generation}`, by: "handover" } as const;
    instance.wish = { ...wish, generation: wish.generation + 1, nextToken };
  }

  #command(instance: Modelled, command: Command): void {
    const wish = applyCommand(instance.wish, instance.known.observed, command, this.now);
    if (typeof wish === "string") return;
    instance.wish = { ...wish, token: instance.wish.token };
    instance.deleted ||= command.kind === "destroy";
  }

  #work(instance: Modelled, worker: number, shift: Shift): void {
    if (instance.run !== null && instance.run.worker !== worker) {
      // It lost its lease, and what it had asked the engine for happens still.
      const [last] = instance.run.pending;
      if (last) this.#perform(instance, last, instance.run, shift);
      instance.run = null;
    }
    if (instance.run === null && !this.#hasWork(instance)) return;
    const run = (instance.run ??= { basis: instance.wish, worker, started: false, pending: [] });
    this.#goOn(instance, run, shift);
    if (shift.killed) instance.run = null;
  }

  /** Ends when it has settled, or when its actions are used up. */
  #goOn(instance: Modelled, run: Run, shift: Shift): void {
    const target = targetOf(run.basis, this.now);
    const desired =
      target === "running"
        ? ({ status: target, revision: revisionOf(run.basis) } as const)
        : ({ status: target } as const);
    if (
      run.pending.length === 0 &&
      instance.known.observed === "failed" &&
      instance.world.status !== "absent"
    )
      instance.world = { status: "stopped", exit: null };
    for (let budget = shift.actions; ;) {
      if (run.pending.length === 0) {
        const seen: Observation = shift.blind
          ? { status: "unknown", reason: "the daemon is away" }
          : instance.world;
        run.pending = plan(desired, seen);
        if (run.pending.length === 0) {
          if (budget-- <= 0) return;
          // As the run does it: somebody may have left the data.
          if (target === "destroyed") instance.data = false;
          return this.#settle(instance, run, {
            status: seen.status === "absent" ? (target === "destroyed" ? "purged" : "absent") : "stopped",
          });
        }
      }
      if (budget-- <= 0) return;
      const [action, ...later] = run.pending;
      if (!action) return;
      run.pending = later;
      const end = this.#perform(instance, action, run, shift);
      if (end === "again") run.pending = [];
      else if (end) return this.#settle(instance, run, end);
    }
  }

  #perform(instance: Modelled, action: Action, run: Run, { refuses }: Shift): Settlement | "again" | null {
    const { basis } = run;
    switch (action.kind) {
      case "prepare":
        instance.data = true;
        if (instance.world.status === "absent") instance.world = { status: "stopped", exit: null };
        return null;
      case "start":
        // A start without what is prepared fails.
        if (!instance.data) return "again";
        // What runs as it is wanted already is left as it is.
        if (instance.world.status === "running" && instance.world.revision === revisionOf(basis))
          return "again";
        instance.world = {
          status: "running",
          revision: revisionOf(basis),
          target: TARGET,
          startedAt: this.now,
        };
        instance.held = latestToken(basis);
        run.started = true;
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
        if (instance.world.status !== "running") return "again";
        return {
          status: "ready",
          target: instance.world.target,
          containerId: null,
          handedOver: run.started || this.#handsOver(instance, basis),
        };
      case "give-up":
        return { status: "failed", failure: action.failure };
      case "look-again":
        return { status: "unknown", reason: action.reason };
    }
  }

  /** As it runs, unless somebody waits for what comes before it. */
  #handsOver(instance: Modelled, basis: Run["basis"]): boolean {
    if (basis.nextToken?.by !== "handover" || basis.generation > instance.known.settledGeneration)
      return false;
    instance.held = basis.nextToken.tokenHash;
    return true;
  }

  #settle(instance: Modelled, { basis }: Run, settlement: Settlement): void {
    const row = { ...instance.wish, settledGeneration: instance.known.settledGeneration };
    const { settledGeneration, token, ...after } = settle(row, basis, settlement, this.now);
    instance.run = null;
    instance.wish = { ...instance.wish, ...after, token: token?.tokenHash ?? instance.wish.token };
    instance.known = {
      observed:
        settlement.status === "unknown"
          ? instance.known.observed
          : settlement.status === "purged"
            ? "absent"
            : settlement.status,
      settledGeneration,
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

  sweep(blind = false): void {
    const own = this.instances
      .filter(({ data }) => data)
      .map(({ id, world }) => ({ instanceId: id, running: world.status === "running", createdAt: 0 }));
    const others = [...this.strangers, ...this.trials.values()].map(({ id, runs, createdAt }) => ({
      instanceId: id,
      running: runs,
      createdAt,
    }));
    const known = this.instances.map(({ id, known: { purgedAt }, wish: { desired, nextImage } }) => ({
      id,
      purgedAt,
      desired,
      nextImage,
    }));
    for (const action of sweepPlan(blind ? [] : [...own, ...others], known, this.now)) this.#sweepOut(action);
  }

  #sweepOut(action: ReturnType<typeof sweepPlan>[number]): void {
    const { kind, instanceId } = action;
    const instance = this.instances.find(({ id }) => id === instanceId);
    const stranger = this.strangers.find(({ id }) => id === instanceId);
    const tried = this.instances.find(({ id }) => trialIdOf(id) === instanceId);
    if (instance) {
      instance.world = kind === "destroy" ? { status: "absent" } : { status: "stopped", exit: null };
      if (kind === "destroy") instance.data = false;
    } else if (stranger) {
      if (kind === "destroy" || this.now - stranger.createdAt < BENEFIT_OF_DOUBT_MS)
        this.wrongs.push({ action, stranger });
      stranger.runs = false;
    } else if (tried && this.trials.has(tried.id)) {
      if (kind !== "destroy" || isBeingUpgraded(tried)) this.wrongs.push({ action, tried });
      this.trials.delete(tried.id);
    } else this.wrongs.push({ action });
  }

  #other(id: string, runs: boolean): Other {
    return { id, runs, createdAt: this.now };
  }
}

const isBeingUpgraded = ({ wish: { desired, nextImage } }: Modelled) =>
  desired === "running" && nextImage !== null;

test("no sequence of wishes, accidents, killed workers, sweeps and failed looks removes what nobody deleted, or ends what nobody knows before its time", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const house = new House();
      const hadData = new Set<string>();
      const wrong: unknown[] = [];
      for (const taken of steps) {
        house.take(taken);
        for (const instance of house.instances) {
          const { id, data, deleted, wish } = instance;
          if (data) hadData.add(id);
          else if (hadData.has(id) && !(deleted && wish.purgeAfter && wish.purgeAfter.getTime() <= house.now))
            wrong.push({ taken, instance });
        }
      }
      expect([...wrong, ...house.wrongs]).toEqual([]);
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
      house.sweep();
      expect(house.trials).toEqual(new Map());
      expect(house.strangers.filter(({ runs }) => runs)).toEqual([]);
      for (const { wish, known, world, held, data } of house.instances) {
        const target = targetOf(wish, house.now);
        if (target === "running")
          expect({ known: known.observed, world, held, next: wish.nextToken }).toMatchObject({
            known: "ready",
            world: { status: "running", revision: revisionOf(wish) },
            held: wish.token,
            next: null,
          });
        if (target === "stopped") expect(["stopped", "absent"]).toContain(world.status);
        if (target === "destroyed")
          expect({ world: world.status, data }).toEqual({ world: "absent", data: false });
        expect(isDue({ ...wish, ...known }, house.now)).toBe(false);
      }
    }),
    { numRuns: 3_000 },
  );
});
