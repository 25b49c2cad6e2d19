import { expect, test } from "vitest";

import { insertionPoint } from "../src/html-base.ts";

const DOCUMENTS = [
  "<!doctype html><html lang='a>b'><head data-x=\">\"><title>",
  "  <!-- a <head> --> <?xml?> <HTML>\n<HEAD >rest",
  "<header>",
  "text",
  "<html><body>",
];

test("a document cut anywhere is waited for, and then the base goes where it would have gone in the whole", () => {
  for (const document of DOCUMENTS) {
    const whole = insertionPoint(document, true);
    expect(whole).toBeDefined();
    for (let length = 0; length <= document.length; length += 1) {
      const early = insertionPoint(document.slice(0, length), false);
      expect(early === undefined || early === whole, `${document} cut at ${length}`).toBe(true);
    }
  }
});

test("when there is no more to come, a place is always found", () => {
  for (const document of [...DOCUMENTS, "", "<", "<!--", "<html", "<head", "<head a='"]) {
    expect(insertionPoint(document, true), document).toBeGreaterThanOrEqual(0);
  }
});
