import type { AttachmentRefusal } from "./attachment.ts";

/**
 * The gateway answered with something that cannot be read: it is a much newer or older one. Asking again changes nothing.
 *
 * @example
 * ```ts
 * import { UnreadableAnswerError } from "@automna/client";
 *
 * const models = await chat.actions.listModels().catch((error: unknown) => {
 *   if (error instanceof UnreadableAnswerError) return [];
 *   throw error;
 * });
 * ```
 */
export class UnreadableAnswerError extends Error {
  override readonly name = "UnreadableAnswerError";
  readonly code = "UNREADABLE_ANSWER";

  constructor(method: string, reason: string) {
    super(
      `The gateway's answer to "${method}" cannot be read (${reason}). The gateway may be too new or too old.`,
    );
  }
}

/**
 * Attachments that this gateway would refuse or silently drop. Nothing was sent. Its message is for the person; `refusals`
 * say which ones, by their index in what was given.
 *
 * @example
 * ```ts
 * import { AttachmentRefusedError } from "@automna/client";
 *
 * const files = [{ fileName: "film.mp4", mimeType: "video/mp4", size: 5, content: "AAAAGA==" }];
 * try {
 *   chat.actions.send("Look at this", { attachments: files });
 * } catch (error) {
 *   if (!(error instanceof AttachmentRefusedError)) throw error;
 *   const refused = new Set(error.refusals.map(({ index }) => index));
 *   chat.actions.send("Look at this", { attachments: files.filter((_, index) => !refused.has(index)) });
 * }
 * ```
 */
export class AttachmentRefusedError extends Error {
  override readonly name = "AttachmentRefusedError";
  readonly code = "ATTACHMENT_REFUSED";
  readonly refusals: readonly AttachmentRefusal[];

  constructor(refusals: readonly AttachmentRefusal[]) {
    super(refusals.map((refusal) => refusal.sentence).join(" "));
    this.refusals = refusals;
  }
}

/**
 * A message that is longer than what the gateway takes at once. Nothing was sent. `limit` is the most that it takes, in
 * bytes on the wire (UTF-8, inside of JSON).
 *
 * @example
 * ```ts
 * import { MessageTooLongError } from "@automna/client";
 *
 * try {
 *   chat.actions.send(text);
 * } catch (error) {
 *   if (!(error instanceof MessageTooLongError)) throw error;
 *   show(`Please shorten it to ${error.limit} bytes.`);
 * }
 * ```
 */
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

/**
 * What was asked for does not exist on this gateway or was not granted to this client. `capabilities` of the chat's state
 * say so before.
 *
 * @example
 * ```ts
 * import { UnsupportedError } from "@automna/client";
 *
 * await chat.actions.resetSession().catch((error: unknown) => {
 *   if (!(error instanceof UnsupportedError)) throw error;
 *   chat.actions.send("/reset"); // which needs no rights of an administrator
 * });
 * ```
 */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
  readonly code = "UNSUPPORTED";
}

/**
 * A question or a request for approval that was answered: the gateway waits for no answer to it. It is off the screen.
 * `cause` is what the gateway said.
 *
 * @example
 * ```ts
 * import { NoLongerWaitingError } from "@automna/client";
 *
 * const approval = chat.getState().approvals[0];
 * if (approval) {
 *   await chat.actions.resolveApproval(approval.id, "allow-once").catch((error: unknown) => {
 *     if (!(error instanceof NoLongerWaitingError)) throw error; // somebody else was faster, which is as good
 *   });
 * }
 * ```
 */
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
