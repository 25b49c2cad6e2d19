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

/**
 * `chat.send`. Version 3 refuses an empty text, so one with attachments becomes a space there. {@link parseSendAnswer}
 * reads the answer, which comes before anything is stored: a crash right after it loses the message. Sent again with the
 * same `idempotencyKey`, within some minutes and the same boot, it is not run twice.
 *
 * @see `ChatSendParams` of the official schemas
 *
 * @example
 * ```ts
 * import { chatSend } from "@automna/protocol";
 *
 * const send = { sessionKey: "agent:main:main", message: "Hello", idempotencyKey: "k1", queueMode: "steer" } as const;
 * chatSend(4, send).params; // { sessionKey: "agent:main:main", message: "Hello", idempotencyKey: "k1", queueMode: "steer" }
 * chatSend(3, send).params; // { sessionKey: "agent:main:main", message: "Hello", idempotencyKey: "k1" }
 * ```
 */
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

/**
 * `chat.history`. {@link parseHistory} reads the answer; with a `cursor` it is {@link parseHistoryCatchUp}. A limit out of
 * range becomes the nearest one that both gateways take.
 *
 * @see `ChatHistoryParams` of the official schemas
 *
 * @example
 * ```ts
 * import { chatHistory } from "@automna/protocol";
 *
 * const query = { sessionKey: "agent:main:main", limit: 200, offset: 200 }; // the page before the newest one
 * chatHistory(3, query).params; // { sessionKey: "agent:main:main", limit: 200 }
 * chatHistory(4, query).params; // { sessionKey: "agent:main:main", limit: 200, offset: 200, maxChars: 500_000 }
 * ```
 */
export function chatHistory(protocol: ProtocolVersion, query: HistoryQuery): Call {
  const { sessionKey, offset, cursor, sessionId } = query;
  const limit = within(query.limit, HISTORY_LIMIT_MAX);
  if (protocol === 3) return call("chat.history", { sessionKey, limit });
  const inputRunIds = query.inputRunIds?.length ? query.inputRunIds : undefined;
  const maxChars = within(query.maxChars ?? HISTORY_CHARS_MAX, HISTORY_CHARS_MAX);
  return call("chat.history", { sessionKey, limit, offset, cursor, sessionId, inputRunIds, maxChars });
}

/**
 * `chat.abort`: one run, or all of the session's without `runId`. {@link parseAbortAnswer} reads the answer. Version 3
 * compares the key letter by letter, so pass it as {@link canonicalSessionKey} gives it.
 *
 * @param runId - the idempotency key of the send, or the `runId` of an event
 * @see `ChatAbortParams` of the official schemas
 *
 * @example
 * ```ts
 * import { canonicalSessionKey, chatAbort } from "@automna/protocol";
 *
 * chatAbort(canonicalSessionKey("main"), "k1").params; // { sessionKey: "agent:main:main", runId: "k1" }
 * ```
 */
export function chatAbort(sessionKey: string, runId?: string): Call {
  return call("chat.abort", { sessionKey, runId });
}

/**
 * `chat.inject`: puts a note into a session that exists, without asking the model. Needs the scope `operator.admin` on
 * both versions. It comes back as a `final` of a run that nobody started.
 *
 * @param label - stands above the note in brackets
 * @see `ChatInjectParams` of the official schemas
 *
 * @example
 * ```ts
 * import { chatInject } from "@automna/protocol";
 *
 * const { params } = chatInject("agent:main:main", "The build is green.", "CI");
 * params; // { sessionKey: "agent:main:main", message: "The build is green.", label: "CI" }
 * ```
 */
export function chatInject(sessionKey: string, message: string, label?: string): Call {
  return call("chat.inject", { sessionKey, message, label });
}

/**
 * `chat.message.get`: the whole of a row that the history shortened ({@link isShortened}), up to
 * {@link MESSAGE_CHARS_MAX}. {@link parseMessageAnswer} reads the answer. `null` on version 3, which never shortens.
 *
 * @param messageId - `meta.id` of the row
 * @see `ChatMessageGetParams` of the official schemas
 *
 * @example
 * ```ts
 * import { chatMessageGet, isShortened, parseMessage } from "@automna/protocol";
 *
 * const row = { role: "assistant", content: "...(truncated)...", __openclaw: { id: "m-17" } };
 * const message = parseMessage(row);
 * const id = message.ok && isShortened(message.value) ? message.value.meta?.id : undefined;
 * const call = id === undefined ? null : chatMessageGet(4, "agent:main:main", id);
 * call?.method; // "chat.message.get"
 * ```
 */
export function chatMessageGet(
  protocol: ProtocolVersion,
  sessionKey: string,
  messageId: string,
): Call | null {
  if (protocol === 3) return null;
  return call("chat.message.get", { sessionKey, messageId, maxChars: MESSAGE_CHARS_MAX });
}
