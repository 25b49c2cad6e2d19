"use client";

import type { ReactElement } from "react";

import { fillPlural } from "../i18n/fill.ts";
import { useStrings } from "../i18n/language.tsx";
import { useMessageIds } from "../runtime/chat-hooks.ts";
import { useThreadScroll, useThreadScrollState } from "../scroll/thread-scroll-context.tsx";
import { LateIcon } from "./late-icons.tsx";

/**
 * Brings the reader back to the newest message; says how many came meanwhile. Nothing while the end is in sight.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { JumpToLatest, Thread } from "@automna/react";
 *
 * const Conversation = () => <Thread overlay={<JumpToLatest />} />;
 * ```
 */
export function JumpToLatest(): ReactElement | null {
  const { chat, locale } = useStrings();
  const scroll = useThreadScroll();
  const atEnd = useThreadScrollState((state) => state.atEnd);
  const unreadFrom = useThreadScrollState((state) => state.unreadFrom);
  const ids = useMessageIds();
  if (atEnd || ids.length === 0) return null;
  const unread = unreadFrom === null ? 0 : ids.length - ids.indexOf(unreadFrom);
  return (
    <button
      type="button"
      className="automna-jump"
      aria-label={unread === 0 ? chat.jumpToLatest : undefined}
      title={chat.jumpToLatest}
      onClick={() => scroll.follow()}
    >
      <LateIcon name="down" />
      {unread > 0 && <span>{fillPlural(chat.newMessages, unread, locale)}</span>}
    </button>
  );
}
