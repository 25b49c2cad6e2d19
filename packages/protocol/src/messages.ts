import { isRecord } from "./frames.ts";
import {
  anyRecord,
  anything,
  listOf,
  mapped,
  object,
  optionalFlag,
  optionalNumber,
  optionalOf,
  optionalRecord,
  optionalText,
  parseWith,
  text,
  type Parsed,
} from "./parsed.ts";

/** One part of a message. A type that this package does not know keeps its source. */
export type ContentBlock =
  | { type: "text"; text: string }
  | { type: "thinking"; thinking: string }
  | { type: "tool-call"; id: string; name: string; arguments: unknown }
  | { type: "image"; data?: string; url?: string; mimeType?: string; artifactId?: string }
  | { type: "unknown"; sourceType: string; source: Record<string, unknown> };

/** Who speaks in a row. `custom` and unknown roles become `other`. */
export type MessageRole = "user" | "assistant" | "tool-result" | "system" | "other";

/** Tokens and cost of one model call. */
export type MessageUsage = {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
  totalTokens?: number;
  /** US dollars. */
  totalCost?: number;
};

/** What version 4 knows about a row (`__openclaw`). */
export type MessageMeta = {
  /** Stable, but one stored record may give two rows with the same id. */
  id?: string;
  /** Position in the session, from 1. */
  seq?: number;
  runId?: string;
  /** A boundary row, not a message. */
  kind?: "compaction" | "reset" | (string & {});
  itemId?: string;
  steerTargetRunId?: string;
  /** See {@link isShortened}, which also knows the marks in the text. */
  truncated?: boolean;
  tokensBefore?: number;
  tokensAfter?: number;
  /** The whole of it as it came. */
  source: Record<string, unknown>;
};

/** A message in history or in an event, the same for both versions. */
export type ChatMessage = {
  role: MessageRole;
  content: ContentBlock[];
  /** Milliseconds since the epoch. */
  timestamp?: number;
  stopReason?: string;
  errorMessage?: string;
  provider?: string;
  model?: string;
  usage?: MessageUsage;
  /** On tool results. */
  toolCallId?: string;
  toolName?: string;
  isError?: boolean;
  details?: unknown;
  /** As stored: version 4 writes `<key>:user` on user rows. See {@link sendKeyOf}. */
  idempotencyKey?: string;
  /** Rows that the gateway wrote itself say so here. */
  provenance?: { kind: string; sourceTool?: string };
  /** Version 4: the row is the partial text of an aborted run. */
  abort?: { runId?: string };
  /** Version 4: the row repeats text that was streamed before a tool call. */
  isStreamFallback?: boolean;
  meta?: MessageMeta;
};

function readImage(block: Record<string, unknown>): ContentBlock {
  const source = isRecord(block["source"]) ? block["source"] : {};
  const data = optionalText(block["data"]) ?? optionalText(source["data"]);
  const url = optionalText(block["url"]) ?? optionalText(source["url"]);
  const mimeType = optionalText(block["mimeType"]) ?? optionalText(source["media_type"]);
  const artifactId = optionalText(block["artifactId"]);
  return {
    type: "image",
    ...(data !== undefined && { data }),
    ...(url !== undefined && { url }),
    ...(mimeType !== undefined && { mimeType }),
    ...(artifactId !== undefined && { artifactId }),
  };
}

function readBlock(value: unknown): ContentBlock | null {
  if (typeof value === "string") return { type: "text", text: value };
  if (!isRecord(value)) return null;
  const type = optionalText(value["type"]) ?? "";
  switch (type) {
    case "text":
      return { type, text: optionalText(value["text"]) ?? "" };
    case "thinking":
      return { type, thinking: optionalText(value["thinking"]) ?? "" };
    case "toolCall":
      return {
        type: "tool-call",
        id: optionalText(value["id"]) ?? "",
        name: optionalText(value["name"]) ?? "",
        arguments: value["arguments"],
      };
    case "image":
      return readImage(value);
    default:
      return { type: "unknown", sourceType: type, source: value };
  }
}

/**
 * Reads message content: both versions send a string or a list of blocks. An empty text is no block; what is neither is
 * left out.
 *
 * @example
 * ```ts
 * import { readContent } from "@automna/protocol";
 *
 * readContent("Hello"); // [{ type: "text", text: "Hello" }]
 * const call = { type: "toolCall", id: "t1", name: "exec", arguments: { command: "ls" } };
 * readContent([call])[0]; // { type: "tool-call", id: "t1", name: "exec", arguments: { command: "ls" } }
 * ```
 */
export function readContent(content: unknown): ContentBlock[] {
  if (!Array.isArray(content)) {
    const block = content === "" ? null : readBlock(content);
    return block === null ? [] : [block];
  }
  return content.flatMap((item) => readBlock(item) ?? []);
}

const mediaSchema = object({
  contentType: optionalText,
  kind: optionalText,
  fileName: optionalText,
});

/** Version 4 keeps what came with a message beside its text, and tells of it without the bytes. */
function readMedia(meta: MessageMeta | undefined): ContentBlock[] {
  const { media } = meta?.source ?? {};
  if (!Array.isArray(media)) return [];
  return media.flatMap((item): ContentBlock[] => {
    const read = parseWith(mediaSchema, item);
    if (!read.ok) return [];
    const { contentType: mimeType = "application/octet-stream", kind, fileName } = read.value;
    if (kind === "image") return [{ type: "image", mimeType }];
    return [{ type: "unknown", sourceType: "file", source: { mimeType, fileName } }];
  });
}

const ROLES: ReadonlyMap<string, MessageRole> = new Map([
  ["user", "user"],
  ["assistant", "assistant"],
  ["toolResult", "tool-result"],
  ["system", "system"],
]);

const usageSchema = mapped(
  object({
    input: optionalNumber,
    output: optionalNumber,
    cacheRead: optionalNumber,
    cacheWrite: optionalNumber,
    totalTokens: optionalNumber,
    cost: optionalOf(object({ total: optionalNumber })),
  }),
  ({ cost, ...tokens }): MessageUsage => ({ ...tokens, totalCost: cost?.total }),
);

const metaFieldsSchema = object({
  id: optionalText,
  seq: optionalNumber,
  runId: optionalText,
  kind: optionalText,
  itemId: optionalText,
  steerTargetRunId: optionalText,
  truncated: optionalFlag,
  tokensBefore: optionalNumber,
  tokensAfter: optionalNumber,
});

const metaSchema = mapped(anyRecord, (source): MessageMeta => {
  const fields = parseWith(metaFieldsSchema, source);
  return { ...(fields.ok && fields.value), source };
});

/** The reader behind {@link parseMessage}, for payloads that hold messages. */
export const messageSchema = mapped(
  object({
    role: text,
    content: anything,
    text: optionalText,
    timestamp: optionalNumber,
    stopReason: optionalText,
    errorMessage: optionalText,
    provider: optionalText,
    model: optionalText,
    usage: optionalOf(usageSchema),
    toolCallId: optionalText,
    toolName: optionalText,
    isError: optionalFlag,
    details: anything,
    idempotencyKey: optionalText,
    provenance: optionalOf(object({ kind: text, sourceTool: optionalText })),
    openclawAbort: optionalOf(object({ runId: optionalText })),
    openclawStreamFallback: optionalRecord,
    __openclaw: optionalOf(metaSchema),
  }),
  (row): ChatMessage => {
    const { role, content, text: plain, openclawAbort, openclawStreamFallback, __openclaw, ...rest } = row;
    return {
      ...rest,
      role: ROLES.get(role) ?? "other",
      content: [...readContent(content ?? plain ?? []), ...(role === "user" ? readMedia(__openclaw) : [])],
      abort: openclawAbort,
      isStreamFallback: openclawStreamFallback === undefined ? undefined : true,
      meta: __openclaw,
    };
  },
);

/**
 * Reads one message row of either version. Only `role` is needed; a role that is not known here becomes `other`.
 *
 * @example
 * ```ts
 * import { parseMessage } from "@automna/protocol";
 *
 * const parsed = parseMessage({ role: "toolResult", content: "3 files", toolCallId: "t1", timestamp: 1_700_000_000_000 });
 * if (parsed.ok) parsed.value.role; // "tool-result"
 * ```
 */
export function parseMessage(value: unknown): Parsed<ChatMessage> {
  return parseWith(messageSchema, value);
}

/** Rows that can be read; the rest is left out. */
export const messageList = listOf(messageSchema);

/**
 * The idempotency key of the send behind a user row (version 4), without the gateway's `:user` suffix. `null` for every
 * other row, and on version 3, whose rows have none: see {@link splitMessageHint}.
 *
 * @example
 * ```ts
 * import { sendKeyOf } from "@automna/protocol";
 *
 * const content = [{ type: "text", text: "Hello" }] as const;
 * sendKeyOf({ role: "user", content: [...content], idempotencyKey: "k1:user" }); // "k1"
 * sendKeyOf({ role: "user", content: [...content] }); // null
 * ```
 */
export function sendKeyOf(message: ChatMessage): string | null {
  const key = message.idempotencyKey;
  if (key === undefined || message.role !== "user") return null;
  return key.endsWith(":user") ? key.slice(0, -":user".length) : key;
}

/**
 * The text blocks of a message, joined by an empty line as the gateways do. `""` for a message of pictures and tools only.
 *
 * @example
 * ```ts
 * import { readContent, textOf } from "@automna/protocol";
 *
 * const content = readContent([{ type: "text", text: "One." }, { type: "thinking", thinking: "…" }, "Two."]);
 * textOf({ content }); // "One.\n\nTwo."
 * ```
 */
export function textOf(message: Pick<ChatMessage, "content">): string {
  return message.content.flatMap((block) => (block.type === "text" ? block.text : [])).join("\n\n");
}

/** What a gateway puts in the place of a text, or at its end, when a row is too long for one answer. */
const SHORTENED = /(?:^|\n)(?:\.\.\.\(truncated\)\.\.\.|\[chat\.history omitted: message too large\])$/;

/**
 * Whether the row was shortened on the way; on version 4 `chat.message.get` has the whole ({@link chatMessageGet}).
 *
 * @example
 * ```ts
 * import { isShortened, readContent } from "@automna/protocol";
 *
 * const content = readContent("It began in\n...(truncated)...");
 * isShortened({ role: "assistant", content }); // true
 * isShortened({ role: "assistant", content: readContent("All of it.") }); // false
 * ```
 */
export function isShortened(message: ChatMessage): boolean {
  return (
    message.meta?.truncated === true ||
    message.content.some((block) => block.type === "text" && SHORTENED.test(block.text))
  );
}
