import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lexDocument, type MarkdownDocument } from "../../src/markdown/block-lexer.ts";
import { lexBlocks, lexInline } from "../../src/markdown/dialect.ts";
import { GFM } from "../../src/markdown/syntax.ts";
import { anyMarkdown, chunked } from "./any-markdown.ts";

const streaming = { streaming: true, syntax: GFM };

function grow(chunks: readonly string[], options = streaming): MarkdownDocument[] {
  const documents: MarkdownDocument[] = [];
  let text = "";
  for (const chunk of chunks) {
    text += chunk;
    documents.push(lexDocument(text, options, documents.at(-1)));
  }
  return documents;
}

function types(document: MarkdownDocument): string[] {
  return document.blocks.map(({ node }) => node.type);
}

describe("whatever the text and its chunks", () => {
  test("growing a document gives what lexing the whole text gives, streaming or not", () => {
    fc.assert(
      fc.property(chunked(anyMarkdown), fc.boolean(), (chunks, isStreaming) => {
        const options = { streaming: isStreaming, syntax: GFM };
        let text = "";
        let grown: MarkdownDocument | undefined;
        for (const chunk of chunks) {
          text += chunk;
          grown = lexDocument(text, options, grown);
          const { settled: _, ...whole } = lexDocument(text, options);
          const { settled: __, ...incremental } = grown;
          expect(incremental).toEqual(whole);
        }
      }),
      { numRuns: 2_000, seed: 20_261_120 },
    );
  });

  test("the pieces of a text add up to it", () => {
    fc.assert(
      fc.property(anyMarkdown, (text) => {
        const lengths = lexBlocks(text, GFM).map(({ raw }) => raw.length);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(text.length);
      }),
      { numRuns: 2_000, seed: 20_261_120 },
    );
  });
});

describe("a growing document", () => {
  test("keeps every finished block, by identity", () => {
    const [, before, after] = grow(["# Title\n\nOne.\n\n", "- a\n- b\n\nTwo", " and more.\n\nThree."]);
    expect(after?.blocks.slice(0, 3)).toHaveLength(3);
    expect(after?.blocks.slice(0, 3).every((block, index) => block === before?.blocks[index])).toBe(true);
    expect(types(after!)).toEqual(["heading", "paragraph", "list", "paragraph", "paragraph"]);
  });

  test("lexes again only what is not settled", () => {
    const chapters = Array.from({ length: 200 }, (_, index) => `Paragraph ${index}.\n\n`);
    const documents = grow(chapters);
    const unsettled = documents.map(({ source, settled }) => source.length - settled.offset);
    expect(Math.max(...unsettled)).toBeLessThan(2 * "Paragraph 199.\n\n".length);
  });

  test("keeps the finished items of an open list and the finished rows of an open table", () => {
    const [list, longerList] = grow(["- one\n- two\n- thr", "ee"]);
    const [table, longerTable] = grow(["|a|b|\n|-|-|\n|1|2|\n|3|", "4|"]);
    const parts = [list, longerList, table, longerTable].map((document) => document?.blocks[0]?.node);
    const [one, two, three, four] = parts;
    if (one?.type !== "list" || two?.type !== "list" || three?.type !== "table" || four?.type !== "table") {
      throw new Error(`expected lists and tables, got ${parts.map((node) => node?.type).join()}`);
    }
    expect(two.items.map((item, index) => item === one.items[index])).toEqual([true, true, false]);
    expect(four.rows.map((row, index) => row === three.rows[index])).toEqual([true, false]);
  });

  test("numbers its blocks by place, so that a key never moves", () => {
    const documents = grow(
      "# A\n\nb\n\n- c\n\nd\n\n```\ne\n```\n\n| f |\n|---|\n\n[g]: https://e.example\n\n[g]".split(""),
    );
    for (const { blocks } of documents)
      expect(blocks.map(({ key }) => key)).toEqual(blocks.map((_, at) => `${at}`));
  });

  test("joins a list item that arrives after a blank line to its list", () => {
    const documents = grow("1. one\n\n2. two\n\n3. three\n\nend".split(""));
    expect(types(documents.at(-1)!)).toEqual(["list", "paragraph"]);
  });

  test("never lets a definition's title swallow paragraphs that are shown already", () => {
    const documents = grow('[a]: /url\n"\n\nFirst.\n\nSecond "quoted"\n\nThird.'.split(""));
    expect(types(documents.at(-1)!)).toEqual(["paragraph", "paragraph", "paragraph", "paragraph"]);
  });
});

describe("a text that does not extend the last one", () => {
  test("is lexed from its start, and blocks that say the same stay the same", () => {
    const before = lexDocument("One.\n\nTwo.\n\nThree.", streaming);
    const after = lexDocument("One.\n\nSecond.", streaming, before);
    expect(after.blocks.map(({ node }) => node.raw)).toEqual(["One.", "Second."]);
    expect(after.blocks[0]).toBe(before.blocks[0]);
  });

  test("is the same document when nothing changed", () => {
    const before = lexDocument("One.\n\nTwo.", streaming);
    expect(lexDocument("One.\n\nTwo.", streaming, before)).toBe(before);
  });
});

describe("link reference definitions", () => {
  test("reach blocks before and after them, and only the blocks that name them change", () => {
    const [before, after] = grow([
      "See [docs].\n\nSomething else [here].\n\n",
      "[docs]: https://e.example/docs\n",
    ]);
    expect(Object.keys(after?.blocks[0]?.definitions ?? {})).toEqual(["docs"]);
    expect(after?.blocks[0]).not.toBe(before?.blocks[0]);
    expect(after?.blocks[1]).toBe(before?.blocks[1]);
  });

  test("are not used while their line is incomplete", () => {
    const documents = grow("[a]\n\n[a]: https://e.example".split(""));
    expect(documents.every(({ definitions }) => Object.keys(definitions).length === 0)).toBe(true);
  });

  test("of one label: the first wins", () => {
    const [document] = grow([
      "[a]: https://first.example\n[a]: https://second.example\n\n> [A]: https://third.example\n\n[a] x",
    ]);
    expect(document?.definitions).toMatchObject({ a: { href: "https://first.example" } });
  });

  test("named like members of Object are ordinary labels", () => {
    const document = lexDocument("[__proto__] [constructor]\n\n[__proto__]: https://e.example\n", streaming);
    expect(lexInline("[__proto__] [constructor]", document.blocks[0]!.definitions, GFM)).toMatchObject([
      { type: "link", href: "https://e.example" },
      { type: "text", text: " [constructor]" },
    ]);
  });
});

describe("hostile input", () => {
  const many = 4_000;
  test.each([
    ["nested quotes", ">".repeat(many)],
    ["nested quotes with spaces", "> ".repeat(many)],
    ["nested lists", "- ".repeat(many)],
    ["indented lists", Array.from({ length: 300 }, (_, depth) => `${"  ".repeat(depth)}- x`).join("\n")],
    ["open brackets", "[".repeat(many)],
    ["open images", "![".repeat(many)],
    ["open emphasis", "*a _b ".repeat(many)],
    ["nested emphasis", `${"*a ".repeat(many)}${"b* ".repeat(many)}`],
    ["stars", "*".repeat(many)],
    ["backticks of every length", Array.from({ length: 200 }, (_, length) => "`".repeat(length)).join("a")],
    ["open tags", "<a ".repeat(many)],
    ["comments", "<!--".repeat(many)],
    ["pipes", "|".repeat(many)],
    ["table rows", `|a|b|\n|-|-|\n${"|x|y|\n".repeat(many / 4)}`],
    ["definitions", "[a]: b\n".repeat(many / 4)],
    ["titles that never close", '[a]: b "'.repeat(many / 4)],
    ["addresses", "https://a.example/".repeat(many / 4)],
    ["mail addresses", "a@".repeat(many)],
    ["dots after an address", `https://a.example/${".".repeat(many)}!`],
    ["tildes", "~~a".repeat(many)],
    ["backslashes", "\\".repeat(many)],
    ["entities", "&#".repeat(many)],
  ])("%s are lexed without giving up", (_, text) => {
    const document = lexDocument(text, streaming);
    expect(types(document)).not.toContain("plain");
    for (const { node, definitions } of document.blocks) lexInline(node.raw, definitions, GFM);
  });
});
