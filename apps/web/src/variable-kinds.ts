import * as v from "valibot";

/** A variable that holds anything. */
export const text = (about: string) => v.pipe(v.string(), v.trim(), v.description(about));

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
