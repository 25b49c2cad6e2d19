import type { RouteCounters } from "./activity.ts";
import type { EngineContext } from "./engine-context.ts";
import type { FailureCode } from "./failure.ts";
import type { PreparedRoute } from "./prepared-route.ts";
import { guardBasePath } from "./request-guard.ts";
import type { Decision } from "./route.ts";
import { stateFailure } from "./route-state.ts";

/** The decision to let a request through. */
export type Forward = Extract<Decision, { kind: "forward" }>;

/** Why a request goes no further, although nobody forbids it. */
export interface Obstacle {
  readonly code: FailureCode;
  readonly message?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** A request that may be sent now. */
export interface Admitted {
  readonly code: undefined;
  readonly prepared: PreparedRoute;
  readonly counters: RouteCounters;
}

/** What stands between a decision and the upstream: the route's state, its limits, its circuit. */
export function admit(context: EngineContext, decision: Forward, url: string): Admitted | Obstacle {
  const { route } = decision;
  const obstacle = stateFailure(route.state) ?? guardBasePath(decision);
  if (obstacle) return obstacle;
  const prepared = context.prepare(route);
  const waitMs = context.admission.route(route.id);
  if (waitMs > 0) return { code: "rate-limited", retryAfterMs: waitMs };
  if (url.length > prepared.limits.maxUrlBytes) return { code: "url-too-long" };
  const counters = context.activity.of(route.id);
  if (counters.openRequests + counters.openSockets >= prepared.limits.maxConnections)
    return { code: "too-many-connections", retryAfterMs: 1_000 };
  const pauseMs = context.circuits.waitMs(prepared.origin);
  if (pauseMs > 0) return { code: "circuit-open", retryAfterMs: pauseMs };
  return { code: undefined, prepared, counters };
}
