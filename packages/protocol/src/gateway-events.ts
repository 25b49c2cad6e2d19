import * as v from "valibot";

import type { ShutdownNotice } from "./advice.ts";
import type { EventFrame } from "./frames.ts";
import { messageSchema, type ChatMessage } from "./messages.ts";
import { optionalNumber, optionalOf, optionalText, parseWith } from "./parsed.ts";

/**
 * The events beside `chat` and `agent` that a client acts on. Everything else reads as `other`.
 *
 * - `tick`: the gateway is alive; comes every `policy.tickIntervalMs`.
 * - `shutdown`: an orderly stop or restart follows, closed with 1012.
 * - `sessions-changed`: the session list is stale (version 4, after `sessions.subscribe`).
 * - `session-message`: a row was stored (version 4, after `sessions.messages.subscribe`).
 */
export type GatewayEvent =
  | { kind: "challenge" }
  | { kind: "chat" }
  | { kind: "agent" }
  | { kind: "tick"; ts: number | null }
  | ({ kind: "shutdown"; reason: string } & ShutdownNotice)
  | { kind: "sessions-changed"; sessionKey: string | null; reason: string | null }
  | { kind: "session-message"; sessionKey: string; message: ChatMessage | null; messageId: string | null }
  | { kind: "other"; event: string };

const tickSchema = v.object({ ts: optionalNumber });
const shutdownSchema = v.object({ reason: v.fallback(v.string(), ""), restartExpectedMs: optionalNumber });
const sessionsChangedSchema = v.object({ sessionKey: optionalText, key: optionalText, reason: optionalText });
const sessionMessageSchema = v.object({
  sessionKey: v.pipe(v.string(), v.nonEmpty()),
  messageId: optionalText,
  message: optionalOf(messageSchema),
});

function readShutdown(payload: unknown): GatewayEvent {
  const parsed = parseWith(shutdownSchema, payload);
  const { reason, restartExpectedMs } = parsed.ok ? parsed.value : { reason: "", restartExpectedMs: undefined };
  return { kind: "shutdown", reason, restartExpectedMs: restartExpectedMs ?? null };
}

function readSessionsChanged(payload: unknown): GatewayEvent {
  const parsed = parseWith(sessionsChangedSchema, payload);
  const { sessionKey, key, reason } = parsed.ok ? parsed.value : {};
  return { kind: "sessions-changed", sessionKey: sessionKey ?? key ?? null, reason: reason ?? null };
}

function readSessionMessage(frame: EventFrame): GatewayEvent {
  const parsed = parseWith(sessionMessageSchema, frame.payload);
  if (!parsed.ok) return { kind: "other", event: frame.event };
  const { sessionKey, message, messageId } = parsed.value;
  return { kind: "session-message", sessionKey, message: message ?? null, messageId: messageId ?? null };
}

/**
 * Says what an event frame is. Never fails: an event that is not known, or cannot be read, is `other`. The payloads of
 * `chat` and `agent` have parsers of their own.
 */
export function readGatewayEvent(frame: EventFrame): GatewayEvent {
  switch (frame.event) {
    case "connect.challenge":
      return { kind: "challenge" };
    case "chat":
    case "agent":
      return { kind: frame.event };
    case "tick": {
      const parsed = parseWith(tickSchema, frame.payload);
      return { kind: "tick", ts: (parsed.ok ? parsed.value.ts : undefined) ?? null };
    }
    case "shutdown":
      return readShutdown(frame.payload);
    case "sessions.changed":
      return readSessionsChanged(frame.payload);
    case "session.message":
      return readSessionMessage(frame);
    default:
      return { kind: "other", event: frame.event };
  }
}
