export interface ResolverCacheOptions {
  /** Most answers remembered; the one unused longest goes first. Default 10,000. */
  readonly maxEntries?: number;
  /** How long a found value is believed, in milliseconds. Default 5,000. */
  readonly ttlMs?: number;
  /** How long "there is none" is believed, in milliseconds. Default 1,000. */
  readonly missTtlMs?: number;
  /** Milliseconds since any fixed moment. Default `Date.now`. */
  readonly now?: () => number;
}

export interface ResolverCache<Key, Value> {
  /** At once when the answer is known and fresh; else one resolver call, shared by all who ask meanwhile. */
  get(name: string, key: Key): Value | undefined | Promise<Value | undefined>;
  /** Forgets one name, or all. The answer to a call that is under way goes to its callers but is not kept. */
  invalidate(name?: string): void;
  readonly size: number;
}

/**
 * Remembers an asynchronous resolver's answers, bounded in number and age. Failures are never remembered.
 *
 * @example
 * ```ts
 * import { createResolverCache } from "@automna/proxy";
 *
 * const origins = new Map([["abc", "http://127.0.0.1:19000"]]);
 * const cache = createResolverCache(async (id: string) => origins.get(id), { ttlMs: 2_000 });
 * const route = await cache.get("abc", "abc");
 * cache.invalidate("abc");
 * ```
 */
export function createResolverCache<Key, Value>(
  resolve: (key: Key) => Promise<Value | undefined>,
  options: ResolverCacheOptions = {},
): ResolverCache<Key, Value> {
  const { maxEntries = 10_000, ttlMs = 5_000, missTtlMs = 1_000, now = Date.now } = options;
  const answers = new Map<string, { value: Value | undefined; until: number }>();
  const pending = new Map<string, Promise<Value | undefined>>();

  function remember(name: string, value: Value | undefined): void {
    answers.delete(name);
    answers.set(name, { value, until: now() + (value === undefined ? missTtlMs : ttlMs) });
    if (answers.size <= maxEntries) return;
    for (const oldest of answers.keys()) {
      answers.delete(oldest);
      break;
    }
  }

  async function ask(name: string, key: Key): Promise<Value | undefined> {
    const call = resolve(key);
    pending.set(name, call);
    try {
      const value = await call;
      if (pending.get(name) === call) remember(name, value);
      return value;
    } finally {
      if (pending.get(name) === call) pending.delete(name);
    }
  }

  return {
    get(name, key) {
      const known = answers.get(name);
      if (known && known.until > now()) {
        answers.delete(name);
        answers.set(name, known);
        return known.value;
      }
      return pending.get(name) ?? ask(name, key);
    },
    invalidate(name) {
      if (name === undefined) {
        answers.clear();
        pending.clear();
        return;
      }
      answers.delete(name);
      pending.delete(name);
    },
    get size() {
      return answers.size;
    },
  };
}
