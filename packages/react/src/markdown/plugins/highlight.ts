import type { CodeHighlighter } from "../highlighter.ts";
import { loadOnce } from "./load-once.ts";

export type { CodeHighlighter, CodeToken, CodeTokenKind, HighlightedCode } from "../highlighter.ts";

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
export const highlightCode: CodeHighlighter = async (code, language) => {
  const { tokenizeCode } = await import("./code-tokenizer.ts");
  return tokenizeCode(code, language);
};

/** The part of shiki's `HighlighterCore` that {@link shikiHighlighter} needs. */
export interface ShikiLike {
  codeToTokensBase(
    code: string,
    options: { lang: string; theme: string },
  ): readonly (readonly { readonly content: string; readonly color?: string }[])[];
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
export function shikiHighlighter(load: () => Promise<ShikiLike>, theme: string): CodeHighlighter {
  const loaded = loadOnce(load);
  return async (code, language) => {
    const shiki = await loaded();
    if (!shiki.getLoadedLanguages().includes(language)) return null;
    const lines = shiki.codeToTokensBase(code, { lang: language, theme });
    return lines.flatMap((line, index) => [
      ...(index === 0 ? [] : [{ text: "\n" }]),
      ...line.map(({ content, color }) =>
        color === undefined ? { text: content } : { text: content, color },
      ),
    ]);
  };
}
