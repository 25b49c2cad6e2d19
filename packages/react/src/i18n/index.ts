import { ar } from "./ar.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import type { Strings } from "./strings.ts";
import { zh } from "./zh.ts";

export { ar } from "./ar.ts";
export { de } from "./de.ts";
export { en } from "./en.ts";
export { es } from "./es.ts";
export { zh } from "./zh.ts";
export type { Plural, Strings } from "./strings.ts";

/**
 * Every language that comes with the package, by its primary tag. Import one by its name where only one is wanted: this has all.
 *
 * @example
 * ```tsx
 * import { LanguageProvider } from "@automna/react";
 * import { languages } from "@automna/react/i18n";
 *
 * const Chooser = () => Object.keys(languages).map((tag) => <option key={tag}>{tag}</option>);
 * ```
 */
export const languages: Readonly<Record<"en" | "de" | "es" | "zh" | "ar", Strings>> = { en, de, es, zh, ar };

const isKnown = (tag: string): tag is keyof typeof languages => Object.hasOwn(languages, tag);

/**
 * The first of the wanted languages that is here, otherwise English.
 *
 * @example
 * ```ts
 * stringsFor(navigator.languages); // German for ["de-CH", "en"]
 * ```
 */
export function stringsFor(wanted: readonly string[]): Strings {
  for (const tag of wanted) {
    const primary = tag.split("-")[0]?.toLowerCase() ?? "";
    if (isKnown(primary)) return languages[primary];
  }
  return en;
}
