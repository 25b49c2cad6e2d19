import { parseAgentEvent, type AgentEvent } from "./agent-events.ts";
import { messageList, messageSchema, type ChatMessage } from "./messages.ts";
import {
  anything,
  flag,
  listOf,
  mapped,
  object,
  optionalListOf,
  optionalNumber,
  optionalOf,
  optionalText,
  parseWith,
  text,
  withDefault,
  type Parsed,
} from "./parsed.ts";
import { sessionSummarySchema, type SessionSummary } from "./sessions.ts";

/** A run that is going on (version 4): its whole text so far. */
export type InFlightRun = {
  runId: string;
  text: string;
  /** Milliseconds since the epoch. */
  startedAt?: number;
  plan?: unknown;
  events: AgentEvent[];
};

/** A message that waits behind a running one (version 4). */
export type PendingInput = {
  id: string;
  runId?: string;
  state: "queued" | "cancelled" | "interrupted" | (string & {});
  /** Milliseconds since the epoch. */
  acceptedAt?: number;
  message?: ChatMessage;
};

/** Whether an asked-for send is still in the gateway's custody (version 4, with `inputRunIds`). */
export type InputReceipt = { runId: string; state: "pending" | "consumed" | (string & {}) };

type HistoryState = {
  /** Version 4: give it back as `cursor` to get only what is new. */
  deltaCursor?: string;
  session?: SessionSummary;
  inFlightRun?: InFlightRun;
  pendingInputs: PendingInput[];
  inputReceipts: InputReceipt[];
};

/** A transcript, the same for both versions. Version 3 has neither ids nor paging. */
export type History = HistoryState & {
  sessionKey: string;
  sessionId?: string;
  messages: ChatMessage[];
  thinkingLevel?: string;
  verboseLevel?: string;
  /** Older messages exist: ask again with `offset: nextOffset`. */
  hasMore: boolean;
  nextOffset?: number;
  totalMessages?: number;
  defaults?: { modelProvider?: string; model?: string; contextTokens?: number };
};

/** One stored message that is new since a cursor. */
export type HistoryEntry = { message: ChatMessage; messageId?: string; messageSeq?: number };

/** The answer to `chat.history` with a `cursor`: what is new, or "start again". */
export type HistoryCatchUp = { kind: "reset" } | ({ kind: "delta"; entries: HistoryEntry[] } & HistoryState);

const inFlightSchema = mapped(
  object({
    runId: text,
    text: withDefault(text, ""),
    startedAt: optionalNumber,
    plan: anything,
    events: optionalListOf(anything),
  }),
  (run): InFlightRun => ({
    ...run,
    events: run.events.flatMap((event) => {
      const parsed = parseAgentEvent(event);
      return parsed.ok ? parsed.value : [];
    }),
  }),
);

const pendingSchema = object({
  id: text,
  runId: optionalText,
  state: text,
  acceptedAt: optionalNumber,
  message: optionalOf(messageSchema),
});

const stateEntries = {
  deltaCursor: optionalText,
  sessionInfo: optionalOf(sessionSummarySchema),
  inFlightRun: optionalOf(inFlightSchema),
  pendingInputs: optionalOf(object({ items: listOf(pendingSchema) })),
  inputReceipts: optionalListOf(object({ runId: text, state: text })),
};

const historySchema = object({
  sessionKey: text,
  sessionId: optionalText,
  messages: messageList,
  thinkingLevel: optionalText,
  verboseLevel: optionalText,
  hasMore: withDefault(flag, false),
  nextOffset: optionalNumber,
  totalMessages: optionalNumber,
  defaults: optionalOf(
    object({ modelProvider: optionalText, model: optionalText, contextTokens: optionalNumber }),
  ),
  ...stateEntries,
});

const entrySchema = object({ message: messageSchema, messageId: optionalText, messageSeq: optionalNumber });

const catchUpSchema = object({ kind: text, messages: optionalListOf(entrySchema), ...stateEntries });

type SourceState = {
  sessionInfo?: SessionSummary | undefined;
  pendingInputs?: { items: PendingInput[] } | undefined;
};

function state<T extends SourceState>(source: T) {
  const { sessionInfo, pendingInputs, ...rest } = source;
  return { ...rest, session: sessionInfo, pendingInputs: pendingInputs?.items ?? [] };
}

/**
 * Reads the answer to `chat.history` without a cursor. Rows that cannot be read are left out; not ok without `sessionKey`
 * and `messages`.
 *
 * @example
 * ```ts
 * import { parseHistory } from "@automna/protocol";
 *
 * const parsed = parseHistory(payload);
 * if (parsed.ok) show(parsed.value.messages);
 * ```
 */
export function parseHistory(payload: unknown): Parsed<History> {
  const parsed = parseWith(historySchema, payload);
  return parsed.ok ? { ok: true, value: state(parsed.value) } : parsed;
}

/**
 * Reads the answer to `chat.history` with a cursor (version 4): what is new since then, or `reset`, after which only a
 * question without a cursor helps.
 *
 * @see `ChatHistoryCursorResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseHistoryCatchUp } from "@automna/protocol";
 *
 * const entry = { message: { role: "user", content: "And then?" }, messageId: "m-9", messageSeq: 9 };
 * const parsed = parseHistoryCatchUp({ kind: "delta", messages: [entry], deltaCursor: "c-9" });
 * if (parsed.ok && parsed.value.kind === "delta") parsed.value.entries[0]?.messageSeq; // 9
 * ```
 */
export function parseHistoryCatchUp(payload: unknown): Parsed<HistoryCatchUp> {
  const parsed = parseWith(catchUpSchema, payload);
  if (!parsed.ok) return parsed;
  const { kind, messages, ...rest } = parsed.value;
  if (kind === "reset") return { ok: true, value: { kind } };
  if (kind !== "delta") return { ok: false, reason: `kind is ${kind}` };
  return { ok: true, value: { kind, ...state(rest), entries: messages } };
}
