"use client";

import type { ReactElement } from "react";

import type { MarkdownSettings } from "./settings.ts";
import { useCopying } from "./use-copying.ts";

/** Copies `text` and says how that went. */
export function CopyButton({
  text,
  settings,
}: {
  readonly text: string;
  readonly settings: MarkdownSettings;
}): ReactElement {
  const { labels } = settings;
  const [state, copy] = useCopying(text, settings);
  const label = { idle: labels.copy, copied: labels.copied, failed: labels.copyFailed }[state];
  return (
    <button type="button" className="automna-code-copy" data-state={state} onClick={() => void copy()}>
      <span aria-live="polite">{label}</span>
    </button>
  );
}
