/** A file that goes out with a message. `content` is base64 without a `data:` prefix. */
export interface Attachment {
  readonly fileName: string;
  readonly mimeType: string;
  /** Size of the decoded bytes. */
  readonly size: number;
  readonly content: string;
}

/** What this gateway accepts. Decided at hello-ok; checked before anything is uploaded. */
export interface AttachmentLimits {
  /** Largest decoded file, bytes. */
  readonly maxFileBytes: number;
  /** Largest decoded picture, bytes. */
  readonly maxImageBytes: number;
  /** Largest sum of one message's attachments as base64 characters. */
  readonly maxTotalChars: number;
  /** `false`: the gateway silently drops everything but pictures. */
  readonly acceptsFiles: boolean;
}

/** Why an attachment cannot be sent. `sentence` is for the person. */
export interface AttachmentRefusal {
  /** Its place in the list that was asked about: names may be the same. */
  readonly index: number;
  readonly fileName: string;
  readonly reason: "too-large" | "not-an-image" | "too-much-together";
  readonly sentence: string;
}

function megabytes(bytes: number): string {
  const size = bytes / 1_000_000;
  return size >= 10 ? `${Math.round(size)} MB` : `${Math.max(0.1, Math.round(size * 10) / 10)} MB`;
}

/**
 * Says which of the attachments this gateway would refuse, before any of them is sent.
 *
 * @param limits - `capabilities.attachments` of the chat's state, which is `null` until the first hello-ok
 * @returns one entry per refused attachment, in their order; empty when all may go.
 *
 * @example
 * ```ts
 * import { refuseAttachments } from "@automna/client";
 *
 * const limits = { maxFileBytes: 380_000, maxImageBytes: 380_000, maxTotalChars: 500_000, acceptsFiles: false };
 * const notes = { fileName: "notes.pdf", mimeType: "application/pdf", size: 5, content: "JVBERi0=" };
 * refuseAttachments([notes], limits).map(({ index, reason }) => [index, reason]); // [[0, "not-an-image"]]
 * ```
 */
export function refuseAttachments(
  attachments: readonly Attachment[],
  limits: AttachmentLimits,
): AttachmentRefusal[] {
  const refusals: AttachmentRefusal[] = [];
  let total = 0;
  for (const [index, { fileName, mimeType, size, content }] of attachments.entries()) {
    const image = mimeType.startsWith("image/");
    const max = image ? limits.maxImageBytes : limits.maxFileBytes;
    if (!image && !limits.acceptsFiles) {
      refusals.push({
        index,
        fileName,
        reason: "not-an-image",
        sentence: `This gateway only accepts pictures, so “${fileName}” cannot be sent.`,
      });
    } else if (size > max) {
      refusals.push({
        index,
        fileName,
        reason: "too-large",
        sentence: `“${fileName}” is ${megabytes(size)}; this gateway accepts up to ${megabytes(max)}.`,
      });
    } else if (total + content.length > limits.maxTotalChars) {
      refusals.push({
        index,
        fileName,
        reason: "too-much-together",
        sentence: `“${fileName}” does not fit into one message with the others. Send it in the next one.`,
      });
    } else {
      total += content.length;
    }
  }
  return refusals;
}
