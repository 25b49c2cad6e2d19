"use client";

import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { Icon } from "./icons.tsx";

/** A conversation that has not begun. */
export function EmptyThread(): ReactElement {
  const { chat } = useStrings();
  return (
    <>
      <span className="automna-empty-mark">
        <Icon name="spark" />
      </span>
      <p className="automna-empty-title">{chat.emptyTitle}</p>
      <p className="automna-empty-text">{chat.emptyText}</p>
    </>
  );
}
