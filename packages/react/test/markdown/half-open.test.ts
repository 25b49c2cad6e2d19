import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closeInline } from "../../src/markdown/half-open-inline.ts";
import { repairTail } from "../../src/markdown/half-open.ts";
import { anyMarkdown } from "./any-markdown.ts";

describe("the last line of a text that is still being written", () => {
  test.each([
    ["plain words are shown at once", "Hello wor", "Hello wor"],
    ["a lone dash may become a list, a rule or an underline", "Some text\n-", "Some text\n"],
    ["a dash and a space would underline the paragraph", "Some text\n- ", "Some text\n"],
    ["a list item is shown from its first letter on", "- one\n- t", "- one\n- t"],
    ["a number may become an ordered item", "Some text\n1", "Some text\n"],
    ["a number with its dot still has no item", "Some text\n12. ", "Some text\n"],
    ["a number in a sentence is text", "Some text\n1 of", "Some text\n1 of"],
    ["equals signs may underline a heading", "Title\n==", "Title\n"],
    ["hashes without a title are not a heading yet", "Text\n\n## ", "Text\n\n"],
    ["a heading is shown from its first letter on", "## T", "## T"],
    ["stars may open bold text or a rule", "Text\n\n**", "Text\n\n"],
    ["bold text is shown from its first letter on", "Text\n\n**b", "Text\n\n**b"],
    ["an empty quote waits", "Text\n> ", "Text\n"],
    ["a marker inside of a quote waits too", "> one\n> -", "> one\n"],
    ["backticks may become a fence", "Text\n``", "Text\n"],
    ["a fence waits for the end of its language", "Text\n\n```type", "Text\n\n"],
    ["a fence is open once its line is complete", "```ts\n", "```ts\n"],
    ["in code nothing but a closing fence waits", "```diff\n-", "```diff\n-"],
    ["a closing fence does not flash as code", "```\ncode\n``", "```\ncode\n"],
    ["a closing fence in a list item does not flash either", "- ```\n  code\n  `", "- ```\n  code\n"],
    ["a shorter fence is code of a longer one", "````\n```\nx", "````\n```\nx"],
    ["inline code at the start of a line is no fence", "`co", "`co"],
    ["a definition shows nothing while it grows", "[a] is\n\n[a]: https://e.exa", "[a] is\n\n"],
  ])("%s", (_, text, shown) => {
    expect(repairTail(text)).toBe(shown);
  });
});

describe("a table", () => {
  test.each([
    ["waits for a second pipe", "Text\n\n| Na", "Text\n\n"],
    ["is a table from its header row on", "| Name | Va", "| Name | Va\n|---|---|"],
    ["stays one at the end of the header line", "| Name | Value |\n", "| Name | Value |\n|---|---|"],
    ["stays one while the delimiters are written", "| a | b |\n|-", "| a | b |\n|-|---|"],
    ["keeps the alignments that are there", "| a | b |\n|:-:|-", "| a | b |\n|:-:|-|"],
    ["with complete delimiters is left alone", "| a | b |\n|---|---|\n", "| a | b |\n|---|---|\n"],
    ["keeps its first cell while a row is written", "| a | b |\n|---|---|\n| x", "| a | b |\n|---|---|\n| x"],
    ["is not widened by a lone pipe", "| a | b |\n|---|---|\n|", "| a | b |\n|---|---|\n"],
    ["may follow a paragraph", "Text\n| a | b |", "Text\n| a | b |\n|---|---|"],
    [
      "does not count an escaped pipe",
      String.raw`| a \| b | c |`,
      `${String.raw`| a \| b | c |`}\n|---|---|`,
    ],
  ])("%s", (_, text, shown) => {
    expect(repairTail(text)).toBe(shown);
  });
});

describe("inline text that is still being written", () => {
  test.each([
    ["plain text is itself", "just words", "just words"],
    ["bold is bold from its first letter on", "a **bo", "a **bo**"],
    ["half of a closing mark does not show", "a **bold*", "a **bold**"],
    ["an opening mark alone waits", "a **", "a "],
    ["a space before the closing mark would break it", "a **bold ", "a **bold**"],
    ["marks close from the inside out", "a **b *c", "a **b *c***"],
    ["three stars are both", "***both", "***both***"],
    ["underscores in a word are no emphasis", "snake_case_na", "snake_case_na"],
    ["an asterisk between spaces is an asterisk", "2 * 3", "2 * 3"],
    ["strikethrough", "~~gone", "~~gone~~"],
    ["closed marks stay", "**a** and *b*", "**a** and *b*"],
    ["inline code is code from its first letter on", "run `npm i", "run `npm i`"],
    ["code with more backticks", "``a`b", "``a`b``"],
    ["half of a closing run does not show", "``a`", "``a``"],
    ["an opening backtick alone waits", "run `", "run "],
    ["nothing in code is a mark", "`**a", "`**a`"],
    ["a half-typed label shows its text", "see [the do", "see the do"],
    ["a label that has just closed shows its text", "see [the docs]", "see the docs"],
    ["a half-typed destination shows the label only", "see [the docs](https://exa", "see the docs"],
    ["a destination with parentheses", "[a](https://e.example/b_(c)", "a"],
    ["a complete link stays", "[a](https://e.example) b", "[a](https://e.example) b"],
    ["brackets in a sentence stay", "[sic] and", "[sic] and"],
    ["an index is not a label", "array[0", "array[0"],
    ["a half-typed reference shows its label", "[a][re", "a"],
    ["a half-typed image shows its text", "![a cat](https://e", "a cat"],
    ["bold inside of a half-typed label", "[**bo", "**bo**"],
    ["emphasis around a half-typed link", "**see [docs](http", "**see docs**"],
    ["a task box at the start of an item waits", "[x]", ""],
    ["a half-typed reference waits", "Tom &am", "Tom "],
    ["a half-typed allowed tag waits", "H<su", "H"],
    ["an open allowed tag is closed", "H<sub>2", "H<sub>2</sub>"],
    ["a lone backslash waits", "a\\", "a"],
    ["an escaped mark is no mark", "a \\*b", "a \\*b"],
  ])("%s", (_, text, shown) => {
    expect(closeInline(text).trimEnd()).toBe(shown.trimEnd());
  });

  test("nothing is made up: every letter and digit shown was written", () => {
    fc.assert(
      fc.property(anyMarkdown, (text) => {
        const letters = (from: string) =>
          from.replace(/<\/(?:kbd|mark|sub|sup)>/gi, "").replace(/[^\p{L}\p{N}]/gu, "");
        expect(isSubsequence(letters(closeInline(text)), letters(text))).toBe(true);
      }),
      { seed: 20_261_120 },
    );
  });
});

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const letter of whole) if (part[at] === letter[0]) at += letter.length;
  return at >= part.length;
}
