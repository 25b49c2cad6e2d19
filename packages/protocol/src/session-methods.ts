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

/** `sessions.list`. */
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
 * 100,000 characters.
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

/** `sessions.patch`. Version 3 asks for admin; version 4 for write, and for admin beyond label, model, thinking and marks. */
export function sessionsPatch(key: string, patch: SessionPatch): Call {
  return call("sessions.patch", { key, ...patch });
}

/** `sessions.patch` for archive, pin and unread, which version 3 does not have. */
export function sessionsMark(protocol: ProtocolVersion, key: string, marks: SessionMarks): Call | null {
  return protocol === 3 ? null : call("sessions.patch", { key, ...marks });
}

/** `sessions.reset`: needs admin on both versions. */
export function sessionsReset(key: string): Call {
  return call("sessions.reset", { key });
}

/** `sessions.delete`: needs admin on both versions; the main session cannot be deleted. */
export function sessionsDelete(key: string, deleteTranscript = true): Call {
  return call("sessions.delete", { key, deleteTranscript });
}

/** `sessions.compact`: needs admin on both versions. */
export function sessionsCompact(key: string, maxLines?: number): Call {
  return call("sessions.compact", { key, maxLines });
}

/** `sessions.resolve`: the canonical key behind a key, label or session id. */
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

/** `sessions.create`. On version 3 a session comes into being with its first message. */
export function sessionsCreate(protocol: ProtocolVersion, create: SessionCreate): Call | null {
  return protocol === 3 ? null : call("sessions.create", { ...create });
}

/** `sessions.describe`: one row of the list. */
export function sessionsDescribe(protocol: ProtocolVersion, key: string): Call | null {
  if (protocol === 3) return null;
  return call("sessions.describe", { key, includeDerivedTitles: true, includeLastMessage: true });
}

/** `sessions.subscribe`: `sessions.changed` events from now on. Version 3 has to poll. */
export function sessionsSubscribe(protocol: ProtocolVersion): Call | null {
  return protocol === 3 ? null : call("sessions.subscribe");
}

/**
 * `sessions.messages.subscribe`: `session.message` events of one session, and its approvals when asked for.
 *
 * @param includeApprovals - needs the scope `operator.approvals`
 */
export function sessionMessagesSubscribe(
  protocol: ProtocolVersion,
  key: string,
  includeApprovals = false,
): Call | null {
  if (protocol === 3) return null;
  return call("sessions.messages.subscribe", { key, includeApprovals: includeApprovals || undefined });
}

/** `sessions.messages.unsubscribe`. */
export function sessionMessagesUnsubscribe(protocol: ProtocolVersion, key: string): Call | null {
  return protocol === 3 ? null : call("sessions.messages.unsubscribe", { key });
}

/** `sessions.rewind`: goes back to before a stored row, for edit-and-resend and regenerate. */
export function sessionsRewind(protocol: ProtocolVersion, sessionKey: string, entryId: string): Call | null {
  return protocol === 3 ? null : call("sessions.rewind", { sessionKey, entryId });
}

/** `sessions.fork`: a new session that goes on from before a stored row. */
export function sessionsFork(protocol: ProtocolVersion, sessionKey: string, entryId: string): Call | null {
  return protocol === 3 ? null : call("sessions.fork", { sessionKey, entryId });
}

/** `sessions.branches.list`: the variants that rewinding left behind. */
export function sessionsBranchesList(protocol: ProtocolVersion, sessionKey: string): Call | null {
  return protocol === 3 ? null : call("sessions.branches.list", { sessionKey });
}

/** `sessions.branches.switch`. */
export function sessionsBranchesSwitch(
  protocol: ProtocolVersion,
  sessionKey: string,
  leafEntryId: string,
): Call | null {
  return protocol === 3 ? null : call("sessions.branches.switch", { sessionKey, leafEntryId });
}
