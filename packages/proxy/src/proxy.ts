import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import { Socket } from "node:net";

import type { RouteActivity } from "./activity.ts";
import type { CircuitState } from "./circuit.ts";
import { drainAll } from "./drain.ts";
import type { DrainOptions, DrainResult } from "./drain.ts";
import type { DecisionSource } from "./engine-context.ts";
import { HttpExchange } from "./http-engine.ts";
import { OpenExchanges } from "./open-exchanges.ts";
import { createContext } from "./proxy-options.ts";
import type { ProxyOptions } from "./proxy-options.ts";
import type { Decision } from "./route.ts";
import { SocketExchange } from "./websocket-engine.ts";

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

/** A request or a WebSocket that was let through and is not over. */
export interface OpenExchange {
  readonly routeId: string;
  /** What its decision said. */
  readonly grant: string | undefined;
}

export interface Proxy {
  /**
   * Forwards a request, or refuses it, as decided. The decision may be a promise: nothing is sent upstream before it
   * is known, and a client that leaves meanwhile is let go. It may be a function: then malformed requests and
   * clients over their rate never reach it. Never throws; a decision that fails is answered 500.
   *
   * @param answerHeaders Names and values in turn, in lower case, that every answer gets, whoever gives it. What an
   * upstream may not say beside them is in its route's `dropResponseHeaders`.
   */
  handleRequest(
    req: IncomingMessage,
    res: ServerResponse,
    decision: DecisionSource<Decision>,
    answerHeaders?: readonly string[],
  ): void;
  /** The same for an `upgrade` event. Only WebSocket upgrades are forwarded. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer, decision: DecisionSource<Decision>): void;
  /** Ends new work, lets requests finish and tells WebSockets to reconnect elsewhere. Repeated calls share one drain. */
  drain(options?: DrainOptions): Promise<DrainResult>;
  /**
   * Ends open requests and WebSockets whose right is gone: nothing of theirs reaches an upstream any more.
   * WebSockets are closed with 1008. Returns how many there were.
   */
  revoke(isGone: (open: OpenExchange) => boolean): number;
  /** The requests and WebSockets that were let through and are not over. */
  exchanges(): OpenExchange[];
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
 * import { createServer } from "node:http";
 * import { createProxy, hardenServer, hardenedServerOptions, type Decision } from "@automna/proxy";
 *
 * const decide = (): Decision => ({ kind: "refuse", status: 404, body: { error: "There is nothing here." } });
 * const proxy = createProxy({ ownCookies: ["__session*"] });
 * const server = createServer(hardenedServerOptions());
 * server.on("request", (req, res) => proxy.handleRequest(req, res, decide));
 * server.on("upgrade", (req, socket, head) => proxy.handleUpgrade(req, socket, head, decide));
 * hardenServer(server);
 * ```
 */
export function createProxy(options: ProxyOptions = {}): Proxy {
  const requests = new OpenExchanges<HttpExchange>();
  const sockets = new OpenExchanges<SocketExchange>();
  const totals = { requests: 0, upgrades: 0 };
  const emptied: (() => void)[] = [];
  let draining: Promise<DrainResult> | undefined;
  const context = createContext(options, () => draining !== undefined);

  function requestOver(exchange: HttpExchange): void {
    requests.delete(exchange);
    checkEmpty();
  }

  function socketOver(exchange: SocketExchange): void {
    sockets.delete(exchange);
    checkEmpty();
  }

  function checkEmpty(): void {
    if (emptied.length === 0 || requests.size + sockets.size > 0) return;
    for (const callback of emptied.splice(0)) callback();
  }

  return {
    handleRequest(req, res, decision, answerHeaders = []) {
      totals.requests += 1;
      const exchange = new HttpExchange(context, req, res, answerHeaders, requestOver);
      requests.add(exchange);
      exchange.start(decision);
    },
    handleUpgrade(req, socket, head, decision) {
      totals.upgrades += 1;
      if (!(socket instanceof Socket))
        throw new TypeError("handleUpgrade needs the net.Socket of an upgrade event.");
      const exchange = new SocketExchange(context, req, socket, head, socketOver);
      sockets.add(exchange);
      exchange.start(decision);
    },
    drain(drainOptions = {}) {
      draining ??= drainAll(
        {
          requests,
          sockets,
          random: options.random ?? Math.random,
          clock: context.clock,
          setTimer: options.setTimer ?? startTimer,
          whenEmpty(callback) {
            if (requests.size + sockets.size === 0) callback();
            else emptied.push(callback);
          },
        },
        drainOptions,
      );
      return draining;
    },
    revoke(isGone) {
      const gone = [...requests.snapshot(), ...sockets.snapshot()].filter(
        ({ routeId, grant }) => routeId !== undefined && isGone({ routeId, grant }),
      );
      for (const exchange of gone) exchange.revoke();
      return gone.length;
    },
    exchanges: () =>
      [...requests.snapshot(), ...sockets.snapshot()].flatMap(({ routeId, grant }) =>
        routeId === undefined ? [] : [{ routeId, grant }],
      ),
    async close() {
      for (const exchange of [...requests.snapshot(), ...sockets.snapshot()]) exchange.destroy();
      await context.pools.close();
    },
    stats: () => ({
      openRequests: requests.size,
      openSockets: countOpen(sockets),
      pendingUpgrades: sockets.size - countOpen(sockets),
      pools: context.pools.size,
      draining: draining !== undefined,
      requestsTotal: totals.requests,
      upgradesTotal: totals.upgrades,
    }),
    activity: (routeId) => context.activity.get(routeId),
    activities: () => context.activity.entries(),
    forgetActivity: (routeId) => context.activity.forget(routeId),
    circuit: (targetOrigin) => context.circuits.state(targetOrigin),
    clientAddress: (req) => context.clientOf(req).address,
  };
}

function startTimer(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

function countOpen(sockets: OpenExchanges<SocketExchange>): number {
  let open = 0;
  for (const socket of sockets.snapshot()) if (socket.open) open += 1;
  return open;
}
