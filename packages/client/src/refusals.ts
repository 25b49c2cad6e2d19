import type { AttachmentRefusal } from "./attachment.ts";

/** The gateway answered with something that cannot be read. */
export class UnreadableAnswerError extends Error {
  override readonly name = "UnreadableAnswerError";
  readonly code = "UNREADABLE_ANSWER";

  constructor(method: string, reason: string) {
    super(
      `The gateway's answer to "${method}" cannot be read (${reason}). The gateway may be too new or too old.`,
    );
  }
}

/** Attachments that this gateway would refuse or silently drop. Nothing was sent. */
export class AttachmentRefusedError extends Error {
  override readonly name = "AttachmentRefusedError";
  readonly code = "ATTACHMENT_REFUSED";
  readonly refusals: readonly AttachmentRefusal[];

  constructor(refusals: readonly AttachmentRefusal[]) {
    super(refusals.map((refusal) => refusal.sentence).join(" "));
    this.refusals = refusals;
  }
}

/** A message that is longer than what the gateway takes at once. Nothing was sent. */
export class MessageTooLongError extends Error {
  override readonly name = "MessageTooLongError";
  readonly code = "MESSAGE_TOO_LONG";
  /** The most that this gateway takes, bytes on the wire. */
  readonly limit: number;

  constructor(limit: number) {
    const kilobytes = Math.floor(limit / 1_000).toLocaleString("en");
    super(`This message is too long: the gateway accepts up to ${kilobytes} kB at once. Send it in parts.`);
    this.limit = limit;
  }
}

/** What was asked for does not exist on this gateway or was not granted to this client. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
  readonly code = "UNSUPPORTED";
}

/** A question or a request for approval that was answered: the gateway waits for no answer to it. It is off the screen. */
export class NoLongerWaitingError extends Error {
  override readonly name = "NoLongerWaitingError";
  readonly code = "NO_LONGER_WAITING";

  constructor(cause: unknown) {
    super(
      "This no longer waits for an answer: it was answered elsewhere, its time is over, or its run was stopped.",
      { cause },
    );
  }
}
