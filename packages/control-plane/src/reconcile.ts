import type { Clock } from "./clock.ts";
import type { Driver } from "./drivers/driver.ts";
import type { DesiredState, InstanceFailure, InstanceSpec, InstanceTarget, Probe } from "./instance.ts";
import type { Action } from "./plan.ts";

export type Outcome =
  | {
      readonly status: "ready";
      readonly target: InstanceTarget;
      readonly protocol: number;
      readonly version: string;
    }
  | { readonly status: "stopped" }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly failure: InstanceFailure }
  /** The driver could not look for as long as the limit allows. Nothing was changed on that ground. */
  | { readonly status: "unknown"; readonly reason: string };

/** What the loop is doing now, for a page that shows progress. */
export interface Phase {
  readonly instanceId: string;
  readonly action: Action["kind"];
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface ReconcileOptions {
  readonly driver: Driver;
  readonly probe: Probe;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Milliseconds from the first start to the first handshake. Default 120000. */
  readonly readyTimeoutMs?: number;
  /** Milliseconds between two looks. Default 250. */
  readonly pollMs?: number;
  readonly onPhase?: (phase: Phase) => void;
}

/** Brings one instance to its desired state and says where it ended. Rejects only when `signal` aborts. */
export declare function ensureInstance(
  spec: InstanceSpec,
  desired: DesiredState,
  options: ReconcileOptions,
): Promise<Outcome>;
