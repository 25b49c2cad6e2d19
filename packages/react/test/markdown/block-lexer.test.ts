import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lexDocument, type MarkdownDocument } from "../../src/markdown/block-lexer.ts";
import { lexBlocks } from "../../src/markdown/dialect.ts";
import { GFM } from "../../src/markdown/syntax.ts";
import { anyMarkdown, chunked } from "./any-markdown.ts";

const finished = { streaming: false, syntax: GFM };
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
      { numRuns: Number(process.env.RUNS ?? 1000) },
    );
  });

  test("the pieces of a text add up to it", () => {
    fc.assert(
      fc.property(anyMarkdown, (text) => {
        const lengths = lexBlocks(text, GFM).map(({ raw }) => raw.length);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(text.length);
      }),
      { numRuns: Number(process.env.RUNS ?? 1000) },
    );
  });
});
