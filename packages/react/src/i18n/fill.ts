import type { Plural } from "./strings.ts";

/** Puts values into the `{name}` places of a phrase. A value is never read as a phrase itself. */
export function fill(phrase: string, values: Readonly<Record<string, string | number>>): string {
  return phrase.replace(/\{(\w+)\}/g, (place, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : place,
  );
}

/** The phrase for a number, with the number in it. */
export function fillPlural(plural: Plural, count: number, locale: string): string {
  const rule = new Intl.PluralRules(locale).select(count);
  return fill(plural[rule] ?? plural.other, { count: new Intl.NumberFormat(locale).format(count) });
}
