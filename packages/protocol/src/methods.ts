import type { ApprovalDecision, ApprovalKind } from "./approvals.ts";
import type { ProtocolVersion } from "./negotiation.ts";

/** A request that is ready for {@link encodeRequest}. */
export interface Call {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * Builders for every request that a chat sends. `params` objects are closed on both sides, so one field of the other
 * version is an error: each builder takes the version that hello-ok named and sends only what that version knows.
 * `null`: this version has no such request.
 */

/** Params without the fields that were not given; a gateway also refuses `undefined` turned into `null`. */
function given(params: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}

/** An attachment as the gateways take it: `content` is base64. */
export interface SendAttachment {
  readonly type: "image" | "file";
  readonly mimeType: string;
  readonly fileName: string;
  readonly content: string;
}

/** What {@link chatSend} takes. Every key is canonical (`canonicalSessionKey`). */
export interface ChatSend {
  readonly sessionKey: string;
  readonly message: string;
  /** The send identity; it becomes the run's id. */
  readonly idempotencyKey: string;
  /** Thinking level for this turn. */
  readonly thinking?: string;
  /** `false`: do not also send the answer to the session's channel. */
  readonly deliver?: boolean;
  readonly attachments?: readonly SendAttachment[];
}

/** `chat.send`. Version 3 refuses an empty text; one with attachments gets a space there. */
export function chatSend(protocol: ProtocolVersion, send: ChatSend): Call {
  const { sessionKey, message, idempotencyKey, thinking, deliver, attachments } = send;
  const withAttachments = attachments !== undefined && attachments.length > 0;
  return {
    method: "chat.send",
    params: given({
      sessionKey,
      message: protocol === 3 && message === "" && withAttachments ? " " : message,
      idempotencyKey,
      thinking,
      deliver,
      attachments: withAttachments ? attachments : undefined,
    }),
  };
}

/** Largest page that both versions give. */
export const HISTORY_LIMIT_MAX = 1_000;

/** Longest text per row that version 4 gives before it shortens it. */
const HISTORY_CHARS_MAX = 500_000;

/** What {@link chatHistory} takes; `offset`, `cursor` and `inputRunIds` are for version 4 and dropped for version 3. */
export interface HistoryQuery {
  readonly sessionKey: string;
  /** Rows, 1 to {@link HISTORY_LIMIT_MAX}. */
  readonly limit?: number;
  /** Rows to leave out at the end: the way to older pages. */
  readonly offset?: number;
  readonly cursor?: string;
  /** Sends whose custody the answer shall tell. */
  readonly inputRunIds?: readonly string[];
}

/** `chat.history`. */
export function chatHistory(protocol: ProtocolVersion, query: HistoryQuery): Call {
  const { sessionKey, limit, offset, cursor, inputRunIds } = query;
  if (protocol === 3) return { method: "chat.history", params: given({ sessionKey, limit }) };
  const asked = inputRunIds !== undefined && inputRunIds.length > 0 ? inputRunIds : undefined;
  return {
    method: "chat.history",
    params: given({ sessionKey, limit, offset, cursor, inputRunIds: asked, maxChars: HISTORY_CHARS_MAX }),
  };
}

/** `chat.abort`: one run, or all of the session's. */
export function chatAbort(sessionKey: string, runId?: string): Call {
  return { method: "chat.abort", params: given({ sessionKey, runId }) };
}

/** `chat.inject`: needs admin on both versions. */
export function chatInject(sessionKey: string, message: string, label?: string): Call {
  return { method: "chat.inject", params: given({ sessionKey, message, label }) };
}

/** `chat.message.get`: the whole of a row that the history shortened. Version 3 never shortens. */
export function chatMessageGet(protocol: ProtocolVersion, sessionKey: string, messageId: string): Call | null {
  if (protocol === 3) return null;
  return { method: "chat.message.get", params: { sessionKey, messageId, maxChars: HISTORY_CHARS_MAX } };
}

/** What {@link sessionsList} takes. */
export interface SessionsQuery {
  readonly limit?: number;
  /** Version 4. */
  readonly offset?: number;
  readonly search?: string;
}

/** `sessions.list`, with titles and the last text. */
export function sessionsList(protocol: ProtocolVersion, query: SessionsQuery = {}): Call {
  const { limit, offset, search } = query;
  return {
    method: "sessions.list",
    params: given({
      limit,
      search,
      includeDerivedTitles: true,
      includeLastMessage: true,
      offset: protocol === 4 ? offset : undefined,
    }),
  };
}

/** `sessions.preview`. On version 3 it is the only place that shows which sends were stored. */
export function sessionsPreview(keys: readonly string[], limit?: number, maxChars?: number): Call {
  return { method: "sessions.preview", params: given({ keys, limit, maxChars }) };
}

/** What may be changed about a session. `null` takes a setting back to its default. */
export interface SessionPatch {
  readonly label?: string | null;
  readonly model?: string | null;
  readonly thinkingLevel?: string | null;
  readonly reasoningLevel?: string | null;
  readonly verboseLevel?: string | null;
}

/** `sessions.patch`. Version 3 asks for admin; version 4 for write, and for admin beyond label, model and thinking. */
export function sessionsPatch(key: string, patch: SessionPatch): Call {
  return { method: "sessions.patch", params: given({ key, ...patch }) };
}

/** `sessions.reset`: needs admin on both versions. */
export function sessionsReset(key: string): Call {
  return { method: "sessions.reset", params: { key } };
}

/** `sessions.delete`: needs admin on both versions; the main session cannot be deleted. */
export function sessionsDelete(key: string): Call {
  return { method: "sessions.delete", params: { key, deleteTranscript: true } };
}

/** `sessions.compact`: needs admin on both versions. */
export function sessionsCompact(key: string): Call {
  return { method: "sessions.compact", params: { key } };
}

/** `sessions.create`. On version 3 a session comes into being with its first message. */
export function sessionsCreate(protocol: ProtocolVersion, key: string, label?: string): Call | null {
  return protocol === 3 ? null : { method: "sessions.create", params: given({ key, label }) };
}

/** `sessions.resolve`: the canonical key behind a key, label or session id. */
export function sessionsResolve(by: { key: string } | { label: string } | { sessionId: string }): Call {
  return { method: "sessions.resolve", params: { ...by } };
}

/** `sessions.subscribe`: `sessions.changed` events from now on. Version 3 has to poll. */
export function sessionsSubscribe(protocol: ProtocolVersion): Call | null {
  return protocol === 3 ? null : { method: "sessions.subscribe", params: {} };
}

/** `sessions.messages.subscribe`: `session.message` events of one session. */
export function sessionMessagesSubscribe(protocol: ProtocolVersion, key: string): Call | null {
  return protocol === 3 ? null : { method: "sessions.messages.subscribe", params: { key } };
}

/** `sessions.messages.unsubscribe`. */
export function sessionMessagesUnsubscribe(protocol: ProtocolVersion, key: string): Call | null {
  return protocol === 3 ? null : { method: "sessions.messages.unsubscribe", params: { key } };
}

/** `models.list`. */
export function modelsList(): Call {
  return { method: "models.list", params: {} };
}

/** `agents.list`. */
export function agentsList(): Call {
  return { method: "agents.list", params: {} };
}

/** `commands.list`. Version 3 has no list; its commands are sent as messages all the same. */
export function commandsList(protocol: ProtocolVersion, sessionKey?: string): Call | null {
  return protocol === 3 ? null : { method: "commands.list", params: given({ sessionKey, scope: "text" }) };
}

/** `exec.approval.resolve` or `plugin.approval.resolve`. Version 3 knows commands only. */
export function approvalResolve(
  protocol: ProtocolVersion,
  kind: ApprovalKind,
  id: string,
  decision: ApprovalDecision,
): Call | null {
  if (protocol === 3 && kind === "plugin") return null;
  return { method: `${kind}.approval.resolve`, params: { id, decision } };
}

/** `exec.approval.list` or `plugin.approval.list`: what waits already. Version 3 cannot say. */
export function approvalList(protocol: ProtocolVersion, kind: ApprovalKind): Call | null {
  return protocol === 3 ? null : { method: `${kind}.approval.list`, params: {} };
}
