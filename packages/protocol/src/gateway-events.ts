import { parseAgentEvent, type AgentEvent } from "./agent-events.ts";
import {
  parseApprovalEvent,
  parseQuestion,
  type ApprovalEvent,
  type ApprovalEventName,
  type QuestionRequest,
} from "./approvals.ts";
import type { ShutdownNotice } from "./advice.ts";
import { parseChatEvent, type ChatEvent } from "./chat-events.ts";
import type { EventFrame } from "./frames.ts";
import { parseChallenge, type ConnectChallenge } from "./hello.ts";
import { messageSchema, type ChatMessage } from "./messages.ts";
import {
  anyRecord,
  identifier,
  listOf,
  object,
  optionalFlag,
  optionalListOf,
  optionalNumber,
  optionalOf,
  optionalText,
  parseWith,
  text,
  type Parsed,
} from "./parsed.ts";
import { parseShutdown, parseTick } from "./pulse-events.ts";
import { sessionSummarySchema, type SessionSummary } from "./sessions.ts";

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
  /** Milliseconds. */
  ts?: number;
};

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

const pairSchema = object({ requestId: text, deviceId: text, decision: optionalText });

/** Reads a `presence`. */
export function parsePresence(payload: unknown): Parsed<PresenceEntry[]> {
  const parsed = parseWith(presenceSchema, payload);
  return parsed.ok ? { ok: true, value: parsed.value.presence } : parsed;
}

/** Reads a `health` event, or the answer to `health`. */
export function parseHealth(payload: unknown): Parsed<HealthEvent> {
  const source = parseWith(anyRecord, payload);
  if (!source.ok) return source;
  const parsed = parseWith(healthSchema, payload);
  return parsed.ok ? { ok: true, value: { ...parsed.value, source: source.value } } : parsed;
}

/** Reads a `sessions.changed`. */
export function parseSessionsChanged(payload: unknown): Parsed<SessionsChanged> {
  return parseWith(changedSchema, payload);
}

/** Reads a `session.message`. */
export function parseSessionMessage(payload: unknown): Parsed<SessionMessage> {
  return parseWith(messageEventSchema, payload);
}

/** Reads a `session.operation`. */
export function parseSessionOperation(payload: unknown): Parsed<SessionOperation> {
  return parseWith(operationSchema, payload);
}

/** Reads `device.pair.requested` and `device.pair.resolved`. */
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
 * Reads any event of either version by its name. Events without a parser come through as `other`.
 *
 * @example
 * ```ts
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
