import pg from "pg";
import { systemClock, type Clock } from "../clock.ts";

/** A channel of the database, as `LISTEN` hears it. */
export interface Channel {
  /** @param listener Gets what was told; `null` when something may have been missed. */
  subscribe(listener: (payload: string | null) => void): () => void;
  /** Resolves once it listens. */
  readonly listening: Promise<void>;
  close(): Promise<void>;
}

export interface ChannelOptions {
  /** PostgreSQL connection string; a direct one, since poolers drop what is listened for. */
  readonly url: string;
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
}

const AGAIN_MS = 500;

/** Listens on a connection of its own, and connects again for as long as it is open. */
export function followChannel(name: string, { url, onError, clock = systemClock }: ChannelOptions): Channel {
  const listeners = new Set<(payload: string | null) => void>();
  const closing = new AbortController();
  const { promise: listening, resolve: listens } = Promise.withResolvers<void>();
  const tell = (payload: string | null) => {
    for (const listener of listeners) listener(payload);
  };

  async function listenOnce(): Promise<void> {
    const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 10_000 });
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    client.on("error", (error) => {
      if (!closing.signal.aborted) onError?.(error);
      end();
    });
    client.on("end", () => end());
    client.on("notification", ({ payload }) => tell(payload ?? null));
    const close = () => void client.end().catch(() => undefined);
    try {
      await client.connect();
      await client.query(`LISTEN ${pg.escapeIdentifier(name)}`);
      closing.signal.addEventListener("abort", close, { once: true });
      if (closing.signal.aborted) close();
      listens();
      tell(null);
      await ended;
    } finally {
      closing.signal.removeEventListener("abort", close);
      close();
    }
  }

  async function listenForever(): Promise<void> {
    while (!closing.signal.aborted) {
      await listenOnce().catch((error: unknown) => {
        if (!closing.signal.aborted) onError?.(error);
      });
      await clock.sleep(AGAIN_MS, closing.signal).catch(() => undefined);
    }
  }

  const life = listenForever();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    listening,
    async close() {
      closing.abort();
      listeners.clear();
      await life;
    },
  };
}
