"use client";

import type { MessageError } from "@automna/client";
import type { ReactElement } from "react";

import { describeNotice } from "../composer/describe-refusal.ts";
import { useStrings } from "../i18n/language.tsx";
import { useChatActions } from "../runtime/chat-hooks.ts";
import { Icon } from "./icons.tsx";
import { LateIcon } from "./late-icons.tsx";

export interface NoticeProps {
  readonly notice: MessageError;
}

/** What failed, until somebody has seen it. */
export function Notice({ notice }: NoticeProps): ReactElement {
  const strings = useStrings();
  const { dismissNotice } = useChatActions();
  return (
    <div className="automna-banner" data-tone="problem">
      <Icon name="alert" />
      <span className="automna-banner-text">{describeNotice(notice, strings)}</span>
      <button
        type="button"
        className="automna-icon-button"
        title={strings.chat.dismiss}
        aria-label={strings.chat.dismiss}
        onClick={() => dismissNotice()}
      >
        <LateIcon name="close" />
      </button>
    </div>
  );
}
