"use client";

import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";

/** Three dots while nothing of a reply is there yet. */
export function Typing(): ReactElement {
  const { chat } = useStrings();
  return (
    <span className="automna-typing">
      <span className="automna-visually-hidden">{chat.thinking}</span>
      <span className="automna-typing-dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
    </span>
  );
}
