"use client";

import { messageText, type ChatState, type Message } from "@automna/client";
import type { ReactElement } from "react";

import { fill } from "../i18n/fill.ts";
import { formatCount, formatTime } from "../i18n/formats.ts";
import { useStrings } from "../i18n/language.tsx";
import { useChatActions, useQuietState, useIsRunning } from "../runtime/chat-hooks.ts";
import { useThreadScroll } from "../scroll/thread-scroll-context.tsx";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";

const UNFINISHED: readonly Message["status"][] = ["queued", "sending", "unconfirmed", "failed", "streaming"];

/** Whether a message is there as a whole, so that something can be done with it. */
export const isFinished = ({ status }: Message) => !UNFINISHED.includes(status);

const isLast = (state: ChatState, id: string) => state.transcript.order.at(-1) === id;

export interface MessageActionsProps {
  readonly message: Message;
  readonly onEdit: () => void;
}

/** What can be done with a finished message, and what it cost. */
export function MessageActions({ message, onEdit }: MessageActionsProps): ReactElement {
  const strings = useStrings();
  const { regenerate } = useChatActions();
  const scroll = useThreadScroll();
  const last = useQuietState((state) => isLast(state, message.id));
  const idle = !useIsRunning();
  const text = messageText(message);
  const words = strings.message;
  return (
    <div
      className="automna-message-footer"
      role="group"
      aria-label={words.actions}
      data-last={last || undefined}
    >
      {text !== "" && <CopyButton text={text} label={words.copy} />}
      {message.role === "user" && (
        <button
          type="button"
          className="automna-icon-button"
          title={words.edit}
          aria-label={words.edit}
          onClick={onEdit}
        >
          <Icon name="edit" />
        </button>
      )}
      {message.role === "assistant" && last && idle && (
        <button
          type="button"
          className="automna-icon-button"
          title={words.regenerate}
          aria-label={words.regenerate}
          onClick={() => {
            if (regenerate() !== null) scroll.follow();
          }}
        >
          <Icon name="retry" />
        </button>
      )}
      <MessageMeta message={message} />
    </div>
  );
}

// Making a formatter costs more than rendering the row.

function MessageMeta({ message }: { readonly message: Message }): ReactElement {
  const { locale, message: words } = useStrings();
  const { usage } = message;
  const short = (count: number) => formatCount(count, locale);
  const facts = [
    message.model,
    usage && usage.total > 0 && fill(words.usage, { input: short(usage.input), output: short(usage.output) }),
    usage?.cost !== undefined && usage.cost > 0 && fill(words.cost, { cost: formatCost(usage.cost, locale) }),
  ].filter(Boolean);
  return (
    <span className="automna-message-meta">
      <time dateTime={new Date(message.createdAt).toISOString()}>
        {formatTime(message.createdAt, locale)}
      </time>
      {facts.map((fact) => (
        <span key={String(fact)}>
          {" · "}
          <bdi>{fact}</bdi>
        </span>
      ))}
    </span>
  );
}

function formatCost(dollars: number, locale: string): string {
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: "USD",
    maximumFractionDigits: dollars < 0.1 ? 4 : 2,
  }).format(dollars);
}
