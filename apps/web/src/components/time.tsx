"use client";

import { useEffect, useState } from "react";
import { useStrings } from "../i18n/language.tsx";
import { relativeTime } from "./time-texts.ts";

/** Tells the time anew every `everyMs` while it is shown; 0 never. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (everyMs === 0) return;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** A moment in words, with the exact time on hovering and for machines. */
export function Ago({ at }: { at: string }) {
  const { locale } = useStrings();
  const now = useNow(30_000);
  const instant = Date.parse(at);
  return (
    <time
      dateTime={at}
      title={new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" }).format(instant)}
      suppressHydrationWarning
    >
      {relativeTime(instant, now, locale)}
    </time>
  );
}
