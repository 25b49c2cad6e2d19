import {
  isShortened,
  sendKeyOf,
  textOf,
  toolResultText,
  type ChatMessage,
  type ContentBlock,
} from "@automna/protocol";

import type { Message, MessageError, MessagePart, MessageUsage, ToolCallPart } from "./message.ts";
import { isInternalRow, leavesTurnOpen, runOfRow, type StoredRow } from "./stored-rows.ts";

/** The rows that make up one message: one user row, one boundary, or one assistant turn with its tool results. */
export interface RowGroup {
  readonly kind: "user" | "assistant" | "system";
  readonly rows: readonly StoredRow[];
  /** The run that wrote it, where the gateway says so. */
  readonly runId: string | null;
  /** The turn goes on: a later row may join. */
  readonly open: boolean;
}

interface GroupDraft {
  kind: RowGroup["kind"];
  rows: StoredRow[];
  runId: string | null;
  open: boolean;
}

function kindOf(row: ChatMessage): RowGroup["kind"] {
  if (row.role === "user") return "user";
  return row.role === "assistant" || row.role === "tool-result" ? "assistant" : "system";
}

function joins(draft: GroupDraft | undefined, row: ChatMessage): draft is GroupDraft {
  if (draft?.kind !== "assistant" || !draft.open || kindOf(row) !== "assistant") return false;
  const runId = runOfRow(row);
  return runId === null || draft.runId === null || runId === draft.runId;
}

/** Sorts rows into messages. Internal rows are left out. */
export function groupRows(rows: readonly StoredRow[]): RowGroup[] {
  const groups: GroupDraft[] = [];
  for (const stored of rows) {
    const { row } = stored;
    if (isInternalRow(row)) continue;
    const last = groups.at(-1);
    if (joins(last, row)) {
      last.rows.push(stored);
      last.runId ??= runOfRow(row);
      last.open = leavesTurnOpen(row);
    } else {
      groups.push({ kind: kindOf(row), rows: [stored], runId: runOfRow(row), open: leavesTurnOpen(row) });
    }
  }
  return groups;
}

function imageUrl(block: ContentBlock & { type: "image" }): string | undefined {
  if (block.url !== undefined) return block.url;
  if (block.data === undefined) return undefined;
  return block.data.startsWith("data:")
    ? block.data
    : `data:${block.mimeType ?? "image/png"};base64,${block.data}`;
}

function filePart(block: ContentBlock & { type: "unknown" }): MessagePart | null {
  const { mimeType, fileName, name } = block.source;
  const label = typeof fileName === "string" ? fileName : typeof name === "string" ? name : undefined;
  if (label === undefined && typeof mimeType !== "string") return null;
  return {
    type: "file",
    mimeType: typeof mimeType === "string" ? mimeType : "application/octet-stream",
    ...(label !== undefined && { fileName: label }),
  };
}

function partOf(block: ContentBlock): MessagePart | null {
  switch (block.type) {
    case "text":
      return block.text === "" ? null : { type: "text", text: block.text };
    case "thinking":
      return block.thinking === "" ? null : { type: "reasoning", text: block.thinking };
    case "tool-call":
      return {
        type: "tool-call",
        toolCallId: block.id,
        name: block.name,
        args: block.arguments,
        state: "running",
      };
    case "image": {
      const { mimeType = "image/*", artifactId } = block;
      // Such a block's own address is relative to the gateway and wants its sign-in.
      if (artifactId !== undefined) return { type: "image", mimeType, artifactId };
      const url = imageUrl(block);
      return { type: "image", mimeType, ...(url !== undefined && { url }) };
    }
    default:
      return filePart(block);
  }
}

function withResult(parts: MessagePart[], row: ChatMessage): void {
  const toolCallId = row.toolCallId ?? "";
  const at = parts.findIndex((part) => part.type === "tool-call" && part.toolCallId === toolCallId);
  const call = parts[at];
  const base: ToolCallPart =
    call?.type === "tool-call"
      ? call
      : { type: "tool-call", toolCallId, name: row.toolName ?? "", args: undefined, state: "running" };
  const done: ToolCallPart = {
    ...base,
    state: row.isError === true ? "error" : "done",
    result: toolResultText({ content: row.content }),
  };
  if (at >= 0) parts[at] = done;
  else parts.push(done);
}

/** The parts of an assistant turn, in reading order, with each tool result beside its call. */
function partsOfRows(rows: readonly StoredRow[]): MessagePart[] {
  const parts: MessagePart[] = [];
  for (const { row } of rows) {
    if (row.role === "tool-result") withResult(parts, row);
    else for (const block of row.content) parts.push(...[partOf(block)].filter((part) => part !== null));
  }
  return parts;
}

function boundaryParts(row: ChatMessage): MessagePart[] {
  const source = row.meta?.kind;
  const kind = source === "compaction" ? "compaction" : source === "reset" ? "reset" : "notice";
  return [{ type: "boundary", kind, text: textOf(row) }];
}

/** What a row says about a model call that failed. */
function errorOfRow(row: ChatMessage): MessageError | undefined {
  if (row.stopReason !== "error") return undefined;
  return { kind: "unknown", message: row.errorMessage ?? "The model could not answer." };
}

/** Stands where a model would in rows that the gateway writes by itself, such as what was there of a stopped reply. */
const GATEWAY_ITSELF = "gateway-injected";

function usageOf(rows: readonly StoredRow[]): MessageUsage | undefined {
  let usage: MessageUsage | undefined;
  for (const { row } of rows) {
    if (row.usage === undefined) continue;
    const { input = 0, output = 0, totalTokens, totalCost } = row.usage;
    const cost = totalCost === undefined ? usage?.cost : (usage?.cost ?? 0) + totalCost;
    usage = {
      input: (usage?.input ?? 0) + input,
      output: (usage?.output ?? 0) + output,
      total: (usage?.total ?? 0) + (totalTokens ?? input + output),
      ...(cost !== undefined && { cost }),
    };
  }
  return usage;
}

/** The call of a tool whose result never came, in a turn that is over, did not succeed. */
function settleTools(parts: readonly MessagePart[], open: boolean): readonly MessagePart[] {
  if (open || !parts.some((part) => part.type === "tool-call" && part.state === "running")) return parts;
  return parts.map((part) =>
    part.type === "tool-call" && part.state === "running" ? { ...part, state: "error" } : part,
  );
}

/** What the projection knows about a group beyond its rows. */
export interface GroupFacts {
  readonly id: string;
  readonly sendId: string | null;
  readonly runId: string | null;
  readonly interrupted: boolean;
  /** Nothing follows it: an open turn may still get its results. */
  readonly mayGoOn: boolean;
}

/** Builds the message of a group. */
export function messageOfGroup(group: RowGroup, facts: GroupFacts): Message {
  const first = group.rows[0]?.row;
  const last = group.rows.at(-1)?.row;
  const error: MessageError | undefined = facts.interrupted
    ? { kind: "interrupted", message: "The gateway restarted before it could answer. You can ask again." }
    : last && errorOfRow(last);
  const usage = usageOf(group.rows);
  const model = group.rows.findLast(({ row }) => row.model !== undefined && row.model !== GATEWAY_ITSELF)?.row
    .model;
  const aborted = group.rows.some(({ row }) => row.abort !== undefined || row.stopReason === "aborted");
  const runId = facts.runId ?? group.runId;
  return {
    id: facts.id,
    role: group.kind,
    status: error ? "error" : aborted ? "aborted" : "complete",
    parts:
      group.kind === "system" && first
        ? boundaryParts(first)
        : settleTools(partsOfRows(group.rows), group.open && facts.mayGoOn),
    createdAt: first?.timestamp ?? 0,
    stored: true,
    rowIds: group.rows.map(({ id }) => id),
    ...(facts.sendId !== null && { sendId: facts.sendId }),
    ...(runId !== null && { runId }),
    ...(error && { error }),
    ...(usage && { usage }),
    ...(model !== undefined && { model }),
    ...(group.rows.some(({ row }) => isShortened(row)) && { truncated: true }),
  };
}

/** The send behind a user group, where the row itself says it (version 4). */
export function sendOfGroup(group: RowGroup): string | null {
  const row = group.rows[0]?.row;
  return group.kind === "user" && row ? sendKeyOf(row) : null;
}
