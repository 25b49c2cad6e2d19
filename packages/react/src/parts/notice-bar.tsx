"use client";

import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useChatActions, useNotice } from "../runtime/chat-hooks.ts";
import { describeMessageError } from "./describe-message-error.ts";
import { Icon } from "./icons.tsx";

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
  const strings = useStrings();
  const notice = useNotice();
  const { dismissNotice } = useChatActions();
  return (
    <div role="alert" className="automna-notice">
      {notice && (
        <div className="automna-banner" data-tone="problem">
          <Icon name="alert" />
          <span className="automna-banner-text">{describeMessageError(notice, strings)}</span>
          <button
            type="button"
            className="automna-icon-button"
            title={strings.chat.dismiss}
            aria-label={strings.chat.dismiss}
            onClick={() => dismissNotice()}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}
