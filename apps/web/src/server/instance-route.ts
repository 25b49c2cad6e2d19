import type { InstanceSpec, ObservedState } from "@automna/control-plane";
import type { Route, RouteState } from "@automna/proxy";

/** Nothing listens there; a route that is not ready is answered before anybody connects. */
const NOWHERE = "http://127.0.0.1:9";

/**
 * How the router reaches an instance that was seen in this state; null when that says nothing new. A gateway that runs
 * but has not yet passed a handshake is `starting`.
 */
export function routeTo(spec: InstanceSpec, observed: ObservedState): Route | null {
  const state = routeState(observed);
  if (!state) return null;
  const target = "target" in observed ? observed.target : null;
  return {
    id: spec.id,
    target: { origin: target ? `http://${target.host}:${target.port}` : NOWHERE },
    state,
    prefix: target?.prefix ?? "strip",
    forwarded: target?.forwardedHeaders === "write" ? "standard" : "none",
    metadata: { product: spec.product },
  };
}

function routeState(observed: ObservedState): RouteState | null {
  switch (observed.status) {
    case "ready":
      return { status: "ready" };
    case "running":
    case "restarting":
      return { status: "starting", retryAfterMs: 1000, message: "The gateway is starting." };
    case "stopped":
    case "absent":
      return { status: "stopped", message: "The gateway is stopped." };
    case "failed":
      return { status: "error", message: observed.failure.message };
    case "unknown":
      return null;
  }
}
