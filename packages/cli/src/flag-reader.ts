import { parseDuration } from "./duration.ts";

/** Reads the values of flags. Each method answers the fallback for a flag that was not given or cannot be read. */
export interface FlagReader<Name extends string> {
  /** The general case. `expected` ends the sentence "--name must be …". */
  read<T>(name: Name, fallback: T, parse: (text: string) => T | undefined, expected: string): T;
  port(name: Name, fallback: number): number;
  /** A whole number from 1. */
  count(name: Name, fallback: number, max: number): number;
  /** A text that is not empty, also as the fallback. */
  text(name: Name, fallback: string): string;
  boolean(name: Name, fallback: boolean): boolean;
  /** In milliseconds, from `min` up to what a timer can wait for. */
  duration(name: Name, fallback: number, min: number): number;
  /** Scheme, host and port, without a slash at its end. */
  origin<T extends string | undefined>(name: Name, fallback: T): string | T;
}

/**
 * A reader of flags that says every mistake in a sentence, in `problems`.
 *
 * @param secrets Flags whose values are never repeated in such a sentence.
 */
export function createFlagReader<Name extends string>(
  given: ReadonlyMap<string, string>,
  problems: string[],
  secrets: readonly Name[] = [],
): FlagReader<Name> {
  function read<T>(name: Name, fallback: T, parse: (text: string) => T | undefined, expected: string): T {
    const text = given.get(name);
    if (text === undefined) return fallback;
    const value = parse(text);
    if (value !== undefined) return value;
    problems.push(`--${name} must be ${expected}${secrets.includes(name) ? "" : `, not "${text}"`}.`);
    return fallback;
  }
  const whole = (max: number) => (text: string) => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    return value >= 1 && value <= max ? value : undefined;
  };
  return {
    read,
    port: (name, fallback) => read(name, fallback, whole(65_535), "a port from 1 to 65535"),
    count: (name, fallback, max) => read(name, fallback, whole(max), `a whole number from 1 to ${max}`),
    text(name, fallback) {
      const value = read(name, fallback, (text) => text.trim() || undefined, "something");
      if (value === "") problems.push(`--${name} is empty: give it a value.`);
      return value;
    },
    boolean: (name, fallback) =>
      read(name, fallback, (text) => BOOLEANS.get(text.toLowerCase()), "true or false"),
    duration(name, fallback, min) {
      const parse = (text: string): number | undefined => {
        const ms = parseDuration(text);
        return ms !== undefined && ms >= min && ms <= MAX_DURATION_MS ? ms : undefined;
      };
      const least = min >= 1_000 ? `${min / 1_000}s` : `${min}ms`;
      return read(name, fallback, parse, `a duration of at least ${least}, such as 5s, 800ms or 1m30s`);
    },
    origin: <T extends string | undefined>(name: Name, fallback: T) =>
      read<string | T>(name, fallback, parseOrigin, "an address such as https://dev.example"),
  };
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["t", true],
  ["1", true],
  ["false", false],
  ["f", false],
  ["0", false],
]);

/** The longest time a timer can wait for. */
const MAX_DURATION_MS = 2 ** 31 - 1;

function parseOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const plain = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  return /^https?:$/.test(url.protocol) && plain && url.password === "" ? url.origin : undefined;
}
