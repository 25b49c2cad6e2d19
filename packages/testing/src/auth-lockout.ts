import { refuse } from "./admission-claim.ts";
import type { Claim, Refused } from "./admission-claim.ts";
import type { Core } from "./core.ts";
import type { JsonObject } from "./json.ts";

const WINDOW_MS = 60_000;
const LOCKOUT_MS = 300_000;
const MAX_FAILURES = 10;

export const authDetails = (
  code: string,
  authReason: string,
  canRetryWithDeviceToken: boolean,
  recommendedNextStep: string,
): JsonObject => ({ code, authReason, canRetryWithDeviceToken, recommendedNextStep });

/** Browsers on loopback are counted per origin, everyone else per address. */
const limiterKey = (claim: Claim): string =>
  claim.local && claim.origin ? claim.origin : (claim.peer.address ?? "127.0.0.1");

export function lockedOut(core: Core, claim: Claim): Refused | undefined {
  const entry = core.memory.authFailures.get(limiterKey(claim));
  const left = (entry?.lockedUntil ?? 0) - core.clock.now();
  if (left <= 0) return undefined;
  const message = "unauthorized: too many failed authentication attempts (retry later)";
  return refuse(message, authDetails("AUTH_RATE_LIMITED", "rate_limited", false, "wait_then_retry"), {
    retryable: true,
    retryAfterMs: left,
  });
}

export function noteFailure(core: Core, claim: Claim): void {
  const now = core.clock.now();
  const key = limiterKey(claim);
  const times = [
    ...(core.memory.authFailures.get(key)?.times ?? []).filter((at) => now - at < WINDOW_MS),
    now,
  ];
  core.memory.authFailures.set(key, {
    times,
    lockedUntil: times.length >= MAX_FAILURES ? now + LOCKOUT_MS : 0,
  });
}
