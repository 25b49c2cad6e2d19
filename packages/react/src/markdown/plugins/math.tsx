"use client";

import { useEffect, useRef, useState, type ReactElement } from "react";
import type { MarkdownPlugin, PluginCodeProps, PluginNodeProps } from "../plugin.ts";
import { loadOnce } from "./load-once.ts";
import { mathBlock, mathInline } from "./math-syntax.ts";

/** The part of KaTeX that the plugin needs. */
export interface KatexLike {
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
export interface MathOptions {
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
export function math(
  load: () => Promise<KatexLike | { readonly default: KatexLike }>,
  { output = "mathml", singleDollar = true }: MathOptions = {},
): MarkdownPlugin {
  const loaded = loadOnce(async () => {
    const module = await load();
    return "default" in module ? module.default : module;
  });

  function Formula({ raw, text, display, settings: { onError } }: PluginNodeProps): ReactElement {
    const element = useRef<HTMLElement>(null);
    const [shown, setShown] = useState<string | null>(null);
    useEffect(() => {
      let wanted = true;
      const render = async (): Promise<void> => {
        const katex = await loaded();
        if (!wanted || !element.current) return;
        const options = { displayMode: display, output, trust: false, maxExpand: 1_000, maxSize: 50 };
        katex.render(text, element.current, { ...options, throwOnError: true, strict: "ignore" });
        setShown(text);
      };
      render().catch((error: unknown) => {
        if (wanted) setShown(null);
        onError(error);
      });
      return () => {
        wanted = false;
      };
    }, [text, display, onError]);
    return (
      <span className={display ? "automna-math automna-math-display" : "automna-math"} dir="ltr">
        <span ref={element} hidden={shown !== text} />
        {shown !== text && <code className="automna-inline-code">{raw}</code>}
      </span>
    );
  }

  function MathFence({ code, settings }: PluginCodeProps): ReactElement {
    return <Formula raw={code} text={code} display settings={settings} />;
  }

  return {
    name: "math",
    syntax: { block: [mathBlock], inline: [mathInline(singleDollar)] },
    nodes: { math: Formula },
    codeBlocks: { math: MathFence },
  };
}
