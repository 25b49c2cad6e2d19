import type { ConnectionOptions } from "./connection-options.ts";
import { defaultEnvironment, type Stop } from "./environment.ts";
import { GatewayConnection } from "./gateway-connection.ts";

/** How long a connection without users stays open, so that a remount finds it, milliseconds. */
export const GRACE_MS = 1_000;

interface PooledConnection {
  readonly connection: GatewayConnection;
  users: number;
  stopGrace: Stop;
}

/** A share in a connection. */
export interface ConnectionLease {
  readonly connection: GatewayConnection;
  /**
   * Gives it back; calling it twice is harmless.
   *
   * @param isFinal nobody will come back for it: without other users it closes now, not after the grace time
   */
  release(isFinal?: boolean): void;
}

/**
 * One connection per gateway and identity, shared and counted. What has the same address, token, scopes, device, storage
 * and introduction shares one; providers and storages are the same when they are the same object.
 *
 * @example
 * ```ts
 * import { ConnectionPool, createChatStore } from "@automna/client";
 *
 * const pool = new ConnectionPool();
 * const chat = createChatStore({ gatewayUrl, authToken, pool });
 * const lease = pool.acquire({ gatewayUrl, authToken }); // opens the socket, which the chat will share
 * lease.connection.subscribe({ event: (frame) => show(frame.event) });
 * lease.release();
 * ```
 */
export class ConnectionPool {
  readonly #entries = new Map<string, PooledConnection>();
  readonly #names = new WeakMap<object, number>();
  #named = 0;

  /** How many connections are held, in use or in their grace time. */
  get size(): number {
    return this.#entries.size;
  }

  /** Takes part in the connection for these options, opening it when it is the first. */
  acquire(options: ConnectionOptions): ConnectionLease {
    const key = this.#keyOf(options);
    const entry = this.#entries.get(key) ?? this.#create(key, options);
    entry.users += 1;
    entry.stopGrace();
    entry.connection.open();
    let held = true;
    return {
      connection: entry.connection,
      release: (isFinal = false) => {
        if (!held) return;
        held = false;
        entry.users -= 1;
        if (entry.users > 0) return;
        const end = () => {
          this.#entries.delete(key);
          entry.connection.close();
        };
        if (isFinal) end();
        else entry.stopGrace = (options.environment ?? defaultEnvironment).after(GRACE_MS, end);
      },
    };
  }

  #create(key: string, options: ConnectionOptions): PooledConnection {
    const entry = { connection: new GatewayConnection(options), users: 0, stopGrace: () => {} };
    this.#entries.set(key, entry);
    return entry;
  }

  #keyOf(options: ConnectionOptions): string {
    const {
      gatewayUrl,
      authToken,
      device = "auto",
      scopes = [],
      client,
      storage,
      transport,
      environment,
    } = options;
    const parts = [gatewayUrl, authToken, device, storage, transport, environment].map((part) =>
      this.#nameOf(part),
    );
    return JSON.stringify([...parts, scopes, client ?? null]);
  }

  #nameOf(part: string | object | null | undefined): string | number | null {
    if (part === null || part === undefined) return null;
    if (typeof part === "string") return part;
    const name = this.#names.get(part) ?? (this.#named += 1);
    this.#names.set(part, name);
    return name;
  }
}

/**
 * The pool that every store uses unless it is given another.
 *
 * @example
 * ```ts
 * import { createChatStore, sharedConnections } from "@automna/client";
 *
 * createChatStore({ gatewayUrl, authToken }).start();
 * show(sharedConnections.size); // one more than before, or as many where somebody had that connection already
 * ```
 */
export const sharedConnections: ConnectionPool = new ConnectionPool();
