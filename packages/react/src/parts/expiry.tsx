"use client";

import type { ReactElement } from "react";

import { formatSeconds, secondsUntil } from "../connection/describe-connection.ts";
import { useNow } from "../connection/use-now.ts";
import { fill } from "../i18n/fill.ts";
import { useStrings } from "../i18n/language.tsx";

/** How long an answer is waited for. */
export function Expiry({ at }: { readonly at: number | null }): ReactElement | null {
  const { approval, locale } = useStrings();
  const now = useNow(at !== null);
  if (at === null) return null;
  return (
    <span className="automna-approval-expiry" aria-live="off">
      {fill(approval.expires, { time: formatSeconds(secondsUntil(at, now), locale) })}
    </span>
  );
}
