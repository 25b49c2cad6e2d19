export { CodeBlock, type CodeBlockProps } from "./code-block.tsx";
export type { CodeHighlighter, CodeToken, CodeTokenKind, HighlightedCode } from "./highlighter.ts";
export type { ScheduleIdle } from "./idle.ts";
export { ENGLISH_LABELS, type MarkdownLabels } from "./labels.ts";
export { Markdown, type MarkdownProps } from "./markdown.tsx";
export type { MarkdownPlugin, PluginCodeProps, PluginNodeProps } from "./plugin.ts";
export {
  MarkdownConfigProvider,
  type MarkdownComponents,
  type MarkdownConfig,
  type MarkdownSettings,
  useMarkdownSettings,
} from "./settings.ts";
export type { MarkdownSyntax, SyntaxMatch, SyntaxRule } from "./syntax.ts";
export {
  createUrlPolicy,
  namesAnotherHost,
  type SafeLink,
  type UrlPolicy,
  type UrlPolicyOptions,
} from "./url-policy.ts";
