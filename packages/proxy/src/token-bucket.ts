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
  /** Most clients or routes remembered; those unused longest are forgotten, and so start full. Default 20,000. */
  readonly maxKeys?: number;
}

export interface TokenBuckets {
  /** Takes one token. 0 if there was one, else the milliseconds until there is. */
  take(key: string): number;
  /** Keys remembered. */
  readonly size: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * One token bucket per key, bounded in number. Keys live in two generations: what is used moves to the young one, and
 * when that holds half the bound the old one is forgotten. So a use moves nothing in most cases.
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
  let young = new Map<string, Bucket>();
  let old = new Map<string, Bucket>();
  const generation = Math.max(1, Math.floor(maxKeys / 2));

  function bucketOf(key: string, at: number): Bucket {
    const known = young.get(key);
    if (known) return known;
    const bucket = old.get(key) ?? { tokens: burst, at };
    old.delete(key);
    if (young.size >= generation) {
      old = young;
      young = new Map();
    }
    young.set(key, bucket);
    return bucket;
  }

  return {
    take(key) {
      const at = now();
      const bucket = bucketOf(key, at);
      bucket.tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) / 1_000) * perSecond);
      bucket.at = at;
      if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / perSecond) * 1_000);
      bucket.tokens -= 1;
      return 0;
    },
    get size() {
      return young.size + old.size;
    },
  };
}
