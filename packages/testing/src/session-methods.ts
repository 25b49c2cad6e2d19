import { patchProblem, SETTINGS } from "./session-patch.ts";
import { mainSessionKey } from "./core.ts";
import type { Core } from "./core.ts";
import { allRows } from "./chat-history.ts";
import { invalid, reply } from "./gateway-error.ts";
import { statePath } from "./health.ts";
import { numberAt, stringAt, stringsAt } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Method } from "./request.ts";
import { senderOf } from "./rows.ts";
import { startRun } from "./run.ts";
import { liveRuns } from "./run-list.ts";
import { agentOf, canonicalKey, findSession, openSession, sessionModel } from "./session.ts";
import type { Session } from "./session.ts";
import { sessionChanged } from "./session-events.ts";
import { CONTEXT_TOKENS, defaultsInfo, owners, sessionRow, listRowV3, thinkingOf } from "./session-info.ts";
import { resetSession } from "./slash-commands.ts";
import { ORIGIN, entry, resolved } from "./session-entry.ts";

/** Version 3 gives no more of a session than this, whatever is asked for. */
const PREVIEW_ITEMS_V3 = 50;
const PREVIEW_CHARS_V3 = 2000;

const previewText = (core: Core, text: string, max: number) => {
  if (core.version === 4) return firstLine(text, max);
  const cut = Math.min(max, PREVIEW_CHARS_V3);
  return text.length > cut ? `${text.slice(0, cut - 3)}...` : text;
};

const firstLine = (text: string, max: number) => (text.length > max ? `${text.slice(0, max)}…` : text);

/** Version 3 leaks the hint line into what it derives from user rows. */
const userText = (core: Core, record: { text: string; sendKey: string | undefined }) =>
  core.version === 3 && record.sendKey ? `${record.text}\n[message_id: ${record.sendKey}]` : record.text;

function listRow(core: Core, session: Session, params: JsonObject): JsonObject {
  const first = session.records.find((record) => record.role === "user");
  const last = session.records.findLast((record) => record.role === "user" || record.role === "assistant");
  const title = first ? firstLine(userText(core, first).replace(/\s+/g, " "), 44) : undefined;
  // Version 4 derives no title from messages.
  const derived = core.version === 3 ? title : session.settings.label;
  const extra = {
    ...(params["includeDerivedTitles"] === true && derived ? { derivedTitle: derived } : {}),
    ...(params["includeLastMessage"] === true && last
      ? { lastMessagePreview: firstLine(last.text, 120) }
      : {}),
  };
  if (core.version === 3) return { ...listRowV3(core, session), ...extra };
  const { reasoning } = sessionModel(core, session);
  const { activitySummary: _, ...row } = sessionRow(core, session.key, session);
  return { ...row, snapshotAt: core.clock.now(), ...thinkingOf(reasoning), ...extra };
}

export function listed(core: Core, params: JsonObject): JsonObject {
  const since = numberAt(params, "activeMinutes");
  const search = stringAt(params, "search")?.toLowerCase();
  const label = stringAt(params, "label");
  const agentId = stringAt(params, "agentId");
  const rows = [...core.disk.sessions.values()]
    .filter((session) => since === undefined || session.updatedAt >= core.clock.now() - since * 60_000)
    .filter(
      (session) => !search || `${session.key} ${session.settings.label ?? ""}`.toLowerCase().includes(search),
    )
    .filter(
      (session) =>
        (label === undefined || session.settings.label === label) &&
        (agentId === undefined || session.agentId === agentId),
    )
    .filter((session) =>
      params["archived"] === "all" ? true : session.archived === (params["archived"] === true),
    )
    .toSorted((a, b) => b.updatedAt - a.updatedAt);
  const limit = numberAt(params, "limit");
  const offset = core.version === 4 ? (numberAt(params, "offset") ?? 0) : 0;
  const page = rows.slice(offset, limit === undefined ? undefined : offset + limit);
  const sessions = page.map((session): Json => listRow(core, session, params));
  const base = {
    ts: core.clock.now(),
    path: statePath(core),
    count: sessions.length,
    defaults: defaultsInfo(core, true),
    sessions,
  };
  if (core.version === 3) return base;
  const more = offset + page.length < rows.length;
  return {
    ...base,
    totalCount: rows.length,
    limitApplied: limit ?? rows.length,
    ...(more ? { nextOffset: offset + page.length } : {}),
    hasMore: more,
    owners: owners(),
  };
}

export const sessionsList: Method = ({ core, params }) => reply(listed(core, params));

export const sessionsPreview: Method = ({ core, params }) => {
  const wanted = numberAt(params, "limit") ?? 12;
  const limit = core.version === 3 ? Math.min(wanted, PREVIEW_ITEMS_V3) : wanted;
  const maxChars = numberAt(params, "maxChars") ?? 240;
  const previews = (stringsAt(params, "keys") ?? []).map((key): Json => {
    const session = findSession(core, key);
    if (!session) return { key, status: "missing", items: [] };
    const items = session.records
      .filter((record) => record.role === "user" || record.role === "assistant")
      .slice(-limit)
      .map((record): Json => ({
        role: record.role,
        text: previewText(core, record.role === "user" ? userText(core, record) : record.text, maxChars),
      }));
    return { key, status: items.length ? "ok" : "empty", items };
  });
  return reply({ ts: core.clock.now(), previews });
};

export const sessionsResolve: Method = ({ core, params }) => {
  const key = stringAt(params, "key");
  const label = stringAt(params, "label");
  const sessionId = stringAt(params, "sessionId");
  const found =
    key === undefined
      ? [...core.disk.sessions.values()].find((session) =>
          label ? session.settings.label === label : session.sessionId === sessionId,
        )
      : findSession(core, key);
  // Version 3 resolves a key that it can spell, stored or not.
  if (core.version === 3 && key !== undefined) return reply({ ok: true, key: canonicalKey(core, key) });
  if (!found)
    return invalid(
      `No session found${core.version === 4 ? `: ${key ?? label ?? sessionId ?? ""}` : label ? ` with label: ${label}` : `: ${sessionId ?? ""}`}`,
    );
  return reply({ ok: true, key: found.key, ...(core.version === 4 ? { agentId: found.agentId } : {}) });
};

export const sessionsReset: Method = ({ core, params }) => {
  const key = canonicalKey(core, stringAt(params, "key") ?? "");
  const known = core.disk.sessions.get(key) !== undefined;
  const session = openSession(core, key, "send");
  stopRuns(core, session);
  const { thinkingLevel, ...settings } = session.settings;
  if (core.version === 3 && thinkingLevel) session.settings = { ...settings, thinkingLevel };
  if (known) resetSession(core, session);
  sessionChanged(core, session, { reason: "reset" });
  const model = sessionModel(core, session);
  const shown = { ...entry(core, session), systemSent: false, abortedLastRun: false };
  if (core.version === 3) {
    const fresh = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
    const kept = { model: model.id, contextTokens: CONTEXT_TOKENS, origin: ORIGIN, lastChannel: "webchat" };
    return reply({ ok: true, key, entry: { ...shown, ...fresh, ...kept } });
  }
  return reply({
    ok: true,
    key,
    entry: {
      ...shown,
      totalTokensFresh: true,
      totalTokensVersion: 1,
      modelProvider: model.provider,
      model: model.id,
    },
    resolved: resolved(core, session, false),
  });
};

/** Runs of a session that goes away end without a word. */
function stopRuns(core: Core, session: Session): void {
  for (const run of liveRuns(core)) {
    if (run.session !== session) continue;
    run.phase = "ended";
    core.cancel(run.timer);
    core.cancel(run.timeout);
    core.cancel(run.voice.flush);
    core.memory.runs.delete(run.runId);
  }
}

export const sessionsDelete: Method = ({ core, params }) => {
  const key = canonicalKey(core, stringAt(params, "key") ?? "");
  if (key === mainSessionKey(core)) return invalid(`Cannot delete the main session (${key}).`);
  const session = core.disk.sessions.get(key);
  if (!session) return reply({ ok: true, key, deleted: false, archived: [] });
  stopRuns(core, session);
  core.disk.sessions.delete(key);
  sessionChanged(core, session, { reason: "delete" });
  const archived =
    core.version === 4 && session.records.length > 0
      ? [`/state/sessions/${session.sessionId}.jsonl.deleted.zst`]
      : [];
  return reply({ ok: true, key, deleted: true, archived });
};

export const sessionsCompact: Method = ({ core, params }) => {
  const key = canonicalKey(core, stringAt(params, "key") ?? "");
  const session = core.disk.sessions.get(key);
  if (!session) return reply({ ok: true, key, compacted: false, reason: "no sessionId" });
  const maxLines = numberAt(params, "maxLines") ?? 400;
  if (session.records.length + 1 <= maxLines)
    return reply({ ok: true, key, compacted: false, kept: session.records.length });
  // The transcript's first line is its header, so one record fewer than lines is kept.
  if (core.version === 4) {
    session.records = session.records.slice(-(maxLines - 1));
    session.records.forEach((record, i) => (record.rawSeq = i + 1));
    session.nextRawSeq = session.records.length + 1;
    session.tokens = undefined;
    session.tokensStale = true;
    return reply({ ok: true, key, compacted: true, kept: maxLines });
  }
  session.tokens = undefined;
  return reply({
    ok: true,
    key,
    compacted: true,
    archived: `/state/sessions/${session.sessionId}.jsonl.bak`,
    kept: maxLines,
  });
};

export const sessionsCreate: Method = ({ core, client, params }) => {
  const asked = stringAt(params, "key");
  const key = asked
    ? canonicalKey(core, asked)
    : `agent:${stringAt(params, "agentId") ?? agentOf(core, "main")}:dashboard:${core.random.uuid()}`;
  const problem = patchProblem(core, key, undefined, params);
  if (problem) return invalid(problem);
  const session = openSession(core, key, "create");
  for (const name of SETTINGS) {
    const value = params[name];
    if (typeof value === "string") session.settings[name] = value;
  }
  core.later(core.settings.timing.prepareMs * 10, () => sessionChanged(core, session, { reason: "create" }));
  const message = stringAt(params, "message") ?? stringAt(params, "task") ?? "";
  const model = sessionModel(core, session);
  const { createdVia, createdActor, createdAt } = entry(core, session);
  const shown: JsonObject = {
    sessionId: session.sessionId,
    lifecycleRevision: session.lifecycleRevision,
    updatedAt: session.updatedAt,
    sessionRoot: "/workspace",
    ...(session.settings.label ? { label: session.settings.label } : {}),
    delivery: { kind: "none" },
    createdVia,
    createdActor,
    createdAt,
    skillLibrarySelections: [],
    spawnDepth: 0,
    modelOverrideSource: "default",
    parentSessionKey: mainSessionKey(core),
  };
  const base = {
    ok: true,
    key,
    sessionId: session.sessionId,
    entry: shown,
    resolved: { modelProvider: model.provider, model: model.id },
  };
  if (!message) return reply({ ...base, runStarted: false });
  const runId = stringAt(params, "idempotencyKey") ?? core.random.uuid();
  core.memory.sends.set(runId, { message, status: "in_flight" });
  session.lastInteractionAt = core.clock.now();
  session.used = true;
  startRun(core, { runId, echoKey: key, session, message, sender: senderOf(client.clientId, client.mode) });
  return reply({ ...base, runStarted: true, runId, status: "started" });
};

export const sessionsDescribe: Method = ({ core, params }) => {
  const session = findSession(core, stringAt(params, "key") ?? "");
  return reply({
    session: session ? listRow(core, session, params) : null,
  });
};

export const sessionsGet: Method = ({ core, params }) => {
  const session = findSession(core, stringAt(params, "key") ?? "");
  return reply({ messages: session ? allRows(core, session) : [] });
};
