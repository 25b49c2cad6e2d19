import { call, type Call } from "./call.ts";
import type { ProtocolVersion } from "./negotiation.ts";

/**
 * `sessions.subscribe`: `sessions.changed` events from now on ({@link parseSessionsChanged}), until the connection ends.
 * `null` on version 3, which has to be polled.
 *
 * @example
 * ```ts
 * import { sessionsSubscribe } from "@automna/protocol";
 *
 * sessionsSubscribe(4)?.method; // "sessions.subscribe"
 * const pollMs = sessionsSubscribe(3) === null ? 15_000 : null;
 * pollMs; // 15_000
 * ```
 */
export function sessionsSubscribe(protocol: ProtocolVersion): Call | null {
  return protocol === 3 ? null : call("sessions.subscribe");
}

/**
 * `sessions.messages.subscribe`: `session.message` events of one session ({@link parseSessionMessage}), and its approvals
 * when asked for. With the capability `session-scoped-events` it decides which chat events come at all. `null` on version
 * 3, which tells every operator everything.
 *
 * @param includeApprovals - needs the scope `operator.approvals`
 * @see `SessionsMessagesSubscribeParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionMessagesSubscribe } from "@automna/protocol";
 *
 * const call = sessionMessagesSubscribe(4, "agent:main:trip", true);
 * call?.params; // { key: "agent:main:trip", includeApprovals: true }
 * ```
 */
export function sessionMessagesSubscribe(
  protocol: ProtocolVersion,
  key: string,
  includeApprovals = false,
): Call | null {
  if (protocol === 3) return null;
  return call("sessions.messages.subscribe", { key, includeApprovals: includeApprovals || undefined });
}

/**
 * `sessions.messages.unsubscribe`: ends what {@link sessionMessagesSubscribe} began. `null` on version 3.
 *
 * @see `SessionsMessagesUnsubscribeParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionMessagesSubscribe, sessionMessagesUnsubscribe } from "@automna/protocol";
 *
 * const moves = [sessionMessagesUnsubscribe(4, "agent:main:trip"), sessionMessagesSubscribe(4, "agent:main:main")];
 * moves.map((call) => call?.params["key"]); // ["agent:main:trip", "agent:main:main"]
 * ```
 */
export function sessionMessagesUnsubscribe(protocol: ProtocolVersion, key: string): Call | null {
  return protocol === 3 ? null : call("sessions.messages.unsubscribe", { key });
}
