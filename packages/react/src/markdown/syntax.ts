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
   * Block rules begin with a line, take whole lines and see the text up to the next blank line only. That keeps finished
   * blocks finished: what arrives later can never join two of them. A paragraph ends for one where `find` finds it.
   */
  match(text: string): SyntaxMatch | null;
}

/** Constructs that plugins add, by where they may stand. */
export interface MarkdownSyntax {
  /** Between paragraphs. */
  readonly block: readonly SyntaxRule[];
  /** Inside of a text. */
  readonly inline: readonly SyntaxRule[];
}

/** GFM with nothing added. */
export const GFM: MarkdownSyntax = { block: [], inline: [] };
