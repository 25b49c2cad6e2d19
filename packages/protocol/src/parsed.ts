import * as v from "valibot";

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
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  return { ok: false, reason: path === null ? issue.message : `${path}: ${issue.message}` };
}

/** Optional fields of a payload: a value of another type reads as absent, so that one odd field costs nothing else. */
export const optionalText = v.fallback(v.optional(v.string()), undefined);
export const optionalNumber = v.fallback(v.optional(v.number()), undefined);
export const optionalFlag = v.fallback(v.optional(v.boolean()), undefined);
export const optionalRecord = v.fallback(v.optional(v.record(v.string(), v.unknown())), undefined);

/** A list whose unreadable items are left out; anything that is no list reads as an empty one. */
export function listOf<T>(item: Schema<T>) {
  return v.pipe(
    v.unknown(),
    v.transform((input): T[] => {
      if (!Array.isArray(input)) return [];
      const items: T[] = [];
      for (const candidate of input) {
        const result = v.safeParse(item, candidate, { abortEarly: true });
        if (result.success) items.push(result.output);
      }
      return items;
    }),
  );
}

/** {@link listOf} for a key that may be missing. */
export function optionalListOf<T>(item: Schema<T>) {
  return v.optional(listOf(item), []);
}

/** An optional object that is dropped as a whole when it cannot be read. */
export function optionalOf<T>(schema: Schema<T>) {
  return v.fallback(v.optional(schema), undefined);
}
