"use client";

import type { Message, MessageStatus } from "@automna/client";
import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useChatActions } from "../runtime/chat-hooks.ts";
import { describeMessageError } from "./describe-message-error.ts";
import { Icon, type IconName } from "./icons.tsx";

const ICONS: Partial<Record<MessageStatus, IconName>> = {
  queued: "clock",
  sending: "clock",
  unconfirmed: "alert",
  failed: "alert",
  // The gateway has it and died before it could answer.
  error: "alert",
};

/** Where an own message is on its way; with Retry and Discard where the person must decide. */
export function SendStatus({ message }: { readonly message: Message }): ReactElement | null {
  const strings = useStrings();
  const icon = ICONS[message.status];
  if (message.role !== "user" || !icon) return null;
  const undecided = message.status === "unconfirmed" || message.status === "failed";
  const detail =
    message.status === "unconfirmed"
      ? strings.message.unconfirmedHelp
      : message.error && describeMessageError(message.error, strings);
  return (
    <div className="automna-send-status" data-status={message.status}>
      <p className="automna-send-status-text">
        <Icon name={icon} />
        <span>
          {message.status !== "error" && <strong>{strings.message.status[message.status]}</strong>}
          {detail ? <span> {detail}</span> : null}
        </span>
      </p>
      {message.sendId !== undefined && (undecided || message.status === "error") && (
        <Decision sendId={message.sendId} canDiscard={undecided} />
      )}
    </div>
  );
}

function Decision({
  sendId,
  canDiscard,
}: {
  readonly sendId: string;
  /** What the gateway has stored cannot be taken back. */
  readonly canDiscard: boolean;
}): ReactElement {
  const { message } = useStrings();
  const { retry, discard } = useChatActions();
  return (
    <div className="automna-row-buttons">
      <button type="button" className="automna-button" data-size="small" onClick={() => retry(sendId)}>
        {message.retry}
      </button>
      {canDiscard && (
        <button
          type="button"
          className="automna-button"
          data-size="small"
          data-look="quiet"
          onClick={() => discard(sendId)}
        >
          {message.discard}
        </button>
      )}
    </div>
  );
}
