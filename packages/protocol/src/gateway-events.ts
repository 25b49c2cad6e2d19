import { parseAgentEvent, type AgentEvent } from "./agent-events.ts";
import { parseApprovalEvent, type ApprovalEvent, type ApprovalEventName } from "./approvals.ts";
import type { ShutdownNotice } from "./advice.ts";
import { parseChatEvent, type ChatEvent } from "./chat-events.ts";
import type { EventFrame } from "./frames.ts";
import { parseChallenge, type ConnectChallenge } from "./hello.ts";
import {
  anyRecord,
  listOf,
  object,
  optionalFlag,
  optionalListOf,
  optionalNumber,
  optionalText,
  parseWith,
  text,
  type Parsed,
} from "./parsed.ts";
import { parseShutdown, parseTick } from "./pulse-events.ts";
import { parseQuestion, type QuestionRequest } from "./questions.ts";
import {
  parseSessionMessage,
  parseSessionOperation,
  parseSessionsChanged,
  type SessionMessage,
  type SessionOperation,
  type SessionsChanged,
} from "./session-events.ts";

/** Who is connected. */
export type PresenceEntry = {
  host?: string;
  mode?: string;
  platform?: string;
  reason?: string;
  text?: string;
  instanceId?: string;
  deviceId?: string;
  roles: string[];
  scopes: string[];
  /** Milliseconds since the epoch. */
  ts?: number;
};

/** A device that asked for approval, or was answered. */
export type DevicePairEvent = { requestId: string; deviceId: string; decision?: string };

/** How the gateway is. Channel and plugin details stay as they came. */
export type HealthEvent = {
  ok?: boolean;
  ts?: number;
  defaultAgentId?: string;
  source: Record<string, unknown>;
};

/** Any event, parsed. `other` has no parser here; `unreadable` has one that failed. */
export type GatewayEvent =
  | { type: "chat"; payload: ChatEvent }
  | { type: "agent"; payload: AgentEvent }
  | { type: "challenge"; payload: ConnectChallenge }
  | { type: "tick"; payload: { ts: number } }
  | { type: "shutdown"; payload: ShutdownNotice }
  | { type: "presence"; payload: PresenceEntry[] }
  | { type: "health"; payload: HealthEvent }
  | { type: "sessions-changed"; payload: SessionsChanged }
  | { type: "session-message"; payload: SessionMessage }
  | { type: "session-operation"; payload: SessionOperation }
  | { type: "approval"; payload: ApprovalEvent }
  | { type: "question"; payload: QuestionRequest }
  | { type: "device-pair"; payload: DevicePairEvent }
  | { type: "other"; event: string; payload: unknown }
  | { type: "unreadable"; event: string; reason: string };

const presenceSchema = object({
  presence: listOf(
    object({
      host: optionalText,
      mode: optionalText,
      platform: optionalText,
      reason: optionalText,
      text: optionalText,
      instanceId: optionalText,
      deviceId: optionalText,
      roles: optionalListOf(text),
      scopes: optionalListOf(text),
      ts: optionalNumber,
    }),
  ),
});

const healthSchema = object({ ok: optionalFlag, ts: optionalNumber, defaultAgentId: optionalText });

const pairSchema = object({ requestId: text, deviceId: text, decision: optionalText });

/**
 * Reads a `presence`: everybody who is connected, each time anew. Not ok without the list.
 *
 * @see `PresenceEntry` of the official schemas
 *
 * @example
 * ```ts
 * import { parsePresence } from "@automna/protocol";
 *
 * const parsed = parsePresence({ presence: [{ host: "webchat", mode: "webchat", platform: "web", reason: "connect" }] });
 * if (parsed.ok) parsed.value.map(({ host, mode }) => `${host} (${mode})`); // ["webchat (webchat)"]
 * ```
 */
export function parsePresence(payload: unknown): Parsed<PresenceEntry[]> {
  const parsed = parseWith(presenceSchema, payload);
  return parsed.ok ? { ok: true, value: parsed.value.presence } : parsed;
}

/**
 * Reads a `health` event, or the answer to `health`. Everything beside the four fields is in `source`, as it came.
 *
 * @example
 * ```ts
 * import { parseHealth } from "@automna/protocol";
 *
 * const parsed = parseHealth({ ok: true, ts: 1_700_000_000_000, heartbeatSeconds: 0 });
 * if (parsed.ok) parsed.value.source["heartbeatSeconds"]; // 0
 * ```
 */
export function parseHealth(payload: unknown): Parsed<HealthEvent> {
  const source = parseWith(anyRecord, payload);
  if (!source.ok) return source;
  const parsed = parseWith(healthSchema, payload);
  return parsed.ok ? { ok: true, value: { ...parsed.value, source: source.value } } : parsed;
}

/**
 * Reads `device.pair.requested` and `device.pair.resolved`; only the latter has a `decision`. Operators with the scope
 * `operator.pairing` get them.
 *
 * @see `DevicePairRequestedEvent` and `DevicePairResolvedEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseDevicePair } from "@automna/protocol";
 *
 * const parsed = parseDevicePair({ requestId: "p1", deviceId: "6955fdb9", decision: "approved" });
 * if (parsed.ok) parsed.value.decision ?? "waits"; // "approved"
 * ```
 */
export function parseDevicePair(payload: unknown): Parsed<DevicePairEvent> {
  return parseWith(pairSchema, payload);
}

type EventReader = (payload: unknown, event: string) => Parsed<GatewayEvent>;

// @__NO_SIDE_EFFECTS__
function reader<K extends GatewayEvent["type"], T>(
  type: K,
  parse: (payload: unknown) => Parsed<T>,
): (payload: unknown) => Parsed<{ type: K; payload: T }> {
  return (payload) => {
    const parsed = parse(payload);
    return parsed.ok ? { ok: true, value: { type, payload: parsed.value } } : parsed;
  };
}

// @__NO_SIDE_EFFECTS__
function approvalReader(event: ApprovalEventName): EventReader {
  return reader("approval", (payload) => parseApprovalEvent(event, payload));
}

const READERS: Readonly<Record<string, EventReader>> = {
  chat: reader("chat", parseChatEvent),
  agent: reader("agent", parseAgentEvent),
  "connect.challenge": reader("challenge", parseChallenge),
  tick: reader("tick", parseTick),
  shutdown: reader("shutdown", parseShutdown),
  presence: reader("presence", parsePresence),
  health: reader("health", parseHealth),
  "sessions.changed": reader("sessions-changed", parseSessionsChanged),
  "session.message": reader("session-message", parseSessionMessage),
  // The payload of `session.tool` is that of an `agent` event with stream `tool`.
  "session.tool": reader("agent", parseAgentEvent),
  "session.operation": reader("session-operation", parseSessionOperation),
  "session.approval": approvalReader("session.approval"),
  "exec.approval.requested": approvalReader("exec.approval.requested"),
  "exec.approval.resolved": approvalReader("exec.approval.resolved"),
  "plugin.approval.requested": approvalReader("plugin.approval.requested"),
  "plugin.approval.resolved": approvalReader("plugin.approval.resolved"),
  "question.requested": reader("question", parseQuestion),
  "question.resolved": reader("question", parseQuestion),
  "device.pair.requested": reader("device-pair", parseDevicePair),
  "device.pair.resolved": reader("device-pair", parseDevicePair),
};

/**
 * Reads any event of either version by its name. Events without a parser come through as `other`. Never throws.
 *
 * @example
 * ```ts
 * import { readGatewayEvent } from "@automna/protocol";
 *
 * const event = readGatewayEvent(frame);
 * if (event.type === "chat") apply(event.payload);
 * ```
 */
export function readGatewayEvent(frame: EventFrame): GatewayEvent {
  const { event, payload } = frame;
  const read = Object.hasOwn(READERS, event) ? READERS[event] : undefined;
  if (read === undefined) return { type: "other", event, payload };
  const parsed = read(payload, event);
  return parsed.ok ? parsed.value : { type: "unreadable", event, reason: parsed.reason };
}
