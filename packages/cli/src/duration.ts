const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Reads a duration as Go writes it (`5s`, `800ms`, `1m30s`, `1.5h`, `0`) into milliseconds; `undefined` if it is
 * none. Negative durations are none: nothing here can wait for less than no time.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  let total = 0;
  PART.lastIndex = 0;
  let end = 0;
  while (end < text.length) {
    const match = PART.exec(text);
    if (!match) return undefined;
    total += Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? Number.NaN);
    end = PART.lastIndex;
  }
  return end === 0 || !Number.isFinite(total) ? undefined : total;
}
