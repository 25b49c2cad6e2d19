"use client";

import { useEffect, useState } from "react";

import { useStrings } from "../i18n/language.tsx";
import { useConnection, useQuietState } from "../runtime/chat-hooks.ts";
import { fetchAhead } from "../runtime/fetch-ahead.ts";
import { noticeOf, type ConnectionNotice, type SayConnection } from "./describe-connection.ts";

let known: SayConnection | null = null;

/** Fetches the sentences. A failed fetch is tried again by the next call. */
async function loadSentences(): Promise<void> {
  known ??= (await import("./sentences.ts")).connectionSentence;
}

const silent = () => "";

/**
 * What is to be told about the connection now, in the language of the chat. {@link ConnectionBanner} shows it.
 *
 * @returns `null` while all is well
 * @throws {MissingChatError} outside of a {@link ChatProvider}
 *
 * @example
 * ```tsx
 * import { useConnectionNotice } from "@automna/react";
 *
 * function Status() {
 *   const notice = useConnectionNotice();
 *   return <p role="status">{notice && `${notice.title} ${notice.detail ?? ""}`}</p>;
 * }
 * ```
 */
export function useConnectionNotice(): ConnectionNotice | null {
  const connection = useConnection();
  const everConnected = useQuietState((state) => state.everConnected);
  const strings = useStrings();
  const { status } = connection;
  const say = useSentences(status === "waiting" || status === "failed");
  return noticeOf(connection, everConnected, strings, say);
}

/** The client's own sentences: fetched when they are `wanted`, or when the page is idle, since then there may be no network. */
function useSentences(wanted: boolean): SayConnection {
  const [say, setSay] = useState(() => known);
  useEffect(() => {
    if (say) return undefined;
    let current = true;
    const load = async () => {
      await loadSentences();
      if (current) setSay(() => known);
    };
    let cancel: (() => void) | undefined;
    if (!wanted) cancel = fetchAhead(load);
    // Without them the titles say the most important.
    else load().catch(() => undefined);
    return () => {
      current = false;
      cancel?.();
    };
  }, [wanted, say]);
  return say ?? silent;
}
