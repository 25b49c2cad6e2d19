/** How long to wait before each of several tries, in milliseconds. */
export interface RetryPace {
  next(): number;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 15_000;
/** What failed so long ago says nothing about now. */
const FORGOTTEN_MS = 60_000;

/** Each wait is twice as long as the one before, up to 15 s, and a part of it is chance: many pages wait at a time. */
export function createRetryPace(now: () => number = Date.now, random: () => number = Math.random): RetryPace {
  let tries = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    next() {
      if (now() - lastAt > FORGOTTEN_MS) tries = 0;
      const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries);
      tries += 1;
      lastAt = now();
      return longest * (0.5 + random() / 2);
    },
  };
}

/** The same pace after a first try that does not wait. */
export function atOnceThen(pace: RetryPace): RetryPace {
  let first = true;
  return {
    next() {
      if (!first) return pace.next();
      first = false;
      return 0;
    },
  };
}
