import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import type { AccessRecord } from "./access-log.ts";
import type { ActivityEvent, RouteActivity } from "./activity.ts";
import type { CircuitOptions, CircuitState } from "./circuit.ts";
import type { DrainOptions, DrainResult } from "./drain.ts";
import type { Failure, RenderedFailure } from "./failure.ts";
import type { Decision, RouteLimits, RouteTimeouts } from "./route.ts";
import type { RateLimitOptions } from "./token-bucket.ts";

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
  /** Activity that counted. Called for each; keep it cheap. */
  readonly onActivity?: (event: ActivityEvent) => void;
  /**
   * What counts as activity. Default: every HTTP request and every message from a client; messages from an upstream
   * do not, because gateways send heartbeats as messages.
   */
  readonly countsAsActivity?: (event: ActivityEvent) => boolean;
  /** Something went wrong that no client can be told, such as a hook that threw. */
  readonly onError?: (error: unknown, context: { readonly requestId: string; readonly routeId?: string }) => void;
  /** Replaces the document of a failure; `undefined` keeps the usual one. Status and `Retry-After` stay. */
  readonly renderFailure?: (failure: Failure, accept: string | undefined) => RenderedFailure | undefined;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number;
  /** Default: a random process prefix and a counter. */
  readonly createRequestId?: () => string;
}

/** Counts of this moment, for gauges. */
export interface ProxyStats {
  readonly openRequests: number;
  readonly openSockets: number;
  /** Upgrades that have no 101 yet. */
  readonly pendingUpgrades: number;
  /** Targets with a connection pool. */
  readonly pools: number;
  readonly draining: boolean;
  readonly requestsTotal: number;
  readonly upgradesTotal: number;
}

export interface Proxy {
  /**
   * Forwards a request, or refuses it, as decided. The decision may be a promise: nothing is sent upstream before it
   * is known, and a client that leaves meanwhile is let go. Never throws; a decision that rejects is answered 500.
   */
  handleRequest(req: IncomingMessage, res: ServerResponse, decision: Decision | Promise<Decision>): void;
  /** The same for an `upgrade` event. Only WebSocket upgrades are forwarded. */
  handleUpgrade(
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    decision: Decision | Promise<Decision>,
  ): void;
  /** Ends new work, lets requests finish and tells WebSockets to reconnect elsewhere. Repeated calls share one drain. */
  drain(options?: DrainOptions): Promise<DrainResult>;
  /** Cuts everything at once and closes the connection pools. */
  close(): Promise<void>;
  stats(): ProxyStats;
  /** Activity of one route since this process started; `undefined` if it never had any. */
  activity(routeId: string): RouteActivity | undefined;
  /** All routes that had any activity. */
  activities(): IterableIterator<[routeId: string, activity: RouteActivity]>;
  /** Forgets the counts of a route that is gone. */
  forgetActivity(routeId: string): void;
  /** The circuit of a route's target. */
  circuit(targetOrigin: string): CircuitState;
  /** The address of the client behind a request, through trusted proxies. */
  clientAddress(req: IncomingMessage): string;
}

/**
 * Creates the proxy. It owns no port: the app's server gives it requests and upgrades with a decision for each.
 *
 * @example
 * ```ts
 * const server = createServer(hardenedServerOptions());
 * const proxy = createProxy({ onAccess: (record) => log.info(record), ownCookies: ["__session*"] });
 * server.on("request", (req, res) => proxy.handleRequest(req, res, decide(req)));
 * server.on("upgrade", (req, socket, head) => proxy.handleUpgrade(req, socket, head, decide(req)));
 * hardenServer(server, proxy);
 * ```
 */
export declare function createProxy(options?: ProxyOptions): Proxy;
