"use client";

import { isValidElement, memo, useEffect, useState, type ReactElement, type ReactNode } from "react";
import { showBidiControls } from "./bidi.ts";
import { CopyButton } from "./copy-button.tsx";
import type { CodeHighlighter, CodeToken, HighlightedCode } from "./highlighter.ts";
import { useMarkdownSettings, type MarkdownConfig, type MarkdownSettings } from "./settings.ts";

/** The code, and how it is copied and coloured. */
export interface CodeBlockProps extends Pick<
  MarkdownConfig,
  "copyText" | "highlighter" | "labels" | "onError" | "scheduleIdle"
> {
  /** As it was written. */
  readonly code: string;
  /** Shown above the code and given to the highlighter. */
  readonly language?: string;
  /** The code is still being written: it stays plain until it is complete. */
  readonly streaming?: boolean;
  /** Beside the block's own class. */
  readonly className?: string;
}

/**
 * Code with its language and a copy button. Bidirectional control characters are shown, not obeyed; what is
 * copied is the code as it was written.
 *
 * @example
 * ```tsx
 * <CodeBlock code="const answer = 42;" language="ts" />
 * ```
 */
export const CodeBlock = memo(function CodeBlock({
  code,
  language = "",
  streaming = false,
  className,
  ...config
}: CodeBlockProps): ReactElement {
  const settings = useMarkdownSettings(config);
  const { labels } = settings;
  const shown = showBidiControls(code);
  const highlighted = useHighlighted(shown, language, streaming, settings);
  const name = showBidiControls(language);
  return (
    <figure className={`automna-code${className === undefined ? "" : ` ${className}`}`} dir="ltr">
      <figcaption className="automna-code-header">
        <span className="automna-code-language">{name}</span>
        <CopyButton text={code} settings={settings} />
      </figcaption>
      <pre
        className="automna-code-body"
        // Keyboards can only scroll what they can focus (WCAG 2.1.1).
        tabIndex={0}
        role="group"
        aria-label={name === "" ? labels.codeBlock : `${labels.codeBlock}: ${name}`}
      >
        <code>{highlighted === null ? shown : renderHighlighted(highlighted)}</code>
      </pre>
    </figure>
  );
});

interface Highlighted {
  readonly code: string;
  readonly language: string;
  readonly highlighter: CodeHighlighter;
  readonly result: HighlightedCode | null;
}

function useHighlighted(
  code: string,
  language: string,
  streaming: boolean,
  { highlighter, scheduleIdle, onError }: MarkdownSettings,
): HighlightedCode | null {
  const [done, setDone] = useState<Highlighted | null>(null);
  useEffect(() => {
    if (streaming || !highlighter || language === "") return undefined;
    let wanted = true;
    const highlight = async (): Promise<void> => {
      const result = await highlighter(code, language);
      if (wanted) setDone({ code, language, highlighter, result });
    };
    const cancel = scheduleIdle(() => void highlight().catch(onError));
    return () => {
      wanted = false;
      cancel();
    };
  }, [code, language, streaming, highlighter, scheduleIdle, onError]);
  const current = done?.code === code && done.language === language && done.highlighter === highlighter;
  return current ? done.result : null;
}

function renderHighlighted(highlighted: HighlightedCode): ReactNode {
  if (isValidElement(highlighted)) return highlighted;
  return isTokens(highlighted) ? highlighted.map(renderToken) : null;
}

function isTokens(highlighted: HighlightedCode): highlighted is readonly CodeToken[] {
  return Array.isArray(highlighted);
}

function renderToken({ text, kind, color }: CodeToken, index: number): ReactNode {
  if (kind === undefined && color === undefined) return text;
  return (
    <span
      key={index}
      className={kind && `automna-code-${kind}`}
      style={color === undefined ? undefined : { color }}
    >
      {text}
    </span>
  );
}
