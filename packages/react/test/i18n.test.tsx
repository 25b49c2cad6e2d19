import { MessageTooLongError } from "@automna/client";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";

import { describeConnection } from "../src/connection/describe-connection.ts";
import { fill, fillPlural } from "../src/i18n/fill.ts";
import { languages, stringsFor, type Strings } from "../src/i18n/index.ts";
import { AutomnaChat, runtimeOf } from "../src/index.ts";
import { message, scriptedStore } from "./scripted-store.ts";

afterEach(cleanup);

/** Every text of a catalogue by its path. */
function texts(value: unknown, path = ""): readonly (readonly [string, string])[] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, path === "" ? key : `${path}.${key}`));
}

const places = (text: string) =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).toSorted((a, b) => a.localeCompare(b));
const all = Object.entries(languages);
const isPlural = (path: string) => path.startsWith("chat.newMessages.");
const isMeantToBeEmpty = (path: string) => path === "message.status.complete";

describe.each(all)("%s", (_, strings) => {
  const english = new Map(texts(languages.en));
  const own = new Map(texts(strings));

  test("has every string of English, and fills the same places", () => {
    const missing = [...english].filter(([path]) => !isPlural(path) && !own.has(path)).map(([path]) => path);
    expect(missing).toEqual([]);
    const differing = [...english]
      .filter(
        ([path, text]) => !isPlural(path) && String(places(text)) !== String(places(own.get(path) ?? "")),
      )
      .map(([path]) => path);
    expect(differing).toEqual([]);
  });

  test("leaves nothing empty", () => {
    const empty = [...own].filter(([path, text]) => text.trim() === "" && !isMeantToBeEmpty(path));
    expect(empty).toEqual([]);
  });

  test("has a phrase for every number that its grammar tells apart", () => {
    const rules = new Intl.PluralRules(strings.locale).resolvedOptions().pluralCategories;
    for (const rule of rules) expect(Object.keys(strings.chat.newMessages)).toContain(rule);
  });
});

test("only English leaves the connection's sentences to the client", () => {
  const mute = all.filter(([, strings]) => strings.connection.advice === null).map(([name]) => name);
  expect(mute).toEqual(["en"]);
});

test("a connection problem is told in the reader's language, one that no translation knows in the client's words", () => {
  const failed = (code: string, strings: Strings) =>
    describeConnection(
      {
        status: "failed",
        // What a newer protocol package may say.
        advice: JSON.parse(JSON.stringify({ action: "stop", code, detail: "its own words." })),
      },
      true,
      strings,
    )?.detail;
  expect(failed("token-mismatch", languages.de)).toMatch(/^Das Gateway nimmt dieses Token nicht an/);
  expect(failed("token-mismatch", languages.en)).toBe("The gateway refused: its own words.");
  expect(failed("brand-new", languages.ar)).toBe("The gateway refused: its own words.");
});

test.each([
  [["de-CH", "en"], "de"],
  [["fr", "es-MX"], "es"],
  [["zh-TW"], "zh-Hans"],
  [["constructor", "xx"], "en"],
  [[], "en"],
])("%j is served with %s", (wanted, locale) => {
  expect(stringsFor(wanted).locale).toBe(locale);
});

test("a value with braces is not filled a second time", () => {
  expect(fill("{a} and {b}", { a: "{b}", b: "$&" })).toBe("{b} and $&");
});

test("numbers follow the grammar of the language", () => {
  const { newMessages } = languages.ar.chat;
  expect(fillPlural(newMessages, 2, "ar")).toBe("رسالتان جديدتان");
  expect(fillPlural(languages.en.chat.newMessages, 1, "en")).toBe("1 new message");
  expect(fillPlural(languages.en.chat.newMessages, 1_200, "en")).toBe("1,200 new messages");
});

test("the chat speaks Arabic from right to left, markdown's own labels included", () => {
  const store = scriptedStore();
  store.show(message("a", { parts: [{ type: "text", text: "```\ncode\n```" }] }));
  render(<AutomnaChat runtime={runtimeOf(store)} strings={languages.ar} />);
  const chat = screen.getByRole("region", { name: "الدردشة" });
  expect(chat.getAttribute("dir")).toBe("rtl");
  expect(chat.getAttribute("lang")).toBe("ar");
  expect(screen.getByRole("button", { name: "نسخ" })).toBeTruthy();
  expect(screen.getByRole("textbox", { name: "الرسالة" })).toBeTruthy();
});

test("an edit that was refused before it left the page is told in the reader's language", async () => {
  const cause = new MessageTooLongError(1_000_000);
  const store = scriptedStore({ notice: { kind: "unknown", message: cause.message, cause } });
  render(<AutomnaChat runtime={runtimeOf(store)} strings={languages.de} />);
  const told = fill(languages.de.composer.tooLong, { max: "1 MB" });
  expect((await screen.findByText(told)).closest("[role=alert]")).not.toBeNull();
});
