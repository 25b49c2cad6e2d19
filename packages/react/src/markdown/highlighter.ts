import type { ReactElement } from "react";

/** What a piece of code is; the stylesheet colours `--automna-code-<kind>`. */
export type CodeTokenKind =
  | "comment"
  | "string"
  | "number"
  | "keyword"
  | "literal"
  | "function"
  | "type"
  | "property"
  | "tag"
  | "operator"
  | "inserted"
  | "deleted"
  | "meta";

/** A run of code in one colour. Its text is shown as text, never as HTML. */
export interface CodeToken {
  /** As it stands in the code. */
  readonly text: string;
  /** What it is; plain where nothing is said. */
  readonly kind?: CodeTokenKind;
  /** A CSS colour, for highlighters that bring their own theme. */
  readonly color?: string;
}

/** Tokens whose texts add up to the code, or an element made of them. */
export type HighlightedCode = readonly CodeToken[] | ReactElement;

/**
 * Colours code. It is called when the block is complete and the browser idle; until it answers, and when it
 * fails or answers `null` (an unknown language), the code is plain.
 */
export type CodeHighlighter = (
  code: string,
  language: string,
) => HighlightedCode | null | Promise<HighlightedCode | null>;
