import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Banners } from "../src/components/banners.tsx";
import { languages } from "../src/i18n/index.ts";

const shown = (local: boolean, demo: boolean, strings = languages.en) =>
  renderToStaticMarkup(createElement(Banners, { local, demo, strings }));

test("without Clerk's keys every language says that the app knows one user only; with them nothing is said", () => {
  expect(shown(true, false)).toContain("<strong>Local mode.</strong>");
  for (const strings of Object.values(languages))
    expect(shown(true, false, strings)).toContain(strings.banner.localTitle);
  expect(shown(false, true)).not.toContain(languages.en.banner.localTitle);
  expect(shown(false, false)).toBe("");
});
