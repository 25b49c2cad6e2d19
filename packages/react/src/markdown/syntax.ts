import type { TokenizerExtensionFunction, TokenizerStartFunction } from "marked";

/** What a {@link SyntaxRule} found at the start of the text it was given. */
export interface SyntaxMatch {
  /** The source that it takes: a prefix of the text. */
  readonly raw: string;
  /** What the plugin's component gets. */
  readonly text: string;
  /** Inline rules only: shown on a line of its own. */
  readonly display?: boolean;
}

/** One construct that a plugin adds to markdown. */
export interface SyntaxRule {
  /** Name of the node; a plugin's `nodes` maps it to a component. */
  readonly name: string;
  /** Index of the first place where `match` may succeed, or -1. */
  find(text: string): number;
  /**
   * Block rules see the text up to the next blank line only. That keeps finished blocks finished: what
   * arrives later can never join two of them.
   */
  match(text: string): SyntaxMatch | null;
}

/** Constructs that plugins add, by where they may stand. */
export interface MarkdownSyntax {
  readonly block: readonly SyntaxRule[];
  readonly inline: readonly SyntaxRule[];
}

/** GFM with nothing added. */
export const GFM: MarkdownSyntax = { block: [], inline: [] };

const BLANK_LINE = /\n[ \t]*(?:\n|$)/;

/** The text through its first blank line. */
export function throughBlankLine(text: string): string {
  const blank = BLANK_LINE.exec(text);
  return blank ? text.slice(0, blank.index + blank[0].length) : text;
}

interface Extensions {
  renderers: Record<string, never>;
  childTokens: Record<string, never>;
  block: TokenizerExtensionFunction[];
  inline: TokenizerExtensionFunction[];
  startBlock: TokenizerStartFunction[];
  startInline: TokenizerStartFunction[];
}

/** The rules in the shape that marked's lexer calls. */
export function toExtensions(syntax: MarkdownSyntax): Extensions | null {
  if (syntax.block.length + syntax.inline.length === 0) return null;
  return {
    renderers: {},
    childTokens: {},
    block: syntax.block.map((rule) => (source) => tokenOf(rule, throughBlankLine(source))),
    inline: syntax.inline.map((rule) => (source) => tokenOf(rule, source)),
    startBlock: syntax.block.map((rule) => (source) => rule.find(throughBlankLine(source))),
    startInline: syntax.inline.map((rule) => (source) => rule.find(source)),
  };
}

function tokenOf(rule: SyntaxRule, source: string) {
  const match = rule.match(source);
  if (!match || match.raw === "" || !source.startsWith(match.raw)) return undefined;
  return {
    type: "custom",
    name: rule.name,
    raw: match.raw,
    text: match.text,
    display: match.display === true,
  };
}
