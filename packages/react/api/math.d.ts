import { ComponentPropsWithoutRef, ComponentType, ReactElement } from "react";
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
/** The part of KaTeX that the plugin needs. */
interface KatexLike {
  render(
    tex: string,
    element: HTMLElement,
    options: {
      displayMode: boolean;
      output: "html" | "mathml" | "htmlAndMathml";
      throwOnError: boolean;
      strict: "ignore";
      trust: boolean;
      maxExpand: number;
      maxSize: number;
    },
  ): void;
}
/** How formulas are rendered. */
interface MathOptions {
  /**
   * `mathml` needs neither KaTeX's stylesheet nor its fonts; the others need `katex/dist/katex.min.css`.
   *
   * @defaultValue "mathml"
   */
  readonly output?: "html" | "mathml" | "htmlAndMathml";
  /**
   * Also take `$…$` in running text for math.
   *
   * @defaultValue true
   */
  readonly singleDollar?: boolean;
}
/**
 * Math by KaTeX: `$…$`, `$$…$$`, `\(…\)`, `\[…\]` and fences of the language `math`. KaTeX is loaded with the
 * first closed formula; until then, and where it cannot be read, the TeX source is shown.
 *
 * KaTeX builds DOM nodes (no HTML string is parsed) with `trust` off: its commands for links, images and
 * attributes do nothing.
 *
 * @param load - loads KaTeX
 *
 * @example
 * ```tsx
 * import { math } from "@automna/react/math";
 *
 * const plugins = [math(() => import("katex"))];
 * <Markdown text={text} plugins={plugins} />
 * ```
 */
declare function math(
  load: () => Promise<
    | KatexLike
    | {
        readonly default: KatexLike;
      }
  >,
  { output, singleDollar }?: MathOptions,
): MarkdownPlugin;
export { KatexLike, MathOptions, math };
