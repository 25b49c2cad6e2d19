"use client";

import { useEffect, useId, useState, type ReactElement } from "react";
import type { MarkdownPlugin, PluginCodeProps } from "../plugin.ts";
import { loadOnce } from "./load-once.ts";

/** The part of mermaid that the plugin needs. */
export interface MermaidLike {
  initialize(config: {
    startOnLoad: boolean;
    securityLevel: "strict";
    suppressErrorRendering: boolean;
    htmlLabels: boolean;
    flowchart: { htmlLabels: boolean };
    theme: string;
  }): void;
  render(id: string, code: string): Promise<{ svg: string }>;
}

/** How diagrams are rendered. */
export interface MermaidOptions {
  /**
   * One of mermaid's themes.
   *
   * @defaultValue "neutral"
   */
  readonly theme?: string;
}

/**
 * Diagrams from closed fences of the language `mermaid`. Mermaid is loaded with the first of them; until then,
 * and where it cannot read the source, the code block is shown.
 *
 * The picture goes into an `<img>`: there the browser runs no script of an SVG and fetches nothing for it,
 * whatever mermaid let through. A content security policy must allow `img-src data:`.
 *
 * @param load - loads mermaid
 *
 * @example
 * ```tsx
 * import { mermaid } from "@automna/react/mermaid";
 *
 * const plugins = [mermaid(() => import("mermaid"))];
 * <Markdown text={text} plugins={plugins} />
 * ```
 */
export function mermaid(
  load: () => Promise<MermaidLike | { readonly default: MermaidLike }>,
  { theme = "neutral" }: MermaidOptions = {},
): MarkdownPlugin {
  const loaded = loadOnce(async () => {
    const module = await load();
    const library = "default" in module ? module.default : module;
    library.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      suppressErrorRendering: true,
      htmlLabels: false,
      flowchart: { htmlLabels: false },
      theme,
    });
    return library;
  });

  function Diagram({ code, fallback, settings: { labels, onError } }: PluginCodeProps): ReactElement {
    const id = useId();
    const [drawn, setDrawn] = useState<{ code: string; svg: string } | null>(null);
    useEffect(() => {
      let wanted = true;
      const draw = async (): Promise<void> => {
        const library = await loaded();
        const { svg } = await library.render(`automna-diagram-${id.replace(/\W/g, "")}`, code);
        if (wanted) setDrawn({ code, svg });
      };
      draw().catch(onError);
      return () => {
        wanted = false;
      };
    }, [code, id, onError]);
    if (drawn?.code !== code) return fallback;
    return (
      <figure className="automna-diagram">
        <img
          className="automna-diagram-image"
          src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawn.svg)}`}
          alt={labels.diagram}
          width={naturalWidth(drawn.svg)}
        />
        <details>
          <summary>{labels.diagramSource}</summary>
          {fallback}
        </details>
      </figure>
    );
  }

  return { name: "mermaid", codeBlocks: { mermaid: Diagram } };
}

// Mermaid's pictures are as wide as their place; this is how wide they were drawn.
function naturalWidth(svg: string): number | undefined {
  const width = Number(/viewBox="[-\d.]+ [-\d.]+ ([\d.]+) /.exec(svg)?.[1]);
  return Number.isFinite(width) ? Math.ceil(width) : undefined;
}
