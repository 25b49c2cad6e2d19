import type { MarkedToken, Token, Tokens } from "marked";
import { decodeEntities } from "./entities.ts";
import { plainText, type InlineElement, type InlineNode } from "./nodes.ts";

interface CustomToken {
  type: "custom";
  raw: string;
  name: string;
  text: string;
  display: boolean;
}

interface OpenElement {
  readonly tag: InlineElement | null;
  readonly raw: string;
  readonly children: InlineNode[];
}

const ELEMENT_TAG = /^<(\/?)(kbd|mark|sub|sup)>$/i;
const BREAK_TAG = /^<br[ \t]*\/?>$/i;

/** marked's inline tokens as our nodes: references decoded, allowed tags paired, all other HTML text. */
export function toInlineNodes(tokens: readonly Token[]): InlineNode[] {
  const root: OpenElement = { tag: null, raw: "", children: [] };
  const stack = [root];
  for (const token of tokens) {
    const top = stack.at(-1) ?? root;
    const tag = token.type === "html" ? ELEMENT_TAG.exec(token.raw) : null;
    if (!tag) append(top.children, toInlineNode(token));
    else if (tag[1] === "") stack.push({ tag: elementName(tag[2]), raw: token.raw, children: [] });
    else if (top.tag !== null && top.tag === elementName(tag[2])) {
      stack.pop();
      append((stack.at(-1) ?? root).children, { type: "element", tag: top.tag, children: top.children });
    } else append(top.children, { type: "text", text: token.raw });
  }
  return stack.reduceRight((inner, open) => {
    for (const node of inner) append(open.children, node);
    if (open.tag === null) return open.children;
    const opened: InlineNode[] = [{ type: "text", text: open.raw }];
    for (const node of open.children) append(opened, node);
    return opened;
  }, [] as InlineNode[]);
}

function elementName(name: string | undefined): InlineElement | null {
  switch (name?.toLowerCase()) {
    case "kbd":
      return "kbd";
    case "mark":
      return "mark";
    case "sub":
      return "sub";
    case "sup":
      return "sup";
    default:
      return null;
  }
}

function append(nodes: InlineNode[], node: InlineNode): void {
  const last = nodes.at(-1);
  if (node.type === "text" && last?.type === "text") {
    nodes[nodes.length - 1] = { type: "text", text: last.text + node.text };
  } else nodes.push(node);
}

function toInlineNode(token: Token): InlineNode {
  const known = token as MarkedToken | CustomToken;
  switch (known.type) {
    case "strong":
    case "em":
    case "del":
      return { type: known.type, children: toInlineNodes(known.tokens) };
    case "codespan":
      return { type: "code", text: known.text };
    case "br":
      return { type: "break" };
    case "html":
      return BREAK_TAG.test(known.raw) ? { type: "break" } : { type: "text", text: known.raw };
    case "escape":
      return { type: "text", text: known.text };
    case "link":
      return toLink(known);
    case "image":
      return {
        type: "image",
        href: decodeEntities(known.href),
        title: titleOf(known.title),
        alt: plainText(toInlineNodes(known.tokens)),
      };
    case "custom":
      return { type: "custom", raw: known.raw, name: known.name, text: known.text, display: known.display };
    default:
      return { type: "text", text: decodeEntities(known.raw) };
  }
}

function toLink(token: Tokens.Link): InlineNode {
  if (token.autolink === true) {
    return { type: "link", href: token.href, title: null, children: [{ type: "text", text: token.text }] };
  }
  return {
    type: "link",
    href: decodeEntities(token.href),
    title: titleOf(token.title),
    children: toInlineNodes(token.tokens),
  };
}

function titleOf(title: string | null | undefined): string | null {
  return title === null || title === undefined || title === "" ? null : decodeEntities(title);
}
