import type { MessageError } from "@automna/client";

import type { Strings } from "../i18n/strings.ts";

/** What went wrong: a translated sentence by kind, and what the gateway said about it. */
export function describeMessageError(error: MessageError, { message, locale }: Strings): string {
  const known = message.error[error.kind];
  const told = error.message.trim();
  // The client says that one itself, in English.
  if (told === "" || (error.kind === "interrupted" && !locale.startsWith("en"))) return known;
  // English readers need the general sentence only where the gateway's own says nothing.
  return locale.startsWith("en") ? told : `${known} (${told})`;
}
