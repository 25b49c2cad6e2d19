import * as v from "valibot";

/** A variable that holds anything. */
export const text = (about: string) => v.pipe(v.string(), v.trim(), v.description(about));

/** A variable that holds one of some words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(about: string, words: Words) =>
  v.pipe(v.picklist(words, `must be one of ${words.join(", ")}`), v.description(about));

/** A variable that holds a whole number between two others. */
export const wholeNumber = (about: string, least: number, most: number) =>
  v.pipe(
    v.string(),
    v.digits("must be a whole number"),
    v.transform(Number),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
    v.description(about),
  );

export const HTTP: readonly string[] = ["http:", "https:"];

/** A variable that holds a URL with one of these protocols. */
export const url = (about: string, protocols: readonly string[]) =>
  v.pipe(
    v.string(),
    v.url("must be a URL"),
    v.check(
      (value) => protocols.includes(URL.parse(value)?.protocol ?? ""),
      `must start with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
    ),
    v.description(about),
  );
