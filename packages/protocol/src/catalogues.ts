import * as v from "valibot";

import { listOf, optionalFlag, optionalNumber, optionalText, parseWith, type Parsed } from "./parsed.ts";

/** One session in the list. */
export type SessionRow = {
  key: string;
  sessionId?: string;
  kind?: string;
  label?: string;
  displayName?: string;
  derivedTitle?: string;
  lastMessagePreview?: string;
  /** Milliseconds since the epoch; absent for a session that was never used. */
  updatedAt?: number;
  totalTokens?: number;
  contextTokens?: number;
  modelProvider?: string;
  model?: string;
  thinkingLevel?: string;
  /** Version 4. */
  hasActiveRun?: boolean;
  unread?: boolean;
  archived?: boolean;
};

/** The answer of `sessions.list`. Without `hasMore` the list is whole. */
export type SessionList = {
  sessions: SessionRow[];
  totalCount?: number;
  hasMore?: boolean;
  nextOffset?: number;
};

const named = v.pipe(v.string(), v.nonEmpty());

const sessionRow = v.object({
  key: named,
  sessionId: optionalText,
  kind: optionalText,
  label: optionalText,
  displayName: optionalText,
  derivedTitle: optionalText,
  lastMessagePreview: optionalText,
  updatedAt: optionalNumber,
  totalTokens: optionalNumber,
  contextTokens: optionalNumber,
  modelProvider: optionalText,
  model: optionalText,
  thinkingLevel: optionalText,
  hasActiveRun: optionalFlag,
  unread: optionalFlag,
  archived: optionalFlag,
});

const sessionList = v.object({
  sessions: listOf(sessionRow),
  totalCount: optionalNumber,
  hasMore: optionalFlag,
  nextOffset: optionalNumber,
});

/** Reads the payload of the answer to `sessions.list`. */
export function parseSessionList(payload: unknown): Parsed<SessionList> {
  return parseWith(sessionList, payload);
}

/** The last texts of one session. */
export type SessionPreview = {
  key: string;
  /** `cold` (version 4): not loaded, so nothing can be said. */
  status: string;
  items: { role: string; text: string }[];
};

const previews = v.object({
  previews: listOf(
    v.object({
      key: named,
      status: v.fallback(v.string(), "error"),
      items: listOf(v.object({ role: v.string(), text: v.string() })),
    }),
  ),
});

/** Reads the payload of the answer to `sessions.preview`. */
export function parseSessionPreviews(payload: unknown): Parsed<SessionPreview[]> {
  const parsed = parseWith(previews, payload);
  return parsed.ok ? { ok: true, value: parsed.value.previews } : parsed;
}

const HINT = /\n?\[message_id: ([^\]\n]+)\]\s*$/;

/**
 * The send behind a user text of a preview. Version 3 ends it with a hint line; that is the only place where it tells
 * whether a send was stored.
 */
export function sendKeyOfPreview(text: string): string | null {
  return HINT.exec(text)?.[1] ?? null;
}

/** A preview's or title's text without the hint line (which version 3 may cut in the middle). */
export function withoutSendHint(text: string): string {
  return text.replace(HINT, "").replace(/\s*\[message_id:[^\]]*…?$/, "");
}

/** A model that the gateway offers. */
export type ModelRow = {
  id: string;
  provider: string;
  name?: string;
  contextWindow?: number;
  reasoning?: boolean;
  /** Version 4. */
  available?: boolean;
  thinkingLevels: { id: string; label?: string }[];
  thinkingDefault?: string;
};

const models = v.object({
  models: listOf(
    v.object({
      id: named,
      provider: v.string(),
      name: optionalText,
      contextWindow: optionalNumber,
      reasoning: optionalFlag,
      available: optionalFlag,
      thinkingLevels: listOf(v.object({ id: v.string(), label: optionalText })),
      thinkingDefault: optionalText,
    }),
  ),
});

/** Reads the payload of the answer to `models.list`. */
export function parseModels(payload: unknown): Parsed<ModelRow[]> {
  const parsed = parseWith(models, payload);
  return parsed.ok ? { ok: true, value: parsed.value.models } : parsed;
}

/** An agent of the gateway. */
export type AgentRow = { id: string; name?: string };

const agents = v.object({ defaultId: optionalText, agents: listOf(v.object({ id: named, name: optionalText })) });

/** Reads the payload of the answer to `agents.list`. */
export function parseAgents(payload: unknown): Parsed<{ defaultId?: string; agents: AgentRow[] }> {
  return parseWith(agents, payload);
}

/** A slash command. `name` has no slash in front. */
export type CommandRow = { name: string; description: string; acceptsArgs: boolean };

const commands = v.object({
  commands: listOf(
    v.pipe(
      v.object({ name: named, description: v.fallback(v.string(), ""), acceptsArgs: v.fallback(v.boolean(), false) }),
      v.transform((command): CommandRow => ({ ...command, name: command.name.replace(/^\//, "") })),
    ),
  ),
});

/** Reads the payload of the answer to `commands.list` (version 4). */
export function parseCommands(payload: unknown): Parsed<CommandRow[]> {
  const parsed = parseWith(commands, payload);
  return parsed.ok ? { ok: true, value: parsed.value.commands } : parsed;
}

const keyAnswer = v.object({ key: named, sessionId: optionalText });

/** Reads the answers that name a session: `sessions.create`, `.patch`, `.reset`, `.resolve`, `.messages.subscribe`. */
export function parseSessionKeyAnswer(payload: unknown): Parsed<{ key: string; sessionId?: string }> {
  return parseWith(keyAnswer, payload);
}
