import { Lexer, Tokenizer, type MarkedToken, type Token, type Tokens } from "marked";
import { toInlineNodes } from "./inline-nodes.ts";
import type { BlockNode, Definitions, InlineNode, ListItemNode } from "./nodes.ts";
import { throughBlankLine, toExtensions, type MarkdownSyntax } from "./syntax.ts";

/** A top-level piece of source. `node` is `null` for blank lines. The `raw`s of a text add up to it. */
export interface LexedBlock {
  readonly raw: string;
  readonly node: BlockNode | null;
}

const DEEPEST_BLOCK = 24;
const DEEPEST_INLINE = 24;

class MessageTokenizer extends Tokenizer {
  override html(): undefined {
    return undefined;
  }

  override tag(source: string): Tokens.Tag | undefined {
    const raw = this.rules.inline.tag.exec(source)?.[0];
    if (raw === undefined) return undefined;
    return { type: "html", raw, text: raw, inLink: false, inRawBlock: false, block: false };
  }

  // marked lets a definition's title run across blank lines; a later quote could then swallow paragraphs
  // that are on the screen already. CommonMark 4.7 forbids it.
  override def(source: string): Tokens.Def | undefined {
    return super.def(throughBlankLine(source));
  }
}

class MessageLexer extends Lexer {
  #blockDepth = 0;
  #inlineDepth = 0;

  override blockTokens<T extends Token[]>(source: string, tokens?: T, clipped?: boolean): T;
  override blockTokens(source: string, tokens: Token[] = [], clipped = false): Token[] {
    if (this.#blockDepth >= DEEPEST_BLOCK) {
      tokens.push({ type: "paragraph", raw: source, text: source, tokens: this.inline(source) });
      this.state.top = true;
      return tokens;
    }
    this.#blockDepth += 1;
    const result = super.blockTokens(source, tokens, clipped);
    this.#blockDepth -= 1;
    return result;
  }

  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    if (this.#inlineDepth >= DEEPEST_INLINE) {
      tokens.push({ type: "text", raw: source, text: source });
      return tokens;
    }
    this.#inlineDepth += 1;
    const result = super.inlineTokens(source, tokens);
    this.#inlineDepth -= 1;
    return result;
  }
}

function createLexer(syntax: MarkdownSyntax): MessageLexer {
  return new MessageLexer({ gfm: true, tokenizer: new MessageTokenizer(), extensions: toExtensions(syntax) });
}

/**
 * Block structure of GFM source, without the inline level. Raw HTML is not a block of its own.
 * Never throws: source that cannot be lexed is one `plain` block.
 */
export function lexBlocks(source: string, syntax: MarkdownSyntax): LexedBlock[] {
  try {
    const tokens: Token[] = createLexer(syntax).blockTokens(source, []);
    return tokens.map((token) => ({ raw: token.raw, node: toBlockNode(token) }));
  } catch (cause) {
    return [{ raw: source, node: { type: "plain", raw: source, text: source, cause } }];
  }
}

/** Inline nodes of one leaf's source. Never throws: source that cannot be lexed is text. */
export function lexInline(text: string, definitions: Definitions, syntax: MarkdownSyntax): InlineNode[] {
  try {
    const lexer = createLexer(syntax);
    lexer.tokens.links = definitions;
    return toInlineNodes(lexer.inlineTokens(text));
  } catch {
    return [{ type: "text", text }];
  }
}

function toBlockNode(token: Token): BlockNode | null {
  const known = token as MarkedToken | CustomToken;
  const raw = known.raw.replace(/\n+$/, "");
  switch (known.type) {
    case "space":
    case "checkbox":
      return null;
    case "paragraph":
      return { type: "paragraph", raw, text: known.text.trimEnd() };
    case "heading":
      return { type: "heading", raw, text: known.text, depth: known.depth };
    case "code":
      return toCode(known);
    case "blockquote":
      return { type: "quote", raw, children: toBlockNodes(known.tokens) };
    case "list":
      return {
        type: "list",
        raw,
        ordered: known.ordered,
        start: known.start === "" ? 1 : known.start,
        loose: known.loose,
        items: known.items.map(toListItem),
      };
    case "table":
      return {
        type: "table",
        raw,
        align: known.align,
        header: known.header.map((cell) => cell.text),
        rows: known.rows.map((row) => row.map((cell) => cell.text)),
      };
    case "hr":
      return { type: "rule", raw };
    case "def":
      return {
        type: "definition",
        raw,
        label: known.tag,
        target: { href: known.href, title: known.title ?? null },
      };
    case "custom":
      return { type: "custom", raw, name: known.name, text: known.text };
    default:
      return { type: "text", raw, text: (known.type === "text" ? known.text : known.raw).trimEnd() };
  }
}

interface CustomToken {
  type: "custom";
  raw: string;
  name: string;
  text: string;
}

function toBlockNodes(tokens: readonly Token[]): BlockNode[] {
  return tokens.map(toBlockNode).filter((node) => node !== null);
}

const TASK_BOX = /^\[[ xX]\][ \t]+/;

function toListItem(item: Tokens.ListItem): ListItemNode {
  const children = toBlockNodes(item.tokens);
  const [first, ...rest] = children;
  const boxed = item.task && first && (first.type === "paragraph" || first.type === "text");
  return {
    raw: item.raw.replace(/\n+$/, ""),
    loose: item.loose,
    checked: item.task ? item.checked === true : null,
    children: boxed ? [{ ...first, text: first.text.replace(TASK_BOX, "") }, ...rest] : children,
  };
}

const OPENING_FENCE = /^ {0,3}(`{3,}|~{3,})/;
const LAST_LINE = /\n {0,3}(`{3,}|~{3,}) *\n*$/;

function toCode(token: Tokens.Code): BlockNode {
  const fenced = token.codeBlockStyle !== "indented";
  const opening = fenced ? OPENING_FENCE.exec(token.raw)?.[1] : undefined;
  const closing = LAST_LINE.exec(token.raw)?.[1];
  return {
    type: "code",
    raw: token.raw,
    code: token.text.replace(/\n+$/, ""),
    language:
      (token.lang ?? "")
        .trim()
        .split(/[\s{,]/, 1)[0]
        ?.toLowerCase() ?? "",
    fenced,
    closed: opening === undefined || (closing !== undefined && closing.startsWith(opening)),
  };
}
