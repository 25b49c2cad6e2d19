import {
  type Command,
  type ObservedState,
  open,
  parseKeyRing,
  type Settlement,
} from "@automna/control-plane";
import {
  claimPooled,
  commandInstance,
  containerStatusOf,
  type Database,
  deleteIdentity,
  ensureUserWithInstance,
  fillPool,
  findInstance,
  forgetDeletedPeople,
  forgetProcesses,
  IdentityDeletedError,
  InstanceNotFoundError,
  newInstance,
  newToken,
  recordObservation,
  recordPhase,
  recordSettlement,
  resealAll,
  type RunRecord,
  setRuntime,
  weedPool,
} from "@automna/control-plane/database";
import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { NOTHING_LEFT, openDatabase } from "./support/stored-instance.ts";

const PEOPLE = ["alice", "bob", "carol"] as const;
type Person = (typeof PEOPLE)[number];
/** Vouched for and holding a token: both are handed over from the pool, each in its way. */
const KINDS = [
  { driver: "docker", product: "openclaw" },
  { driver: "process", product: "demo" },
] as const;

type Kind = (typeof KINDS)[number];

const KEYS = ["k1", "k2"].map((id) => `${id}:${randomBytes(32).toString("base64")}`);
const [RING, OTHER_WAY_ROUND] = [parseKeyRing(KEYS.join()), parseKeyRing(KEYS.toReversed().join())];

/** By then nothing of the pool is young any more. */
const OLD_MS = 3_600_000;

type Wanted = Exclude<Command["kind"], "rotate" | "reconfigure">;

type Step =
  /** More than one ask at the same time. */
  | { kind: "provide"; people: readonly Person[] }
  /** The pool, with one that has started. */
  | { kind: "fill"; as: Kind }
  /** What the pool has too much of by then, as people come for it: they are so many questions to the database ahead. */
  | {
      kind: "weed";
      pool: Kind;
      as: Kind;
      size: number;
      later: number;
      people: readonly Person[];
      ahead: number;
    }
  | { kind: "command"; which: number; command: Wanted | "rotate" }
  | { kind: "observe"; which: number; status: "ready" | "stopped" | "absent" | "failed" }
  /** A worker sets out; it settles what it saw then. */
  | { kind: "set-out"; which: number }
  | { kind: "settle"; which: number; status: Settlement["status"] }
  | { kind: "phase"; which: number; leaves: boolean }
  /** It becomes what gateways are made as now. */
  | { kind: "runtime"; which: number; as: Kind }
  | { kind: "delete"; person: Person }
  /** The machine of the processes was started anew. */
  | { kind: "forget" | "reseal" | "reboot" };

const which = fc.nat({ max: 5 });
const as = fc.constantFrom(...KINDS);
const people = (minLength: number) => fc.array(fc.constantFrom(...PEOPLE), { minLength, maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("provide" as const),
    people: people(1),
  }),
  fc.record({ kind: fc.constant("fill" as const), as }),
  fc.record({
    kind: fc.constant("weed" as const),
    pool: as,
    as,
    size: fc.nat({ max: 2 }),
    later: fc.constantFrom(0, OLD_MS),
    people: people(0),
    ahead: fc.nat({ max: 8 }),
  }),
  fc.record({
    kind: fc.constant("command" as const),
    which,
    command: fc.constantFrom("wake", "stop", "restart", "upgrade", "destroy", "rotate", "rotate"),
  }),
  fc.record({
    kind: fc.constant("observe" as const),
    which,
    status: fc.constantFrom("ready", "ready", "stopped", "absent", "failed"),
  }),
  fc.record({ kind: fc.constant("set-out" as const), which }),
  fc.record({
    kind: fc.constant("settle" as const),
    which,
    status: fc.constantFrom("ready", "ready", "stopped", "absent", "failed", "unknown", "purged"),
  }),
  fc.record({ kind: fc.constant("phase" as const), which, leaves: fc.boolean() }),
  fc.record({ kind: fc.constant("runtime" as const), which, as }),
  fc.record({ kind: fc.constant("delete" as const), person: fc.constantFrom(...PEOPLE) }),
  fc.record({ kind: fc.constantFrom("forget" as const, "reseal" as const, "reboot" as const) }),
);

const target = { host: "127.0.0.1", port: 19_000, prefix: "strip", forwardedHeaders: "omit" } as const;
const failure = { code: "crash-loop", message: "It died." } as const;

function observation(status: "ready" | "stopped" | "absent" | "failed"): ObservedState {
  if (status === "ready") return { status, revision: "r1", target };
  if (status === "failed") return { status, revision: "r1", failure };
  return status === "stopped" ? { status, exit: null } : { status };
}

function settlement(status: Settlement["status"]): Settlement {
  if (status === "ready") return { status, target, containerId: "c0ffee", handedOver: true };
  if (status === "failed") return { status, failure };
  return status === "unknown" ? { status, reason: "The driver is away." } : { status };
}

const RUNS = 40;

/** What comes too late is refused; nothing else may go wrong. */
async function unlessTooLate(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof InstanceNotFoundError || error instanceof IdentityDeletedError)) throw error;
  });
}

interface Owned {
  readonly ownerId: string | null;
  readonly isWanted: boolean;
}

class Story {
  readonly #database: Database;
  #ring = RING;
  /** What gateways are made as now. */
  #makes: Kind = KINDS[0];
  readonly #underWay = new Map<string, RunRecord>();

  constructor(database: Database) {
    this.#database = database;
  }

  async take(step: Step): Promise<void> {
    const context = this.#context();
    const { database } = context;
    switch (step.kind) {
      case "provide":
        return this.#provideAll(step.people);
      case "fill":
        return this.#fill(step.as);
      case "weed": {
        await this.#fill(step.pool);
        const asking = this.#provideAll(step.people);
        for (let n = 0; n < step.ahead; n++) await database.$queryRaw`SELECT 1`;
        this.#makes = step.as;
        const then = Date.now() + step.later;
        await weedPool({ ...context, now: () => then }, step.size, this.#creating());
        return asking;
      }
      case "delete":
        return deleteIdentity(context, step.person, 0);
      case "forget":
        return void (await forgetDeletedPeople(database, NOTHING_LEFT));
      case "reseal":
        this.#ring = this.#ring === RING ? OTHER_WAY_ROUND : RING;
        return void (await resealAll(database, this.#ring));
      case "reboot":
        return forgetProcesses(database);
      default:
        return this.#change(step);
    }
  }

  async #fill(as: Kind): Promise<void> {
    this.#makes = as;
    await fillPool(this.#database, 1, this.#creating(), () => Promise.resolve());
    for (const { id } of await this.#database.instance.findMany({ where: { ownerId: null } }))
      await recordObservation(this.#database, id, observation("ready"));
  }

  /** Whatever is made later. */
  #creating() {
    const [as, ring] = [this.#makes, this.#ring];
    return (ownerId: string) => newInstance(ownerId, as, ring);
  }

  async #provideAll(asking: readonly Person[]): Promise<void> {
    await Promise.all(asking.map((person) => unlessTooLate(this.#provide(person))));
  }

  async #provide(person: Person): Promise<void> {
    const [as, create] = [this.#makes, this.#creating()];
    const { instance } = await ensureUserWithInstance(this.#database, person, create, {
      claim: (transaction, ownerId) => claimPooled(transaction, ownerId, this.#ring, as),
    });
    expect(instance.desired).not.toBe("destroyed");
  }

  async #change(step: Extract<Step, { which: number }>): Promise<void> {
    const context = this.#context();
    const { database } = context;
    const rows = await database.instance.findMany({ orderBy: { createdAt: "asc" } });
    const row = rows[step.which % Math.max(1, rows.length)];
    const instance = row && (await findInstance(database, row.id));
    if (!instance) return;
    const { id, ownerId } = instance;
    switch (step.kind) {
      case "observe":
        return void (await recordObservation(database, id, observation(step.status)));
      case "set-out":
        this.#underWay.set(id, instance);
        return;
      case "settle": {
        // Only what is wanted gone is ever removed.
        if (step.status === "purged" && instance.desired !== "destroyed") return;
        const basis = this.#underWay.get(id) ?? instance;
        this.#underWay.delete(id);
        return void (await recordSettlement(database, basis, settlement(step.status), Date.now()));
      }
      case "phase": {
        const phase = { name: "stop", since: Date.now(), leaves: step.leaves };
        return recordPhase(database, id, phase);
      }
      case "runtime":
        return void (await setRuntime(database, id, step.as));
      case "command": {
        // Nobody is there who could ask.
        if (step.command === "rotate" && row.ownerId === null) return;
        const token = newToken({ userId: ownerId, instanceId: id }, this.#ring);
        const command = commandOf(step.command, token);
        return unlessTooLate(commandInstance(context, id, command, { actor: "system" }));
      }
    }
  }

  #context() {
    return {
      database: this.#database,
      enqueue: () => Promise.resolve(),
      limits: { maxRunning: 1_000, maxWaiting: 1_000 },
    };
  }

  /** Who owns what and whether it is wanted, after everything that must hold of it has been looked at. */
  async owned(): Promise<Map<string, Owned>> {
    const instances = await this.#database.instance.findMany({
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    });
    for (const { id, ownerId, sealedToken, nextSealedToken } of instances)
      for (const sealed of [sealedToken, nextSealedToken])
        if (sealed !== null) open(this.#ring, sealed, { userId: ownerId ?? "pool", instanceId: id });
    for (const user of await this.#database.user.findMany()) {
      const alive = instances.filter((one) => one.ownerId === user.id && one.desiredState !== "destroyed");
      expect(alive.length).toBeLessThanOrEqual(1);
      const [own] = alive;
      expect(user).toMatchObject({
        containerId: own?.containerId ?? null,
        subdomain: own?.subdomain ?? null,
        gatewayToken: own?.sealedToken ?? null,
        containerStatus: own ? containerStatusOf(own.desiredState, own.observedState) : null,
      });
    }
    return new Map(
      instances.map(({ id, ownerId, desiredState }) => [
        id,
        { ownerId, isWanted: desiredState !== "destroyed" },
      ]),
    );
  }

  /** Those whose rows may go: their data is removed, and their owners are deleted. */
  async forgettable(): Promise<readonly string[]> {
    const deleted = await this.#database.deletedIdentity.findMany();
    const clerkId = { in: deleted.map(({ clerkId }) => clerkId) };
    const rows = await this.#database.instance.findMany({
      where: { purgedAt: { not: null }, owner: { clerkId } },
    });
    return rows.map(({ id }) => id);
  }
}

function commandOf(kind: Wanted | "rotate", token: ReturnType<typeof newToken>): Command {
  switch (kind) {
    case "rotate":
      return { kind, token };
    case "stop":
      return { kind, reason: "owner" };
    case "upgrade":
      return { kind, image: "gateway:2" };
    case "destroy":
      return { kind, keepDataMs: 0 };
    default:
      return { kind };
  }
}

test("no sequence of wishes, claims, settlements, phases, weedings, deletions and new keys loses or changes an owner, deletes what is owned unasked, or lets a person's summary lie", async () => {
  const { database } = await openDatabase(6);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 20, size: "max" }), async (steps) => {
      await database.$executeRaw`TRUNCATE "User", "Instance", "DeletedIdentity", "AuditEvent" CASCADE`;
      const story = new Story(database);
      let before = await story.owned();
      for (const taken of steps) {
        const forgettable = taken.kind === "forget" ? await story.forgettable() : [];
        await story.take(taken);
        const after = await story.owned();
        for (const [id, { ownerId, isWanted }] of before) {
          const now = after.get(id);
          if (!now)
            expect({ taken, forgettable }).toMatchObject({
              taken: { kind: "forget" },
              forgettable: expect.arrayContaining([id]),
            });
          else if (ownerId !== null) {
            expect({ taken, ownerId: now.ownerId }).toEqual({ taken, ownerId });
            if (isWanted && !now.isWanted) expect(["command", "delete"]).toContain(taken.kind);
          } else if (now.ownerId !== null) {
            expect(["provide", "weed"]).toContain(taken.kind);
            expect({ taken, isWanted: now.isWanted }).toEqual({ taken, isWanted: true });
          }
        }
        before = after;
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
