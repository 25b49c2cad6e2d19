import type { ComponentType, ReactElement } from "react";
import type { MarkdownSettings } from "./settings.ts";
import type { SyntaxRule } from "./syntax.ts";

/** What the component of a plugin's own construct gets. */
export interface PluginNodeProps {
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
export interface PluginCodeProps {
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
export interface MarkdownPlugin {
  /** What it is called. */
  readonly name: string;
  /** Constructs of its own. */
  readonly syntax?: { readonly block?: readonly SyntaxRule[]; readonly inline?: readonly SyntaxRule[] };
  /** Components by the name of the rule. */
  readonly nodes?: Readonly<Record<string, ComponentType<PluginNodeProps>>>;
  /** Components by language; only closed fences get them. */
  readonly codeBlocks?: Readonly<Record<string, ComponentType<PluginCodeProps>>>;
}

/** The component that the first plugin with one for `name` has. */
export function findComponent<Props>(
  tables: readonly (Readonly<Record<string, ComponentType<Props>>> | undefined)[],
  name: string,
): ComponentType<Props> | undefined {
  return tables.find((table) => table && Object.hasOwn(table, name))?.[name];
}
