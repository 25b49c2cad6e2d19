"use client";

import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { Markdown } from "../markdown/index.ts";

export interface MessageTextProps {
  readonly text: string;
  readonly streaming?: boolean;
  /** `plain` for what a person wrote: shown as it was typed. */
  readonly format?: "markdown" | "plain";
}

/** The text of a message. */
export function MessageText({
  text,
  streaming = false,
  format = "markdown",
}: MessageTextProps): ReactElement {
  const { markdown } = useStrings();
  if (format === "plain")
    return (
      <p className="automna-plain-text" dir="auto">
        {text}
      </p>
    );
  return <Markdown text={text} streaming={streaming} labels={markdown} />;
}
