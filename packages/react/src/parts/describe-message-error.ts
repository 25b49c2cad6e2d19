import type { MessageError } from "@automna/client";

import type { Strings } from "../i18n/strings.ts";

/** What went wrong: a translated sentence by kind, and what the gateway said about it. */
export function describeMessageError(error: MessageError, { message, locale }: Strings): string {
  const known = message.error[error.kind];
  const told = error.message.trim();
  if (told === "") return known;
  // English readers need the general sentence only where the gateway's own says nothing.
  if (locale.startsWith("en")) return told;
  // The client says these itself, in English.
  return /^(interrupted|files)$/.test(error.kind) ? known : `${known} (${told})`;
}
