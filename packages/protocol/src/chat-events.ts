import { messageSchema, type ChatMessage } from "./messages.ts";
import {
  anything,
  identifier,
  number,
  object,
  oneOf,
  optionalFlag,
  optionalNumber,
  optionalOf,
  optionalRecord,
  optionalText,
  parseWith,
  text,
  withDefault,
  type Parsed,
  type Value,
} from "./parsed.ts";

type ChatEventBase = {
  /** On version 3 and for queued messages this can be a run that the client never started. */
  runId: string;
  sessionKey: string;
  /** Grows within a run, with gaps by design: only good for dropping older events. */
  seq: number;
  agentId?: string;
  spawnedBy?: string;
};

/** What went wrong in a run, as far as the gateway could tell. */
export type ChatErrorKind = "refusal" | "timeout" | "rate_limit" | "context_length" | "unknown";

/** A try that failed and is being repeated (version 4). */
export type ChatRetry = { attempt?: number; maxAttempts?: number; reason?: string };

/**
 * A `chat` event. `delta.text` is the whole text so far (version 3: since the last tool call), so it replaces, it never
 * appends; `null` means that only the increment `deltaText` came. A `final` without message does not mean "no answer":
 * read the history.
 */
export type ChatEvent = ChatEventBase &
  (
    | { state: "status"; phase: string; retry?: ChatRetry }
    | { state: "delta"; text: string | null; message?: ChatMessage; deltaText?: string }
    | { state: "final"; message?: ChatMessage; stopReason?: string; usage?: unknown; yielded?: boolean }
    | { state: "aborted"; message?: ChatMessage; stopReason?: string; errorMessage?: string }
    | {
        state: "error";
        message?: ChatMessage;
        errorMessage?: string;
        errorKind: ChatErrorKind;
        errorDetail?: Record<string, unknown>;
        stopReason?: string;
      }
    | { state: "unknown"; sourceState: string }
  );

const ERROR_KINDS = ["refusal", "timeout", "rate_limit", "context_length", "unknown"] as const;

const eventSchema = object({
  runId: identifier,
  sessionKey: identifier,
  seq: withDefault(number, 0),
  state: text,
  agentId: optionalText,
  spawnedBy: optionalText,
  phase: optionalText,
  retry: optionalOf(object({ attempt: optionalNumber, maxAttempts: optionalNumber, reason: optionalText })),
  message: optionalOf(messageSchema),
  deltaText: optionalText,
  replace: optionalFlag,
  stopReason: optionalText,
  usage: anything,
  yielded: optionalFlag,
  errorMessage: optionalText,
  errorKind: withDefault<ChatErrorKind>(oneOf(ERROR_KINDS), "unknown"),
  errorDetail: optionalRecord,
});

type Source = Value<typeof eventSchema>;

function cumulativeText({ message, replace, deltaText }: Source): string | null {
  if (message === undefined) return replace === true ? (deltaText ?? "") : null;
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

function toChatEvent(source: Source): ChatEvent {
  const { runId, sessionKey, seq, agentId, spawnedBy, state, message, stopReason, errorMessage } = source;
  const base = { runId, sessionKey, seq, agentId, spawnedBy };
  switch (state) {
    case "status":
      return { ...base, state, phase: source.phase ?? "unknown", retry: source.retry };
    case "delta":
      return { ...base, state, text: cumulativeText(source), message, deltaText: source.deltaText };
    case "final":
      return { ...base, state, message, stopReason, usage: source.usage, yielded: source.yielded };
    case "aborted":
      return { ...base, state, message, stopReason, errorMessage };
    case "error": {
      const { errorKind, errorDetail } = source;
      return { ...base, state, message, stopReason, errorMessage, errorKind, errorDetail };
    }
    default:
      return { ...base, state: "unknown", sourceState: state };
  }
}

/**
 * Reads the payload of a `chat` event. Not ok without `runId`, `sessionKey` and `state`; a state that is not known here
 * becomes `{ state: "unknown", sourceState }`.
 *
 * @see `ChatEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseChatEvent } from "@automna/protocol";
 *
 * const parsed = parseChatEvent(frame.payload);
 * if (parsed.ok && parsed.value.state === "final") reloadHistory();
 * ```
 */
export function parseChatEvent(payload: unknown): Parsed<ChatEvent> {
  const parsed = parseWith(eventSchema, payload);
  return parsed.ok ? { ok: true, value: toChatEvent(parsed.value) } : parsed;
}

/**
 * The text of a run after a delta: the cumulative text when it came, else the previous text and the increment.
 *
 * @param previous - the text of the same run so far; `""` before its first delta
 *
 * @example
 * ```ts
 * import { textAfterDelta } from "@automna/protocol";
 *
 * const base = { runId: "r1", sessionKey: "agent:main:main", state: "delta" } as const;
 * textAfterDelta("Good", { ...base, seq: 3, text: null, deltaText: " morning" }); // "Good morning"
 * textAfterDelta("Good", { ...base, seq: 4, text: "Good evening" }); // "Good evening"
 * ```
 */
export function textAfterDelta(previous: string, delta: ChatEvent & { state: "delta" }): string {
  return delta.text ?? previous + (delta.deltaText ?? "");
}

/**
 * Whether the event ends its run: `final`, `aborted` or `error`. Only the history then says what was stored.
 *
 * @example
 * ```ts
 * import { isTerminal } from "@automna/protocol";
 *
 * const run = { runId: "r1", sessionKey: "agent:main:main", seq: 9 };
 * isTerminal({ ...run, state: "aborted", stopReason: "rpc" }); // true
 * isTerminal({ ...run, state: "status", phase: "retrying" }); // false
 * ```
 */
export function isTerminal(event: ChatEvent): boolean {
  return event.state === "final" || event.state === "aborted" || event.state === "error";
}
