/** A bucket holds `burst` tokens at most and gains `perSecond`. */
export interface BucketRate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface RateLimitOptions {
  /** Attempts (requests and upgrades) of one client address. `undefined`: no limit. */
  readonly perClient?: BucketRate;
  /** Attempts on one route, whoever makes them. `undefined`: no limit. */
  readonly perRoute?: BucketRate;
  /** WebSocket upgrades of one client address. `undefined`: no limit of their own. */
  readonly upgradesPerClient?: BucketRate;
  /** Most clients or routes remembered; the one unused longest is forgotten, and so starts full. Default 20,000. */
  readonly maxKeys?: number;
}

export interface TokenBuckets {
  /** Takes one token. 0 if there was one, else the milliseconds until there is. */
  take(key: string): number;
  readonly size: number;
}

/**
 * One token bucket per key, bounded in number.
 *
 * @example
 * ```ts
 * const attempts = createTokenBuckets({ perSecond: 5, burst: 20 }, { now: Date.now });
 * const waitMs = attempts.take("203.0.113.7");
 * ```
 */
export function createTokenBuckets(
  { perSecond, burst }: BucketRate,
  { now, maxKeys = 20_000 }: { readonly now: () => number; readonly maxKeys?: number | undefined },
): TokenBuckets {
  const buckets = new Map<string, { tokens: number; at: number }>();

  return {
    take(key) {
      const at = now();
      const bucket = buckets.get(key) ?? { tokens: burst, at };
      bucket.tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) / 1_000) * perSecond);
      bucket.at = at;
      buckets.delete(key);
      buckets.set(key, bucket);
      if (buckets.size > maxKeys) {
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest);
          break;
        }
      }
      if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / perSecond) * 1_000);
      bucket.tokens -= 1;
      return 0;
    },
    get size() {
      return buckets.size;
    },
  };
}
