import type { AccessRecord, SocketOpening } from "./access-log.ts";
import type { ActivityBook } from "./activity.ts";
import type { Admission } from "./admission.ts";
import type { Circuits } from "./circuits.ts";
import type { Failure, RenderedFailure } from "./failure.ts";
import type { ClientResolver } from "./forwarded.ts";
import type { CookiePredicate } from "./headers.ts";
import type { PreparedRoute } from "./prepared-route.ts";
import type { Route } from "./route.ts";
import type { UpstreamPools } from "./upstream-pools.ts";

/** What the HTTP and the WebSocket engine share. */
export interface EngineContext {
  readonly prepare: (route: Route) => PreparedRoute;
  readonly pools: UpstreamPools;
  readonly circuits: Circuits;
  readonly admission: Admission;
  readonly activity: ActivityBook;
  /** Finds a request's client, and remembers it with the connection. */
  readonly clientOf: ClientResolver;
  /** Finds a request's client once: for connections that will see no other request. */
  readonly clientOnce: ClientResolver;
  readonly ownCookies: CookiePredicate;
  readonly maxUrlBytes: number;
  readonly renderFailure: (failure: Failure, accept: string | undefined) => RenderedFailure;
  readonly onAccess: (record: AccessRecord) => void;
  readonly onSocketOpen: (opening: SocketOpening) => void;
  readonly onError: (error: unknown, requestId: string, routeId: string | undefined) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set back. */
  readonly clock: () => number;
  readonly createRequestId: () => string;
  readonly draining: () => boolean;
}

/** A promise or a value, or a function that makes one: then limits and checks come before it. */
export type DecisionSource<T> = T | Promise<T> | (() => T | Promise<T>);

/** The request id of a trusted peer, if it has a harmless form. */
export function trustedRequestId(
  header: string | string[] | undefined,
  trusted: boolean,
): string | undefined {
  return trusted && typeof header === "string" && /^[0-9A-Za-z._:-]{1,128}$/.test(header)
    ? header
    : undefined;
}

/** The path of a request target, without its query. */
export function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value;
}
