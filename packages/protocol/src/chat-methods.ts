import { call, type Call } from "./call.ts";
import type { ProtocolVersion } from "./negotiation.ts";

// `params` objects are closed on both sides, so a builder sends only what the version that hello-ok named knows.
// `null`: that version has no such request. Session keys are canonical (`canonicalSessionKey`).

/** An attachment as the gateways take it. */
export type SendAttachment = {
  type: "image" | "file";
  mimeType: string;
  fileName: string;
  /** Base64. Version 3 takes images only, and the whole frame must stay under `policy.maxPayload`. */
  content: string;
};

/** What {@link chatSend} takes. Fields marked "version 4" are left out on version 3. */
export type ChatSend = {
  sessionKey: string;
  message: string;
  /** The send identity; it becomes the run's id and never changes across retries. */
  idempotencyKey: string;
  /** Thinking level for this turn. */
  thinking?: string;
  /** `false`: do not also send the answer to the session's channel. */
  deliver?: boolean;
  attachments?: readonly SendAttachment[];
  /** Milliseconds. Version 3 only moves the run's expiry and does not stop the model. */
  timeoutMs?: number;
  /** Version 4: what happens while another run is active; `steer` by default. */
  queueMode?: "steer" | "followup" | "collect" | "interrupt";
  /** Version 4: the message that this one answers. */
  replyToId?: string;
  /** Version 4: refuse when the conversation went on elsewhere. */
  expectedLeafEntryId?: string | null;
  /** Version 4: take a leading `/` as text. */
  suppressCommandInterpretation?: boolean;
};

/** `chat.send`. Version 3 refuses an empty text, so one with attachments becomes a space there. */
export function chatSend(protocol: ProtocolVersion, send: ChatSend): Call {
  const attachments = send.attachments?.length ? send.attachments : undefined;
  const onlyFiles = send.message === "" && attachments !== undefined;
  const both = {
    sessionKey: send.sessionKey,
    message: protocol === 3 && onlyFiles ? " " : send.message,
    idempotencyKey: send.idempotencyKey,
    thinking: send.thinking,
    deliver: send.deliver,
    timeoutMs: send.timeoutMs,
    attachments,
  };
  if (protocol === 3) return call("chat.send", both);
  return call("chat.send", {
    ...both,
    queueMode: send.queueMode,
    replyToId: send.replyToId,
    expectedLeafEntryId: send.expectedLeafEntryId,
    suppressCommandInterpretation: send.suppressCommandInterpretation,
  });
}

/** Largest page that both versions give, rows. */
export const HISTORY_LIMIT_MAX = 1_000;

/** Longest text per row that version 4's history gives before it shortens it, characters. */
export const HISTORY_CHARS_MAX = 500_000;

/** Longest text that version 4's `chat.message.get` gives, characters. */
export const MESSAGE_CHARS_MAX = 2_000_000;

/** What {@link chatHistory} takes. Everything but `limit` is for version 4 and left out on version 3. */
export type HistoryQuery = {
  sessionKey: string;
  /** Rows, 1 to {@link HISTORY_LIMIT_MAX}. */
  limit?: number;
  /** Rows to leave out at the end: the way to older pages. */
  offset?: number;
  /** `deltaCursor` of an earlier answer: only what is new. */
  cursor?: string;
  /** Sends whose custody the answer shall tell. */
  inputRunIds?: readonly string[];
  /** Characters per row, {@link HISTORY_CHARS_MAX} by default. */
  maxChars?: number;
  sessionId?: string;
};

function within(value: number | undefined, max: number): number | undefined {
  return value === undefined ? undefined : Math.min(max, Math.max(1, Math.trunc(value)));
}

/** `chat.history`. */
export function chatHistory(protocol: ProtocolVersion, query: HistoryQuery): Call {
  const { sessionKey, offset, cursor, sessionId } = query;
  const limit = within(query.limit, HISTORY_LIMIT_MAX);
  if (protocol === 3) return call("chat.history", { sessionKey, limit });
  const inputRunIds = query.inputRunIds?.length ? query.inputRunIds : undefined;
  const maxChars = within(query.maxChars ?? HISTORY_CHARS_MAX, HISTORY_CHARS_MAX);
  return call("chat.history", { sessionKey, limit, offset, cursor, sessionId, inputRunIds, maxChars });
}

/** `chat.abort`: one run, or all of the session's. */
export function chatAbort(sessionKey: string, runId?: string): Call {
  return call("chat.abort", { sessionKey, runId });
}

/** `chat.inject`: needs admin on both versions. */
export function chatInject(sessionKey: string, message: string, label?: string): Call {
  return call("chat.inject", { sessionKey, message, label });
}

/** `chat.message.get`: the whole of a row that the history shortened. Version 3 never shortens. */
export function chatMessageGet(
  protocol: ProtocolVersion,
  sessionKey: string,
  messageId: string,
): Call | null {
  if (protocol === 3) return null;
  return call("chat.message.get", { sessionKey, messageId, maxChars: MESSAGE_CHARS_MAX });
}
