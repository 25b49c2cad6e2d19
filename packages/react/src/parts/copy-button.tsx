"use client";

import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useMarkdownSettings } from "../markdown/settings.ts";
import { useCopying } from "../markdown/use-copying.ts";
import { Icon } from "./icons.tsx";

export interface CopyButtonProps {
  readonly text: string | (() => string);
  /** What the button does, in words. */
  readonly label: string;
}

/** Copies a text and says how that went. */
export function CopyButton({ text, label }: CopyButtonProps): ReactElement {
  const { message } = useStrings();
  const [state, copy] = useCopying(text, useMarkdownSettings({}));
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
