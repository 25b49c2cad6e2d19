import fc from "fast-check";
import type { BlockContent, Definition, DefinitionContent, Nodes, PhrasingContent, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { describe, expect, test } from "vitest";
import { lexBlocks, lexInline } from "../../src/markdown/dialect.ts";
import { addDefinitions, NO_DEFINITIONS } from "../../src/markdown/link-definitions.ts";
import type { BlockNode, Definitions, InlineNode } from "../../src/markdown/nodes.ts";
import { GFM } from "../../src/markdown/syntax.ts";

/** A tree that both readers can be brought to. */
type Tree = string | null | readonly Tree[];

function joined(trees: readonly Tree[]): Tree[] {
  const all: Tree[] = [];
  for (const tree of trees) {
    const last = all.at(-1);
    if (typeof tree === "string" && typeof last === "string") all[all.length - 1] = last + tree;
    else if (tree !== "") all.push(tree);
  }
  return all;
}

/** As browsers show it: readers keep the white space around a line break in code, or do not. */
const collapsed = (code: string): string => code.replace(/\s+/g, " ");

/** What the reference reader of mdast makes of a text, raw HTML being text. */
function reference(source: string): Tree[] {
  const noHtml = { disable: { null: ["htmlFlow", "gfmFootnoteDefinition", "gfmFootnoteCall"] } };
  const root = fromMarkdown(source, { extensions: [gfm(), noHtml], mdastExtensions: [gfmFromMarkdown()] });
  const definitions = new Map<string, Definition>();
  const collect = (node: Nodes): void => {
    if (node.type === "definition" && !definitions.has(node.identifier))
      definitions.set(node.identifier, node);
    if ("children" in node) for (const child of node.children) collect(child);
  };
  collect(root);
  const inline = (nodes: readonly PhrasingContent[]): Tree[] => joined(nodes.flatMap(oneInline));
  const link = (
    name: string,
    target: Pick<Definition, "url" | "title"> | undefined,
    inner: Tree[],
  ): Tree[] => [
    [name, target?.url ?? null, (target?.title ?? "") === "" ? null : (target?.title ?? null), ...inner],
  ];
  const oneInline = (node: PhrasingContent): Tree[] => {
    switch (node.type) {
      case "text":
      case "html":
        return [node.value];
      case "emphasis":
      case "strong":
      case "delete":
        return [[{ emphasis: "em", strong: "strong", delete: "del" }[node.type], ...inline(node.children)]];
      case "inlineCode":
        return [["code", collapsed(node.value)]];
      case "break":
        return [["break"]];
      case "link":
        return link("link", node, inline(node.children));
      case "linkReference":
        return link("link", definitions.get(node.identifier), inline(node.children));
      case "image":
        return link("image", node, []);
      case "imageReference":
        return link("image", definitions.get(node.identifier), []);
      default:
        throw new Error(`no text has a ${node.type}`);
    }
  };
  const blocks = (nodes: readonly (RootContent | BlockContent | DefinitionContent)[]): Tree[] =>
    nodes.flatMap((node): Tree[] => {
      switch (node.type) {
        case "paragraph":
          return [["paragraph", ...inline(node.children)]];
        case "heading":
          return [["heading", `${node.depth}`, ...inline(node.children)]];
        case "thematicBreak":
          return [["rule"]];
        case "blockquote":
          return [["quote", ...blocks(node.children)]];
        case "code":
          return [["code", node.lang ?? "", node.value.trimEnd()]];
        case "list": {
          const items = node.children.map((item) => ["item", mark(item.checked), ...blocks(item.children)]);
          return [["list", node.ordered === true ? `${node.start}` : null, ...items]];
        }
        case "table": {
          const columns = node.align?.length ?? 0;
          const row = (cells: Tree[][]): Tree[] =>
            Array.from({ length: columns }, (_, at) => cells[at] ?? []);
          const rows = node.children.map(({ children }) =>
            row(children.map((cell) => inline(cell.children))),
          );
          return [["table", (node.align ?? []).map((align) => align ?? null), ...rows]];
        }
        case "definition":
          return [];
        default:
          throw new Error(`no text has a ${node.type}`);
      }
    });
  return blocks(root.children);
}

const mark = (checked: boolean | null | undefined): string | null =>
  typeof checked === "boolean" ? `${checked}` : null;

/** What ours makes of it. */
function ours(source: string): Tree[] {
  const read = lexBlocks(source, GFM).flatMap(({ node }) => (node ? [node] : []));
  return blocksOf(read, addDefinitions(NO_DEFINITIONS, read));
}

function blocksOf(nodes: readonly BlockNode[], definitions: Definitions): Tree[] {
  const inline = (text: string): Tree[] => inlineOf(lexInline(text, definitions, GFM));
  return nodes.flatMap((node): Tree[] => {
    switch (node.type) {
      case "paragraph":
      case "text":
        return [["paragraph", ...inline(node.text)]];
      case "heading":
        return [["heading", `${node.depth}`, ...inline(node.text)]];
      case "rule":
        return [["rule"]];
      case "quote":
        return [["quote", ...blocksOf(node.children, definitions)]];
      case "code":
        return [["code", node.language, node.code.trimEnd()]];
      case "list": {
        const items = node.items.map(({ checked, children }) => [
          "item",
          mark(checked),
          ...blocksOf(children, definitions),
        ]);
        return [["list", node.ordered ? `${node.start}` : null, ...items]];
      }
      case "table":
        return [["table", node.align, ...[node.header, ...node.rows].map((row) => row.map(inline))]];
      case "definition":
        return [];
      default:
        throw new Error(`a ${node.type}: ${node.raw}`);
    }
  });
}

function inlineOf(nodes: readonly InlineNode[]): Tree[] {
  return joined(
    nodes.map((node): Tree => {
      switch (node.type) {
        case "text":
          return node.text;
        case "code":
          return ["code", collapsed(node.text)];
        case "break":
          return ["break"];
        case "link":
          return ["link", node.href, node.title, ...inlineOf(node.children)];
        case "image":
          return ["image", node.href, node.title];
        case "em":
        case "strong":
        case "del":
          return [node.type, ...inlineOf(node.children)];
        default:
          throw new Error(`no text has a ${node.type}`);
      }
    }),
  );
}

/** Of a run of marks that is used up in parts, the specification counts all marks and the reference reader what is left. */
const LONG_RUN = /\*{3}|_{3}/;

function textsOf(pieces: readonly string[]): fc.Arbitrary<string> {
  return fc
    .shuffledSubarray([...pieces], { minLength: 2, maxLength: 7 })
    .chain((few) => fc.array(fc.constantFrom("\n", "word", " ", ...few), { maxLength: 16 }))
    .map((parts) => parts.join(""))
    .filter((text) => !LONG_RUN.test(text));
}

const BLOCKS =
  "word|two words| |  |    |\t|\n|\n\n|# |## Title\n|===\n|---\n|* * *\n|- item\n|  - nested\n|+ x\n|1. one\n|> |> quoted\n|```js\n|```\n|~~~\n|const a = 1;\n|- [ ] open\n|- [x] done\n|[a]: /url\n|[a]: </u> 't'\n|[a]|    indented\n|=".split(
    "|",
  );
const TABLES = [
  "a",
  "\n",
  "| a | b |\n|---|:-:|\n",
  "a | b\n--|--\n",
  "| 1 | 2 |\n",
  "1\n",
  "`|`",
  "\\|",
  "> ",
  "**b**",
];
const SPANS =
  'word|x_y|é|🙂| |\n|*|**|_|__|~~|`|``|`code`|[|]|(|)|[a]|[a][]|[x][a]|\n\n[a]: /url "t"\n\n|[text](https://e.example)|[text](</a b> "t")|![alt](/i.png)|![|](|\\|\\*|&amp;|&#106;|!|.|"|  \n|\\\n|<b a="*">|</b>|<https://e.example>'.split(
    "|",
  );
const ADDRESSES = [
  " https://e.example/a?b=c",
  " www.e.example",
  " ",
  "(",
  ")",
  ".",
  ",",
  "*",
  "**",
  "\n",
  " me@e.example ",
];

describe("GFM is read as the reference reader of mdast reads it", () => {
  test.each([
    ["blocks", BLOCKS],
    ["tables", TABLES],
    ["spans", SPANS],
    ["addresses", ADDRESSES],
  ])("%s", (_, pieces) => {
    fc.assert(
      fc.property(textsOf(pieces), (text) => {
        expect(ours(text)).toEqual(reference(text));
      }),
      { numRuns: 1_500, seed: 20_261_121 },
    );
  });
});
