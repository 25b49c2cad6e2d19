/** What a group of tests came to. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed and why, a line each, as far as it has a name. */
  failures?: readonly string[];
  /** The names of tests that skipped themselves. */
  skips?: readonly string[];
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The closing line that CI reads: alone on its line, always the last one. */
export function closingLine({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed`;
}
