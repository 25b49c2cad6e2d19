"use client";

import {
  createContext,
  useContext,
  useMemo,
  useState,
  type ComponentPropsWithoutRef,
  type ComponentType,
} from "react";
import { useLatestReport } from "../runtime/use-latest-report.ts";
import type { CodeBlockProps } from "./code-block.tsx";
import { copyText } from "./copy-text.ts";
import type { CodeHighlighter } from "./highlighter.ts";
import { scheduleIdle, type ScheduleIdle } from "./idle.ts";
import { ENGLISH_LABELS, type MarkdownLabels } from "./labels.ts";
import type { MarkdownPlugin } from "./plugin.ts";
import { GFM, type MarkdownSyntax } from "./syntax.ts";
import { createUrlPolicy, type UrlPolicy, type UrlPolicyOptions } from "./url-policy.ts";

type Replaceable =
  | "a"
  | "blockquote"
  | "code"
  | "del"
  | "em"
  | "h1"
  | "h2"
  | "h3"
  | "h4"
  | "h5"
  | "h6"
  | "hr"
  | "img"
  | "li"
  | "ol"
  | "p"
  | "strong"
  | "table"
  | "ul";

/**
 * Components in place of the elements that markdown makes. They get the element's props; `href` and `src`
 * have passed the URL policy. `h1` stands for `# `, whatever element the heading offset makes of it.
 */
export type MarkdownComponents = {
  readonly [Tag in Replaceable]?: ComponentType<ComponentPropsWithoutRef<Tag>>;
} & { readonly CodeBlock?: ComponentType<CodeBlockProps> };

/** What a host may decide, as props of `Markdown` or for a whole tree with `MarkdownConfigProvider`. */
export interface MarkdownConfig {
  /** Your components in place of elements. Keep the object outside of the component. */
  readonly components?: MarkdownComponents;
  /** Which addresses become links, and which images are fetched. */
  readonly urlPolicy?: UrlPolicyOptions;
  /** Colours code blocks; none: they stay plain. */
  readonly highlighter?: CodeHighlighter;
  /** Math, diagrams and other additions. Keep the array outside of the component: a new one lexes anew. */
  readonly plugins?: readonly MarkdownPlugin[];
  /** What buttons and accessible names say. Default: English. */
  readonly labels?: Partial<MarkdownLabels>;
  /**
   * Added to every heading's level, so that a message does not compete with the page's own outline.
   *
   * @defaultValue 2 (`#` becomes `h3`)
   */
  readonly headingOffset?: number;
  /** Told of a highlighter, plugin or lexer that failed; the text stays readable without it. */
  readonly onError?: (error: unknown) => void;
  /** Writes to the clipboard. Default: the browser's. */
  readonly copyText?: (text: string) => Promise<void>;
  /** Runs a task when the browser has time. Default: `requestIdleCallback`, or a timer where there is none. */
  readonly scheduleIdle?: ScheduleIdle;
}

/** A {@link MarkdownConfig} with everything decided: what is written there, by the same names. */
export interface MarkdownSettings {
  readonly components: MarkdownComponents;
  /** Made of `urlPolicy`. */
  readonly policy: UrlPolicy;
  readonly highlighter: CodeHighlighter | undefined;
  readonly plugins: readonly MarkdownPlugin[];
  /** Made of the plugins' constructs. */
  readonly syntax: MarkdownSyntax;
  readonly labels: MarkdownLabels;
  readonly headingOffset: number;
  readonly onError: (error: unknown) => void;
  readonly copyText: (text: string) => Promise<void>;
  readonly scheduleIdle: ScheduleIdle;
}

const NO_PLUGINS: readonly MarkdownPlugin[] = [];
const NO_COMPONENTS: MarkdownComponents = {};
const ignore = (): void => undefined;

const MarkdownConfigContext = createContext<MarkdownConfig>({});

/**
 * Sets the defaults of every `Markdown` below it.
 *
 * @example
 * ```tsx
 * <MarkdownConfigProvider value={{ urlPolicy: { allowedImageOrigins: ["https://cdn.example.com"] } }}>
 *   <Markdown text="![logo](https://cdn.example.com/logo.png)" />
 * </MarkdownConfigProvider>
 * ```
 */
export const MarkdownConfigProvider = MarkdownConfigContext.Provider;

/**
 * The settings in force here: `own` over those of the nearest {@link MarkdownConfigProvider}. Stable while they say the same.
 *
 * @example
 * ```tsx
 * import { type PluginCodeProps, useMarkdownSettings } from "@automna/react/markdown";
 *
 * function Copyable({ code }: PluginCodeProps) {
 *   const { copyText, onError } = useMarkdownSettings({});
 *   return <button onClick={() => copyText(code).catch(onError)}>{code}</button>;
 * }
 * ```
 */
export function useMarkdownSettings(own: MarkdownConfig): MarkdownSettings {
  const inherited = useContext(MarkdownConfigContext);
  const labels = useSteady({ ...ENGLISH_LABELS, ...inherited.labels, ...own.labels });
  const components = useSteady(own.components ?? inherited.components ?? NO_COMPONENTS);
  const urls = useSteady(own.urlPolicy ?? inherited.urlPolicy);
  const plugins = useSteady(own.plugins ?? inherited.plugins ?? NO_PLUGINS);
  const highlighter = own.highlighter ?? inherited.highlighter;
  const headingOffset = own.headingOffset ?? inherited.headingOffset ?? 2;
  const onError = useLatestReport(own.onError ?? inherited.onError ?? ignore);
  const copy = own.copyText ?? inherited.copyText ?? copyText;
  const idle = own.scheduleIdle ?? inherited.scheduleIdle ?? scheduleIdle;
  const syntax = useMemo(() => syntaxOf(plugins), [plugins]);
  const policy = useMemo(() => createUrlPolicy(urls), [urls]);
  return useMemo(
    () => ({
      components,
      policy,
      highlighter,
      plugins,
      syntax,
      labels,
      headingOffset,
      onError,
      copyText: copy,
      scheduleIdle: idle,
    }),
    [components, policy, highlighter, plugins, syntax, labels, headingOffset, onError, copy, idle],
  );
}

function syntaxOf(plugins: readonly MarkdownPlugin[]): MarkdownSyntax {
  if (!plugins.some(({ syntax }) => syntax)) return GFM;
  return {
    block: plugins.flatMap(({ syntax }) => syntax?.block ?? []),
    inline: plugins.flatMap(({ syntax }) => syntax?.inline ?? []),
  };
}

/** The first of the values that say the same, so that a literal in JSX does not render every block again. */
function useSteady<Value>(value: Value): Value {
  const [keep] = useState(steady<Value>);
  return keep(value);
}

function steady<Value>(): (value: Value) => Value {
  let kept: { value: Value } | undefined;
  return (value) => {
    if (!kept || !sameShape(kept.value, value, 2)) kept = { value };
    return kept.value;
  };
}

function sameShape(one: unknown, other: unknown, depth: number): boolean {
  if (Object.is(one, other)) return true;
  if (depth === 0 || !isRecord(one) || !isRecord(other)) return false;
  const keys = Object.keys(one);
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && sameShape(one[key], other[key], depth - 1))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
