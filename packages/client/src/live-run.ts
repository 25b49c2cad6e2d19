import {
  textAfterDelta,
  textOf,
  toolResultText,
  type AgentEvent,
  type ChatEvent,
  type ProtocolVersion,
} from "@automna/protocol";

import type { MessageError, ReasoningPart, TextPart, ToolCallPart } from "./message.ts";

type LivePart = TextPart | ReasoningPart | ToolCallPart;

/** How a run stands as far as this client saw. */
type RunOutcome =
  | { readonly state: "active" }
  /** `unseen`: an answer told so, no event. */
  | { readonly state: "final"; readonly unseen?: true }
  | { readonly state: "aborted" }
  | { readonly state: "error"; readonly error: MessageError };

/**
 * What is known of a run before its rows are in the history. Text is replaced, never appended to: version 4 sends the
 * text of the whole run, version 3 the text since the last tool call.
 */
export interface LiveRun {
  readonly runId: string;
  readonly protocol: ProtocolVersion;
  readonly messageId: string;
  readonly parts: readonly LivePart[];
  /** The whole text that version 4 sent so far. */
  readonly text: string;
  /** How much of `text` belongs to parts before the last tool call. */
  readonly cut: number;
  /** The next text begins a new part, because a tool was called since. */
  readonly restart: boolean;
  readonly chatSeq: number;
  readonly agentSeq: number;
  /** `false` after a gap: increments cannot be applied until a whole text came. */
  readonly inSync: boolean;
  readonly outcome: RunOutcome;
  readonly phase: string | null;
  /** Gateway time, milliseconds. */
  readonly startedAt: number;
  /** Its beginning was seen, so that `startedAt` is exact. */
  readonly isWhole: boolean;
  /** Gateway time of the last event, milliseconds. */
  readonly lastAt: number;
  /** Value of the projection's event counter when it was last heard of. */
  readonly touched: number;
  /** Order of appearance among what is not stored yet. */
  readonly rank: number;
  /** The last row that was known when the run appeared. */
  readonly lastRowBefore: string | null;
  /** What the closed messages of the same run in the history say already (version 4, steered runs). */
  readonly storedPrefix: string;
  /**
   * Set once it is clear that the history will not show the run: the message after which it stays. `null` is the
   * beginning.
   */
  readonly anchor?: string | null;
}

/** What a new run starts from. */
export type RunBirth = Pick<
  LiveRun,
  "runId" | "protocol" | "messageId" | "startedAt" | "touched" | "rank" | "lastRowBefore"
>;

/** A run of which nothing but its existence is known. */
export function newRun(birth: RunBirth): LiveRun {
  return {
    ...birth,
    parts: [],
    text: "",
    cut: 0,
    restart: false,
    chatSeq: -1,
    agentSeq: -1,
    inSync: true,
    isWhole: false,
    outcome: { state: "active" },
    phase: null,
    lastAt: birth.startedAt,
    storedPrefix: "",
  };
}

/** Whether there is anything to show. */
export function hasContent(run: LiveRun): boolean {
  return run.parts.length > 0;
}

function withLastText(parts: readonly LivePart[], text: string, fresh: boolean): readonly LivePart[] {
  const last = parts.at(-1);
  if (!fresh && last?.type === "text") return [...parts.slice(0, -1), { type: "text", text }];
  return text === "" ? parts : [...parts, { type: "text", text }];
}

/** Version 4: `text` is the whole run's. */
function withWholeText(run: LiveRun, text: string): LiveRun {
  // Comparing joins the pieces of a long text, which is not worth doing for each of them.
  if (run.cut > 0 && !text.startsWith(run.text.slice(0, run.cut))) {
    const parts = withLastText(
      run.parts.filter((part) => part.type !== "text"),
      text,
      true,
    );
    return { ...run, text, cut: 0, restart: false, parts };
  }
  const tail = run.cut === 0 ? text : text.slice(run.cut).replace(/^\n\n/, "");
  if (tail === "" && run.restart) return { ...run, text };
  return { ...run, text, restart: false, parts: withLastText(run.parts, tail, run.restart) };
}

/** Version 3: `text` is the current segment's. A text that neither continues nor shortens the last one is a new segment. */
function withSegmentText(run: LiveRun, text: string): LiveRun {
  const last = run.parts.at(-1);
  const former = last?.type === "text" ? last.text : "";
  const fresh = run.restart || (former !== "" && !text.startsWith(former) && !former.startsWith(text));
  return { ...run, text, restart: false, parts: withLastText(run.parts, text, fresh) };
}

/** The run with `text` as what it says now. */
function withText(run: LiveRun, text: string): LiveRun {
  return run.protocol === 4 ? withWholeText(run, text) : withSegmentText(run, text);
}

function errorOfEvent(event: ChatEvent & { state: "error" }): MessageError {
  return { kind: event.errorKind, message: event.errorMessage ?? "The model could not answer." };
}

function outcomeOf(event: ChatEvent): RunOutcome {
  switch (event.state) {
    case "final":
      return { state: "final" };
    case "aborted":
      return { state: "aborted" };
    case "error":
      return { state: "error", error: errorOfEvent(event) };
    default:
      return { state: "active" };
  }
}

/** The run after a `chat` event. Older and repeated events leave it as it is. */
export function afterChatEvent(run: LiveRun, event: ChatEvent, touched: number): LiveRun {
  if (run.outcome.state !== "active" || event.seq < run.chatSeq || event.state === "unknown") return run;
  if (event.seq === run.chatSeq && event.state === "delta") return run;
  const chatSeq = event.seq;
  if (event.state === "delta" && (event.text !== null || run.inSync)) {
    const lastAt = event.message?.timestamp ?? run.lastAt;
    const heard: LiveRun = { ...run, touched, chatSeq, phase: null, inSync: true, lastAt };
    return withText(heard, textAfterDelta(run.text, event));
  }
  const heard: LiveRun = { ...run, touched, chatSeq };
  if (event.state === "delta") return heard;
  if (event.state === "status") return { ...heard, phase: event.phase };
  const { message } = event;
  const ended = {
    ...heard,
    phase: null,
    outcome: outcomeOf(event),
    lastAt: message?.timestamp ?? run.lastAt,
  };
  return message === undefined ? ended : withText(ended, textOf(message));
}

function withTool(run: LiveRun, tool: ToolCallPart): LiveRun {
  const at = run.parts.findIndex((part) => part.type === "tool-call" && part.toolCallId === tool.toolCallId);
  if (at >= 0) return { ...run, parts: run.parts.with(at, tool) };
  return { ...run, parts: [...run.parts, tool], cut: run.text.length, restart: true };
}

function knownTool(run: LiveRun, toolCallId: string, name: string): ToolCallPart {
  for (const part of run.parts) if (part.type === "tool-call" && part.toolCallId === toolCallId) return part;
  return { type: "tool-call", toolCallId, name, args: undefined, state: "running" };
}

function afterTool(run: LiveRun, event: AgentEvent & { stream: "tool" }): LiveRun {
  const known = knownTool(run, event.toolCallId, event.name);
  switch (event.phase) {
    case "start":
      return withTool(run, { ...known, name: event.name || known.name, args: event.args });
    case "update":
      return withTool(run, { ...known, result: toolResultText(event.partialResult) });
    default:
      return withTool(run, {
        ...known,
        state: event.isError ? "error" : "done",
        result: toolResultText(event.result),
      });
  }
}

/** Version 4 tells of tools by `item` events even when their details are withheld. */
function afterItem(run: LiveRun, event: AgentEvent & { stream: "item" }): LiveRun {
  if (event.kind !== "tool" || event.toolCallId === undefined) return run;
  const known = knownTool(run, event.toolCallId, event.name ?? event.title ?? "");
  const state =
    event.phase !== "end" || known.state !== "running"
      ? known.state
      : event.status === "failed"
        ? "error"
        : "done";
  return withTool(run, { ...known, state, ...(event.title !== undefined && { title: event.title }) });
}

function afterThinking(run: LiveRun, event: AgentEvent & { stream: "thinking" }): LiveRun {
  const at = run.parts.findLastIndex((part) => part.type === "reasoning");
  const former = at < 0 ? "" : (run.parts[at]?.type === "reasoning" && run.parts[at].text) || "";
  const text = event.text ?? former + (event.delta ?? "");
  const part: ReasoningPart = { type: "reasoning", text };
  if (at === run.parts.length - 1 && at >= 0 && text.startsWith(former))
    return { ...run, parts: run.parts.with(at, part) };
  return text === "" ? run : { ...run, parts: [...run.parts, part], cut: run.text.length, restart: true };
}

/** The run after an `agent` event. Text comes from `chat` events alone; here come tools, reasoning and signs of life. */
export function afterAgentEvent(run: LiveRun, event: AgentEvent, touched: number): LiveRun {
  if (run.outcome.state !== "active" || event.seq <= run.agentSeq) return run;
  const heard: LiveRun = { ...run, touched, agentSeq: event.seq, lastAt: event.ts ?? run.lastAt };
  switch (event.stream) {
    case "lifecycle":
      return event.phase === "start" && event.startedAt !== undefined
        ? { ...heard, startedAt: event.startedAt, isWhole: true }
        : heard;
    case "tool":
      return afterTool(heard, event);
    case "item":
      return afterItem(heard, event);
    case "thinking":
      return afterThinking(heard, event);
    case "run_status":
      return { ...heard, phase: event.phase };
    default:
      return heard;
  }
}

/** Takes over what the history says about a run in flight. */
export function adopt(run: LiveRun, text: string, touched: number): LiveRun {
  const isFresher = run.text === "" || text.startsWith(run.text) || !run.inSync;
  return { ...(isFresher && text !== "" ? withText(run, text) : run), touched, inSync: true };
}
