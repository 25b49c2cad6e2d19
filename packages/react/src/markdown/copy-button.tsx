"use client";

import { useEffect, useState, type ReactElement } from "react";
import type { MarkdownSettings } from "./settings.ts";

type CopyState = "idle" | "copied" | "failed";

const SHOWN_MS = 2_000;

/** Copies `text` and says for two seconds how that went. */
export function CopyButton({
  text,
  settings: { copyText, labels, onError },
}: {
  readonly text: string;
  readonly settings: MarkdownSettings;
}): ReactElement {
  const [state, setState] = useState<CopyState>("idle");
  useEffect(() => {
    if (state === "idle") return undefined;
    const timer = setTimeout(() => setState("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    try {
      await copyText(text);
      setState("copied");
    } catch (error) {
      setState("failed");
      onError(error);
    }
  };
  const label = { idle: labels.copy, copied: labels.copied, failed: labels.copyFailed }[state];
  return (
    <button type="button" className="automna-code-copy" data-state={state} onClick={() => void copy()}>
      <span aria-live="polite">{label}</span>
    </button>
  );
}
