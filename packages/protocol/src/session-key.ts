/** What hello-ok says about session keys (`snapshot.sessionDefaults`). */
export type SessionDefaults = {
  defaultAgentId: string;
  mainKey: string;
  mainSessionKey: string;
  /** `global` when all agents share one main session. */
  scope?: string;
};

/** The defaults of a gateway that announces none. */
export const DEFAULT_SESSION_DEFAULTS: SessionDefaults = {
  defaultAgentId: "main",
  mainKey: "main",
  mainSessionKey: "agent:main:main",
};

type AgentKey = { agentId: string; rest: string };

const RESERVED = new Set(["global", "unknown"]);

function clean(part: string): string {
  return part.trim().toLowerCase();
}

function splitAgentKey(key: string): AgentKey | null {
  if (!key.startsWith("agent:")) return null;
  const end = key.indexOf(":", 6);
  if (end < 0) return null;
  const agentId = key.slice(6, end).trim();
  const rest = key.slice(end + 1).trim();
  return agentId === "" || rest === "" ? null : { agentId, rest };
}

/**
 * The one canonical form of a session key: lower-case `agent:<agentId>:<rest>`, with every name of the main session
 * (`""`, `main`, the configured main key, `agent:<default>:main`) becoming the gateway's own `mainSessionKey`.
 *
 * Version 3 stores a turn that was sent to an alias under the alias, where `chat.history` never finds it, so every key
 * must pass here before it is sent or compared. Idempotent.
 *
 * @param defaults - `hello.sessionDefaults`
 *
 * @example
 * ```ts
 * import { canonicalSessionKey } from "@automna/protocol";
 *
 * canonicalSessionKey("main"); // "agent:main:main"
 * canonicalSessionKey("Trip to Rome"); // "agent:main:trip to rome"
 * ```
 */
export function canonicalSessionKey(
  key: string,
  defaults: SessionDefaults = DEFAULT_SESSION_DEFAULTS,
): string {
  const mainSessionKey = clean(defaults.mainSessionKey);
  const mainKey = clean(defaults.mainKey);
  const name = clean(key);
  if (name === "" || name === "main" || name === mainKey || name === mainSessionKey) return mainSessionKey;
  if (RESERVED.has(name)) return name;

  const defaultAgentId = clean(defaults.defaultAgentId);
  const { agentId, rest } = splitAgentKey(name) ?? { agentId: defaultAgentId, rest: name };
  if (rest !== "main" && rest !== mainKey) return `agent:${agentId}:${rest}`;
  const isOneMain = agentId === defaultAgentId || defaults.scope === "global";
  return isOneMain ? mainSessionKey : `agent:${agentId}:${mainKey}`;
}

/**
 * Whether two keys name the same session, however they are spelled.
 *
 * @param defaults - `hello.sessionDefaults`
 *
 * @example
 * ```ts
 * import { isSameSession } from "@automna/protocol";
 *
 * isSameSession("Trip", "agent:main:trip"); // true
 * const defaults = { defaultAgentId: "ops", mainKey: "main", mainSessionKey: "agent:ops:main" };
 * isSameSession("agent:ops:main", "main", defaults); // true
 * ```
 */
export function isSameSession(
  a: string,
  b: string,
  defaults: SessionDefaults = DEFAULT_SESSION_DEFAULTS,
): boolean {
  return canonicalSessionKey(a, defaults) === canonicalSessionKey(b, defaults);
}

/**
 * The agent that a key belongs to; `null` for the shared `global` and `unknown` sessions.
 *
 * @param defaults - `hello.sessionDefaults`
 *
 * @example
 * ```ts
 * import { agentOfSession } from "@automna/protocol";
 *
 * agentOfSession("agent:ops:trip"); // "ops"
 * agentOfSession("trip"); // "main"
 * agentOfSession("global"); // null
 * ```
 */
export function agentOfSession(
  key: string,
  defaults: SessionDefaults = DEFAULT_SESSION_DEFAULTS,
): string | null {
  return splitAgentKey(canonicalSessionKey(key, defaults))?.agentId ?? null;
}

/**
 * The form for people: `main` for the main session, the part after the agent for the default agent's sessions, the
 * whole key otherwise. {@link canonicalSessionKey} turns it back into the same session.
 *
 * @param defaults - `hello.sessionDefaults`
 *
 * @example
 * ```ts
 * import { shortSessionKey } from "@automna/protocol";
 *
 * shortSessionKey("agent:main:trip"); // "trip"
 * shortSessionKey("agent:ops:trip"); // "agent:ops:trip"
 * ```
 */
export function shortSessionKey(key: string, defaults: SessionDefaults = DEFAULT_SESSION_DEFAULTS): string {
  const canonical = canonicalSessionKey(key, defaults);
  if (canonical === clean(defaults.mainSessionKey)) return "main";
  const short = splitAgentKey(canonical)?.rest;
  return short !== undefined && canonicalSessionKey(short, defaults) === canonical ? short : canonical;
}
