import { isRecord } from "./frames.ts";

/**
 * What a payload parser answers: the value, or the reason why it is not one.
 *
 * Parsers never throw. They are lenient when reading: unknown keys are ignored, an optional field of the wrong
 * type counts as absent, and only a missing identity (a run id, a session key, ...) makes a payload invalid.
 */
export type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string };

/** Answers the value that an input is, or throws {@link Unreadable}. Written by hand: a schema library weighs more than all of these. */
export type Reader<T> = (input: unknown) => T;

/** What a reader reads. */
export type Value<R> = R extends Reader<infer T> ? T : never;

class Unreadable {
  readonly path: readonly string[];
  readonly wanted: string;

  constructor(wanted: string, path: readonly string[] = []) {
    this.wanted = wanted;
    this.path = path;
  }
}

export function parseWith<T>(read: Reader<T>, input: unknown): Parsed<T> {
  try {
    return { ok: true, value: read(input) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { ok: false, reason: [...error.path, `not ${error.wanted}`].join(": ") };
  }
}

function orUndefined<T>(read: Reader<T>, input: unknown): T | undefined {
  const parsed = parseWith(read, input);
  return parsed.ok ? parsed.value : undefined;
}

// @__NO_SIDE_EFFECTS__
function guarded<T>(wanted: string, is: (input: unknown) => input is T): Reader<T> {
  return (input) => {
    if (is(input)) return input;
    throw new Unreadable(wanted);
  };
}

export const text = guarded("text", (input) => typeof input === "string");
export const number = guarded("a number", (input) => typeof input === "number");
export const flag = guarded("true or false", (input) => typeof input === "boolean");
export const anything: Reader<unknown> = (input) => input;

/** Text that must not be empty: an id, a key. */
export const identifier = guarded(
  "an id",
  (input): input is string => typeof input === "string" && input !== "",
);

/** An object with any keys. */
export const anyRecord = guarded("an object", isRecord);

/** One of a few words. */
// @__NO_SIDE_EFFECTS__
export function oneOf<const T extends string>(words: readonly T[]): Reader<T> {
  return guarded(words.join(" or "), (input): input is T => words.some((word) => word === input));
}

/** Optional fields of a payload: a value of another type reads as absent, so that one odd field costs nothing else. */
export const optionalText: Reader<string | undefined> = (input) =>
  typeof input === "string" ? input : undefined;
export const optionalNumber: Reader<number | undefined> = (input) =>
  typeof input === "number" ? input : undefined;
export const optionalFlag: Reader<boolean | undefined> = (input) =>
  typeof input === "boolean" ? input : undefined;
export const optionalRecord: Reader<Record<string, unknown> | undefined> = (input) =>
  isRecord(input) ? input : undefined;

/** An optional value that is dropped as a whole when it cannot be read. */
// @__NO_SIDE_EFFECTS__
export function optionalOf<T>(read: Reader<T>): Reader<T | undefined> {
  return (input) => (input === undefined ? undefined : orUndefined(read, input));
}

/** What stands for a value that is missing or cannot be read. */
// @__NO_SIDE_EFFECTS__
export function withDefault<T>(read: Reader<T>, value: T): Reader<T> {
  // Throwing for what is merely missing would cost more than the rest of a delta.
  return (input) => (input === undefined ? value : (orUndefined(read, input) ?? value));
}

/** A list whose unreadable items are left out. Only a missing list is none; anything else that is no list is an empty one. */
// @__NO_SIDE_EFFECTS__
export function listOf<T>(read: Reader<T>): Reader<T[]> {
  return (input) => {
    if (input === undefined) throw new Unreadable("a list");
    const items: T[] = [];
    for (const candidate of Array.isArray(input) ? input : []) {
      const parsed = parseWith(read, candidate);
      if (parsed.ok) items.push(parsed.value);
    }
    return items;
  };
}

/** {@link listOf} for a key that may be missing. */
// @__NO_SIDE_EFFECTS__
export function optionalListOf<T>(read: Reader<T>): Reader<T[]> {
  const list = listOf(read);
  return (input) => (input === undefined ? [] : list(input));
}

/** A reader's value made into something else. */
// @__NO_SIDE_EFFECTS__
export function mapped<T, U>(read: Reader<T>, change: (value: T) => U): Reader<U> {
  return (input) => change(read(input));
}

type Fields = Readonly<Record<string, Reader<unknown>>>;
type OptionalKey<F extends Fields> = { [K in keyof F]: undefined extends Value<F[K]> ? K : never }[keyof F];
type ObjectOf<F extends Fields> = {
  [K in Exclude<keyof F, OptionalKey<F>>]: Value<F[K]>;
} & { [K in OptionalKey<F>]?: Value<F[K]> };

/** The named fields of an object; absent ones stay absent. */
// @__NO_SIDE_EFFECTS__
export function object<F extends Fields>(fields: F): Reader<{ [K in keyof ObjectOf<F>]: ObjectOf<F>[K] }> {
  const entries = Object.entries(fields);
  return (input) => {
    const source = anyRecord(input);
    const value: Record<string, unknown> = {};
    let at = "";
    try {
      for (const [key, read] of entries) {
        at = key;
        const field = read(source[key]);
        if (field !== undefined) value[key] = field;
      }
    } catch (error) {
      throw error instanceof Unreadable ? new Unreadable(error.wanted, [at, ...error.path]) : error;
    }
    // Each field was read by the reader of its name, a pairing that TypeScript cannot follow.
    return value as ObjectOf<F>;
  };
}
