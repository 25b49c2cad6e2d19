import type { Environment, Stop } from "./environment.ts";

/** Something that waits for a person, for some time. */
interface Waiting {
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

/** What has not expired, oldest first, and a timer that looks again when the next one does. */
export function untilNextExpiry<T extends Waiting>(
  items: readonly T[],
  environment: Environment,
  lookAgain: () => void,
): { readonly current: readonly T[]; readonly stop: Stop } {
  const now = environment.now();
  const current = items
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .toSorted((a, b) => a.createdAt - b.createdAt);
  const next = Math.min(...current.map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY));
  return { current, stop: Number.isFinite(next) ? environment.after(next - now, lookAgain) : () => {} };
}
