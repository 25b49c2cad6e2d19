import { ReactElement } from "react";
/** What a piece of code is; the stylesheet colours `--automna-code-<kind>`. */
type CodeTokenKind =
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
interface CodeToken {
  /** As it stands in the code. */
  readonly text: string;
  /** What it is; plain where nothing is said. */
  readonly kind?: CodeTokenKind;
  /** A CSS colour, for highlighters that bring their own theme. */
  readonly color?: string;
}
/** Tokens whose texts add up to the code, or an element made of them. */
type HighlightedCode = readonly CodeToken[] | ReactElement;
/**
 * Colours code. It is called when the block is complete and the browser idle; until it answers, and when it
 * fails or answers `null` (an unknown language), the code is plain.
 */
type CodeHighlighter = (
  code: string,
  language: string,
) => HighlightedCode | null | Promise<HighlightedCode | null>;
/**
 * A small highlighter for the languages of everyday chats. Its tables are loaded with the first code block.
 * Colours come from the stylesheet (`--automna-code-*`).
 *
 * @example
 * ```tsx
 * import { highlightCode } from "@automna/react/highlight";
 *
 * <Markdown text={text} highlighter={highlightCode} />
 * ```
 */
declare const highlightCode: CodeHighlighter;
/** The part of shiki's `HighlighterCore` that {@link shikiHighlighter} needs. */
interface ShikiLike {
  codeToTokensBase(
    code: string,
    options: {
      lang: string;
      theme: string;
    },
  ): readonly (readonly {
    readonly content: string;
    readonly color?: string;
  }[])[];
  getLoadedLanguages(): readonly string[];
}
/**
 * Uses a shiki highlighter of the host's, loaded with the first code block.
 *
 * @param load - makes the highlighter; called once, and again after it failed
 * @param theme - name of a theme that it has loaded
 *
 * @example
 * ```ts
 * function shiki(create: () => Promise<ShikiLike>) {
 *   return shikiHighlighter(create, "github-light");
 * }
 * ```
 */
declare function shikiHighlighter(load: () => Promise<ShikiLike>, theme: string): CodeHighlighter;
export {
  type CodeHighlighter,
  type CodeToken,
  type CodeTokenKind,
  type HighlightedCode,
  ShikiLike,
  highlightCode,
  shikiHighlighter,
};
