import { ar } from "./ar.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { es } from "./es.ts";
import type { Strings } from "./strings.ts";
import { zh } from "./zh.ts";

export type { Strings } from "./strings.ts";

/** Every language of the pages, by its primary tag. */
export const languages: Readonly<Record<"en" | "de" | "es" | "zh" | "ar", Strings>> = { en, de, es, zh, ar };

const isKnown = (tag: string): tag is keyof typeof languages => Object.hasOwn(languages, tag);

/** The first of the wanted languages that is here, otherwise English. */
export function stringsFor(wanted: readonly string[]): Strings {
  for (const tag of wanted) {
    const primary = tag.split("-")[0]?.toLowerCase() ?? "";
    if (isKnown(primary)) return languages[primary];
  }
  return en;
}

/** The tags of an `Accept-Language` header, the most wanted first. */
export function wantedLanguages(header: string | null): string[] {
  return (header ?? "")
    .split(",")
    .map((entry) => {
      const [tag = "", ...parameters] = entry.split(";").map((part) => part.trim());
      const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
      return { tag, weight: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, weight }) => tag !== "" && weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
    .map(({ tag }) => tag);
}
