"use client";

import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { Icon } from "./icons.tsx";

/**
 * What {@link Thread} shows in a conversation that has not begun, unless it is given something else. Needs no chat around it.
 *
 * @example
 * ```tsx
 * import { EmptyThread, Thread } from "@automna/react";
 *
 * const Conversation = () => <Thread empty={<><EmptyThread /><p>Ask about our opening hours.</p></>} />;
 * ```
 */
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
