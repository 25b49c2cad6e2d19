import type { ChatErrorKind } from "@automna/protocol";

/** Who speaks. Tool results are parts of the assistant message that called the tool; `system` rows are boundaries. */
export type MessageRole = "user" | "assistant" | "system";

/**
 * Where a message is in its life.
 *
 * - `queued`: an own send that waits for the connection or for an earlier send.
 * - `sending`: on the wire, not acknowledged yet.
 * - `sent`: acknowledged by the gateway, not seen in its history yet.
 * - `unconfirmed`: it may or may not have arrived; the person decides (retry or discard).
 * - `failed`: refused; the reason is in `error`.
 * - `streaming`: a reply that is being written.
 * - `complete`, `aborted`, `error`: nothing more will come.
 */
export type MessageStatus =
  | "queued"
  | "sending"
  | "sent"
  | "unconfirmed"
  | "failed"
  | "streaming"
  | "complete"
  | "aborted"
  | "error";

/** Text as the model or the person wrote it (Markdown for assistants). */
export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

/** The model's thinking, when the gateway shows it. */
export interface ReasoningPart {
  readonly type: "reasoning";
  readonly text: string;
}

/** One tool call with what is known of its result so far. */
export interface ToolCallPart {
  readonly type: "tool-call";
  readonly toolCallId: string;
  readonly name: string;
  /** The arguments as the gateway sent them. */
  readonly args: unknown;
  readonly state: "running" | "done" | "error";
  /** A short human title, when the gateway gives one. */
  readonly title?: string;
  /** The result's text (partial while `running`). */
  readonly result?: string;
}

/**
 * A picture: `url` is a `data:` or `https:` address; never fetch it without asking the host. One that the gateway keeps
 * has an `artifactId` instead: `loadArtifact` gives an address that expires.
 */
export interface ImagePart {
  readonly type: "image";
  readonly mimeType: string;
  readonly url?: string;
  readonly artifactId?: string;
  readonly fileName?: string;
}

/** Any other file. */
export interface FilePart {
  readonly type: "file";
  readonly mimeType: string;
  readonly fileName?: string;
}

/** The place in the transcript where the session was reset or compacted. */
export interface BoundaryPart {
  readonly type: "boundary";
  readonly kind: "compaction" | "reset" | "notice";
  readonly text: string;
}

/** What a message is made of, in reading order. */
export type MessagePart = TextPart | ReasoningPart | ToolCallPart | ImagePart | FilePart | BoundaryPart;

/** Why a message or run failed. */
export interface MessageError {
  readonly message: string;
  /**
   * `interrupted`: the gateway restarted in the middle of the run. `rejected`: the gateway refused the message. `files`: the
   * files of an earlier message cannot be sent again.
   */
  readonly kind: ChatErrorKind | "interrupted" | "rejected" | "files";
  /** What an action failed with, for instance a {@link MessageTooLongError}. */
  readonly cause?: unknown;
}

/** What a run cost, summed over its model calls. Token counts; `cost` in US dollars when the gateway knows it. */
export interface MessageUsage {
  readonly input: number;
  readonly output: number;
  readonly total: number;
  readonly cost?: number;
}

/**
 * One message of the transcript.
 *
 * `id` is stable: it stays the same from optimistic to stored and from streaming to stored, so it is the React key.
 * A message object is immutable; it is replaced only when something in it changed.
 */
export interface Message {
  readonly id: string;
  readonly role: MessageRole;
  readonly status: MessageStatus;
  readonly parts: readonly MessagePart[];
  /** Milliseconds since the epoch, the gateway's clock once stored. */
  readonly createdAt: number;
  /** The gateway has it in its history. `false`: only this client knows it. */
  readonly stored: boolean;
  /** Own sends: the idempotency key. It never changes, and names the run that answers. */
  readonly sendId?: string;
  /** The run that wrote this message. */
  readonly runId?: string;
  readonly error?: MessageError;
  readonly usage?: MessageUsage;
  readonly model?: string;
  /** The gateway's row ids behind this message, oldest first. Used to fetch truncated text. */
  readonly rowIds?: readonly string[];
  /** The gateway shortened this entry; `loadFull(id)` fetches the rest. */
  readonly truncated?: boolean;
}

/**
 * What a link to a message names it by: it stays the same when the page is loaded again, which `id` does not where the
 * gateway tells no send of a row and no run (version 3; there, rows of one role and millisecond may change places). A
 * message that is not stored yet has nothing but its `id`.
 * {@link selectLinkedId} finds it again; so does what a page shows by a message's id.
 *
 * @example
 * ```ts
 * import { linkIdOf } from "@automna/client";
 *
 * linkIdOf({ id: "run:5b0c", rowIds: ["1795204536820:assistant"] }); // "row:1795204536820:assistant"
 * ```
 */
export function linkIdOf({ id, rowIds }: Pick<Message, "id" | "rowIds">): string {
  return rowIds?.[0] === undefined ? id : `row:${rowIds[0]}`;
}

/**
 * The plain text of a message: its text parts, separated by blank lines. `""` for one of pictures, tools and thinking only.
 *
 * @example
 * ```ts
 * import { messageText } from "@automna/client";
 *
 * const parts = [{ type: "text", text: "Yes." }, { type: "text", text: "Why?" }] as const;
 * messageText({ id: "m1", role: "assistant", status: "complete", parts, createdAt: 1_700_000_000_000, stored: true });
 * // "Yes.\n\nWhy?"
 * ```
 */
export function messageText(message: Message): string {
  const texts: string[] = [];
  for (const part of message.parts) if (part.type === "text") texts.push(part.text);
  return texts.join("\n\n");
}
