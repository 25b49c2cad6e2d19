import { call, type Call } from "./call.ts";
import type { ProtocolVersion } from "./negotiation.ts";

/**
 * `sessions.rewind`: goes back to before a stored row, for edit-and-resend and regenerate. What came after it stays as a
 * branch ({@link sessionsBranchesList}). `null` on version 3, which keeps one line only.
 *
 * @param entryId - `meta.id` of the row
 * @see `SessionsRewindParams` of the official schemas
 *
 * @example
 * ```ts
 * import { chatSend, sessionsRewind } from "@automna/protocol";
 *
 * const rewind = sessionsRewind(4, "agent:main:trip", "m-17");
 * const ask = chatSend(4, { sessionKey: "agent:main:trip", message: "In June, not in May", idempotencyKey: "k2" });
 * [rewind, ask].map((call) => call?.method); // ["sessions.rewind", "chat.send"]
 * ```
 */
export function sessionsRewind(protocol: ProtocolVersion, sessionKey: string, entryId: string): Call | null {
  return protocol === 3 ? null : call("sessions.rewind", { sessionKey, entryId });
}

/**
 * `sessions.fork`: a new session that goes on from before a stored row; the old one stays as it is. `null` on version 3.
 *
 * @param entryId - `meta.id` of the row
 * @see `SessionsForkParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsFork } from "@automna/protocol";
 *
 * sessionsFork(4, "agent:main:trip", "m-17")?.params; // { sessionKey: "agent:main:trip", entryId: "m-17" }
 * ```
 */
export function sessionsFork(protocol: ProtocolVersion, sessionKey: string, entryId: string): Call | null {
  return protocol === 3 ? null : call("sessions.fork", { sessionKey, entryId });
}

/**
 * `sessions.branches.list`: the variants that rewinding left behind. Each has a `leafEntryId` for
 * {@link sessionsBranchesSwitch}. `null` on version 3.
 *
 * @see `SessionsBranchesListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsBranchesList } from "@automna/protocol";
 *
 * sessionsBranchesList(4, "agent:main:trip")?.method; // "sessions.branches.list"
 * sessionsBranchesList(3, "agent:main:trip"); // null
 * ```
 */
export function sessionsBranchesList(protocol: ProtocolVersion, sessionKey: string): Call | null {
  return protocol === 3 ? null : call("sessions.branches.list", { sessionKey });
}

/**
 * `sessions.branches.switch`: makes another variant the conversation. Its history has to be read again. `null` on version
 * 3.
 *
 * @param leafEntryId - the last row of that variant
 * @see `SessionsBranchesSwitchParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsBranchesSwitch } from "@automna/protocol";
 *
 * const { sessionKey, leafEntryId } = sessionsBranchesSwitch(4, "agent:main:trip", "m-21")?.params ?? {};
 * [sessionKey, leafEntryId]; // ["agent:main:trip", "m-21"]
 * ```
 */
export function sessionsBranchesSwitch(
  protocol: ProtocolVersion,
  sessionKey: string,
  leafEntryId: string,
): Call | null {
  return protocol === 3 ? null : call("sessions.branches.switch", { sessionKey, leafEntryId });
}
