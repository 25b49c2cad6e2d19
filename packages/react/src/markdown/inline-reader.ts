import { decodeText } from "./entities.ts";
import { autolink, bareAddress, codeSpan, tagAt } from "./inline-spans.ts";
import { nest, textPiece, type Piece } from "./inline-pieces.ts";
import { normaliseLabel } from "./link-definitions.ts";
import { matchAt, readAddress, readTitle, skipSpace } from "./link-target.ts";
import { plainText, type Definitions, type InlineNode, type LinkDefinition } from "./nodes.ts";
import type { MarkdownSyntax } from "./syntax.ts";

/** Where something may begin. An address in running text begins with its scheme, `www.` or the name before an `@`. */
const NEXT = /[\\`*_~[\]!<\n]|(?<![a-z])https?:\/\/|(?<![a-z\d])www\./gi;
/** The same in a text that has an `@`. */
export const NEXT_OR_MAIL = new RegExp(`${NEXT.source}|(?<![\\w.+-])[\\w.+-]+@`, "gi");

interface OpenBracket {
  /** Its place among the pieces, and in the text. */
  readonly piece: number;
  readonly at: number;
  readonly isImage: boolean;
  /** A link holds no other link. */
  isDead: boolean;
}

/** Reads one leaf's text from its beginning to its end. */
class InlineReader {
  readonly #text: string;
  readonly #definitions: Definitions;
  readonly #syntax: MarkdownSyntax;
  readonly #next: RegExp;
  readonly #pieces: Piece[] = [];
  readonly #brackets: OpenBracket[] = [];
  /** What was looked for up to the end of the text, and not found. */
  readonly #missing = new Set<string>();
  /** Where the rules of plugins find something next. */
  readonly #found: number[] = [];
  #plainFrom = 0;

  constructor(text: string, definitions: Definitions, syntax: MarkdownSyntax) {
    this.#text = text;
    this.#definitions = definitions;
    this.#syntax = syntax;
    this.#next = text.includes("@") ? NEXT_OR_MAIL : NEXT;
  }

  read(): InlineNode[] {
    let at = this.#nextFrom(0);
    while (at < this.#text.length) {
      const end = this.#added(at) ?? this.#readAt(at);
      // What has no meaning here is text, and is read with the text around it.
      if (end > at) this.#plainFrom = end;
      at = this.#nextFrom(Math.max(end, at + 1));
    }
    this.#flush(at);
    return nest(this.#pieces).nodes;
  }

  #nextFrom(at: number): number {
    let next = matchAt(this.#next, this.#text, at)?.index ?? this.#text.length;
    for (const [index, rule] of this.#syntax.inline.entries()) {
      if ((this.#found[index] ?? -1) < at) {
        const found = rule.find(this.#text.slice(at));
        this.#found[index] = found < 0 ? Infinity : at + found;
      }
      next = Math.min(next, this.#found[index] ?? next);
    }
    return next;
  }

  #added(at: number): number | null {
    for (const [index, rule] of this.#syntax.inline.entries()) {
      if (this.#found[index] !== at) continue;
      const rest = this.#text.slice(at);
      const match = rule.match(rest);
      if (!match || match.raw === "" || !rest.startsWith(match.raw)) continue;
      const { raw, text, display = false } = match;
      return this.#push(at, raw.length, { type: "custom", raw, name: rule.name, text, display });
    }
    return null;
  }

  /** @returns where what begins here ends; `at` itself when nothing does. */
  #readAt(at: number): number {
    const text = this.#text;
    switch (text[at]) {
      case "\\":
        return this.#escape(at);
      case "\n":
        return this.#lineBreak(at);
      case "`": {
        const { node, length } = codeSpan(text, at, this.#missing);
        return node ? this.#push(at, length, node) : this.#skip(at, length);
      }
      case "*":
      case "_":
      case "~":
        return this.#marks(at);
      case "!":
        return text[at + 1] === "[" ? this.#openBracket(at, true) : at;
      case "[":
        return this.#openBracket(at, false);
      case "]":
        return this.#closeBracket(at);
      case "<":
        return this.#angle(at);
      default: {
        const found = bareAddress(text, at, this.#brackets.length > 0);
        return found ? this.#push(at, found.length, found.node) : at;
      }
    }
  }

  /** The text that was passed becomes a piece. */
  #flush(to: number): void {
    const plain = this.#text.slice(this.#plainFrom, to);
    if (plain !== "") this.#pieces.push(textPiece(decodeText(plain)));
    this.#plainFrom = to;
  }

  #push(at: number, length: number, node: InlineNode, depth = 0): number {
    this.#flush(at);
    this.#pieces.push({ kind: "node", node, depth });
    return at + length;
  }

  /** Marks that mean themselves. */
  #skip(at: number, length: number): number {
    return this.#push(at, length, { type: "text", text: this.#text.slice(at, at + length) });
  }

  #escape(at: number): number {
    const next = this.#text[at + 1] ?? "";
    if (next === "\n") {
      this.#push(at, 1, { type: "break" });
      return skipSpace(this.#text, at + 1);
    }
    return /[!-/:-@[-`{-~]/.test(next) ? this.#push(at, 2, { type: "text", text: next }) : at;
  }

  #lineBreak(at: number): number {
    const before = this.#text.slice(this.#plainFrom, at);
    this.#flush(this.#plainFrom + before.trimEnd().length);
    const isBreak = before.endsWith("  ");
    this.#pieces.push(isBreak ? { kind: "node", node: { type: "break" }, depth: 0 } : textPiece("\n"));
    return skipSpace(this.#text, at);
  }

  #marks(at: number): number {
    const text = this.#text;
    const mark = text[at] ?? "";
    let end = at + 1;
    while (text[end] === mark) end += 1;
    const length = end - at;
    if (mark === "~" && length > 2) return this.#skip(at, length);
    const [before, after] = [kindOf(lastOf(text, at)), kindOf(firstOf(text, end))];
    const opening = after !== "space" && (after !== "punctuation" || before !== "letter");
    const closing = before !== "space" && (before !== "punctuation" || after !== "letter");
    const isWord = mark === "_";
    const opens = opening && (!isWord || !closing || before === "punctuation");
    const closes = closing && (!isWord || !opening || after === "punctuation");
    this.#flush(at);
    this.#pieces.push({ kind: "marks", run: { mark, length, opens, closes, left: length } });
    return end;
  }

  #angle(at: number): number {
    const link = autolink(this.#text, at);
    if (link) return this.#push(at, link.length, link.node);
    const raw = tagAt(this.#text, at, this.#missing);
    if (raw === null) return at;
    this.#flush(at);
    this.#pieces.push({ kind: "tag", raw });
    return at + raw.length;
  }

  #openBracket(at: number, isImage: boolean): number {
    const length = isImage ? 2 : 1;
    this.#flush(at);
    this.#brackets.push({ piece: this.#pieces.length, at: at + length, isImage, isDead: false });
    this.#pieces.push(textPiece(isImage ? "![" : "["));
    return at + length;
  }

  #closeBracket(at: number): number {
    const open = this.#brackets.pop();
    if (!open || open.isDead) return at;
    const found = this.#target(open, at);
    if (!found) return at;
    this.#flush(at);
    const { nodes, depth } = nest(this.#pieces.splice(open.piece).slice(1));
    const { href, title } = found.target;
    if (open.isImage) return this.#close(found.end, { type: "image", href, title, alt: plainText(nodes) }, 0);
    for (const outer of this.#brackets) outer.isDead ||= !outer.isImage;
    return this.#close(found.end, { type: "link", href, title, children: nodes }, depth + 1);
  }

  #close(end: number, node: InlineNode, depth: number): number {
    this.#pieces.push({ kind: "node", node, depth });
    return end;
  }

  /** Where the brackets that end here point: an address behind them, a label behind them, or their own text. */
  #target(open: OpenBracket, at: number): { target: LinkDefinition; end: number } | null {
    const text = this.#text;
    if (text[at + 1] === "(") {
      const address = readAddress(text, skipSpace(text, at + 2));
      const title = address && readTitle(text, address.end);
      const end = address && skipSpace(text, title?.end ?? address.end);
      if (address && end !== null && text[end] === ")")
        return { target: { href: address.value, title: title?.value ?? null }, end: end + 1 };
    }
    const own = text.slice(open.at, at);
    const named = matchAt(REFERENCE, text, at + 1);
    const label = named?.[1] || own;
    const target = isLabel(label) ? this.#definitions[normaliseLabel(label)] : undefined;
    return target ? { target, end: at + 1 + (named?.[0].length ?? 0) } : null;
  }
}

const REFERENCE = /\[((?:\\[^]|[^[\]\\])*)\]/y;
const LONGEST_LABEL = 999;

function isLabel(text: string): boolean {
  return text.length <= LONGEST_LABEL && /^(?:\\[^]|[^[\]\\])+$/.test(text);
}

function firstOf(text: string, at: number): string {
  return at < text.length ? String.fromCodePoint(text.codePointAt(at) ?? 32) : " ";
}

function lastOf(text: string, end: number): string {
  if (end === 0) return " ";
  const isPair = /[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(Math.max(0, end - 2), end));
  return text.slice(isPair ? end - 2 : end - 1, end);
}

function kindOf(character: string): "space" | "punctuation" | "letter" {
  if (/^\s/.test(character)) return "space";
  return /^[\p{P}\p{S}]/u.test(character) ? "punctuation" : "letter";
}

/** The inline nodes of one leaf's text. */
export function readInline(text: string, definitions: Definitions, syntax: MarkdownSyntax): InlineNode[] {
  return new InlineReader(text, definitions, syntax).read();
}
