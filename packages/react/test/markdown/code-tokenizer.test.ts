import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { highlightCode, shikiHighlighter, type ShikiLike } from "../../src/markdown/plugins/highlight.ts";
import { tokenizeCode } from "../../src/markdown/plugins/code-tokenizer.ts";

function kinds(code: string, language: string): string[] {
  return (tokenizeCode(code, language) ?? []).flatMap(({ text, kind }) =>
    kind ? [`${kind} ${text.trim()}`] : [],
  );
}

describe("code is coloured", () => {
  test.each([
    [
      "ts",
      'const a: Map<string, 1> = f("x\\"y"); // done',
      [
        "keyword const",
        "operator :",
        "type Map",
        "operator <",
        "keyword string",
        "number 1",
        "operator >",
        "operator =",
        "function f",
        'string "x\\"y"',
        "comment // done",
      ],
    ],
    [
      "python",
      "@dec\ndef f(x): # c\n  return f'''a\nb''' is None",
      [
        "meta @dec",
        "keyword def",
        "function f",
        "operator :",
        "comment # c",
        "keyword return",
        "string f'''a\nb'''",
        "keyword is",
        "literal None",
      ],
    ],
    [
      "bash",
      'for f in $HOME --all; do echo "a # b"; done # end',
      [
        "keyword for",
        "keyword in",
        "meta $HOME",
        "meta --all",
        "keyword do",
        "keyword echo",
        'string "a # b"',
        "keyword done",
        "comment # end",
      ],
    ],
    [
      "json",
      '{"a": "b", "c": [true, 1.5e3]}',
      [
        'property "a"',
        "operator :",
        'string "b"',
        'property "c"',
        "operator :",
        "literal true",
        "number 1.5e3",
      ],
    ],
    [
      "sql",
      "SELECT a FROM t WHERE b = 'it''s' -- why",
      ["keyword SELECT", "keyword FROM", "keyword WHERE", "operator =", "string 'it''s'", "comment -- why"],
    ],
    [
      "html",
      '<!-- c --><a href="x">t</a>',
      ["comment <!-- c -->", "tag <a", "property href", 'string "x"', "tag >", "tag </a", "tag >"],
    ],
    ["css", ".a { color: red; /* c */ }", ["meta .a", "property color", "operator :", "comment /* c */"]],
    [
      "yaml",
      "a: true # c\nb:\n  - c: 'd'",
      [
        "property a",
        "operator :",
        "literal true",
        "comment # c",
        "property b",
        "operator :",
        "operator -",
        "property c",
        "operator :",
        "string 'd'",
      ],
    ],
    ["diff", "@@ -1 +1 @@\n-old\n+new\n same", ["meta @@ -1 +1 @@", "deleted -old", "inserted +new"]],
    ["go", "func main() { x := `raw` }", ["keyword func", "function main", "operator :=", "string `raw`"]],
    [
      "rust",
      'let x: &\'a str = "s";',
      ["keyword let", "operator :", "operator &", "keyword str", "operator =", 'string "s"'],
    ],
  ])("%s", (language, code, expected) => {
    expect(kinds(code, language)).toEqual(expected);
  });

  test("in an unknown language or beyond reason it stays plain", () => {
    expect(tokenizeCode("x", "klingon")).toBeNull();
    expect(tokenizeCode("x ".repeat(40_000), "js")).toBeNull();
  });

  test("and never changed", () => {
    const languages = fc.constantFrom(
      "js",
      "py",
      "sh",
      "json",
      "sql",
      "html",
      "css",
      "yaml",
      "diff",
      "rs",
      "go",
      "rb",
      "c",
      "php",
    );
    const pieces = fc.constantFrom(
      "'",
      '"',
      "`",
      "/*",
      "*/",
      "//",
      "#",
      "\\",
      "\n",
      " ",
      "a",
      "1",
      "<",
      ">",
      "=",
      "{",
      "--",
      "$",
      "\u{1f600}",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }),
        languages,
        (parts, language) => {
          const tokens = tokenizeCode(parts.join(""), language) ?? [];
          expect(tokens.map(({ text }) => text).join("")).toBe(parts.join(""));
        },
      ),
      { seed: 20_261_120 },
    );
  });

  test("in time that does not explode", () => {
    for (const language of ["js", "py", "rs", "html", "sh", "yaml"]) {
      for (const piece of ['"', "'", "`", "/*", "<", "<!--", "r#", "\\", "a.", "- ", "0x"]) {
        expect(tokenizeCode(piece.repeat(10_000), language)).not.toBeNull();
      }
    }
  });
});

describe("a highlighter", () => {
  test("loads its tables when it is first asked", async () => {
    expect(await highlightCode("let", "js")).toEqual([{ text: "let", kind: "keyword" }]);
  });

  test("of shiki's is loaded once, again after a failure, and left alone with languages it lacks", async () => {
    let loads = 0;
    const shiki: ShikiLike = {
      getLoadedLanguages: () => ["js"],
      codeToTokensBase: (code, { theme }) => code.split("\n").map((content) => [{ content, color: theme }]),
    };
    const highlighter = shikiHighlighter(async () => {
      loads += 1;
      if (loads === 1) throw new Error("offline");
      return shiki;
    }, "#123456");
    await expect(highlighter("a", "js")).rejects.toThrow("offline");
    expect(await highlighter("a\nb", "js")).toEqual([
      { text: "a", color: "#123456" },
      { text: "\n" },
      { text: "b", color: "#123456" },
    ]);
    expect(await highlighter("a", "klingon")).toBeNull();
    expect(loads).toBe(2);
  });
});
