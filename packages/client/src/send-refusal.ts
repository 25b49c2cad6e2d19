import { encodeRequest, frameBytes } from "@automna/protocol";

import { refuseAttachments } from "./attachment.ts";
import type { ChatContext } from "./chat-context.ts";
import type { Draft } from "./outbox-store.ts";
import { AttachmentRefusedError, MessageTooLongError } from "./refusals.ts";
import { callOf } from "./send-wire.ts";

/** Longer than any id of a request or a send that this package makes. */
const LONGEST_ID = "0".repeat(36);

/** What the frame of a message weighs. Files are base64, of which every character is one byte: they need not be copied. */
function bytesOf({ attachments = [], sendId = LONGEST_ID, ...draft }: Draft): number {
  const bare = attachments.map((file) => ({ ...file, content: "" }));
  const { method, params } = callOf(4, { ...draft, sendId, attachments: bare });
  const files = attachments.reduce((sum, { content }) => sum + content.length, 0);
  return frameBytes(encodeRequest(LONGEST_ID, method, params)) + files;
}

/** Says what a gateway would not take, as far as is known: a frame that is too large ends the connection. */
export class SendRefusal {
  readonly #context: ChatContext;
  /** The largest frame, bytes. What the last gateway said holds until the next one says otherwise. */
  #maxPayload = Number.POSITIVE_INFINITY;

  constructor(context: ChatContext) {
    this.#context = context;
  }

  of(draft: Draft): AttachmentRefusedError | MessageTooLongError | null {
    const { attachments = [] } = draft;
    const limits = this.#context.read().capabilities?.attachments;
    const refusals = limits === undefined ? [] : refuseAttachments(attachments, limits);
    if (refusals.length > 0) return new AttachmentRefusedError(refusals);
    this.#maxPayload = this.#context.gateway?.hello.policy.maxPayload ?? this.#maxPayload;
    return bytesOf(draft) > this.#maxPayload ? new MessageTooLongError(this.#maxPayload) : null;
  }
}
