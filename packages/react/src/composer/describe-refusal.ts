import {
  AttachmentRefusedError,
  errorMessage,
  MessageTooLongError,
  OutboxFullError,
  type Attachment,
  type AttachmentLimits,
  type AttachmentRefusal,
  type MessageError,
} from "@automna/client";

import { fill } from "../i18n/fill.ts";
import type { Strings } from "../i18n/strings.ts";
import { describeMessageError } from "../parts/describe-message-error.ts";

/** `1.4 MB` in the reader's language. */
export function formatBytes(bytes: number, locale: string): string {
  const [value, unit] =
    bytes >= 1_000_000 ? [bytes / 1_000_000, "megabyte"] : [Math.max(1, bytes / 1_000), "kilobyte"];
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: value >= 10 ? 0 : 1,
  }).format(value);
}

/** Why an attachment cannot go, in the reader's language. */
export function describeRefusal(
  refusal: AttachmentRefusal,
  attachments: readonly Attachment[],
  limits: AttachmentLimits | null,
  { composer, locale }: Strings,
): string {
  const name = refusal.fileName;
  const file = attachments[refusal.index];
  switch (refusal.reason) {
    case "not-an-image":
      return fill(composer.onlyPictures, { name });
    case "too-much-together":
      return fill(composer.tooMuchTogether, { name });
    case "too-large": {
      if (!file || !limits) return refusal.sentence;
      const max = file.mimeType.startsWith("image/") ? limits.maxImageBytes : limits.maxFileBytes;
      return fill(composer.tooLarge, {
        name,
        size: formatBytes(file.size, locale),
        max: formatBytes(max, locale),
      });
    }
  }
}

/** Why a send was refused before anything left the page; `null`: that is not why it failed. */
function refusalSentences(
  error: unknown,
  attachments: readonly Attachment[],
  limits: AttachmentLimits | null,
  strings: Strings,
): readonly string[] | null {
  if (error instanceof AttachmentRefusedError)
    return error.refusals.map((refusal) => describeRefusal(refusal, attachments, limits, strings));
  if (error instanceof MessageTooLongError)
    return [fill(strings.composer.tooLong, { max: formatBytes(error.limit, strings.locale) })];
  return error instanceof OutboxFullError ? [strings.composer.outboxFull] : null;
}

/** Why a send failed, in the reader's language where it was refused here. */
export function describeSendError(
  error: unknown,
  attachments: readonly Attachment[],
  limits: AttachmentLimits | null,
  strings: Strings,
): readonly string[] {
  return refusalSentences(error, attachments, limits, strings) ?? [errorMessage(error)];
}

/** What the notice of an action says: an edit is refused as a new message would be. */
export function describeNotice(notice: MessageError, strings: Strings): string {
  return (
    refusalSentences(notice.cause, [], null, strings)?.join(" ") ?? describeMessageError(notice, strings)
  );
}
