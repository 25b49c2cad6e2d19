import type { InstanceTarget } from "@automna/control-plane";
import type { InstanceRecord } from "@automna/control-plane/database";
import type { Route, RouteState } from "@automna/proxy";

/** Nothing listens there; a route that is not ready is answered before anybody connects. */
const NOWHERE = "http://127.0.0.1:9";

/** How the router reaches an instance as the database knows it; `undefined` for one that nobody is to reach. */
export function routeOfRecord(record: InstanceRecord): Route | undefined {
  const { id, product, desired, target } = record;
  if (desired === "destroyed") return undefined;
  return {
    id,
    target: { origin: target ? `http://${target.host}:${target.port}` : NOWHERE },
    state: storedState(record),
    prefix: target?.prefix ?? "strip",
    forwarded: target?.forwardedHeaders === "write" ? "standard" : "none",
    ...(target?.identity ? vouching(target.identity) : {}),
    metadata: { product },
  };
}

/** OpenClaw refuses whom a proxy calls local (HTTP 403). This address is no machine's (RFC 5737). */
const SOMEBODY_HERE = "203.0.113.1";

/** Replaces what a client sent under that name: nobody but the router can say who somebody is. */
function vouching({ header, value }: NonNullable<InstanceTarget["identity"]>): Partial<Route> {
  return { requestHeaders: { [header]: value }, loopbackClientAs: SOMEBODY_HERE };
}

const STARTING: RouteState = { status: "starting", retryAfterMs: 1000, message: "The gateway is starting." };
const STOPPED: RouteState = { status: "stopped", message: "The gateway is stopped." };

function storedState({ desired, observed, target, failure }: InstanceRecord): RouteState {
  if (observed === "ready" && target) return { status: "ready" };
  if (observed === "failed") return { status: "error", ...(failure ? { message: failure.message } : {}) };
  return desired === "stopped" ? STOPPED : STARTING;
}
