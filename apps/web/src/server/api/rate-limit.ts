import pg from "pg";
import type { RateLimiterPostgres } from "rate-limiter-flexible";

/** Counts what people do, in the database, so that it counts the same for all processes. */
export interface RateLimit {
  /** Takes one point; milliseconds until there is another one, or 0 when it was there. */
  take(
    key: string,
    name: string,
    rate: { readonly points: number; readonly seconds: number },
  ): Promise<number>;
  close(): Promise<void>;
}

/** Not at the app's start: it takes its time, and nothing is limited yet. */
const loadLibrary = () => import("rate-limiter-flexible");

/** Connects when it is first needed. */
export function createRateLimit(url: string): RateLimit {
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 5_000 });
  // The pool replaces a connection that broke; whoever asks next is told if it cannot.
  pool.on("error", () => undefined);
  const limiters = new Map<string, RateLimiterPostgres>();

  async function limiterOf(name: string, { points, seconds }: { points: number; seconds: number }) {
    const found = limiters.get(name);
    if (found) return found;
    const { RateLimiterPostgres } = await loadLibrary();
    const made = new RateLimiterPostgres({
      storeClient: pool,
      storeType: "pool",
      tableName: "RateLimit",
      tableCreated: true,
      keyPrefix: name,
      points,
      duration: seconds,
      // One sweeps for all.
      clearExpiredByTimeout: limiters.size === 0,
    });
    limiters.set(name, made);
    return made;
  }

  return {
    async take(key, name, rate) {
      try {
        await (await limiterOf(name, rate)).consume(key);
        return 0;
      } catch (refusal) {
        const { RateLimiterRes } = await loadLibrary();
        if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
        throw refusal;
      }
    },
    close: () => pool.end(),
  };
}
