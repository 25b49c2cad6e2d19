import { createTokenBuckets } from "./token-bucket.ts";
import type { BucketRate, RateLimitOptions, TokenBuckets } from "./token-bucket.ts";

/** Who may try at all. Each answer is 0, or the milliseconds to wait. */
export interface Admission {
  client(address: string, kind: "http" | "websocket"): number;
  route(routeId: string): number;
}

export function createAdmission(options: RateLimitOptions, clock: () => number): Admission {
  const buckets = (rate: BucketRate | undefined): TokenBuckets | undefined =>
    rate && createTokenBuckets(rate, { now: clock, maxKeys: options.maxKeys });
  const perClient = buckets(options.perClient);
  const perRoute = buckets(options.perRoute);
  const upgrades = buckets(options.upgradesPerClient);

  return {
    client(address, kind) {
      const waitMs = perClient?.take(address) ?? 0;
      return waitMs > 0 || kind === "http" ? waitMs : (upgrades?.take(address) ?? 0);
    },
    route: (routeId) => perRoute?.take(routeId) ?? 0,
  };
}
