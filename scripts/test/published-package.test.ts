import { expect, test } from "vitest";
import { undocumentedExports } from "../api-surface.ts";
import { exportsOfBuild, publishedPackage, PUBLISHED } from "../published-package.ts";

test.each(PUBLISHED)("users of @automna/%s reach the built file of every entry point", (name) => {
  const published = publishedPackage(name);
  expect(published.publishedExports).toEqual(exportsOfBuild(published.exports));
});

test("a module is published as a module with its declarations, a style sheet as it is", () => {
  expect(exportsOfBuild({ ".": "./src/index.ts", "./b": "./src/a/b.tsx", "./c.css": "./src/c.css" })).toEqual(
    {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./b": { types: "./dist/a/b.d.ts", default: "./dist/a/b.js" },
      "./c.css": "./dist/c.css",
    },
  );
});

test("an export without a doc comment is found, and an internal declaration is not", () => {
  const text = [
    "/** Documented. */",
    "declare function first(): void;",
    "declare function first(value: string): void;",
    "interface Bare {",
    "  /** A documented member does not document the whole. */",
    "  value: string;",
    "}",
    "type Inner = string;",
    "export { type Bare as Renamed, first };",
  ].join("\n");
  expect(undocumentedExports({ file: "a.d.ts", text })).toEqual(["a.d.ts: Bare has no doc comment"]);
});
