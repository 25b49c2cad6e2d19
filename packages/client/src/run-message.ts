import type { LiveRun } from "./live-run.ts";
import type { Message, MessagePart, ToolCallPart } from "./message.ts";
import { isSilentText } from "./stored-rows.ts";

function statusOf(run: LiveRun): Message["status"] {
  const { state } = run.outcome;
  return state === "active" ? "streaming" : state === "final" ? "complete" : state;
}

function failUnfinishedTool(part: MessagePart): MessagePart {
  return part.type === "tool-call" && part.state === "running" ? { ...part, state: "error" } : part;
}

function isTool(part: MessagePart): part is ToolCallPart {
  return part.type === "tool-call";
}

/**
 * The parts of a run of which some rows are stored already (they are written one model call at a time), without showing
 * anything twice.
 */
function mergedParts(run: LiveRun, stored: readonly MessagePart[]): readonly MessagePart[] {
  if (stored.length === 0 && run.storedPrefix === "") return run.parts;
  const liveTools = new Map(run.parts.filter(isTool).map((tool) => [tool.toolCallId, tool]));
  const storedTexts = stored.flatMap((part) => (part.type === "text" ? part.text : []));
  const storedTools = new Set(stored.filter(isTool).map((tool) => tool.toolCallId));
  const known = stored.map((part) =>
    isTool(part) && part.state === "running" ? (liveTools.get(part.toolCallId) ?? part) : part,
  );
  const newTools = run.parts.filter((part) => isTool(part) && !storedTools.has(part.toolCallId));
  if (run.protocol === 3) {
    const rest = run.parts.filter((part) => part.type === "text" && !storedTexts.includes(part.text));
    return [...known, ...newTools, ...rest];
  }
  const joined = [run.storedPrefix, ...storedTexts].filter((text) => text !== "").join("\n\n");
  // What it said before the earliest row that is here is on an earlier page.
  const at = `\n\n${run.text}`.indexOf(`\n\n${joined}`);
  if (at < 0) return run.text === "" ? [...known, ...newTools] : run.parts;
  const rest = run.text.slice(at + joined.length).replace(/^\n\n/, "");
  return [...known, ...newTools, ...(rest === "" ? [] : [{ type: "text", text: rest } as const])];
}

/** Whether all that a run says is one of the words that are never shown. */
export function isSilentRun(run: LiveRun): boolean {
  return run.parts.length === 1 && run.parts[0]?.type === "text" && isSilentText(run.parts[0].text);
}

/**
 * The message of a run that is not, or not wholly, in the history.
 *
 * @param stored the parts of those of its rows that are stored already
 */
export function messageOfRun(run: LiveRun, stored: readonly MessagePart[]): Message {
  const active = run.outcome.state === "active";
  const parts = isSilentRun(run) ? stored : mergedParts(run, stored);
  return {
    id: run.messageId,
    role: "assistant",
    status: statusOf(run),
    parts: active ? parts : parts.map(failUnfinishedTool),
    createdAt: run.startedAt,
    stored: false,
    runId: run.runId,
    ...(run.outcome.state === "error" && { error: run.outcome.error }),
  };
}
