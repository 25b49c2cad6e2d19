import { messageSchema, type ChatMessage } from "./messages.ts";
import {
  flag,
  object,
  optionalFlag,
  optionalListOf,
  optionalOf,
  optionalText,
  parseWith,
  text,
  type Parsed,
} from "./parsed.ts";

/**
 * What the gateway says to `chat.send`. None of them is durable: a crash right after `started` loses the message.
 *
 * - `started`: a run begins; `runId` is the idempotency key.
 * - `in-flight`: the same key is running already.
 * - `done`: the same key has run already.
 * - `stopped`: the message was a stop word and ended `runIds` instead of starting a run.
 */
export type SendAnswer =
  | { kind: "started" | "in-flight" | "done"; runId: string }
  | { kind: "stopped"; runIds: string[] };

/** What `chat.abort` did. `aborted: false` is no error: the run was unknown or over. */
export type AbortAnswer = { aborted: boolean; runIds: string[] };

/** The whole of one message (version 4), or why it cannot be had. */
export type MessageAnswer =
  | { kind: "message"; message: ChatMessage }
  | { kind: "unavailable"; reason: "not_found" | "oversized" | "not_visible" | (string & {}) };

const SEND_KINDS: ReadonlyMap<string | undefined, "started" | "in-flight" | "done"> = new Map([
  ["started", "started"],
  ["in_flight", "in-flight"],
  ["ok", "done"],
]);

const runIds = optionalListOf(text);
const sendSchema = object({ runId: optionalText, status: optionalText, aborted: optionalFlag, runIds });
const abortSchema = object({ aborted: flag, runIds });
const messageAnswerSchema = object({ message: optionalOf(messageSchema), unavailableReason: optionalText });

/**
 * Reads the answer to `chat.send` ({@link chatSend}). A status that is not known counts as `started`.
 *
 * @example
 * ```ts
 * import { parseSendAnswer } from "@automna/protocol";
 *
 * const parsed = parseSendAnswer({ runId: "k1", status: "in_flight" });
 * if (parsed.ok) parsed.value; // { kind: "in-flight", runId: "k1" }
 * const stop = parseSendAnswer({ ok: true, aborted: true, runIds: ["k0"] }); // to a message that only said "stop"
 * if (stop.ok) stop.value; // { kind: "stopped", runIds: ["k0"] }
 * ```
 */
export function parseSendAnswer(payload: unknown): Parsed<SendAnswer> {
  const parsed = parseWith(sendSchema, payload);
  if (!parsed.ok) return parsed;
  const { runId, status, aborted } = parsed.value;
  if (runId !== undefined) return { ok: true, value: { kind: SEND_KINDS.get(status) ?? "started", runId } };
  if (aborted !== undefined) return { ok: true, value: { kind: "stopped", runIds: parsed.value.runIds } };
  return { ok: false, reason: "neither runId nor aborted" };
}

/**
 * Reads the answer to `chat.abort` ({@link chatAbort}). `aborted: false` is no error: there was nothing to stop.
 *
 * @example
 * ```ts
 * import { parseAbortAnswer } from "@automna/protocol";
 *
 * const parsed = parseAbortAnswer({ ok: true, aborted: false, runIds: [] });
 * if (parsed.ok) parsed.value.aborted; // false
 * ```
 */
export function parseAbortAnswer(payload: unknown): Parsed<AbortAnswer> {
  return parseWith(abortSchema, payload);
}

/**
 * Reads the answer to `chat.message.get` ({@link chatMessageGet}, version 4). A message that cannot be had is no failure
 * of this parser: it says `unavailable` and why.
 *
 * @see `ChatMessageGetResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseMessageAnswer } from "@automna/protocol";
 *
 * const parsed = parseMessageAnswer({ ok: false, unavailableReason: "oversized" });
 * if (parsed.ok) parsed.value; // { kind: "unavailable", reason: "oversized" }
 * ```
 */
export function parseMessageAnswer(payload: unknown): Parsed<MessageAnswer> {
  const parsed = parseWith(messageAnswerSchema, payload);
  if (!parsed.ok) return parsed;
  const { message, unavailableReason } = parsed.value;
  if (message !== undefined) return { ok: true, value: { kind: "message", message } };
  return { ok: true, value: { kind: "unavailable", reason: unavailableReason ?? "not_found" } };
}
