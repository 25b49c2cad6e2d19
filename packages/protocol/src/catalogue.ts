import {
  flag,
  listOf,
  mapped,
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
import type { ThinkingLevel } from "./sessions.ts";

/** A model that the gateway can use. Version 3 lists every bundled one, version 4 the configured ones. */
export type ModelChoice = {
  id: string;
  provider: string;
  name: string;
  alias?: string;
  /** Tokens. */
  contextWindow?: number;
  reasoning?: boolean;
  thinkingLevels: ThinkingLevel[];
  thinkingDefault?: string;
  /** Version 4; `undefined` means that the gateway did not say. */
  available?: boolean;
  unavailableReason?: string;
  input: string[];
  tags: string[];
};

/** One agent of the gateway, as `agents.list` describes it. */
export type AgentSummary = {
  id: string;
  name?: string;
  emoji?: string;
  avatarUrl?: string;
  model?: string;
  thinkingLevels: ThinkingLevel[];
};

/** The gateway's agents, and which of them answers when nobody is named. */
export type AgentList = { defaultId: string; mainKey: string; scope: string; agents: AgentSummary[] };

/** How an agent presents itself: its name and its picture. */
export type AgentIdentity = { agentId: string; name?: string; avatar?: string; emoji?: string };

/** A slash command (version 4). */
export type CommandEntry = {
  name: string;
  description: string;
  textAliases: string[];
  category?: string;
  source?: string;
  acceptsArgs: boolean;
  args: {
    name: string;
    description?: string;
    required?: boolean;
    choices: { value: string; label: string }[];
  }[];
};

/** Tokens and US dollars over some time. */
export type UsageTotals = {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
  totalTokens?: number;
  totalCost?: number;
  /** Entries whose price is unknown, so that `totalCost` is too low. */
  missingCostEntries?: number;
};

/** What the gateway has used, day by day and together. */
export type UsageCost = {
  /** Milliseconds since the epoch. */
  updatedAt?: number;
  days?: number;
  daily: (UsageTotals & { date: string })[];
  totals: UsageTotals;
};

const texts = optionalListOf(text);
const levels = optionalListOf(object({ id: text, label: text }));

const modelSchema = mapped(
  object({
    id: text,
    provider: text,
    name: optionalText,
    alias: optionalText,
    contextWindow: optionalNumber,
    reasoning: optionalFlag,
    thinkingLevels: levels,
    thinkingDefault: optionalText,
    available: optionalFlag,
    unavailableReason: optionalText,
    input: texts,
    tags: texts,
  }),
  (model): ModelChoice => ({ ...model, name: model.name ?? model.id }),
);

const agentSchema = mapped(
  object({
    id: text,
    name: optionalText,
    identity: optionalOf(object({ name: optionalText, emoji: optionalText, avatarUrl: optionalText })),
    model: optionalOf(object({ primary: optionalText })),
    thinkingLevels: levels,
  }),
  ({ id, name, identity, model, thinkingLevels }): AgentSummary => ({
    id,
    name: name ?? identity?.name,
    emoji: identity?.emoji,
    avatarUrl: identity?.avatarUrl,
    model: model?.primary,
    thinkingLevels,
  }),
);

const agentListSchema = object({
  defaultId: text,
  mainKey: withDefault(text, "main"),
  scope: withDefault(text, "per-sender"),
  agents: listOf(agentSchema),
});

const commandSchema = object({
  name: text,
  description: withDefault(text, ""),
  textAliases: texts,
  category: optionalText,
  source: optionalText,
  acceptsArgs: withDefault(flag, false),
  args: optionalListOf(
    object({
      name: text,
      description: optionalText,
      required: optionalFlag,
      choices: optionalListOf(object({ value: text, label: text })),
    }),
  ),
});

const totalsEntries = {
  input: optionalNumber,
  output: optionalNumber,
  cacheRead: optionalNumber,
  cacheWrite: optionalNumber,
  totalTokens: optionalNumber,
  totalCost: optionalNumber,
  missingCostEntries: optionalNumber,
};

const usageSchema = object({
  updatedAt: optionalNumber,
  days: optionalNumber,
  daily: optionalListOf(object({ date: text, ...totalsEntries })),
  totals: object(totalsEntries),
});

/**
 * Reads the answer to `models.list` ({@link modelsList}). A model without a name goes by its id; entries without `id` and
 * `provider` are left out. `contextWindow` is in tokens.
 *
 * @see `ModelsListResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseModels } from "@automna/protocol";
 *
 * const parsed = parseModels({ models: [{ id: "gpt-5", provider: "openai", contextWindow: 400_000 }] });
 * if (parsed.ok) parsed.value.map(({ provider, name }) => `${provider}/${name}`); // ["openai/gpt-5"]
 * ```
 */
export function parseModels(payload: unknown): Parsed<ModelChoice[]> {
  const parsed = parseWith(object({ models: listOf(modelSchema) }), payload);
  return parsed.ok ? { ok: true, value: parsed.value.models } : parsed;
}

/**
 * Reads the answer to `agents.list` ({@link agentsList}). Not ok without `defaultId` and `agents`.
 *
 * @see `AgentsListResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseAgents } from "@automna/protocol";
 *
 * const agents = [{ id: "main", identity: { name: "Molly", emoji: "🦞" } }];
 * const parsed = parseAgents({ defaultId: "main", mainKey: "main", scope: "per-sender", agents });
 * if (parsed.ok) parsed.value.agents[0]?.name; // "Molly"
 * ```
 */
export function parseAgents(payload: unknown): Parsed<AgentList> {
  return parseWith(agentListSchema, payload);
}

/**
 * Reads the answer to `agent.identity.get` ({@link agentIdentityGet}). `avatar` is what the gateway's owner wrote: a
 * letter, an emoji, or an address. Not ok without `agentId`.
 *
 * @see `AgentIdentityResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseAgentIdentity } from "@automna/protocol";
 *
 * const parsed = parseAgentIdentity({ agentId: "main", name: "Molly", avatar: "M" });
 * const shown = parsed.ok ? (parsed.value.name ?? parsed.value.agentId) : "Assistant";
 * shown; // "Molly"
 * ```
 */
export function parseAgentIdentity(payload: unknown): Parsed<AgentIdentity> {
  return parseWith(
    object({ agentId: text, name: optionalText, avatar: optionalText, emoji: optionalText }),
    payload,
  );
}

/**
 * Reads the answer to `commands.list` ({@link commandsList}, version 4). Entries without a name are left out.
 *
 * @see `CommandsListResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseCommands } from "@automna/protocol";
 *
 * const think = { name: "think", description: "Set the thinking level.", textAliases: ["/think", "/t"], acceptsArgs: true };
 * const parsed = parseCommands({ commands: [think] });
 * if (parsed.ok) parsed.value[0]?.textAliases; // ["/think", "/t"]
 * ```
 */
export function parseCommands(payload: unknown): Parsed<CommandEntry[]> {
  const parsed = parseWith(object({ commands: listOf(commandSchema) }), payload);
  return parsed.ok ? { ok: true, value: parsed.value.commands } : parsed;
}

/**
 * Reads the answer to `usage.cost` ({@link usageCost}): tokens, US dollars, and `date` as `YYYY-MM-DD`. Where
 * `missingCostEntries` is greater than 0 the price of some was unknown, and `totalCost` is too low.
 *
 * @example
 * ```ts
 * import { parseUsageCost } from "@automna/protocol";
 *
 * const totals = { input: 1200, output: 80, totalTokens: 1280, totalCost: 0.012, missingCostEntries: 0 };
 * const parsed = parseUsageCost({ days: 1, daily: [{ date: "2026-09-06", ...totals }], totals });
 * if (parsed.ok) parsed.value.daily[0]?.totalCost; // 0.012
 * ```
 */
export function parseUsageCost(payload: unknown): Parsed<UsageCost> {
  return parseWith(usageSchema, payload);
}
