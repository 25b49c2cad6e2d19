import {
  flag,
  listOf,
  object,
  optionalFlag,
  optionalListOf,
  optionalNumber,
  optionalOf,
  optionalText,
  parseWith,
  text,
  withDefault,
  type Parsed,
} from "./parsed.ts";

/** A thinking level that a model offers. */
export type ThinkingLevel = { id: string; label: string };

/** A session as lists, history and events tell it. */
export type SessionSummary = {
  key: string;
  sessionId?: string;
  kind?: string;
  agentId?: string;
  label?: string;
  displayName?: string;
  derivedTitle?: string;
  lastMessagePreview?: string;
  /** Milliseconds since the epoch; so is `createdAt`. */
  updatedAt?: number;
  createdAt?: number;
  thinkingLevel?: string;
  verboseLevel?: string;
  reasoningLevel?: string;
  thinkingLevels: ThinkingLevel[];
  modelProvider?: string;
  model?: string;
  inputTokens?: number;
  outputTokens?: number;
  totalTokens?: number;
  contextTokens?: number;
  /** US dollars. */
  estimatedCostUsd?: number;
  abortedLastRun?: boolean;
  /** Version 4: `queued`, `running`, `done`, `failed`, `killed`, `timeout`. */
  status?: string;
  lastRunId?: string;
  lastRunError?: string;
  hasActiveRun?: boolean;
  activeRunIds: string[];
  unread?: boolean;
  /** Version 4: when somebody last said something, milliseconds. Changes of settings and marks do not move it. */
  lastInteractionAt?: number;
  /** Version 4: when a person marked it as unread by hand, milliseconds. Reading it does not take that back. */
  markedUnreadAt?: number;
  pinned?: boolean;
  archived?: boolean;
  isMain?: boolean;
  isBackground?: boolean;
  /** Changes with every reset. */
  lifecycleRevision?: string;
  activeLeafEntryId?: string;
};

/** What new sessions start with. */
export type SessionListDefaults = { modelProvider?: string; model?: string; contextTokens?: number };

/** One page of the sessions, and whether there are more. */
export type SessionList = {
  sessions: SessionSummary[];
  count?: number;
  totalCount?: number;
  hasMore: boolean;
  nextOffset?: number;
  defaults?: SessionListDefaults;
};

/** The last items of a session. On version 3 a user item ends with the id of its send, see {@link splitMessageHint}. */
export type SessionPreview = {
  key: string;
  status: "ok" | "empty" | "missing" | "error" | "cold" | (string & {});
  items: { role: string; text: string }[];
};

/** The answer to a change of a session. */
export type SessionChange = {
  key: string;
  sessionId?: string;
  entry?: SessionSummary;
  /** Version 4: what the session now runs with. */
  resolved?: {
    modelProvider?: string;
    model?: string;
    thinkingLevel?: string;
    thinkingLevels: ThinkingLevel[];
  };
  /** `sessions.create`: whether the first message was started, and as which run. */
  runStarted?: boolean;
  runId?: string;
  /** `sessions.delete`. */
  deleted?: boolean;
  /** `sessions.compact`: whether anything was compacted, and why not. */
  compacted?: boolean;
  reason?: string;
};

const thinkingLevels = optionalListOf(object({ id: text, label: text }));

const summaryEntries = {
  sessionId: optionalText,
  kind: optionalText,
  agentId: optionalText,
  label: optionalText,
  displayName: optionalText,
  derivedTitle: optionalText,
  lastMessagePreview: optionalText,
  updatedAt: optionalNumber,
  createdAt: optionalNumber,
  thinkingLevel: optionalText,
  verboseLevel: optionalText,
  reasoningLevel: optionalText,
  thinkingLevels,
  modelProvider: optionalText,
  model: optionalText,
  inputTokens: optionalNumber,
  outputTokens: optionalNumber,
  totalTokens: optionalNumber,
  contextTokens: optionalNumber,
  estimatedCostUsd: optionalNumber,
  abortedLastRun: optionalFlag,
  status: optionalText,
  lastRunId: optionalText,
  lastRunError: optionalText,
  hasActiveRun: optionalFlag,
  activeRunIds: optionalListOf(text),
  unread: optionalFlag,
  lastInteractionAt: optionalNumber,
  markedUnreadAt: optionalNumber,
  pinned: optionalFlag,
  archived: optionalFlag,
  isMain: optionalFlag,
  isBackground: optionalFlag,
  lifecycleRevision: optionalText,
  activeLeafEntryId: optionalText,
};

/** The reader of a {@link SessionSummary}. */
export const sessionSummarySchema = object({ key: text, ...summaryEntries });

const defaultsSchema = object({
  modelProvider: optionalText,
  model: optionalText,
  contextTokens: optionalNumber,
});

const listSchema = object({
  sessions: listOf(sessionSummarySchema),
  count: optionalNumber,
  totalCount: optionalNumber,
  hasMore: withDefault(flag, false),
  nextOffset: optionalNumber,
  defaults: optionalOf(defaultsSchema),
});

const previewsSchema = object({
  previews: listOf(
    object({
      key: text,
      status: text,
      items: optionalListOf(object({ role: text, text: text })),
    }),
  ),
});

const changeSchema = object({
  key: text,
  sessionId: optionalText,
  // A fresh entry has no key of its own: it is the key of the answer.
  entry: optionalOf(object(summaryEntries)),
  resolved: optionalOf(
    object({
      modelProvider: optionalText,
      model: optionalText,
      thinkingLevel: optionalText,
      thinkingLevels,
    }),
  ),
  runStarted: optionalFlag,
  runId: optionalText,
  deleted: optionalFlag,
  compacted: optionalFlag,
  reason: optionalText,
});

/**
 * Reads the answer to `sessions.list` ({@link sessionsList}). Rows without a key are left out; not ok without `sessions`.
 *
 * @example
 * ```ts
 * import { parseSessionList } from "@automna/protocol";
 *
 * const row = { key: "agent:main:trip", derivedTitle: "A trip to Rome", updatedAt: 1_700_000_000_000 };
 * const parsed = parseSessionList({ sessions: [row, {}], hasMore: true, nextOffset: 50 });
 * if (parsed.ok) parsed.value.sessions.map((session) => session.derivedTitle); // ["A trip to Rome"]
 * ```
 */
export function parseSessionList(payload: unknown): Parsed<SessionList> {
  return parseWith(listSchema, payload);
}

/**
 * Reads the answer to `sessions.preview` ({@link sessionsPreview}).
 *
 * @example
 * ```ts
 * import { parseSessionPreviews, splitMessageHint } from "@automna/protocol";
 *
 * const items = [{ role: "user", text: "Hello\n[message_id: k1]" }];
 * const parsed = parseSessionPreviews({ previews: [{ key: "agent:main:main", status: "ok", items }] });
 * const found = parsed.ok && parsed.value[0]?.items.some(({ text }) => splitMessageHint(text).messageId === "k1");
 * found; // true
 * ```
 */
export function parseSessionPreviews(payload: unknown): Parsed<SessionPreview[]> {
  const parsed = parseWith(previewsSchema, payload);
  return parsed.ok ? { ok: true, value: parsed.value.previews } : parsed;
}

/**
 * Reads the answer to `sessions.patch`, `.reset`, `.create`, `.delete` and `.compact`. Not ok without `key`; what an answer
 * does not speak of is absent.
 *
 * @see `SessionsCreateResult` and `SessionsDeleteResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseSessionChange } from "@automna/protocol";
 *
 * const parsed = parseSessionChange({ ok: true, key: "agent:main:trip", entry: { sessionId: "1f0c", label: "Rome" } });
 * if (parsed.ok) parsed.value.entry?.label; // "Rome"
 * ```
 */
export function parseSessionChange(payload: unknown): Parsed<SessionChange> {
  const parsed = parseWith(changeSchema, payload);
  if (!parsed.ok) return parsed;
  const { entry, ...change } = parsed.value;
  return {
    ok: true,
    value: {
      ...change,
      sessionId: change.sessionId ?? entry?.sessionId,
      ...(entry && { entry: { ...entry, key: change.key } }),
    },
  };
}

/**
 * Reads the answer to `sessions.resolve` ({@link sessionsResolve}): the key, or `null` when there is no such session.
 *
 * @see `SessionsResolveResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseResolvedSession } from "@automna/protocol";
 *
 * parseResolvedSession({ ok: true, key: "agent:main:trip" }); // { ok: true, value: "agent:main:trip" }
 * parseResolvedSession({ ok: false }); // { ok: true, value: null }
 * ```
 */
export function parseResolvedSession(payload: unknown): Parsed<string | null> {
  const parsed = parseWith(object({ ok: flag, key: optionalText }), payload);
  return parsed.ok ? { ok: true, value: parsed.value.ok ? (parsed.value.key ?? null) : null } : parsed;
}

const HINT = /\n?\[message_id: ([^\]\n]+)\]\s*$/;

/**
 * Splits the hint line off a preview text. Version 3 ends user items with `[message_id: <idempotencyKey>]`, the only
 * place where it tells whether a given send was stored.
 *
 * @example
 * ```ts
 * import { splitMessageHint } from "@automna/protocol";
 *
 * splitMessageHint("hello\n[message_id: k1]"); // { text: "hello", messageId: "k1" }
 * ```
 */
export function splitMessageHint(text: string): { text: string; messageId?: string } {
  const match = HINT.exec(text);
  const messageId = match?.[1];
  return match === null || messageId === undefined
    ? { text }
    : { text: text.slice(0, match.index), messageId };
}
