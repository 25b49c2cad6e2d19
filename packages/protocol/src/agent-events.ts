import { isRecord } from "./frames.ts";
import {
  anything,
  identifier,
  number,
  object,
  oneOf,
  optionalFlag,
  optionalNumber,
  optionalRecord,
  optionalText,
  parseWith,
  text,
  withDefault,
  type Parsed,
  type Reader,
} from "./parsed.ts";

type AgentEventBase = {
  runId: string;
  sessionKey?: string;
  agentId?: string;
  /** Counts from 1 per run; events meant for others keep their numbers, so a gap proves nothing. */
  seq: number;
  /** Milliseconds since the epoch. */
  ts?: number;
  isHeartbeat?: boolean;
  /** The whole of `data` as it came. */
  data: Record<string, unknown>;
};

/** How a run stands. `model` with nulls says that no model is working; `finishing` comes before the last `end`. */
export type LifecyclePhase = "start" | "model" | "finishing" | "end" | "error" | (string & {});

type StreamFields = {
  lifecycle: {
    phase: LifecyclePhase;
    /** Milliseconds since the epoch. */
    startedAt?: number;
    /** Milliseconds since the epoch. */
    endedAt?: number;
    error?: string;
    aborted?: boolean;
    stopReason?: string;
    provider?: string;
    model?: string;
  };
  /** The text so far; on version 3 with every token. */
  assistant: { text?: string; delta?: string; itemId?: string; replace?: boolean };
  thinking: { text?: string; delta?: string };
  /** A tool call as it runs. Version 3 sends these only while the session's verbose level is `on`. */
  tool: {
    phase: "start" | "update" | "result";
    toolCallId: string;
    name: string;
    /** With `start`. */
    args?: unknown;
    /** With `update`. */
    partialResult?: unknown;
    /** With `result`. */
    result?: unknown;
    isError?: boolean;
    /** A short description of what was done. */
    meta?: string;
  };
  /** Version 4: what the run does, for people. */
  item: {
    phase: string;
    kind: string;
    itemId?: string;
    toolCallId?: string;
    name?: string;
    title?: string;
    status?: string;
    progressText?: string;
  };
  command_output: {
    phase: string;
    toolCallId?: string;
    itemId?: string;
    title?: string;
    output?: string;
    status?: string;
    exitCode?: number;
    /** Milliseconds. */
    durationMs?: number;
  };
  run_status: {
    phase: string;
    message?: string;
    attempt?: number;
    maxAttempts?: number;
    /** How long until the next try, milliseconds. */
    delayMs?: number;
    reason?: string;
  };
  usage: { outputTokens?: number };
  compaction: { phase?: string };
  error: { reason?: string };
};

type KnownStream = keyof StreamFields;

/** An `agent` event: what happens inside a run. */
export type AgentEvent = AgentEventBase &
  (
    | { [S in KnownStream]: { stream: S } & StreamFields[S] }[KnownStream]
    | { stream: "unknown"; sourceStream: string }
  );

const eventSchema = object({
  runId: identifier,
  stream: text,
  seq: withDefault(number, 0),
  ts: optionalNumber,
  sessionKey: optionalText,
  agentId: optionalText,
  isHeartbeat: optionalFlag,
  data: optionalRecord,
});

const phase = withDefault(text, "unknown");
const streamedText = { text: optionalText, delta: optionalText };

const STREAMS: { [S in KnownStream]: Reader<StreamFields[S]> } = {
  lifecycle: object({
    phase,
    startedAt: optionalNumber,
    endedAt: optionalNumber,
    error: optionalText,
    aborted: optionalFlag,
    stopReason: optionalText,
    provider: optionalText,
    model: optionalText,
  }),
  assistant: object({ ...streamedText, itemId: optionalText, replace: optionalFlag }),
  thinking: object(streamedText),
  tool: object({
    phase: oneOf(["start", "update", "result"]),
    toolCallId: identifier,
    name: withDefault(text, ""),
    args: anything,
    partialResult: anything,
    result: anything,
    isError: optionalFlag,
    meta: optionalText,
  }),
  item: object({
    phase,
    kind: phase,
    itemId: optionalText,
    toolCallId: optionalText,
    name: optionalText,
    title: optionalText,
    status: optionalText,
    progressText: optionalText,
  }),
  command_output: object({
    phase,
    toolCallId: optionalText,
    itemId: optionalText,
    title: optionalText,
    output: optionalText,
    status: optionalText,
    exitCode: optionalNumber,
    durationMs: optionalNumber,
  }),
  run_status: object({
    phase,
    message: optionalText,
    attempt: optionalNumber,
    maxAttempts: optionalNumber,
    delayMs: optionalNumber,
    reason: optionalText,
  }),
  usage: object({ outputTokens: optionalNumber }),
  compaction: object({ phase: optionalText }),
  error: object({ reason: optionalText }),
};

function isKnownStream(stream: string): stream is KnownStream {
  return Object.hasOwn(STREAMS, stream);
}

/**
 * Reads the payload of an `agent` event. A stream that this package does not know becomes
 * `{ stream: "unknown", sourceStream }`, and so does one whose data cannot be read. Not ok without `runId` and `stream`.
 *
 * @see `AgentEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseAgentEvent } from "@automna/protocol";
 *
 * const data = { phase: "start", toolCallId: "t1", name: "exec", args: { command: "ls" } };
 * const parsed = parseAgentEvent({ runId: "r1", seq: 3, stream: "tool", data });
 * if (parsed.ok && parsed.value.stream === "tool") parsed.value.args; // { command: "ls" }
 * ```
 */
export function parseAgentEvent(payload: unknown): Parsed<AgentEvent> {
  const parsed = parseWith(eventSchema, payload);
  if (!parsed.ok) return parsed;
  const { stream } = parsed.value;
  const base = { ...parsed.value, data: parsed.value.data ?? {} };
  if (isKnownStream(stream)) {
    const fields = parseWith<StreamFields[KnownStream]>(STREAMS[stream], base.data);
    // The schema of a stream gives the fields of that stream, a pairing that TypeScript cannot follow.
    if (fields.ok) return { ok: true, value: { ...base, ...fields.value } as AgentEvent };
  }
  return { ok: true, value: { ...base, stream: "unknown", sourceStream: stream } };
}

/**
 * The text of a tool result or partial result: both versions wrap it as `{ content: [{ type: "text", text }] }`. `""` for
 * what holds no text; the texts of several blocks stand on lines of their own.
 *
 * @param result - `result` or `partialResult` of a `tool` event ({@link parseAgentEvent})
 *
 * @example
 * ```ts
 * import { toolResultText } from "@automna/protocol";
 *
 * toolResultText({ content: [{ type: "text", text: "3 files" }] }); // "3 files"
 * toolResultText(undefined); // ""
 * ```
 */
export function toolResultText(result: unknown): string {
  if (typeof result === "string") return result;
  if (!isRecord(result) || !Array.isArray(result["content"])) return "";
  return result["content"]
    .flatMap((block) => (isRecord(block) && typeof block["text"] === "string" ? block["text"] : []))
    .join("\n");
}
