import type { Transcript } from "./chat-state.ts";
import type { Message, MessagePart } from "./message.ts";
import type { OutboxEntry } from "./outbox-entry.ts";

/** An own send that the history does not show (yet). */
export interface LocalSend {
  readonly entry: OutboxEntry;
  /** Order of appearance among what is not stored yet. */
  readonly rank: number;
  /** Set once the history will not show it: the message after which it stays. */
  readonly anchor?: string | null;
}

const SEND_STATUS = {
  queued: "queued",
  sending: "sending",
  acked: "sent",
  unconfirmed: "unconfirmed",
  failed: "failed",
} as const;

/** The message of an own send that the history does not show. */
export function messageOfSend(send: Omit<LocalSend, "rank">): Message {
  const { sendId, text, attachments, state, createdAt, error } = send.entry;
  const files = attachments.map(({ mimeType, fileName, content }): MessagePart =>
    mimeType.startsWith("image/")
      ? { type: "image", mimeType, fileName, url: `data:${mimeType};base64,${content}` }
      : { type: "file", mimeType, fileName },
  );
  return {
    id: sendId,
    role: "user",
    status: send.anchor === undefined ? SEND_STATUS[state] : "complete",
    parts: text === "" ? files : [{ type: "text", text }, ...files],
    createdAt,
    stored: false,
    sendId,
    ...(error && { error }),
  };
}

/** The transcript of a session of which nothing is known but own sends. */
export function transcriptOfSends(entries: readonly OutboxEntry[]): Transcript {
  return {
    order: entries.map(({ sendId }) => sendId),
    settled: {},
    live: Object.fromEntries(entries.map((entry) => [entry.sendId, messageOfSend({ entry })])),
  };
}
