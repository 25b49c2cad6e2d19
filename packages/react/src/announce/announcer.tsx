"use client";

import { useEffect, useState, type ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useChatRuntime } from "../runtime/provider.tsx";
import { quietly } from "../runtime/quiet-subscription.ts";
import { ReplyAnnouncements } from "./reply-announcements.ts";

/**
 * Tells a screen reader when a reply begins and, once, what it says. The transcript itself is silent, because a live
 * region around streaming text reads every word on its own. One for each chat; it shows nothing.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Announcer, Composer, Thread } from "@automna/react";
 *
 * const Conversation = () => <><Thread /><Composer /><Announcer /></>;
 * ```
 */
export function Announcer(): ReactElement {
  const { store } = useChatRuntime();
  const strings = useStrings();
  const [said, setSaid] = useState({ text: "", count: 0 });
  useEffect(() => {
    const announcements = new ReplyAnnouncements();
    announcements.next(store.getState(), strings);
    return quietly(store)((state) => {
      const texts = announcements.next(state, strings);
      if (texts.length > 0) setSaid(({ count }) => ({ text: texts.join(" "), count: count + 1 }));
    });
  }, [store, strings]);
  return (
    <div
      className="automna-visually-hidden"
      role="status"
      aria-live="polite"
      aria-atomic="true"
      data-automna-announcer=""
    >
      <span key={said.count}>{said.text}</span>
    </div>
  );
}
