/** First and longest delay between two attempts, milliseconds. */
export const BACKOFF = { firstMs: 250, maxMs: 15_000 } as const;

/**
 * How long to wait before attempt `attempt` (1 = the first retry): full jitter over an exponentially growing window, so
 * that a thousand clients of a restarted gateway come back spread over the whole window instead of at once.
 *
 * @param random a number in [0, 1)
 * @returns whole milliseconds, at least 1/10 of the first window so that a refused connection never spins
 */
export function backoffDelay(attempt: number, random: number): number {
  const window = Math.min(BACKOFF.maxMs, BACKOFF.firstMs * 2 ** Math.max(0, attempt - 1));
  const floor = BACKOFF.firstMs / 10;
  return Math.round(floor + random * (window - floor));
}
