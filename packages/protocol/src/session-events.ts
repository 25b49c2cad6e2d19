import { messageSchema, type ChatMessage } from "./messages.ts";
import {
  identifier,
  object,
  optionalFlag,
  optionalNumber,
  optionalOf,
  optionalText,
  parseWith,
  text,
  type Parsed,
} from "./parsed.ts";
import { sessionSummarySchema, type SessionSummary } from "./sessions.ts";
/** A change in the list of sessions (version 4). Without `sessionKey` the whole list may have changed. */
export type SessionsChanged = {
  sessionKey?: string;
  agentId?: string;
  reason?: string;
  phase?: string;
  runId?: string;
  session?: SessionSummary;
};

/** A stored message of a subscribed session (version 4). */
export type SessionMessage = {
  sessionKey: string;
  message: ChatMessage;
  messageId?: string;
  messageSeq?: number;
  session?: SessionSummary;
};

/** A long operation on a session, such as a compaction (version 4). */
export type SessionOperation = {
  operationId: string;
  operation: string;
  phase: string;
  sessionKey: string;
  completed?: boolean;
  reason?: string;
};

const changedSchema = object({
  sessionKey: optionalText,
  agentId: optionalText,
  reason: optionalText,
  phase: optionalText,
  runId: optionalText,
  session: optionalOf(sessionSummarySchema),
});

const messageEventSchema = object({
  sessionKey: identifier,
  message: messageSchema,
  messageId: optionalText,
  messageSeq: optionalNumber,
  session: optionalOf(sessionSummarySchema),
});

const operationSchema = object({
  operationId: text,
  operation: text,
  phase: text,
  sessionKey: text,
  completed: optionalFlag,
  reason: optionalText,
});

/**
 * Reads a `sessions.changed` (version 4, after {@link sessionsSubscribe}). Without `session` only the key is known: ask
 * for the row with {@link sessionsDescribe}; without `sessionKey` read the whole list again.
 *
 * @example
 * ```ts
 * import { parseSessionsChanged } from "@automna/protocol";
 *
 * const session = { key: "agent:main:trip", label: "Trip", unread: true };
 * const parsed = parseSessionsChanged({ sessionKey: "agent:main:trip", reason: "message", session });
 * if (parsed.ok) parsed.value.session?.unread; // true
 * ```
 */
export function parseSessionsChanged(payload: unknown): Parsed<SessionsChanged> {
  return parseWith(changedSchema, payload);
}

/**
 * Reads a `session.message` (version 4, after {@link sessionMessagesSubscribe}): a row that is stored now. Not ok without
 * `sessionKey` and a message that can be read.
 *
 * @example
 * ```ts
 * import { parseSessionMessage, textOf } from "@automna/protocol";
 *
 * const message = { role: "assistant", content: [{ type: "text", text: "Done." }] };
 * const parsed = parseSessionMessage({ sessionKey: "agent:main:trip", message, messageId: "m-2", messageSeq: 2 });
 * if (parsed.ok) textOf(parsed.value.message); // "Done."
 * ```
 */
export function parseSessionMessage(payload: unknown): Parsed<SessionMessage> {
  return parseWith(messageEventSchema, payload);
}

/**
 * Reads a `session.operation` (version 4): a long work on a session begins, goes on or ends. All four names of it are
 * needed.
 *
 * @see `SessionOperationEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseSessionOperation } from "@automna/protocol";
 *
 * const operation = { operationId: "o1", operation: "compact", phase: "end", sessionKey: "agent:main:trip" };
 * const parsed = parseSessionOperation({ ...operation, completed: true });
 * if (parsed.ok && parsed.value.phase === "end") parsed.value.completed; // true
 * ```
 */
export function parseSessionOperation(payload: unknown): Parsed<SessionOperation> {
  return parseWith(operationSchema, payload);
}
