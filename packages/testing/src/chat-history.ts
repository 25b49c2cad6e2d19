import type { Core } from "./core.ts";
import { reply } from "./gateway-error.ts";
import { isJsonObject, numberAt, stringAt, stringsAt } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Method } from "./request.ts";
import { senderOf, shownRows } from "./rows.ts";
import { runOf } from "./run-list.ts";
import type { Run } from "./run-state.ts";
import { canonicalKey, findSession, sessionModel } from "./session.ts";
import type { Session, StoredRecord } from "./session.ts";
import { sessionMessage } from "./session-events.ts";
import { defaultsInfo, sessionRow, thinkingOf } from "./session-info.ts";

const DEFAULT_MAX_CHARS = 8_000;
/** More than this version 3 does not answer: the oldest rows are left out. */
const MAX_BYTES_V3 = 6 * 1_024 * 1_024;

/** Every row of a session as history shows it to someone who asks for all of it. */
export const allRows = (core: Core, session: Session): JsonObject[] =>
  session.records.flatMap((record, i) => shownRows(core, session, record, i + 1));

export const chatHistory: Method = (request) =>
  request.core.version === 3 ? historyV3(request) : historyV4(request);

const historyV3: Method = ({ core, params }) => {
  const sessionKey = stringAt(params, "sessionKey") ?? "";
  const session = findSession(core, sessionKey);
  const rows = session ? allRows(core, session) : [];
  const limit = numberAt(params, "limit") ?? 200;
  return reply({
    sessionKey,
    ...(session ? { sessionId: session.sessionId } : {}),
    messages: newestWithin(MAX_BYTES_V3, rows.slice(-limit)),
    // A reasoning model thinks a little unless told otherwise.
    thinkingLevel: session?.settings.thinkingLevel ?? (sessionModel(core, session).reasoning ? "low" : "off"),
  });
};

function newestWithin(maxBytes: number, rows: readonly JsonObject[]): JsonObject[] {
  let left = maxBytes;
  const first = rows.findLastIndex(
    (row) => (left -= new TextEncoder().encode(JSON.stringify(row)).length) < 0,
  );
  return rows.slice(first + 1);
}

const historyV4: Method = ({ core, params }) => {
  const sessionKey = stringAt(params, "sessionKey") ?? "";
  const key = canonicalKey(core, sessionKey);
  const session = core.disk.sessions.get(key);
  const cursor = stringAt(params, "cursor");
  if (cursor !== undefined) return reply(session ? sinceCursor(core, session, cursor) : { kind: "reset" });

  const total = session?.records.length ?? 0;
  const limit = numberAt(params, "limit") ?? 200;
  const offset = numberAt(params, "offset") ?? 0;
  const end = Math.max(0, total - offset);
  const start = Math.max(0, end - limit);
  const page = session ? session.records.slice(start, end) : [];
  const maxChars = numberAt(params, "maxChars") ?? DEFAULT_MAX_CHARS;
  const messages = session
    ? page.flatMap((record, i) =>
        shownRows(core, session, record, start + i + 1).map((row) => shortened(row, maxChars)),
      )
    : [];
  const run = session && runOf(core, session);
  const { verboseLevel } = session?.settings ?? {};
  const thinkingLevel =
    session?.settings.thinkingLevel ??
    (core.memory.catalogueRead
      ? thinkingOf(sessionModel(core, session).reasoning).thinkingDefault
      : undefined);
  const inputRunIds = stringsAt(params, "inputRunIds");
  return reply({
    sessionKey,
    ...(session?.used || total > 0 ? { sessionId: session?.sessionId } : {}),
    messages,
    ...activity(page),
    pendingInputs: pendingInputs(session),
    ...(inputRunIds ? { inputReceipts: receipts(session, inputRunIds), inputConsumptions: [] } : {}),
    ...(session && total > 0 && !session.cursorLost ? { deltaCursor: cursorOf(session) } : {}),
    hasMore: start > 0,
    ...(start > 0 ? { nextOffset: offset + page.length } : {}),
    totalMessages: total,
    defaults: defaultsInfo(core, false),
    sessionInfo: info(core, key, session),
    ...(thinkingLevel ? { thinkingLevel } : {}),
    ...(verboseLevel ? { verboseLevel } : {}),
    ...(run ? { inFlightRun: inFlight(run) } : {}),
  });
};

function info(core: Core, key: string, session: Session | undefined): JsonObject {
  const leaf = session?.records.at(-1)?.id ?? null;
  const thinking = core.memory.catalogueRead ? thinkingOf(sessionModel(core, session).reasoning) : {};
  return {
    ...sessionRow(core, key, session),
    ...thinking,
    snapshotAt: core.clock.now(),
    activeLeafEntryId: leaf,
  };
}

function inFlight(run: Run): JsonObject {
  const text = run.earlier && run.segment ? `${run.earlier}\n\n${run.segment}` : run.earlier || run.segment;
  const first = run.voice.firstText;
  const events: Json[] = first
    ? [
        {
          runId: run.runId,
          seq: first.seq,
          stream: "assistant",
          ts: first.ts,
          data: {},
          sessionKey: run.echoKey,
          agentId: run.session.agentId,
        },
      ]
    : [];
  const base = { runId: run.runId, text, startedAt: run.startedAt ?? run.acceptedAt };
  return events.length ? { ...base, events } : base;
}

/** Tool calls of the shown rows in short form, by row. */
function activity(page: readonly StoredRecord[]): JsonObject {
  const entries = page.flatMap((record): Json[] => {
    const items = record.rows
      .flatMap((row) => toolsIn(row))
      .map((call): Json => {
        const command = call.name === "exec" ? { commandBearing: true } : {};
        const title = `${call.name.charAt(0).toUpperCase()}${call.name.slice(1)}`;
        const { id, name } = call;
        const head = { itemId: `tool:${id}`, toolCallId: id, name, kind: "tool", phase: "end", title };
        return { ...head, status: "completed", ...command };
      });
    return items.length ? [{ messageId: record.id, items }] : [];
  });
  return entries.length ? { activity: entries } : {};
}

function toolsIn(row: JsonObject): { id: string; name: string }[] {
  if (row["role"] === "toolResult") {
    return [{ id: stringAt(row, "toolCallId") ?? "", name: stringAt(row, "toolName") ?? "" }];
  }
  const blocks = row["content"];
  if (!Array.isArray(blocks)) return [];
  return blocks
    .filter((block: Json): block is JsonObject => isJsonObject(block) && block["type"] === "toolCall")
    .map((block) => ({ id: stringAt(block, "id") ?? "", name: stringAt(block, "name") ?? "" }));
}

function pendingInputs(session: Session | undefined): JsonObject {
  const items = (session?.pending ?? []).map((input): Json => {
    const { senderIsOwner, ...sender } = senderOf("webchat", "webchat");
    const message = {
      role: "user",
      content: input.message,
      timestamp: input.acceptedAt,
      __openclaw: { senderIsOwner, ...sender, id: `pending:${input.id}` },
    };
    return { id: input.id, acceptedAt: input.acceptedAt, state: "queued", message, runId: input.runId };
  });
  return { items, total: items.length };
}

const receipts = (session: Session | undefined, runIds: readonly string[]): Json[] =>
  (session?.pending ?? [])
    .filter((input) => runIds.includes(input.runId))
    .map((input) => ({ runId: input.runId, state: "pending" }));

/** The opaque bookmark of version 4: base64 of which session, which generation, how far. */
function cursorOf(session: Session): string {
  const lastSeq = session.records.at(-1)?.rawSeq ?? 0;
  return toBase64(
    JSON.stringify({
      agentId: session.agentId,
      generation: session.generation,
      lastSeq,
      sessionId: session.sessionId,
      version: 1,
    }),
  );
}

function sinceCursor(core: Core, session: Session, cursor: string): JsonObject {
  const seen = readCursor(cursor);
  if (!seen || seen.generation !== session.generation || seen.sessionId !== session.sessionId)
    return { kind: "reset" };
  const messages = session.records.flatMap((record, i) => {
    if (record.rawSeq <= seen.lastSeq) return [];
    return shownRows(core, session, record, i + 1).map((row): Json =>
      sessionMessage(core, session, row, record.id, i + 1),
    );
  });
  const run = runOf(core, session);
  return {
    kind: "delta",
    messages,
    deltaCursor: cursorOf(session),
    pendingInputs: pendingInputs(session),
    sessionInfo: info(core, session.key, session),
    ...(run ? { inFlightRun: inFlight(run) } : {}),
  };
}

function readCursor(cursor: string): { generation: string; sessionId: string; lastSeq: number } | undefined {
  try {
    const parsed: unknown = JSON.parse(fromBase64(cursor));
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const { generation, sessionId, lastSeq } = parsed as Record<string, unknown>;
    return typeof generation === "string" && typeof sessionId === "string" && typeof lastSeq === "number"
      ? { generation, sessionId, lastSeq }
      : undefined;
  } catch {
    return undefined;
  }
}

const toBase64 = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text))).replace(/=+$/, "");
const fromBase64 = (text: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));

/** Long texts are cut in history; `chat.message.get` has the whole. */
function shortened(row: JsonObject, maxChars: number): JsonObject {
  const cut = (text: string) => `${text.slice(0, maxChars)}\n...(truncated)...`;
  const content = row["content"];
  if (typeof content === "string") return content.length > maxChars ? { ...row, content: cut(content) } : row;
  if (!Array.isArray(content)) return row;
  const blocks = content.map((block: Json): Json => {
    if (!isJsonObject(block)) return block;
    const text = stringAt(block, "text");
    return text !== undefined && text.length > maxChars ? { ...block, text: cut(text) } : block;
  });
  return { ...row, content: blocks };
}

/** Version 4: one row, whole. */
export const chatMessageGet: Method = ({ core, params }) => {
  const session = findSession(core, stringAt(params, "sessionKey") ?? "");
  const id = stringAt(params, "messageId");
  const index = session?.records.findIndex((record) => record.id === id) ?? -1;
  const record = session?.records[index];
  if (!session || !record) return reply({ ok: false, unavailableReason: "not_found" });
  return reply({ ok: true, message: shownRows(core, session, record, index + 1)[0] });
};
