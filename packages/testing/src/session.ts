import { defaultAgent, defaultModel, mainSessionKey, modelRef } from "./core.ts";
import type { Core } from "./core.ts";
import type { JsonObject } from "./json.ts";

/** One stored record. Version 4 shows some records as two rows with one id. */
export type StoredRecord = {
  id: string;
  rawSeq: number;
  at: number;
  role: string;
  text: string;
  rows: JsonObject[];
  /** Send identity of a user record. Version 3 stores it only as a hint line, which `sessions.preview` leaks. */
  sendKey: string | undefined;
};

type SessionSettings = {
  label?: string;
  thinkingLevel?: string;
  verboseLevel?: string;
  reasoningLevel?: string;
  /** `provider/model` */
  model?: string;
};

/** A session as it lies on disk, plus `unsaved`, which a process death loses. */
export type Session = {
  key: string;
  agentId: string;
  sessionId: string;
  lifecycleRevision: string;
  generation: string;
  transcriptSource: string;
  createdAt: number;
  updatedAt: number;
  lastInteractionAt: number | undefined;
  records: StoredRecord[];
  /** Version 3 writes a new session's file only with the first assistant message. */
  unsaved: StoredRecord[];
  nextRawSeq: number;
  settings: SessionSettings;
  /** Has a message ever been sent here? */
  used: boolean;
  status: "running" | "done" | "failed" | "killed" | undefined;
  lastRun: { runId: string; startedAt: number; endedAt: number } | undefined;
  runStartedAt: number | undefined;
  lastRunError: string | undefined;
  /** Version 4: after a failure without text there is no bookmark. */
  cursorLost: boolean;
  /** Version 4 writes a session down with its first record; until then a process death forgets it. */
  durable: boolean;
  /** Compaction makes the token count unknown. */
  tokensStale: boolean;
  tokens: { input: number; output: number } | undefined;
  /** Version 4, durable: this run was executing; it resumes after a process death. */
  interrupted: { runId: string; message: string } | undefined;
  /** Version 4: messages that wait for the running turn. */
  pending: PendingInput[];
  created: "send" | "create" | "patch";
  archived: boolean;
  pinned: boolean;
  /** When an operator last read it, if ever. */
  lastReadAt: number | undefined;
  /** When an operator marked it as not read. */
  markedUnreadAt: number | undefined;
};

export type PendingInput = {
  id: string;
  runId: string;
  message: string;
  acceptedAt: number;
  mode: "steer" | "followup";
};

/** `main`, `MAIN`, `My Chat` and the like in the form in which both products store sessions. */
export function canonicalKey(core: Core, key: string): string {
  const lower = key.trim().toLowerCase();
  // Version 3 knows its main session by the exact alias only.
  if (core.version === 3 && lower === "main" && key.trim() !== "main")
    return `agent:${defaultAgent(core)}:${key.trim()}`;
  if (lower === "main" || lower === "") return mainSessionKey(core);
  return lower.startsWith("agent:") || lower === "global" || lower === "unknown"
    ? lower
    : `agent:${defaultAgent(core)}:${lower}`;
}

/** `agent:work:x` -> `work` */
export function agentOf(core: Core, key: string): string {
  const parts = key.split(":");
  return parts[0] === "agent" && parts[1] ? parts[1] : defaultAgent(core);
}

/** The key under which a message sent to `key` is stored: version 3 takes aliases literally. */
export const storageKey = (core: Core, key: string): string =>
  core.version === 3 ? key : canonicalKey(core, key);

/** Where `chat.history` and the session methods look. */
export const findSession = (core: Core, key: string): Session | undefined =>
  core.disk.sessions.get(canonicalKey(core, key));

export function openSession(core: Core, storedKey: string, created: Session["created"]): Session {
  const known = core.disk.sessions.get(storedKey);
  if (known) return known;
  const now = core.clock.now();
  const session: Session = {
    key: storedKey,
    agentId: agentOf(core, storedKey),
    sessionId: core.random.uuid(),
    lifecycleRevision: core.random.uuid(),
    generation: core.random.hex(32),
    transcriptSource: core.random.base64url(43),
    createdAt: now,
    updatedAt: now,
    lastInteractionAt: undefined,
    records: [],
    unsaved: [],
    nextRawSeq: 1,
    settings: {},
    used: false,
    status: undefined,
    lastRun: undefined,
    runStartedAt: undefined,
    lastRunError: undefined,
    cursorLost: false,
    durable: core.version === 3 || created !== "send",
    tokensStale: false,
    tokens: undefined,
    interrupted: undefined,
    pending: [],
    created,
    archived: false,
    pinned: false,
    lastReadAt: undefined,
    markedUnreadAt: undefined,
  };
  core.disk.sessions.set(storedKey, session);
  return session;
}

/** `provider/model` that the next turn of `session` uses. */
export function sessionModel(
  core: Core,
  session: Session | undefined,
): { provider: string; id: string; ref: string; reasoning: boolean } {
  const wanted = session?.settings.model;
  const found = core.settings.models.find((model) => modelRef(model) === wanted) ?? defaultModel(core);
  // Version 3 accepts a model that nobody has; the run then fails. The fake keeps to the catalogue.
  return {
    provider: found.provider,
    id: found.id,
    ref: modelRef(found),
    reasoning: found.reasoning ?? false,
  };
}

/** Stores a record the way each product does. */
export function append(core: Core, session: Session, record: Omit<StoredRecord, "rawSeq">): StoredRecord {
  const stored: StoredRecord = { ...record, rawSeq: session.nextRawSeq++ };
  session.updatedAt = core.clock.now();
  session.durable = true;
  if (core.version === 3 && stored.role === "user" && session.records.length === 0) {
    session.unsaved.push(stored);
    return stored;
  }
  session.records.push(...session.unsaved, stored);
  session.unsaved = [];
  return stored;
}

/** Does the session's transcript already hold the message sent with `sendKey`? */
export const hasSend = (session: Session, sendKey: string): boolean =>
  session.records.some((record) => record.sendKey === sendKey);
