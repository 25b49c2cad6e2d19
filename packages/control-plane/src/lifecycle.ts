import type { InstanceFailure, InstanceTarget, ObservedState } from "./instance.ts";

/** A token as it is stored. */
export interface SealedToken {
  readonly sealedToken: string;
  readonly tokenHash: string;
}

/** A token that a gateway is moving to, and how it gets it. */
export interface NextToken extends SealedToken {
  /** `restart`: it is started anew with it. `handover`: as it runs, where that can be done, or else with its next start. */
  readonly by: "restart" | "handover";
}

/** What somebody may ask of an instance. */
export type Command =
  | { readonly kind: "wake" }
  | { readonly kind: "stop"; readonly reason: "owner" | "idle" | "operator" }
  | { readonly kind: "restart" }
  | { readonly kind: "rotate"; readonly token: SealedToken }
  /** @param image Where the driver runs images; without one it restarts with what is installed now. */
  | { readonly kind: "upgrade"; readonly image: string | null }
  /** Something that a gateway is started with has changed. */
  | { readonly kind: "reconfigure" }
  | { readonly kind: "destroy"; readonly keepDataMs: number };

/** What is wanted of an instance: the part of its row that commands write. */
export interface Wish {
  readonly desired: "running" | "stopped" | "destroyed";
  readonly stopReason: "owner" | "idle" | "operator" | null;
  readonly generation: number;
  readonly epoch: number;
  readonly image: string | null;
  readonly nextImage: string | null;
  readonly nextToken: NextToken | null;
  readonly attempt: number;
  readonly retryAt: Date | null;
  readonly deletedAt: Date | null;
  readonly purgeAfter: Date | null;
}

/** What is known of an instance: the part of its row that workers write. */
export interface Knowledge {
  readonly observed: ObservedState["status"];
  readonly settledGeneration: number;
  readonly purgedAt: Date | null;
}

/**
 * The wish after a command, `unchanged` when it was already so, or `deleted` when nothing can be asked of it any more.
 * Asking twice is asking once.
 */
export function applyCommand(
  wish: Wish,
  observed: Knowledge["observed"],
  command: Command,
  now: number,
): Wish | "unchanged" | "deleted" {
  if (wish.desired === "destroyed") return command.kind === "destroy" ? "unchanged" : "deleted";
  const anew = { ...wish, generation: wish.generation + 1, attempt: 0, retryAt: null };
  const awake = { ...anew, desired: "running", stopReason: null } as const;
  switch (command.kind) {
    case "wake":
      if (wish.desired === "running" && observed !== "failed") return "unchanged";
      return awake;
    case "stop":
      if (wish.desired === "stopped") return "unchanged";
      return { ...anew, desired: "stopped", stopReason: command.reason };
    case "restart":
      return { ...awake, epoch: wish.epoch + 1 };
    case "rotate":
      // What a gateway may take over as it runs is no part of what it was started with: the restart has to be asked for.
      return { ...anew, epoch: wish.epoch + 1, nextToken: { ...command.token, by: "restart" } };
    case "upgrade":
      if (command.image === null) return { ...awake, epoch: wish.epoch + 1 };
      if (command.image === wish.image && wish.nextImage === null) return "unchanged";
      return { ...anew, nextImage: command.image };
    case "reconfigure":
      return anew;
    case "destroy":
      return {
        ...anew,
        desired: "destroyed",
        stopReason: null,
        nextImage: null,
        nextToken: null,
        deletedAt: new Date(now),
        purgeAfter: new Date(now + command.keepDataMs),
      };
  }
}

/** What a worker must bring about now. A deleted instance is stopped first; its data goes only when its time is up. */
export function targetOf(
  { desired, purgeAfter }: Pick<Wish, "desired" | "purgeAfter">,
  now: number,
): "running" | "stopped" | "destroyed" {
  if (desired !== "destroyed") return desired;
  return purgeAfter !== null && purgeAfter.getTime() <= now ? "destroyed" : "stopped";
}

/** Whether a worker has something to do for it now. */
export function isDue(instance: Wish & Knowledge, now: number): boolean {
  const { observed, retryAt, purgedAt, generation, settledGeneration } = instance;
  if (purgedAt !== null) return false;
  if (retryAt !== null && retryAt.getTime() > now) return false;
  if (generation > settledGeneration) return true;
  switch (targetOf(instance, now)) {
    case "running":
      return observed !== "ready";
    case "stopped":
      return observed !== "stopped" && observed !== "absent";
    case "destroyed":
      return true;
  }
}

/** Whether it is ready, and nothing else was wanted of it since. */
export function isAtRest({
  observed,
  generation,
  settledGeneration,
}: Pick<Wish & Knowledge, "observed" | "generation" | "settledGeneration">): boolean {
  return observed === "ready" && settledGeneration >= generation;
}

/**
 * Whether it runs on with a token that it is to lose as it runs. Nobody waits for that, and whatever else is wanted of it
 * goes before it.
 */
export function awaitsHandover(instance: Wish & Knowledge, now: number): boolean {
  const { desired, observed, nextToken, retryAt } = instance;
  if (nextToken?.by !== "handover" || desired !== "running" || observed !== "ready") return false;
  return (retryAt === null || retryAt.getTime() <= now) && !isDue(instance, now);
}

/** How a worker's run for one generation ended. */
export type Settlement =
  | {
      readonly status: "ready";
      readonly target: InstanceTarget;
      readonly containerId: string | null;
      /** It has the next token by now. Asked of a handover only: after a rotation's restart it has no other. */
      readonly handedOver: boolean;
    }
  | { readonly status: "stopped" | "absent" | "purged" }
  | { readonly status: "failed"; readonly failure: InstanceFailure }
  /** The driver could not look. Nothing is concluded; whoever waits is told the reason. */
  | { readonly status: "unknown"; readonly reason: string };

/** Milliseconds until a failed instance is tried again: a minute, doubled each time, half an hour at most. */
export function retryDelayMs(attempt: number): number {
  return Math.min(60_000 * 2 ** Math.max(0, attempt - 1), 1_800_000);
}

/** Milliseconds until somebody looks again whom the driver could not show anything. */
export const LOOK_AGAIN_MS = 5_000;

/** What a run set out from: a wish that came meanwhile is not taken for fulfilled. */
export type RunBasis = Pick<Wish, "generation" | "nextToken" | "nextImage">;

/** What the end of a run changes of what was wanted. */
export type Settled = Pick<Wish, "attempt" | "retryAt" | "image" | "nextImage" | "nextToken"> &
  Pick<Knowledge, "settledGeneration"> & {
    /** In force from now on; `null`: the one that is. */
    readonly token: SealedToken | null;
  };

/**
 * What a run's end changes: a rotation or an upgrade ends once it is proven, a failure waits for its turn. What is
 * wanted by now stays; what was proven is what the run was for.
 *
 * @param abandoned Whether the run gave its upgrade up.
 */
export function settle(
  row: Wish & Pick<Knowledge, "settledGeneration">,
  basis: RunBasis,
  settlement: Settlement,
  now: number,
  abandoned = false,
): Settled {
  const isCurrent = row.generation === basis.generation;
  const { attempt, retryAt } = isCurrent ? nextTry(row, settlement, now) : { attempt: 0, retryAt: null };
  const isSettled = settlement.status !== "unknown";
  const { nextToken } = basis;
  const proven =
    nextToken !== null && hasToken(nextToken, settlement) && row.desired !== "destroyed" ? nextToken : null;
  // Of a gateway that does not run nobody has seen that the image does.
  const hasUpgraded = settlement.status === "ready" && !abandoned && basis.nextImage !== null;
  const isLatestToken = row.nextToken?.tokenHash === nextToken?.tokenHash;
  const isLatestImage = row.nextImage === basis.nextImage;
  return {
    attempt,
    retryAt,
    settledGeneration: isSettled ? Math.max(row.settledGeneration, basis.generation) : row.settledGeneration,
    token: proven && { sealedToken: proven.sealedToken, tokenHash: proven.tokenHash },
    nextToken: proven && isLatestToken ? null : row.nextToken,
    image: hasUpgraded ? basis.nextImage : row.image,
    nextImage: (hasUpgraded || abandoned) && isLatestImage ? null : row.nextImage,
  };
}

/** Whether no gateway has another token than that one. */
function hasToken({ by }: NextToken, settlement: Settlement): boolean {
  switch (settlement.status) {
    case "ready":
      return by === "restart" || settlement.handedOver;
    case "failed":
    case "unknown":
      return false;
    default:
      return true;
  }
}

function nextTry(row: Pick<Wish, "attempt">, settlement: Settlement, now: number) {
  switch (settlement.status) {
    case "unknown":
      return { attempt: row.attempt, retryAt: new Date(now + LOOK_AGAIN_MS) };
    case "failed": {
      const attempt = row.attempt + 1;
      return { attempt, retryAt: new Date(now + retryDelayMs(attempt)) };
    }
    default:
      return { attempt: 0, retryAt: null };
  }
}

/** Whether an idle gateway may be stopped. */
export function isIdle(
  instance: Pick<Wish, "desired"> &
    Knowledge & { readonly readySince: Date | null; readonly lastActivityAt: Date | null },
  idleAfterMs: number,
  now: number,
): boolean {
  const { desired, observed, readySince, lastActivityAt } = instance;
  if (desired !== "running" || observed !== "ready" || readySince === null) return false;
  const lastUse = Math.max(readySince.getTime(), lastActivityAt?.getTime() ?? 0);
  return now - lastUse >= idleAfterMs;
}
