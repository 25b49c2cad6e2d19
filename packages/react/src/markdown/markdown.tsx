"use client";

import {
  memo,
  useContext,
  useRef,
  useState,
  useSyncExternalStore,
  type ComponentPropsWithoutRef,
  type ReactElement,
  type RefObject,
} from "react";
import { useBeforePaint } from "../runtime/before-paint.ts";
import { BlockGroup, inGroups } from "./block-group.tsx";
import { createDocumentLexer, type Block } from "./block-lexer.ts";
import { useMarkdownSettings, type MarkdownConfig } from "./settings.ts";
import { TextWindowContext, type GroupRange } from "./text-window.ts";

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
  const element = useRef<HTMLDivElement>(null);
  const { start, end } = useShownGroups(element, groups);
  return (
    <div
      {...rest}
      ref={element}
      className={`automna-markdown${className === undefined ? "" : ` ${className}`}`}
      data-streaming={streaming || undefined}
    >
      {groups.slice(start, end).map((blocks, offset) => {
        const index = start + offset;
        const open = streaming && index === groups.length - 1;
        const group = <BlockGroup key={index} blocks={blocks} settings={settings} open={open} />;
        // Most texts are one group: they get no element more than they say.
        if (index === 0) return group;
        return (
          <div key={index} className="automna-blocks" data-blocks="">
            {group}
          </div>
        );
      })}
    </div>
  );
});

function sourceOf(blocks: readonly Block[]): string {
  return blocks.map(({ node }) => node.raw).join("\n");
}

const never = () => () => undefined;
const none = () => 0;

/** The groups that are to be in the document: all of them, unless the text stands in a thread and is long. */
function useShownGroups(
  text: RefObject<HTMLElement | null>,
  groups: readonly (readonly Block[])[],
): GroupRange {
  const count = groups.length;
  const open = useContext(TextWindowContext);
  const [shown] = useState(() => open?.() ?? null);
  useSyncExternalStore(shown?.subscribe ?? never, shown?.getVersion ?? none, none);
  const { start, end } = shown ? shown.rangeFor(count) : { start: 0, end: count };
  useBeforePaint(() => shown?.setSources(() => groups.map(sourceOf)));
  useBeforePaint(() => {
    if (text.current) shown?.committed(text.current, count, { start, end });
  }, [shown, text, count, start, end]);
  useBeforePaint(() => () => shown?.close(), [shown]);
  return { start, end };
}
