import * as v from "valibot";

import { isRecord } from "./frames.ts";
import { optionalFlag, optionalRecord, optionalText, parseWith, type Parsed } from "./parsed.ts";

type AgentEventBase = {
  runId: string;
  sessionKey?: string;
  agentId?: string;
  /** Counts from 1 per run; events meant for others keep their numbers, so a gap proves nothing. */
  seq: number;
  /** Milliseconds. */
  ts?: number;
  isHeartbeat?: boolean;
};

/** How a run stands. `model` with nulls says that no model is working; `finishing` comes before the last `end`. */
export type LifecyclePhase = "start" | "model" | "finishing" | "end" | "error" | (string & {});

/** A tool call as it runs. Version 3 sends these only while the session's verbose level is `on`. */
export type ToolUpdate =
  | { phase: "start"; toolCallId: string; name: string; args: unknown }
  | { phase: "update"; toolCallId: string; name: string; partialResult: unknown }
  | {
      phase: "result";
      toolCallId: string;
      name: string;
      result: unknown;
      isError: boolean;
      summary?: string;
    };

/** An `agent` event: what happens inside a run. `data` is always the payload as it came. */
export type AgentEvent = AgentEventBase &
  (
    | {
        stream: "lifecycle";
        phase: LifecyclePhase;
        startedAt?: number;
        endedAt?: number;
        error?: string;
        aborted?: boolean;
        stopReason?: string;
        provider?: string;
        model?: string;
        data: Record<string, unknown>;
      }
    | { stream: "assistant"; text: string | null; delta?: string; itemId?: string; replace: boolean }
    | { stream: "thinking"; text: string | null; delta?: string }
    | ({ stream: "tool" } & ToolUpdate)
    | {
        stream: "item";
        phase: string;
        kind: string;
        itemId?: string;
        toolCallId?: string;
        name?: string;
        title?: string;
        status?: string;
        progressText?: string;
        data: Record<string, unknown>;
      }
    | {
        stream: "command_output";
        phase: string;
        toolCallId?: string;
        itemId?: string;
        title?: string;
        output?: string;
        status?: string;
        exitCode?: number;
        /** Milliseconds. */
        durationMs?: number;
      }
    | {
        stream: "run_status";
        phase: string;
        message?: string;
        attempt?: number;
        maxAttempts?: number;
        delayMs?: number;
        reason?: string;
      }
    | { stream: "usage"; outputTokens?: number; data: Record<string, unknown> }
    | { stream: "compaction"; phase?: string; data: Record<string, unknown> }
    | { stream: "error"; reason?: string; data: Record<string, unknown> }
    | { stream: "unknown"; sourceStream: string; data: Record<string, unknown> }
  );

const eventSchema = v.object({
  runId: v.pipe(v.string(), v.nonEmpty()),
  stream: v.string(),
  seq: v.fallback(v.number(), 0),
  ts: v.fallback(v.optional(v.number()), undefined),
  sessionKey: optionalText,
  agentId: optionalText,
  isHeartbeat: optionalFlag,
  data: optionalRecord,
});

type Data = Record<string, unknown>;

function text(data: Data, key: string): string | undefined {
  const value = data[key];
  return typeof value === "string" ? value : undefined;
}

function number(data: Data, key: string): number | undefined {
  const value = data[key];
  return typeof value === "number" ? value : undefined;
}

function flag(data: Data, key: string): boolean | undefined {
  const value = data[key];
  return typeof value === "boolean" ? value : undefined;
}

function readTool(data: Data): ToolUpdate | null {
  const toolCallId = text(data, "toolCallId");
  if (toolCallId === undefined) return null;
  const name = text(data, "name") ?? "";
  switch (text(data, "phase")) {
    case "start":
      return { phase: "start", toolCallId, name, args: data["args"] };
    case "update":
      return { phase: "update", toolCallId, name, partialResult: data["partialResult"] };
    case "result":
      return {
        phase: "result",
        toolCallId,
        name,
        result: data["result"],
        isError: data["isError"] === true,
        summary: text(data, "meta"),
      };
    default:
      return null;
  }
}

function readLifecycle(base: AgentEventBase, data: Data): AgentEvent {
  return {
    ...base,
    stream: "lifecycle",
    phase: text(data, "phase") ?? "unknown",
    startedAt: number(data, "startedAt"),
    endedAt: number(data, "endedAt"),
    error: text(data, "error"),
    aborted: flag(data, "aborted"),
    stopReason: text(data, "stopReason"),
    provider: text(data, "provider"),
    model: text(data, "model"),
    data,
  };
}

function readItem(base: AgentEventBase, data: Data): AgentEvent {
  return {
    ...base,
    stream: "item",
    phase: text(data, "phase") ?? "update",
    kind: text(data, "kind") ?? "unknown",
    itemId: text(data, "itemId"),
    toolCallId: text(data, "toolCallId"),
    name: text(data, "name"),
    title: text(data, "title"),
    status: text(data, "status"),
    progressText: text(data, "progressText"),
    data,
  };
}

function readCommandOutput(base: AgentEventBase, data: Data): AgentEvent {
  return {
    ...base,
    stream: "command_output",
    phase: text(data, "phase") ?? "delta",
    toolCallId: text(data, "toolCallId"),
    itemId: text(data, "itemId"),
    title: text(data, "title"),
    output: text(data, "output"),
    status: text(data, "status"),
    exitCode: number(data, "exitCode"),
    durationMs: number(data, "durationMs"),
  };
}

function readRunStatus(base: AgentEventBase, data: Data): AgentEvent {
  return {
    ...base,
    stream: "run_status",
    phase: text(data, "phase") ?? "unknown",
    message: text(data, "message"),
    attempt: number(data, "attempt") ?? number(data, "retryAttempt"),
    maxAttempts: number(data, "maxAttempts") ?? number(data, "maxRetries"),
    delayMs: number(data, "delayMs"),
    reason: text(data, "reason"),
  };
}

function readStreamedText(data: Data): { text: string | null; delta?: string | undefined } {
  return { text: text(data, "text") ?? null, delta: text(data, "delta") };
}

function toAgentEvent(base: AgentEventBase, stream: string, data: Data): AgentEvent {
  switch (stream) {
    case "lifecycle":
      return readLifecycle(base, data);
    case "assistant":
      return {
        ...base,
        stream,
        ...readStreamedText(data),
        itemId: text(data, "itemId"),
        replace: data["replace"] === true,
      };
    case "thinking":
      return { ...base, stream, ...readStreamedText(data) };
    case "tool": {
      const update = readTool(data);
      return update === null
        ? { ...base, stream: "unknown", sourceStream: stream, data }
        : { ...base, stream, ...update };
    }
    case "item":
      return readItem(base, data);
    case "command_output":
      return readCommandOutput(base, data);
    case "run_status":
      return readRunStatus(base, data);
    case "usage":
      return { ...base, stream, outputTokens: number(data, "outputTokens"), data };
    case "compaction":
      return { ...base, stream, phase: text(data, "phase"), data };
    case "error":
      return { ...base, stream, reason: text(data, "reason"), data };
    default:
      return { ...base, stream: "unknown", sourceStream: stream, data };
  }
}

/**
 * Reads the payload of an `agent` event. A stream that this package does not know becomes
 * `{ stream: "unknown", sourceStream }`.
 */
export function parseAgentEvent(payload: unknown): Parsed<AgentEvent> {
  const parsed = parseWith(eventSchema, payload);
  if (!parsed.ok) return parsed;
  const { stream, data, ...base } = parsed.value;
  return { ok: true, value: toAgentEvent(base, stream, data ?? {}) };
}

/** The text of a tool result or partial result: both versions wrap it as `{ content: [{ type: "text", text }] }`. */
export function toolResultText(result: unknown): string {
  if (typeof result === "string") return result;
  if (!isRecord(result) || !Array.isArray(result["content"])) return "";
  return result["content"]
    .flatMap((block) => (isRecord(block) && typeof block["text"] === "string" ? block["text"] : []))
    .join("\n");
}
