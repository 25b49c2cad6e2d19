"use client";

import { useEffect, useState, type ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useMarkdownSettings } from "../markdown/settings.ts";
import { Icon } from "./icons.tsx";

const SHOWN_MS = 2_000;

export interface CopyButtonProps {
  readonly text: string | (() => string);
  /** What the button does, in words. */
  readonly label: string;
}

/** Copies a text and says for two seconds how that went. */
export function CopyButton({ text, label }: CopyButtonProps): ReactElement {
  const { message } = useStrings();
  const { copyText, onError } = useMarkdownSettings({});
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return undefined;
    const timer = setTimeout(() => setState("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  const copy = async () => {
    try {
      await copyText(typeof text === "string" ? text : text());
      setState("copied");
    } catch (error) {
      setState("failed");
      onError(error);
    }
  };
  const shown = { idle: label, copied: message.copied, failed: message.copyFailed }[state];
  return (
    <button
      type="button"
      className="automna-icon-button"
      data-state={state}
      title={shown}
      aria-label={label}
      onClick={() => void copy()}
    >
      <Icon name={state === "idle" ? "copy" : state === "copied" ? "check" : "alert"} />
      <span className="automna-visually-hidden" role="status">
        {state === "idle" ? "" : shown}
      </span>
    </button>
  );
}
