"use client";

import { memo, useState, type ComponentPropsWithoutRef, type ReactElement } from "react";
import { BlockGroup, inGroups } from "./block-group.tsx";
import { createDocumentLexer } from "./block-lexer.ts";
import { useMarkdownSettings, type MarkdownConfig } from "./settings.ts";

/** A div element's own props, the text, and how it is rendered. */
export interface MarkdownProps
  extends MarkdownConfig, Omit<ComponentPropsWithoutRef<"div">, "children" | "onError"> {
  /** The whole text so far. While it only grows, finished blocks are neither lexed nor rendered again. */
  readonly text: string;
  /** More text is expected: half-open syntax at the end is repaired, open code stays plain. */
  readonly streaming?: boolean;
}

/**
 * GitHub-flavoured markdown as React elements. No HTML string is ever given to the browser: tags in the text
 * are shown as text (except `br`, `kbd`, `mark`, `sub`, `sup` without attributes), links pass the URL policy,
 * and images are fetched from nowhere that the host has not allowed.
 *
 * @example
 * ```tsx
 * <Markdown text={message.text} streaming={message.status === "streaming"} />
 * ```
 */
export const Markdown = memo(function Markdown({
  text,
  streaming = false,
  components,
  urlPolicy,
  highlighter,
  plugins,
  labels,
  headingOffset,
  onError,
  copyText,
  scheduleIdle,
  className,
  ...rest
}: MarkdownProps): ReactElement {
  const settings = useMarkdownSettings({
    components,
    urlPolicy,
    highlighter,
    plugins,
    labels,
    headingOffset,
    onError,
    copyText,
    scheduleIdle,
  });
  // Its memory is a cache, not state: whatever an abandoned render leaves here, the next result is the same.
  const [lex] = useState(createDocumentLexer);
  const document = lex(text, { streaming, syntax: settings.syntax });
  const groups = inGroups(document.blocks);
  return (
    <div
      {...rest}
      className={`automna-markdown${className === undefined ? "" : ` ${className}`}`}
      data-streaming={streaming || undefined}
    >
      {groups.map((blocks, index) => (
        <BlockGroup
          key={index}
          blocks={blocks}
          settings={settings}
          open={streaming && index === groups.length - 1}
        />
      ))}
    </div>
  );
});
