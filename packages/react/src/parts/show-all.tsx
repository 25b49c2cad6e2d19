"use client";

import type { ReactElement } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useCapabilities, useChatActions } from "../runtime/chat-hooks.ts";
import { toldByNotice } from "../runtime/told-by-notice.ts";

/** Fetches the whole of a message that the gateway shortened. */
export function ShowAll({ id }: { readonly id: string }): ReactElement | null {
  const { chat } = useStrings();
  const { loadFull } = useChatActions();
  // Version 3 has no way to ask for one message.
  const canAsk = useCapabilities()?.protocol !== 3;
  if (!canAsk) return null;
  return (
    <button
      type="button"
      className="automna-button"
      data-size="small"
      onClick={() => toldByNotice(loadFull(id))}
    >
      {chat.showAll}
    </button>
  );
}
