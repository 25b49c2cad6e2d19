import {
  CapacityError,
  type CapacityLimits,
  type Command,
  type InstanceFailure,
  isDue,
  type KeyRing,
  type Phase,
} from "@automna/control-plane";
import {
  admit,
  admitAnother,
  claimPooled,
  commandInstance,
  type CommandContext,
  type Database,
  type Enqueue,
  ensureUserWithInstance,
  findOwnedInstance,
  findUser,
  type InstanceRecord,
  listInstances,
  type NewInstance,
  newToken,
  recordAudit,
} from "@automna/control-plane/database";

/** What a person's gateway is doing. */
export type GatewayView =
  /** Somebody wants it so, and it stays so until somebody wants something else. */
  | { readonly status: "stopped"; readonly instanceId: string }
  | { readonly status: "ready"; readonly instanceId: string; readonly authToken: string | null }
  | {
      readonly status: "provisioning";
      readonly instanceId: string;
      readonly phase: string;
      /** Milliseconds since the epoch. */
      readonly since: number;
    }
  | {
      readonly status: "failed";
      readonly instanceId: string;
      readonly failure: Pick<InstanceFailure, "message"> & { readonly code: string };
    };

/** The named steps that a page shows; `queued` before the first. */
export type ProvisioningPhase = "queued" | "trial" | "roll-back" | Phase["action"];

/** What a person may ask of their gateway. */
export type PersonCommand = "wake" | "stop" | "restart" | "rotate" | "upgrade" | "destroy" | "reconfigure";

/** Everybody's gateways: what is wanted of them is written here, and done by whoever works. */
export interface Gateways {
  /**
   * The person's gateway, made, woken or repaired if it has to be. Resolves at once with its state of this moment; may
   * be called at any time, by anybody, as often as they like.
   */
  ensure(clerkId: string): Promise<GatewayView>;
  /** The same for who only waits: nothing is made, woken or repaired. @throws NoSuchGatewayError */
  look(clerkId: string): Promise<GatewayView>;
  /** The same, as a record, and whether it was made just now. Does not wake one that sleeps. */
  provide(
    clerkId: string,
    actor?: string,
  ): Promise<{ readonly instance: InstanceRecord; readonly given: boolean }>;
  /** Makes the first one of who never had any. Null for who has deleted theirs: they get another one when they ask. */
  provideFirst(clerkId: string, actor?: string): Promise<InstanceRecord | null>;
  /** The same for a page, which says why there is none: bundled apart, it cannot know an error by its class. */
  provideFirstOrSayWhy(
    clerkId: string,
  ): Promise<
    { readonly instance: InstanceRecord | null } | { readonly refusal: { code: string; detail: string } }
  >;
  /** @throws InstanceNotFoundError when there is none, or it is somebody else's. */
  command(clerkId: string, instanceId: string, command: PersonCommand): Promise<InstanceRecord>;
  /** For those who act in nobody's name. */
  readonly commands: CommandContext;
}

export interface GatewaysOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly enqueue: Enqueue;
  readonly limits: CapacityLimits;
  /** Decides id, subdomain and token of a new instance. */
  readonly create: (ownerId: string) => NewInstance;
  /** The token that its owner's browser is given; null where the router vouches for them. */
  readonly authTokenOf: (instance: InstanceRecord) => string | null;
  /** Where an upgrade leads; null where the driver runs no images. */
  readonly latestImage: () => string | null;
  /** How long the data of a deleted gateway is kept. */
  readonly keepDataMs: number;
  /** Makes a worker in this process look at once. */
  readonly nudge?: (instanceId: string, known: InstanceRecord) => void;
  readonly now?: () => number;
}

export function createGateways(options: GatewaysOptions): Gateways {
  const { database, keyRing, enqueue, limits, nudge, now = Date.now } = options;
  const commands: CommandContext = { database, enqueue, limits, now };

  async function provide(clerkId: string, actor = clerkId) {
    const { instance, given } = await ensureUserWithInstance(database, clerkId, options.create, {
      claim: (transaction, ownerId) => claimPooled(transaction, ownerId, keyRing, options.create(ownerId)),
      async onGiven(transaction, { id, ownerId }, isNew) {
        if (!isNew) await admitAnother(transaction, ownerId, now());
        await admit(transaction, limits, Math.random, 1);
        await recordAudit(transaction, {
          actor,
          subject: clerkId,
          action: "instance.create",
          instanceId: id,
        });
        await enqueue(transaction, id);
      },
    });
    if (given) nudge?.(instance.id, instance);
    return { instance, given };
  }

  /** What the person has; null for who has deleted theirs, undefined for a stranger. */
  async function standing(clerkId: string): Promise<InstanceRecord | null | undefined> {
    const user = await findUser(database, clerkId);
    if (!user) return undefined;
    const instances = await listInstances(database, user.id);
    return instances.find(({ desired }) => desired !== "destroyed") ?? null;
  }

  async function provideFirst(clerkId: string, actor = clerkId): Promise<InstanceRecord | null> {
    const known = await standing(clerkId);
    return known === undefined ? (await provide(clerkId, actor)).instance : known;
  }

  async function act(instance: InstanceRecord, command: Command, clerkId: string): Promise<InstanceRecord> {
    const changed = await commandInstance(commands, instance.id, command, {
      actor: clerkId,
      subject: clerkId,
    });
    nudge?.(changed.id, changed);
    return changed;
  }

  return {
    commands,
    provide,
    provideFirst,
    async provideFirstOrSayWhy(clerkId) {
      try {
        return { instance: await provideFirst(clerkId) };
      } catch (error) {
        if (!(error instanceof CapacityError)) throw error;
        return { refusal: { code: error.code, detail: error.message } };
      }
    },
    async ensure(clerkId) {
      const { instance } = await provide(clerkId);
      const awake =
        instance.desired === "stopped" ? await act(instance, { kind: "wake" }, clerkId) : instance;
      if (isDue(awake, now())) nudge?.(awake.id, awake);
      return viewOf(awake, options.authTokenOf);
    },
    async look(clerkId) {
      const instance = await standing(clerkId);
      if (!instance) throw new NoSuchGatewayError();
      return instance.desired === "stopped"
        ? { status: "stopped", instanceId: instance.id }
        : viewOf(instance, options.authTokenOf);
    },
    async command(clerkId, instanceId, kind) {
      const instance = await findOwnedInstance(database, instanceId, clerkId);
      if (!instance) throw new NoSuchGatewayError();
      return act(instance, commandOf(kind, instance, options), clerkId);
    },
  };
}

/** The person has no such gateway: it never was, is deleted, or is somebody else's. */
export class NoSuchGatewayError extends Error {
  override readonly name = "NoSuchGatewayError";
  readonly code = "instance-not-found";
  constructor() {
    super("There is no such agent of yours. Open the chat to get one.");
  }
}

function commandOf(
  kind: PersonCommand,
  { id, ownerId }: InstanceRecord,
  { keyRing, latestImage, keepDataMs }: GatewaysOptions,
): Command {
  switch (kind) {
    case "stop":
      return { kind, reason: "owner" };
    case "rotate":
      return { kind, token: newToken({ userId: ownerId, instanceId: id }, keyRing) };
    case "upgrade":
      return { kind, image: latestImage() };
    case "destroy":
      return { kind, keepDataMs };
    default:
      return { kind };
  }
}

function viewOf(instance: InstanceRecord, authTokenOf: GatewaysOptions["authTokenOf"]): GatewayView {
  const { id: instanceId, observed, failure, phase, updatedAt } = instance;
  const settled = instance.settledGeneration >= instance.generation;
  if (observed === "ready" && settled)
    return { status: "ready", instanceId, authToken: authTokenOf(instance) };
  if (observed === "failed" && settled && phase === null && failure)
    return { status: "failed", instanceId, failure };
  return {
    status: "provisioning",
    instanceId,
    phase: phase?.name ?? "queued",
    since: (phase?.since ?? updatedAt).getTime(),
  };
}
