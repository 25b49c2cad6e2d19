import type { ReactElement } from "react";
import { findComponent } from "./plugin.ts";
import type { MarkdownSettings } from "./settings.ts";

/** A plugin's own construct by its component, or `null` when no plugin has one. */
export function renderCustom(
  node: { readonly name: string; readonly raw: string; readonly text: string; readonly display: boolean },
  settings: MarkdownSettings,
): ReactElement | null {
  const Custom = findComponent(
    settings.plugins.map(({ nodes }) => nodes),
    node.name,
  );
  return Custom ? (
    <Custom raw={node.raw} text={node.text} display={node.display} settings={settings} />
  ) : null;
}
