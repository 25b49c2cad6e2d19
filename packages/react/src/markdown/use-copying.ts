"use client";

import { useEffect, useState } from "react";

import type { MarkdownSettings } from "./settings.ts";

type CopyState = "idle" | "copied" | "failed";

const SHOWN_MS = 2_000;

/** Copies a text and says for two seconds how that went. */
export function useCopying(
  text: string | (() => string),
  { copyText, onError }: Pick<MarkdownSettings, "copyText" | "onError">,
): readonly [state: CopyState, copy: () => Promise<void>] {
  const [state, setState] = useState<CopyState>("idle");
  useEffect(() => {
    if (state === "idle") return undefined;
    const timer = setTimeout(() => setState("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    try {
      await copyText(typeof text === "string" ? text : text());
      setState("copied");
    } catch (error) {
      setState("failed");
      onError(error);
    }
  };
  return [state, copy];
}
