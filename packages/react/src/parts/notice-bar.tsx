"use client";

import type { ReactElement } from "react";

import { useNotice } from "../runtime/chat-hooks.ts";
import { Notice } from "./deferred-parts.tsx";

/**
 * The last action that failed and was not about one message, until it is dismissed. Its place is always there, so that it is
 * announced.
 *
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { Composer, NoticeBar, Thread } from "@automna/react";
 *
 * const Conversation = () => <><Thread /><NoticeBar /><Composer /></>;
 * ```
 */
export function NoticeBar(): ReactElement {
  const notice = useNotice();
  return (
    <div role="alert" className="automna-notice">
      {notice && <Notice notice={notice} />}
    </div>
  );
}
