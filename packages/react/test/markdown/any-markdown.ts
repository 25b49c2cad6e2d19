import fc from "fast-check";

const PIECES = [
  "word",
  "two words",
  "שלום",
  "عربي",
  "🙂",
  "a",
  "1",
  "x_y",
  " ",
  "  ",
  "    ",
  "\t",
  "\n",
  "\n\n",
  "\n\n\n",
  "\n \n",
  "\r\n",
  "# ",
  "## Title\n",
  "#",
  "=",
  "===\n",
  "---\n",
  "-",
  "- ",
  "- item\n",
  "  - nested\n",
  "* ",
  "+ x\n",
  "1. ",
  "1. one\n",
  "2) ",
  "10. ten\n",
  "- [ ] ",
  "- [x] done\n",
  "> ",
  "> quoted\n",
  ">> deep\n",
  "```",
  "```js\n",
  "```\n",
  "~~~\n",
  "const a = 1;\n",
  "`",
  "``",
  "`code`",
  "*",
  "**",
  "***",
  "_",
  "__",
  "~~",
  "**bold**",
  "*em*",
  "[",
  "]",
  "(",
  ")",
  "[a]",
  "[a]: /url\n",
  '[a]: https://a.example "t"\n',
  "[b]: <x y>\n",
  "[a]: ",
  '"',
  "'",
  '"t\n',
  "[text](https://e.example)",
  "![alt](https://e.example/i.png)",
  "![",
  "](",
  "[x][a]",
  "[a][]",
  "|",
  "| a | b |\n",
  "|---|---|\n",
  "|:-:|\n",
  "| 1 | 2 |\n",
  "a | b\n",
  "--|--\n",
  "<br>",
  "<sub>",
  "</sub>",
  "<div>\n",
  "</div>\n",
  "<!--",
  "-->",
  "<script>\n",
  "<https://e.example>",
  "https://e.example/a?b=c",
  "www.e.example",
  "me@e.example",
  "&amp;",
  "&#106;",
  "&",
  "\\",
  "\\*",
  "***\n",
  "* * *\n",
  "$",
  "$$\n",
  ":",
  "!",
  ".",
  "\0",
  "    indented\n",
  "\n    more\n",
];

/**
 * Markdown put together from pieces that meet in unlucky ways, mixed with arbitrary text. Each text is made of
 * a few kinds of piece only: rare combinations then come up in every run.
 */
export const anyMarkdown: fc.Arbitrary<string> = fc
  .shuffledSubarray(PIECES, { minLength: 3, maxLength: 8 })
  .chain((few) =>
    fc.array(
      fc.oneof(
        { weight: 16, arbitrary: fc.constantFrom(...few) },
        { weight: 8, arbitrary: fc.constantFrom("\n", "\n\n", " ", "x", ...few) },
        { weight: 1, arbitrary: fc.string() },
      ),
      { maxLength: 28 },
    ),
  )
  .map((pieces) => pieces.join(""));

/** A text in chunks of 1 to 12 code units. */
export function chunked(texts: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc
    .tuple(texts, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 24 }))
    .map(([text, sizes]) => {
      const chunks: string[] = [];
      for (let from = 0; from < text.length; from += chunks.at(-1)?.length ?? 1) {
        chunks.push(text.slice(from, from + (sizes[chunks.length % sizes.length] ?? 1)));
      }
      return chunks;
    });
}
