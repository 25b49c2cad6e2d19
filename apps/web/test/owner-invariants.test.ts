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
  recordSettlement,
  resealAll,
  type RunRecord,
} from "@automna/control-plane/database";
import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { openDatabase } from "./support/stored-instance.ts";

const PEOPLE = ["alice", "bob", "carol"] as const;
type Person = (typeof PEOPLE)[number];
/** Vouched for and holding a token: both are handed over from the pool, each in its way. */
const KINDS = [
  { driver: "docker", product: "openclaw" },
  { driver: "process", product: "demo" },
] as const;

const KEYS = ["k1", "k2"].map((id) => `${id}:${randomBytes(32).toString("base64")}`);
const [RING, OTHER_WAY_ROUND] = [parseKeyRing(KEYS.join()), parseKeyRing(KEYS.toReversed().join())];

type Wanted = Exclude<Command["kind"], "rotate" | "reconfigure">;

type Step =
  /** More than one ask at the same time. */
  | { kind: "provide"; people: readonly Person[] }
  /** The pool, with one that has started. */
  | { kind: "fill"; as: (typeof KINDS)[number] }
  | { kind: "command"; which: number; command: Wanted | "rotate" }
  | { kind: "observe"; which: number; status: "ready" | "stopped" | "absent" | "failed" }
  /** A worker sets out; it settles what it saw then. */
  | { kind: "set-out"; which: number }
  | { kind: "settle"; which: number; status: Settlement["status"] }
  | { kind: "delete"; person: Person }
  /** The machine of the processes was started anew. */
  | { kind: "forget" | "reseal" | "reboot" };

const which = fc.nat({ max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("provide" as const),
    people: fc.array(fc.constantFrom(...PEOPLE), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant("fill" as const), as: fc.constantFrom(...KINDS) }),
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

/** What comes too late is refused; nothing else may go wrong. */
async function unlessTooLate(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof InstanceNotFoundError || error instanceof IdentityDeletedError)) throw error;
  });
}

class Story {
  readonly #database: Database;
  #ring = RING;
  /** What gateways are made as now. */
  #makes: (typeof KINDS)[number] = KINDS[0];
  readonly #underWay = new Map<string, RunRecord>();

  constructor(database: Database) {
    this.#database = database;
  }

  async take(step: Step): Promise<void> {
    const context = this.#context();
    const { database } = context;
    switch (step.kind) {
      case "provide":
        return void (await Promise.all(step.people.map((person) => unlessTooLate(this.#provide(person)))));
      case "fill":
        this.#makes = step.as;
        await fillPool(
          database,
          1,
          (ownerId) => newInstance(ownerId, step.as, this.#ring),
          () => Promise.resolve(),
        );
        for (const { id } of await database.instance.findMany({ where: { ownerId: null } }))
          await recordObservation(database, id, observation("ready"));
        return;
      case "delete":
        return deleteIdentity(context, step.person, 0);
      case "forget":
        return void (await forgetDeletedPeople(database));
      case "reseal":
        this.#ring = this.#ring === RING ? OTHER_WAY_ROUND : RING;
        return void (await resealAll(database, this.#ring));
      case "reboot":
        return forgetProcesses(database);
      default:
        return this.#change(step);
    }
  }

  async #provide(person: Person): Promise<void> {
    await ensureUserWithInstance(
      this.#database,
      person,
      (ownerId) => newInstance(ownerId, this.#makes, this.#ring),
      { claim: (transaction, ownerId) => claimPooled(transaction, ownerId, this.#ring, this.#makes) },
    );
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

  /** Who owns what, after everything that must hold of it has been looked at. */
  async owners(): Promise<Map<string, string | null>> {
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
    return new Map(instances.map(({ id, ownerId }) => [id, ownerId]));
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

test("no sequence of wishes, claims, settlements, deletions and new keys loses or changes an owner, or lets a person's summary lie", async () => {
  const { database } = await openDatabase();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 20, size: "max" }), async (steps) => {
      await database.$executeRaw`TRUNCATE "User", "Instance", "DeletedIdentity", "AuditEvent" CASCADE`;
      const story = new Story(database);
      let before = await story.owners();
      for (const taken of steps) {
        const forgettable = taken.kind === "forget" ? await story.forgettable() : [];
        await story.take(taken);
        const after = await story.owners();
        for (const [id, owner] of before) {
          if (!after.has(id))
            expect({ taken, forgettable }).toMatchObject({
              taken: { kind: "forget" },
              forgettable: expect.arrayContaining([id]),
            });
          else if (owner !== null) expect({ taken, owner: after.get(id) }).toEqual({ taken, owner });
          else if (after.get(id) !== null) expect(taken.kind).toBe("provide");
        }
        before = after;
      }
    }),
    { numRuns: 15 },
  );
});
