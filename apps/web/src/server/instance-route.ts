import type { InstanceSpec, InstanceTarget, ObservedState } from "@automna/control-plane";
import type { InstanceRecord } from "@automna/control-plane/database";
import type { Route, RouteState } from "@automna/proxy";

/** Nothing listens there; a route that is not ready is answered before anybody connects. */
const NOWHERE = "http://127.0.0.1:9";

/**
 * How the router reaches an instance that was seen in this state; null when that says nothing new. A gateway that runs
 * but has not yet passed a handshake is `starting`.
 */
export function routeTo(spec: InstanceSpec, observed: ObservedState): Route | null {
  const state = routeState(observed);
  return state && route(spec, "target" in observed ? observed.target : null, state);
}

/** How the router reaches an instance as the database knows it; `undefined` for one that nobody is to reach. */
export function routeOfRecord(record: InstanceRecord): Route | undefined {
  return record.desired === "destroyed" ? undefined : route(record, record.target, storedState(record));
}

function route(
  { id, product }: Pick<InstanceSpec, "id" | "product">,
  target: InstanceTarget | null,
  state: RouteState,
): Route {
  return {
    id,
    target: { origin: target ? `http://${target.host}:${target.port}` : NOWHERE },
    state,
    prefix: target?.prefix ?? "strip",
    forwarded: target?.forwardedHeaders === "write" ? "standard" : "none",
    metadata: { product },
  };
}

const STARTING: RouteState = { status: "starting", retryAfterMs: 1000, message: "The gateway is starting." };
const STOPPED: RouteState = { status: "stopped", message: "The gateway is stopped." };

function storedState({ desired, observed, target, failure }: InstanceRecord): RouteState {
  if (observed === "ready" && target) return { status: "ready" };
  if (observed === "failed") return { status: "error", ...(failure ? { message: failure.message } : {}) };
  return desired === "stopped" ? STOPPED : STARTING;
}

function routeState(observed: ObservedState): RouteState | null {
  switch (observed.status) {
    case "ready":
      return { status: "ready" };
    case "running":
    case "restarting":
      return STARTING;
    case "stopped":
    case "absent":
      return STOPPED;
    case "failed":
      return { status: "error", message: observed.failure.message };
    case "unknown":
      return null;
  }
}
