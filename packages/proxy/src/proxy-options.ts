import type { AccessRecord, SocketOpening } from "./access-log.ts";
import { createActivityBook } from "./activity.ts";
import type { ActivityBook, ActivityEvent, SocketMessage } from "./activity.ts";
import { createAdmission } from "./admission.ts";
import type { CircuitOptions } from "./circuit.ts";
import { createCircuits } from "./circuits.ts";
import type { EngineContext } from "./engine-context.ts";
import { renderFailure } from "./failure.ts";
import type { Failure, RenderedFailure } from "./failure.ts";
import { createClientResolver, resolveClient, trustedAddresses } from "./forwarded.ts";
import { cookieNames } from "./headers.ts";
import { createRoutePreparer } from "./prepared-route.ts";
import { DEFAULT_LIMITS } from "./route.ts";
import type { RouteLimits, RouteTimeouts } from "./route.ts";
import type { RateLimitOptions } from "./token-bucket.ts";
import { createUpstreamPools } from "./upstream-pools.ts";

export interface ProxyOptions {
  /** Addresses and CIDR ranges, v4 or v6, whose `X-Forwarded-*` and `X-Request-Id` are believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  /**
   * The cookies of the app in front: removed from every request, and no upstream may set one of these names.
   * A trailing `*` matches every name that begins so.
   */
  readonly ownCookies?: readonly string[];
  /** Headers no client may send and no route needs to repeat, such as `x-forwarded-user`. Lower case. */
  readonly dropRequestHeaders?: readonly string[];
  /** For routes that name none. */
  readonly timeouts?: Partial<RouteTimeouts>;
  /** For routes that name none. */
  readonly limits?: Partial<RouteLimits>;
  readonly rateLimits?: RateLimitOptions;
  readonly circuit?: CircuitOptions;
  /** How long an unused upstream connection is kept, in milliseconds. Default 4,000. */
  readonly keepAliveMs?: number;
  /** One record per finished request or socket. */
  readonly onAccess?: (record: AccessRecord) => void;
  /** A WebSocket opened. Its end is an {@link AccessRecord}. */
  readonly onSocketOpen?: (opening: SocketOpening) => void;
  /** Every WebSocket message, whether it counts as activity or not: for tracing, since it has its price. */
  readonly onMessage?: (message: SocketMessage) => void;
  /** Activity that counted. Called for each; keep it cheap. */
  readonly onActivity?: (event: ActivityEvent) => void;
  /**
   * What counts as activity. Default: every HTTP request and every message from a client; messages from an upstream
   * do not, because gateways send heartbeats as messages.
   */
  readonly countsAsActivity?: (event: ActivityEvent) => boolean;
  /** Something went wrong that no client can be told, such as a hook that threw. */
  readonly onError?: (
    error: unknown,
    context: { readonly requestId: string; readonly routeId?: string },
  ) => void;
  /** Replaces the document of a failure; `undefined` keeps the usual one. Status and `Retry-After` stay. */
  readonly renderFailure?: (failure: Failure, accept: string | undefined) => RenderedFailure | undefined;
  /** How long a target's connection pool is kept without a request, in milliseconds. Default 30,000. */
  readonly poolIdleMs?: number;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** Milliseconds of a clock that is never set back. Default `performance.now`. */
  readonly clock?: () => number;
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number;
  /** Starts a one-shot timer and returns what cancels it. Used by drains. Default `setTimeout`. */
  readonly setTimer?: (callback: () => void, ms: number) => () => void;
  /** Default: a random process prefix and a counter. */
  readonly createRequestId?: () => string;
}

/** What the engines work with, under these options. */
export function createContext(options: ProxyOptions, draining: () => boolean): EngineContext {
  const { now = Date.now, clock = () => performance.now(), onError = () => undefined } = options;
  const trusts = trustedAddresses(options.trustedProxies ?? []);
  const ownCookies = cookieNames(options.ownCookies ?? []);
  const report = (error: unknown, requestId: string, routeId: string | undefined): void => {
    onError(error, { requestId, ...(routeId === undefined ? {} : { routeId }) });
  };
  return {
    prepare: createRoutePreparer({
      timeouts: options.timeouts,
      limits: options.limits,
      dropRequestHeaders: options.dropRequestHeaders,
      ownCookies,
    }),
    pools: createUpstreamPools({
      keepAliveMs: options.keepAliveMs ?? 4_000,
      poolIdleMs: options.poolIdleMs ?? 30_000,
    }),
    circuits: createCircuits(options.circuit ?? {}, clock),
    admission: createAdmission(options.rateLimits ?? {}, clock),
    activity: createActivity(options, now),
    clientOf: createClientResolver(trusts),
    clientOnce: (req) => resolveClient(req, trusts),
    ownCookies,
    maxUrlBytes: options.limits?.maxUrlBytes ?? DEFAULT_LIMITS.maxUrlBytes,
    renderFailure: (failure, accept) =>
      options.renderFailure?.(failure, accept) ?? renderFailure(failure, accept),
    onAccess(record) {
      try {
        options.onAccess?.(record);
      } catch (error) {
        report(error, record.requestId, record.routeId);
      }
    },
    onSocketOpen(opening) {
      try {
        options.onSocketOpen?.(opening);
      } catch (error) {
        report(error, opening.requestId, opening.routeId);
      }
    },
    onError: report,
    now,
    clock,
    createRequestId: options.createRequestId ?? createRequestIds(options.random ?? Math.random),
    draining,
  };
}

function createActivity(options: ProxyOptions, now: () => number): ActivityBook {
  return createActivityBook({
    now,
    counts: options.countsAsActivity,
    onActivity: options.onActivity,
    onMessage: options.onMessage,
  });
}

/** A prefix that differs from process to process, and a counter. */
function createRequestIds(random: () => number): () => string {
  const prefix = Math.floor(random() * 36 ** 7)
    .toString(36)
    .padStart(7, "0");
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
