import type { SecureContextOptions } from "node:tls";

import { requestHeaderPolicy } from "./headers.ts";
import type { CookiePredicate, RequestHeaderPolicy } from "./headers.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "./route.ts";
import type { Route, RouteLimits, RouteTimeouts, RouteTls } from "./route.ts";

/** A route with everything worked out that does not change from request to request. */
export interface PreparedRoute {
  readonly route: Route;
  readonly timeouts: RouteTimeouts;
  readonly limits: RouteLimits;
  readonly secure: boolean;
  /** The target's origin in its canonical spelling. */
  readonly origin: string;
  readonly hostname: string;
  readonly port: number;
  /** What goes into `Host` unless the route keeps the client's. */
  readonly hostHeader: string;
  /** Without a slash at its end; empty for none. */
  readonly basePath: string;
  readonly headerPolicy: RequestHeaderPolicy;
  readonly requestHeaders: readonly string[];
  readonly droppedResponseHeaders: ReadonlySet<string>;
  readonly responseHeaders: readonly string[];
  /** Equal for routes that may share upstream connections. */
  readonly poolKey: string;
}

/** What all routes of one proxy have in common. */
export interface RouteDefaults {
  readonly timeouts?: Partial<RouteTimeouts> | undefined;
  readonly limits?: Partial<RouteLimits> | undefined;
  readonly dropRequestHeaders?: readonly string[] | undefined;
  readonly ownCookies: CookiePredicate;
}

/** Ours is written instead, and no upstream may move a whole origin elsewhere. */
const ALWAYS_DROPPED = ["x-request-id", "alt-svc"];

/** The target of a route cannot be used. */
export class InvalidTargetError extends Error {
  readonly code = "invalid-target";
  constructor(routeId: string, origin: string, cause?: unknown) {
    super(
      `Route ${routeId} has the target origin "${origin}". Write it as http://host:port or https://host:port, without path, query or credentials.`,
      { cause },
    );
    this.name = "InvalidTargetError";
  }
}

/**
 * Works a route out, once per route object: routes are values, so a change is a new object.
 *
 * @throws InvalidTargetError if the target's origin is none.
 */
export function createRoutePreparer(defaults: RouteDefaults): (route: Route) => PreparedRoute {
  const prepared = new WeakMap<Route, PreparedRoute>();
  return (route) => {
    const known = prepared.get(route);
    if (known) return known;
    const fresh = prepare(route, defaults);
    prepared.set(route, fresh);
    return fresh;
  };
}

function prepare(route: Route, defaults: RouteDefaults): PreparedRoute {
  const url = parseOrigin(route);
  const secure = url.protocol === "https:";
  const timeouts = { ...DEFAULT_TIMEOUTS, ...defaults.timeouts, ...route.timeouts };
  const own = Object.entries(route.requestHeaders ?? {});
  const drop = [
    ...(defaults.dropRequestHeaders ?? []),
    ...(route.dropRequestHeaders ?? []),
    ...own.map(([name]) => name),
  ];
  return {
    route,
    timeouts,
    limits: { ...DEFAULT_LIMITS, ...defaults.limits, ...route.limits },
    secure,
    origin: url.origin,
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    hostHeader: url.host,
    basePath: (route.target.basePath ?? "").replace(/\/+$/, ""),
    headerPolicy: requestHeaderPolicy({
      drop,
      keepAuthorization: route.keepAuthorization === true,
      ownCookies: defaults.ownCookies,
    }),
    requestHeaders: own.flat(),
    droppedResponseHeaders: new Set([
      ...ALWAYS_DROPPED,
      ...(route.dropResponseHeaders ?? []).map((name) => name.toLowerCase()),
    ]),
    responseHeaders: Object.entries(route.responseHeaders ?? {}).flat(),
    poolKey: [url.origin, timeouts.connectMs, secure ? JSON.stringify(route.target.tls ?? null) : ""].join(
      " ",
    ),
  };
}

function parseOrigin({ id, target }: Route): URL {
  let url: URL;
  try {
    url = new URL(target.origin);
  } catch (cause) {
    throw new InvalidTargetError(id, target.origin, cause);
  }
  const plain =
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === "" &&
    url.username === "" &&
    url.password === "";
  if (!plain || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new InvalidTargetError(id, target.origin);
  return url;
}

/** TLS options for `node:tls` and undici alike. */
export function tlsOptions(
  tls: RouteTls | undefined,
): SecureContextOptions & { rejectUnauthorized: boolean; servername?: string } {
  return {
    rejectUnauthorized: tls?.verify !== false,
    ...(tls?.ca === undefined ? {} : { ca: typeof tls.ca === "string" ? tls.ca : [...tls.ca] }),
    ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls?.key === undefined ? {} : { key: tls.key }),
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}
