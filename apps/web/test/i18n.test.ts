import { describe, expect, test } from "vitest";
import { fill } from "../src/i18n/fill.ts";
import { languages, stringsFor, wantedLanguages } from "../src/i18n/index.ts";

/** Every text of a catalogue by its path. */
function texts(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, path === "" ? key : `${path}.${key}`));
}

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).toSorted();
const english = texts(languages.en);

describe.each(Object.entries(languages))("the pages in %s", (_, strings) => {
  const own = new Map(texts(strings));

  test("have every text of English, none empty, and fill the same places", () => {
    expect([...own.keys()].toSorted()).toEqual(english.map(([path]) => path).toSorted());
    for (const [path, text] of english) {
      expect(own.get(path)?.trim(), path).not.toBe("");
      expect(places(own.get(path) ?? ""), path).toEqual(places(text));
    }
  });
});

describe.each(Object.entries(languages).filter(([tag]) => tag !== "en"))(
  "the pages in %s",
  (tag, strings) => {
    test("are another language than English", () => {
      const own = new Map(texts(strings));
      const names = new Set([
        "locale",
        "direction",
        "common.chat",
        "dashboard.image",
        "admin.column.problem",
      ]);
      const same = english.filter(
        ([path, text]) => own.get(path) === text && !names.has(path) && !path.startsWith("common.product."),
      );
      expect(same.map(([path]) => path)).toEqual(EXPECTED_SAME[tag] ?? []);
    });
  },
);

/** Words that a language shares with English. */
const EXPECTED_SAME: Readonly<Record<string, readonly string[]>> = {
  de: ["common.home", "admin.column.instance"],
  es: ["usage.tokens"],
};

test("a browser's wishes are taken in their order of weight, and English stands in for what is not here", () => {
  expect(wantedLanguages("fr;q=0.2, de-CH, en;q=0.8, *;q=0")).toEqual(["de-CH", "en", "fr"]);
  expect(stringsFor(wantedLanguages("fr, es;q=0.5"))).toBe(languages.es);
  expect(stringsFor(wantedLanguages("fr"))).toBe(languages.en);
  expect(stringsFor(wantedLanguages(null))).toBe(languages.en);
});

test("a value that looks like a place is not filled again", () => {
  expect(fill("{a} and {b}", { a: "{b}", b: "two" })).toBe("{b} and two");
});
