"use client";

import { selectMessage, type ChatState } from "@automna/client";
import { memo, type ReactElement } from "react";

import { useNow } from "../connection/use-now.ts";
import { dayNumber, formatDay } from "../i18n/formats.ts";
import { useStrings } from "../i18n/language.tsx";
import { useQuietState } from "../runtime/chat-hooks.ts";

const createdAt = (state: Pick<ChatState, "transcript">, id: string | undefined) =>
  id === undefined ? undefined : selectMessage(state, id)?.createdAt;

export interface DaySeparatorProps {
  readonly id: string;
  readonly previousId: string | undefined;
}

/** The date, where a new day begins. */
export const DaySeparator = memo(function DaySeparator({
  id,
  previousId,
}: DaySeparatorProps): ReactElement | null {
  const strings = useStrings();
  const at = useQuietState((state) => createdAt(state, id));
  const before = useQuietState((state) => createdAt(state, previousId));
  const now = useNow(false);
  if (at === undefined || (before !== undefined && dayNumber(before) === dayNumber(at))) return null;
  return (
    <p className="automna-separator" data-kind="day">
      <time dateTime={new Date(at).toISOString()}>{formatDay(at, now, strings)}</time>
    </p>
  );
});

/** Where reading goes on. */
export function UnreadSeparator(): ReactElement {
  const { chat } = useStrings();
  return (
    <p className="automna-separator" data-kind="unread">
      <span>{chat.unread}</span>
    </p>
  );
}
