import { systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import type { Driver } from "./drivers/driver.ts";
import { isEngineAway } from "./drivers/driver.ts";
import { endsByItself, failureOf, lateness, refusal } from "./failures.ts";
import type {
  DesiredState,
  InstanceFailure,
  InstanceSpec,
  InstanceTarget,
  Observation,
  Probe,
  ProbeResult,
  ProbeTarget,
  Resume,
} from "./instance.ts";
import { plan } from "./plan.ts";
import type { Action } from "./plan.ts";

export type Outcome =
  | {
      readonly status: "ready";
      readonly target: InstanceTarget;
      readonly protocol: number;
      readonly version: string;
      readonly containerId?: string;
      /** By this call: it has what this spec says, all of it. */
      readonly started: boolean;
    }
  | { readonly status: "stopped" }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly failure: InstanceFailure }
  /** The driver could not look for as long as the limit allows. Nothing was changed on that ground. */
  | { readonly status: "unknown"; readonly reason: string };

/** What the loop is doing now, for a page that shows progress. */
export interface Phase {
  readonly instanceId: string;
  readonly action: Action["kind"] | "pull";
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface ReconcileOptions {
  readonly driver: Driver;
  readonly probe: Probe;
  /** For gateways that were suspended and are wanted after all. Without it they are taken as they are. */
  readonly resume?: Resume;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /**
   * Milliseconds from the gateway's start until it must have answered a handshake; getting its image does not count.
   * Default 120000.
   */
  readonly readyTimeoutMs?: number;
  /** Nobody waits for the outcome: until something has to be done, the first look that fails is the last. Default false. */
  readonly atRest?: boolean;
  /** Most milliseconds between two looks; at the beginning it is looked more often. Default 200. */
  readonly pollMs?: number;
  readonly onPhase?: (phase: Phase) => void;
  /** Told of an error that says nothing to an instance's owner, whose failure then does not name it. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Brings one instance to its desired state and says where it ended. May be called again at any point of an earlier
 * call that died. Rejects only when `signal` aborts.
 *
 * @example
 * const outcome = await ensureInstance(spec, { status: "running", revision: spec.revision }, { driver, probe });
 */
export async function ensureInstance(
  spec: InstanceSpec,
  desired: DesiredState,
  options: ReconcileOptions,
): Promise<Outcome> {
  const run = new Reconciliation(spec, desired, options);
  try {
    return await run.toTheEnd();
  } catch (error) {
    options.signal?.throwIfAborted();
    return { status: "failed", failure: failureOf(error, options.onError) };
  }
}

const SHORTEST_PAUSE_MS = 20;
/** The part of a pause that remains when the gateway is heard: it may write much, also about being asked. */
const HEARD_PART = 1 / 4;
/** Longer than an engine takes from one look at a gateway's health to the next. */
const HANGING_MS = 45_000;

/** A gateway that ends in an orderly way right after each start would be started for ever. */
const STARTS = 3;

class Reconciliation {
  readonly #spec: InstanceSpec;
  readonly #desired: DesiredState;
  readonly #options: ReconcileOptions;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #pollMs: number;
  readonly #readyTimeoutMs: number;
  #atRest: boolean;
  #startedAt: number;
  #deadline: number;
  #phase: Phase["action"] | null = null;
  #lastProbe: ProbeResult | null = null;
  #starts = 0;
  /** Since when each look has found a running gateway hanging. */
  #hangsSince: number | null = null;

  constructor(spec: InstanceSpec, desired: DesiredState, options: ReconcileOptions) {
    this.#spec = spec;
    this.#desired = desired;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#pollMs = options.pollMs ?? 200;
    this.#readyTimeoutMs = options.readyTimeoutMs ?? 120_000;
    this.#atRest = options.atRest ?? false;
    this.#startedAt = this.#clock.now();
    this.#deadline = this.#newDeadline();
  }

  async toTheEnd(): Promise<Outcome> {
    for (;;) {
      this.#signal.throwIfAborted();
      const observed = await this.#options.driver.observe(this.#spec.id);
      const actions = plan(this.#desired, observed);
      if (actions.length === 0) return { status: observed.status === "absent" ? "absent" : "stopped" };
      const outcome = await this.#perform(actions, observed).catch((error: unknown) =>
        this.#lookAfter(error),
      );
      if (outcome !== null) return outcome;
    }
  }

  /** An engine that goes away between two looks says nothing about the instance. */
  async #lookAfter(error: unknown): Promise<Outcome | null> {
    if (!isEngineAway(error)) throw error;
    return this.#lookAgain(error.message);
  }

  async #lookAgain(reason: string): Promise<Outcome | null> {
    this.#hangsSince = null;
    if (this.#atRest) return { status: "unknown", reason };
    this.#enter("look-again");
    if (this.#isLate()) return { status: "unknown", reason };
    await this.#clock.sleep(this.#pause(), this.#signal);
    return null;
  }

  /** Performs the actions up to the first one after which the world must be looked at again. */
  async #perform(actions: readonly Action[], observed: Observation): Promise<Outcome | null> {
    const { driver } = this.#options;
    for (const action of actions) {
      if (action.kind !== "look-again") this.#enter(action.kind);
      switch (action.kind) {
        case "prepare":
          await driver.prepare(this.#spec, (step) => this.#enter(step), this.#signal);
          break;
        case "start":
          if (this.#starts === STARTS) return { status: "failed", failure: endsByItself(STARTS) };
          await driver.start(this.#spec, this.#signal);
          this.#starts += 1;
          this.#startedAt = this.#clock.now();
          this.#deadline = this.#newDeadline();
          break;
        case "stop":
          if (this.#isReplaced(observed)) break;
          await driver.stop(this.#spec.id);
          break;
        case "destroy":
          await driver.destroy(this.#spec.id);
          break;
        case "give-up":
          return { status: "failed", failure: action.failure };
        case "look-again":
          return this.#lookAgain(action.reason);
        case "await-ready":
          // What was observed before a start says nothing about what was started.
          return actions[0] === action ? this.#proveReady(observed) : null;
      }
    }
    return null;
  }

  /** Only a stop makes a driver forget that something has failed. */
  #isReplaced(observed: Observation): boolean {
    const { driver } = this.#options;
    return driver.replaces === true && this.#desired.status === "running" && observed.status !== "failed";
  }

  /** One handshake, and a pause when it is too early to judge. What the gateway writes meanwhile ends the pause. */
  async #proveReady(observed: Observation): Promise<Outcome | null> {
    const heard = new AbortController();
    const unsubscribe = this.#options.driver.onOutput?.(this.#spec.id, () => heard.abort());
    try {
      return await this.#shakeHands(observed, heard.signal);
    } finally {
      unsubscribe?.();
    }
  }

  async #shakeHands(observed: Observation, heard: AbortSignal): Promise<Outcome | null> {
    const askedAt = this.#clock.now();
    const waitMs = observed.status === "running" ? await this.#probe(observed.target) : this.#pause();
    const proof = this.#lastProbe;
    const hasHung = this.#hasHung(observed, proof);
    if (observed.status === "running" && proof?.status === "ready") {
      if (proof.suspended && !this.#isLate() && !(await this.#resume(observed.target))) return null;
      const { target, containerId } = observed;
      const { protocol, version } = proof;
      const started = this.#starts > 0;
      return { status: "ready", target, protocol, version, started, ...(containerId ? { containerId } : {}) };
    }
    // Another try by the same credentials would only feed the gateway's limiter, which then locks everybody out.
    if (proof?.status === "refused") return { status: "failed", failure: refusal(proof) };
    if (hasHung) return this.#endHanging();
    if (this.#isLate()) return { status: "failed", failure: lateness(proof) };
    await this.#sleepUntil(heard, askedAt, waitMs);
    return null;
  }

  /** Neither its engine nor a handshake ends a gateway alone, nor both for a moment: it may be at work on a reply. */
  #hasHung(observed: Observation, proof: ProbeResult | null): boolean {
    if (proof?.status !== "unreachable" || !this.#isOverdue(observed)) {
      this.#hangsSince = null;
      return false;
    }
    const now = this.#clock.now();
    this.#hangsSince ??= now;
    return now - this.#hangsSince >= Math.min(HANGING_MS, this.#readyTimeoutMs / 2);
  }

  /** What was started here has its time to start, and is late when that is over. */
  #isOverdue(observed: Observation): boolean {
    if (this.#starts > 0 || observed.status !== "running" || !observed.isUnhealthy) return false;
    return this.#clock.now() - observed.startedAt >= this.#readyTimeoutMs;
  }

  async #endHanging(): Promise<null> {
    this.#enter("stop");
    await this.#options.driver.stop(this.#spec.id);
    return null;
  }

  async #sleepUntil(heard: AbortSignal, askedAt: number, waitMs: number): Promise<void> {
    const signal = AbortSignal.any([this.#signal, heard]);
    await this.#clock.sleep(waitMs, signal).catch(() => this.#signal.throwIfAborted());
    const tooSoonMs = askedAt + this.#pause() * HEARD_PART - this.#clock.now();
    if (tooSoonMs > 0) await this.#clock.sleep(tooSoonMs, this.#signal);
  }

  /** Milliseconds until another try makes sense. */
  async #probe(target: InstanceTarget): Promise<number> {
    this.#lastProbe = await this.#options.probe(probeTargetOf(this.#spec, target), this.#signal);
    return this.#lastProbe.status === "starting"
      ? Math.max(this.#lastProbe.retryAfterMs, this.#pause())
      : this.#pause();
  }

  /** A gateway that cannot be resumed forgets its suspension after a while: it is looked at again. */
  async #resume(target: InstanceTarget): Promise<boolean> {
    try {
      await this.#options.resume?.(probeTargetOf(this.#spec, target), this.#signal);
      return true;
    } catch {
      await this.#clock.sleep(this.#pause(), this.#signal);
      return false;
    }
  }

  /** A tenth of the time that has gone by: what is quick is seen at once, what is slow is not asked too often. */
  #pause(): number {
    const elapsedMs = this.#clock.now() - this.#startedAt;
    return Math.min(this.#pollMs, Math.max(SHORTEST_PAUSE_MS, elapsedMs / 10));
  }

  #isLate(): boolean {
    return this.#clock.now() >= this.#deadline;
  }

  #newDeadline(): number {
    return this.#clock.now() + this.#readyTimeoutMs;
  }

  #enter(action: Phase["action"]): void {
    if (action === this.#phase) return;
    this.#phase = action;
    this.#atRest &&= action === "await-ready";
    this.#options.onPhase?.({ instanceId: this.#spec.id, action, since: this.#clock.now() });
  }
}

/** How that instance is reached there, as this spec has it. */
export function probeTargetOf({ product, settings }: InstanceSpec, target: InstanceTarget): ProbeTarget {
  const path = target.prefix === "keep" ? `${settings.basePath}/` : "/";
  return { product, target, url: `ws://${target.host}:${target.port}${path}`, auth: settings.auth };
}
