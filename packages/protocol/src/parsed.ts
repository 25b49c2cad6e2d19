import * as v from "valibot";

import { isRecord } from "./frames.ts";

/**
 * What a payload parser answers: the value, or the reason why it is not one.
 *
 * Parsers never throw. They are lenient when reading: unknown keys are ignored, an optional field of the wrong
 * type counts as absent, and only a missing identity (a run id, a session key, ...) makes a payload invalid.
 */
export type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string };

type Schema<T> = v.BaseSchema<unknown, T, v.BaseIssue<unknown>>;

export function parseWith<T>(schema: Schema<T>, input: unknown): Parsed<T> {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return { ok: true, value: result.output };
  const [{ path, message }] = result.issues;
  return { ok: false, reason: [...(path?.map(({ key }) => String(key)) ?? []), message].join(": ") };
}

/** Text that must not be empty: an id, a key. */
export const identifier = v.custom<string>((input) => typeof input === "string" && input !== "");

/** An object with any keys. */
export const anyRecord = v.custom<Record<string, unknown>>(isRecord);

/** Optional fields of a payload: a value of another type reads as absent, so that one odd field costs nothing else. */
export const optionalText = v.fallback(v.optional(v.string()), undefined);
export const optionalNumber = v.fallback(v.optional(v.number()), undefined);
export const optionalFlag = v.fallback(v.optional(v.boolean()), undefined);
export const optionalRecord = v.fallback(v.optional(anyRecord), undefined);
export const anything = v.optional(v.unknown());

/**
 * A list whose unreadable items are left out; anything that is no list reads as an empty one.
 *
 * The annotation lets bundlers drop the schemas that nobody uses.
 */
// @__NO_SIDE_EFFECTS__
export function listOf<T>(item: Schema<T>) {
  return v.pipe(
    v.unknown(),
    v.transform((input): T[] =>
      (Array.isArray(input) ? input : []).flatMap((candidate) => {
        const result = v.safeParse(item, candidate, { abortEarly: true });
        return result.success ? [result.output] : [];
      }),
    ),
  );
}

/** {@link listOf} for a key that may be missing. */
// @__NO_SIDE_EFFECTS__
export function optionalListOf<T>(item: Schema<T>) {
  return v.optional(listOf(item), []);
}

/** An optional object that is dropped as a whole when it cannot be read. */
// @__NO_SIDE_EFFECTS__
export function optionalOf<T>(schema: Schema<T>) {
  return v.fallback(v.optional(schema), undefined);
}
