"use client";

import { selectMessage, type ChatState } from "@automna/client";
import type { ReactElement } from "react";

import { useNow } from "../connection/use-now.ts";
import { dayNumber, formatDay } from "../i18n/format-time.ts";
import { useStrings } from "../i18n/language.tsx";
import { useChatState } from "../runtime/chat-hooks.ts";

/** When the day of a message begins with it: the message's time, otherwise `null`. */
function dayStart(
  state: Pick<ChatState, "transcript">,
  id: string,
  previousId: string | undefined,
): number | null {
  const at = selectMessage(state, id)?.createdAt;
  if (at === undefined) return null;
  const before = previousId === undefined ? undefined : selectMessage(state, previousId)?.createdAt;
  return before !== undefined && dayNumber(before) === dayNumber(at) ? null : at;
}

export interface DaySeparatorProps {
  readonly id: string;
  readonly previousId: string | undefined;
}

/** The date, where a new day begins. */
export function DaySeparator({ id, previousId }: DaySeparatorProps): ReactElement | null {
  const strings = useStrings();
  const at = useChatState((state) => dayStart(state, id, previousId));
  const now = useNow(false);
  if (at === null) return null;
  return (
    <p className="automna-separator" data-kind="day">
      <time dateTime={new Date(at).toISOString()}>{formatDay(at, now, strings)}</time>
    </p>
  );
}

/** Where reading goes on. */
export function UnreadSeparator(): ReactElement {
  const { chat } = useStrings();
  return (
    <p className="automna-separator" data-kind="unread">
      <span>{chat.unread}</span>
    </p>
  );
}
