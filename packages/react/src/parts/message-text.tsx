"use client";

import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { MessageMarkdown } from "./deferred-parts.tsx";
import { PlainText } from "./plain-text.tsx";

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
  if (format === "plain") return <PlainText text={text} />;
  return <MessageMarkdown text={text} streaming={streaming} labels={markdown} />;
}
