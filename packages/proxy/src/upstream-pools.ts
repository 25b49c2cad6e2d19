import { Pool, buildConnector } from "undici";

import { passOverContinue } from "./continue-filter.ts";
import { tlsOptions } from "./prepared-route.ts";
import type { PreparedRoute } from "./prepared-route.ts";

export interface UpstreamPools {
  /** Keeps the pool of a route's target alive until {@link UpstreamPools.release}. */
  acquire(prepared: PreparedRoute): void;
  /** The pool of a route's target, made on first use. */
  get(prepared: PreparedRoute): Pool;
  release(prepared: PreparedRoute): void;
  readonly size: number;
  /** Destroys every pool and its connections. */
  close(): Promise<void>;
}

export interface UpstreamPoolsOptions {
  /** How long an unused connection is kept, in milliseconds. */
  readonly keepAliveMs: number;
  /** How long a pool without requests is kept, in milliseconds. */
  readonly poolIdleMs: number;
}

interface Entry {
  readonly pool: Pool;
  users: number;
  idleSweeps: number;
}

/**
 * Keep-alive connection pools, one per target. A pool has no connection limit of its own: routes limit what runs at
 * a time, and a request must never queue behind a stream that may stay open for days.
 */
export function createUpstreamPools({ keepAliveMs, poolIdleMs }: UpstreamPoolsOptions): UpstreamPools {
  const entries = new Map<string, Entry>();
  let sweeper: NodeJS.Timeout | undefined;

  function sweep(): void {
    for (const [key, entry] of entries) {
      if (entry.users > 0) entry.idleSweeps = 0;
      else if (entry.idleSweeps > 0) {
        entries.delete(key);
        void entry.pool.destroy();
      } else entry.idleSweeps = 1;
    }
    if (entries.size === 0) {
      clearInterval(sweeper);
      sweeper = undefined;
    }
  }

  function entryOf(prepared: PreparedRoute): Entry {
    let entry = entries.get(prepared.poolKey);
    if (!entry) {
      entry = { pool: createPool(prepared, keepAliveMs), users: 0, idleSweeps: 0 };
      entries.set(prepared.poolKey, entry);
      sweeper ??= setInterval(sweep, poolIdleMs).unref();
    }
    return entry;
  }

  return {
    acquire(prepared) {
      entryOf(prepared).users += 1;
    },
    get: (prepared) => entryOf(prepared).pool,
    release(prepared) {
      const entry = entries.get(prepared.poolKey);
      if (entry) entry.users -= 1;
    },
    get size() {
      return entries.size;
    },
    async close() {
      clearInterval(sweeper);
      sweeper = undefined;
      const pools = [...entries.values()].map((entry) => entry.pool.destroy());
      entries.clear();
      await Promise.all(pools);
    },
  };
}

function createPool({ route, secure, timeouts }: PreparedRoute, keepAliveMs: number): Pool {
  const connect = buildConnector({
    allowH2: false,
    timeout: timeouts.connectMs,
    noDelay: true,
    autoSelectFamily: true,
    ...(secure ? tlsOptions(route.target.tls) : {}),
  });
  return new Pool(route.target.origin, {
    connections: null,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: Math.max(keepAliveMs, 60_000),
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 65_536,
    connect: (options, callback) =>
      connect(options, (error, socket) => {
        if (error) callback(error, null);
        else callback(null, passOverContinue(socket));
      }),
  });
}
