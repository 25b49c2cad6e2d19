import pg from "pg";
import { systemClock, type Clock } from "../clock.ts";

/** Tells of every instance that was changed, by anybody, as soon as that is committed. */
export interface InstanceFeed {
  /** @param listener Gets the id; `null` when changes may have been missed and everything must be read again. */
  subscribe(listener: (instanceId: string | null) => void): () => void;
  /** Resolves once it listens. */
  readonly listening: Promise<void>;
  close(): Promise<void>;
}

export interface InstanceFeedOptions {
  /** PostgreSQL connection string; a direct one, since poolers drop what is listened for. */
  readonly url: string;
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
}

const CHANNEL = "automna_instance";
const AGAIN_MS = 500;

/** Listens on a connection of its own, and connects again for as long as it is open. */
export function followInstances({ url, onError, clock = systemClock }: InstanceFeedOptions): InstanceFeed {
  const listeners = new Set<(instanceId: string | null) => void>();
  const closing = new AbortController();
  const { promise: listening, resolve: listens } = Promise.withResolvers<void>();
  const tell = (instanceId: string | null) => {
    for (const listener of listeners) listener(instanceId);
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
      await client.query(`LISTEN ${CHANNEL}`);
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
