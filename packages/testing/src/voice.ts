import type { Core } from "./core.ts";
import type { JsonObject } from "./json.ts";
import type { Failure } from "./provider-failure.ts";
import type { NewRecord } from "./rows.ts";
import type { Run } from "./run-state.ts";

/** One tool call while it runs. */
export type ToolCall = {
  toolCallId: string;
  name: string;
  args: JsonObject;
  meta: string;
  startedAt: number;
  command: boolean;
};
type ToolResult = { text: string; isError: boolean; durationMs: number };
type Retry = { attempt: number; delayMs: number };

/** How a product tells the world about a run. The run decides what happens; the voice decides which frames say it. */
export type Voice = {
  /** From the ack to the moment the model is called. */
  prepare(core: Core, run: Run, begin: () => void): void;
  started(core: Core, run: Run): void;
  text(core: Core, run: Run, piece: string): void;
  thought(core: Core, run: Run, piece: string): void;
  /** The model has decided to call a tool. */
  beforeTool(core: Core, run: Run): void;
  toolStarted(core: Core, run: Run, call: ToolCall): void;
  toolOutput(core: Core, run: Run, call: ToolCall, output: string): void;
  toolEnded(core: Core, run: Run, call: ToolCall, result: ToolResult): void;
  /** The model is called again: after a tool, or for a message that steers. */
  nextCall(core: Core, run: Run): void;
  callEnded(core: Core, run: Run): void;
  /** The reply was empty; the model is asked once more. */
  askAgain(core: Core, run: Run, again: () => void): void;
  /** A waiting message became part of this run. */
  consumed(core: Core, run: Run, runId: string): void;
  attemptFailed(core: Core, run: Run, failure: Failure): void;
  retrying(core: Core, run: Run, failure: Failure, retry: Retry): void;
  retry(core: Core, run: Run, hadText: boolean, again: () => void): void;
  failureRecord(core: Core, run: Run, failure: Failure, plain: () => NewRecord): NewRecord;
  failed(core: Core, run: Run, failure: Failure): void;
  finished(core: Core, run: Run): void;
  aborted(core: Core, run: Run, reason: "rpc" | "stop"): void;
};

/** `{role:"assistant", content:[{type:"text"}]}` as chat events carry it. */
export const textMessage = (core: Core, text: string): JsonObject => ({
  role: "assistant",
  content: [{ type: "text", text }],
  timestamp: core.clock.now(),
});
