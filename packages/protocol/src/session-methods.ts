import { call, type Call } from "./call.ts";
import type { ProtocolVersion } from "./negotiation.ts";

/** What {@link sessionsList} takes. Fields marked "version 4" are left out on version 3. */
export type SessionsQuery = {
  limit?: number;
  search?: string;
  agentId?: string;
  activeMinutes?: number;
  /** Read each transcript for a title and the last text; on by default. */
  includeTexts?: boolean;
  /** Version 4. */
  offset?: number;
  /** Version 4; archived sessions are left out by default. */
  archived?: boolean | "all";
};

/**
 * `sessions.list`. {@link parseSessionList} reads the answer. With `includeTexts` the gateway reads a transcript for each
 * session: leave it out where only the keys matter.
 *
 * @see `SessionsListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsList } from "@automna/protocol";
 *
 * sessionsList(4, { limit: 50, offset: 50, search: "trip" }).params["offset"]; // 50
 * const { includeLastMessage } = sessionsList(3, { activeMinutes: 60, includeTexts: false }).params;
 * includeLastMessage; // false
 * ```
 */
export function sessionsList(protocol: ProtocolVersion, query: SessionsQuery = {}): Call {
  const { limit, search, agentId, activeMinutes, offset, archived } = query;
  const texts = query.includeTexts ?? true;
  return call("sessions.list", {
    limit,
    search,
    agentId,
    activeMinutes,
    includeDerivedTitles: texts,
    includeLastMessage: texts,
    ...(protocol === 4 && { offset, archived }),
  });
}

/**
 * `sessions.preview`. On version 3 it is the only place that shows which sends were stored: ask with a limit of 50 and
 * 100,000 characters. {@link parseSessionPreviews} reads the answer, {@link splitMessageHint} its texts.
 *
 * @param limit - items per session, the newest
 * @param maxChars - characters per item
 * @see `SessionsPreviewParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsPreview } from "@automna/protocol";
 *
 * sessionsPreview(["agent:main:main"], 50, 100_000).method; // "sessions.preview"
 * ```
 */
export function sessionsPreview(keys: readonly string[], limit?: number, maxChars?: number): Call {
  return call("sessions.preview", { keys, limit, maxChars });
}

/** What may be changed about a session on both versions. `null` takes a setting back to its default. */
export type SessionPatch = {
  label?: string | null;
  model?: string | null;
  thinkingLevel?: string | null;
  reasoningLevel?: string | null;
  verboseLevel?: string | null;
  responseUsage?: "off" | "tokens" | "full" | null;
};

/** What only version 4 can change about a session. */
export type SessionMarks = { archived?: boolean; pinned?: boolean; unread?: boolean };

/**
 * `sessions.patch`: settings of a session. {@link parseSessionChange} reads the answer. Version 3 asks for admin; version 4
 * for write, and for admin beyond label, model, thinking and marks. A model that does not exist is refused by version 4
 * and taken by version 3.
 *
 * @see `SessionsPatchParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsPatch } from "@automna/protocol";
 *
 * const { params } = sessionsPatch("agent:main:trip", { label: "Rome", thinkingLevel: null }); // null: the default again
 * params; // { key: "agent:main:trip", label: "Rome", thinkingLevel: null }
 * ```
 */
export function sessionsPatch(key: string, patch: SessionPatch): Call {
  return call("sessions.patch", { key, ...patch });
}

/**
 * `sessions.patch` for archive, pin and unread. `null` on version 3, which does not have them.
 *
 * @see `SessionsPatchParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsMark } from "@automna/protocol";
 *
 * sessionsMark(4, "agent:main:trip", { pinned: true, unread: false })?.method; // "sessions.patch"
 * sessionsMark(3, "agent:main:trip", { archived: true }); // null
 * ```
 */
export function sessionsMark(protocol: ProtocolVersion, key: string, marks: SessionMarks): Call | null {
  return protocol === 3 ? null : call("sessions.patch", { key, ...marks });
}

/**
 * `sessions.reset`: the conversation begins anew under the same key. Needs admin on both versions. Version 3 gives it
 * another `sessionId`; version 4 keeps that, changes `lifecycleRevision` and leaves a boundary row.
 *
 * @see `SessionsResetParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsReset } from "@automna/protocol";
 *
 * sessionsReset("agent:main:trip").params; // { key: "agent:main:trip" }
 * ```
 */
export function sessionsReset(key: string): Call {
  return call("sessions.reset", { key });
}

/**
 * `sessions.delete`: needs admin on both versions; the main session cannot be deleted.
 *
 * @param deleteTranscript - `false` keeps what was said in the gateway's files
 * @see `SessionsDeleteParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsDelete } from "@automna/protocol";
 *
 * sessionsDelete("agent:main:trip").params; // { key: "agent:main:trip", deleteTranscript: true }
 * ```
 */
export function sessionsDelete(key: string, deleteTranscript = true): Call {
  return call("sessions.delete", { key, deleteTranscript });
}

/**
 * `sessions.compact`: shortens the transcript. Needs admin on both versions. In the answer `compacted` may be `false` with
 * a `reason` ({@link parseSessionChange}).
 *
 * @param maxLines - lines of the transcript to keep; without it the gateway decides how
 * @see `SessionsCompactParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsCompact } from "@automna/protocol";
 *
 * sessionsCompact("agent:main:trip", 400).params["maxLines"]; // 400
 * ```
 */
export function sessionsCompact(key: string, maxLines?: number): Call {
  return call("sessions.compact", { key, maxLines });
}

/**
 * `sessions.resolve`: the canonical key behind a key, label or session id. {@link parseResolvedSession} reads the answer.
 *
 * @see `SessionsResolveParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsResolve } from "@automna/protocol";
 *
 * sessionsResolve({ label: "Rome" }).params; // { label: "Rome" }
 * sessionsResolve({ sessionId: "1f0c" }).params; // { sessionId: "1f0c" }
 * ```
 */
export function sessionsResolve(by: { key: string } | { label: string } | { sessionId: string }): Call {
  return call("sessions.resolve", { ...by });
}

/** What {@link sessionsCreate} takes. Without `key` the gateway makes one. */
export type SessionCreate = {
  key?: string;
  label?: string;
  agentId?: string;
  model?: string;
  thinkingLevel?: string;
};

/**
 * `sessions.create`. {@link parseSessionChange} reads the answer, with the key that the gateway gave. `null` on version 3,
 * where a session comes into being with its first message.
 *
 * @see `SessionsCreateParams` of the official schemas
 *
 * @example
 * ```ts
 * import { canonicalSessionKey, sessionsCreate } from "@automna/protocol";
 *
 * const create = { label: "Rome", agentId: "main" };
 * sessionsCreate(4, create)?.method; // "sessions.create"
 * const key = sessionsCreate(3, create) === null ? canonicalSessionKey(create.label) : null;
 * key; // "agent:main:rome"
 * ```
 */
export function sessionsCreate(protocol: ProtocolVersion, create: SessionCreate): Call | null {
  return protocol === 3 ? null : call("sessions.create", { ...create });
}

/**
 * `sessions.describe`: one row of the list, with its title and last text. `null` on version 3: ask for the list.
 *
 * @see `SessionsDescribeParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsDescribe, sessionsList } from "@automna/protocol";
 *
 * const call = sessionsDescribe(3, "agent:main:trip") ?? sessionsList(3, { search: "trip" });
 * call.method; // "sessions.list"
 * ```
 */
export function sessionsDescribe(protocol: ProtocolVersion, key: string): Call | null {
  if (protocol === 3) return null;
  return call("sessions.describe", { key, includeDerivedTitles: true, includeLastMessage: true });
}
