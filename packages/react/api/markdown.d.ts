import { ComponentPropsWithoutRef, ComponentType, ReactElement } from "react";
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
/** Runs `task` when there is time, at most once; the answer cancels it. */
type ScheduleIdle = (task: () => void) => () => void;
/** The words that the markdown parts show or announce. A catalogue passes them in; English is the default. */
interface MarkdownLabels {
  /** Button of a code block. */
  readonly copy: string;
  /** The same button after it worked. */
  readonly copied: string;
  /** The same button after the browser refused. */
  readonly copyFailed: string;
  /** Accessible name of a code block; the language follows it. */
  readonly codeBlock: string;
  /** Accessible name of a table's scroll area. */
  readonly table: string;
  /** Before the alternative text of an image that is not fetched. */
  readonly image: string;
  /** Tooltip of a link whose address may not be followed. */
  readonly blockedLink: string;
  /** Accessible name of a ticked task. */
  readonly taskDone: string;
  /** Accessible name of an open task. */
  readonly taskOpen: string;
  /** Alternative text of a rendered diagram. */
  readonly diagram: string;
  /** Opens the source of a diagram. */
  readonly diagramSource: string;
}
/** The labels in English, the default. */
declare const ENGLISH_LABELS: MarkdownLabels;
/** What a {@link SyntaxRule} found at the start of the text it was given. */
interface SyntaxMatch {
  /** The source that it takes: a prefix of the text. */
  readonly raw: string;
  /** What the plugin's component gets. */
  readonly text: string;
  /** Inline rules only: shown on a line of its own. */
  readonly display?: boolean;
}
/** One construct that a plugin adds to markdown. */
interface SyntaxRule {
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
interface MarkdownSyntax {
  /** Between paragraphs. */
  readonly block: readonly SyntaxRule[];
  /** Inside of a text. */
  readonly inline: readonly SyntaxRule[];
}
/** What the component of a plugin's own construct gets. */
interface PluginNodeProps {
  /** The source, for showing while nothing better is there. */
  readonly raw: string;
  /** What the rule's `match` made of it. */
  readonly text: string;
  /** True on a line of its own. */
  readonly display: boolean;
  /** Those of the `Markdown` around it. */
  readonly settings: MarkdownSettings;
}
/** What the component of a code language gets. */
interface PluginCodeProps {
  /** What stands between the fences. */
  readonly code: string;
  /** As the fence names it. */
  readonly language: string;
  /** The ordinary code block. */
  readonly fallback: ReactElement;
  /** Those of the `Markdown` around it. */
  readonly settings: MarkdownSettings;
}
/** An addition to markdown: constructs of its own, or another view of a code language. */
interface MarkdownPlugin {
  /** What it is called. */
  readonly name: string;
  /** Constructs of its own. */
  readonly syntax?: {
    readonly block?: readonly SyntaxRule[];
    readonly inline?: readonly SyntaxRule[];
  };
  /** Components by the name of the rule. */
  readonly nodes?: Readonly<Record<string, ComponentType<PluginNodeProps>>>;
  /** Components by language; only closed fences get them. */
  readonly codeBlocks?: Readonly<Record<string, ComponentType<PluginCodeProps>>>;
}
/** What a host may widen or narrow about the URLs in a message. */
interface UrlPolicyOptions {
  /**
   * Schemes that may become links, without the colon. Schemes that run or read something in the page
   * (`javascript`, `data`, `vbscript`, `blob`, `file`...) are refused even when listed.
   *
   * @defaultValue `["http", "https", "mailto", "tel"]`
   */
  readonly linkSchemes?: readonly string[];
  /**
   * Which images are fetched: a list of origins (`"https://cdn.example.com"`), or a function that is
   * asked for each `http:`, `https:`, `blob:` or `data:image/*` URL. Every other image is a link-like
   * placeholder that fetches nothing: the address of an image can carry a conversation away.
   *
   * @defaultValue none
   */
  readonly allowedImageOrigins?: readonly string[] | ((url: URL) => boolean);
}
/** A URL that may stand in `href`, in the normal form that the browser's own parser gives. */
interface SafeLink {
  /** What stands in the `href` of the element. */
  readonly href: string;
  /** `web` opens in a new tab. */
  readonly kind: "web" | "fragment" | "other";
  /** Host of a `web` link as the browser will dial it (punycode). */
  readonly host: string;
}
/** Decides which addresses of a text become links and pictures. What it refuses is shown as text. */
interface UrlPolicy {
  /** The link to make, or `null`: show the text only. */
  link(href: string): SafeLink | null;
  /** The image address to fetch, or `null`: show a placeholder. */
  image(source: string): string | null;
}
/**
 * Decides what the URLs in a message may do. Everything is judged by, and handed on from, the platform's
 * own URL parser, so that no second reading of the same string can differ. Relative addresses are refused:
 * they would reach into the application that shows the message.
 *
 * @example
 * ```ts
 * const policy = createUrlPolicy({ allowedImageOrigins: ["https://cdn.example.com"] });
 * policy.link("javascript:alert(1)"); // null
 * policy.image("https://cdn.example.com/a.png"); // "https://cdn.example.com/a.png"
 * ```
 */
declare function createUrlPolicy(options?: UrlPolicyOptions): UrlPolicy;
/**
 * True when a link's text reads like an address of another host than the one it leads to, as in
 * `[https://bank.example](https://elsewhere.example)`. `www.` makes no difference.
 *
 * @example
 * ```ts
 * import { createUrlPolicy, namesAnotherHost } from "@automna/react/markdown";
 *
 * const link = createUrlPolicy().link("https://elsewhere.example");
 * if (link) namesAnotherHost("https://bank.example", link); // true
 * ```
 */
declare function namesAnotherHost(text: string, link: SafeLink): boolean;
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
type MarkdownComponents = { readonly [Tag in Replaceable]?: ComponentType<ComponentPropsWithoutRef<Tag>> } & {
  readonly CodeBlock?: ComponentType<CodeBlockProps>;
};
/** What a host may decide, as props of `Markdown` or for a whole tree with `MarkdownConfigProvider`. */
interface MarkdownConfig {
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
interface MarkdownSettings {
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
declare const MarkdownConfigProvider: import("react").Provider<MarkdownConfig>;
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
declare function useMarkdownSettings(own: MarkdownConfig): MarkdownSettings;
/** The code, and how it is copied and coloured. */
interface CodeBlockProps extends Pick<
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
declare const CodeBlock: import("react").MemoExoticComponent<
  ({ code, language, streaming, className, ...config }: CodeBlockProps) => ReactElement
>;
/** A div element's own props, the text, and how it is rendered. */
interface MarkdownProps
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
declare const Markdown: import("react").MemoExoticComponent<
  ({
    text,
    streaming,
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
  }: MarkdownProps) => ReactElement
>;
export {
  CodeBlock,
  type CodeBlockProps,
  type CodeHighlighter,
  type CodeToken,
  type CodeTokenKind,
  ENGLISH_LABELS,
  type HighlightedCode,
  Markdown,
  type MarkdownComponents,
  type MarkdownConfig,
  MarkdownConfigProvider,
  type MarkdownLabels,
  type MarkdownPlugin,
  type MarkdownProps,
  type MarkdownSettings,
  type MarkdownSyntax,
  type PluginCodeProps,
  type PluginNodeProps,
  type SafeLink,
  type ScheduleIdle,
  type SyntaxMatch,
  type SyntaxRule,
  type UrlPolicy,
  type UrlPolicyOptions,
  createUrlPolicy,
  namesAnotherHost,
  useMarkdownSettings,
};
