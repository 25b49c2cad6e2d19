import type { Core } from "./core.ts";
import { stringAt } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { shownRows } from "./rows.ts";
import { append } from "./session.ts";
import type { Session, StoredRecord } from "./session.ts";
import { sessionRow, spreadRow } from "./session-info.ts";
import type { NewRecord } from "./rows.ts";

/** Why a session changed: a reason, or the phase of a run. */
export type Change = { reason: string } | { phase: string; runId: string };

/** Version 4: tells the connections that called `sessions.subscribe`. */
export function sessionChanged(core: Core, session: Session, change: Change): void {
  if (core.version === 3) return;
  const row = { ...sessionRow(core, session.key, session), snapshotAt: core.clock.now() };
  const payload: JsonObject = {
    sessionKey: session.key,
    agentId: session.agentId,
    ...change,
    ts: core.clock.now(),
    session: row,
    ...spreadRow(row),
  };
  core.emit("sessions.changed", payload, { scope: "operator.read", only: (client) => client.watchesList });
}

/** Stores a record; version 4 tells the connections that watch the session. */
export function store(core: Core, session: Session, record: NewRecord, runId?: string): StoredRecord {
  const stored = append(core, session, record);
  if (core.version === 4) announce(core, session, stored, runId);
  return stored;
}

function announce(core: Core, session: Session, record: StoredRecord, runId: string | undefined): void {
  const seq = session.records.length;
  const message = shownRows(core, session, record, seq).at(-1);
  if (!message || message["role"] === "toolResult") return;
  const payload = sessionMessage(core, session, message, record.id, seq);
  core.emit(
    "session.message",
    { ...payload, ...(runId && stringAt(message, "stopReason") === "stop" ? { runId } : {}) },
    {
      scope: "operator.read",
      only: (client) => client.watchesList || client.watchedSessions.has(session.key),
    },
  );
}

/** One stored row as `session.message` and `chat.history {cursor}` carry it. */
export function sessionMessage(
  core: Core,
  session: Session,
  message: JsonObject,
  messageId: string,
  messageSeq: number,
): JsonObject {
  const row = { ...sessionRow(core, session.key, session), snapshotAt: core.clock.now() };
  return {
    sessionKey: session.key,
    ...(message["role"] === "user" ? { senderIsOwner: true } : {}),
    agentId: session.agentId,
    message,
    messageId,
    messageSeq,
    session: row,
    ...spreadRow(row),
  };
}
