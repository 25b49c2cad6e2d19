import {
  flag,
  listOf,
  mapped,
  object,
  optionalFlag,
  optionalListOf,
  optionalNumber,
  optionalOf,
  optionalRecord,
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
  updatedAt?: number;
  days?: number;
  daily: (UsageTotals & { date: string })[];
  totals: UsageTotals;
};

/** A file that a run produced (version 4). */
export type ArtifactSummary = {
  id: string;
  type: string;
  title: string;
  mimeType?: string;
  sizeBytes?: number;
  messageSeq?: number;
  download: "bytes" | "url" | "unsupported" | (string & {});
};

/** The content of an artifact: inline, or behind a link that expires. */
export type ArtifactDownload = {
  artifact: ArtifactSummary;
  encoding?: string;
  data?: string;
  url?: string;
  /** ISO 8601. */
  expiresAt?: string;
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

const artifactSchema = mapped(
  object({
    id: text,
    type: text,
    title: text,
    mimeType: optionalText,
    sizeBytes: optionalNumber,
    messageSeq: optionalNumber,
    download: optionalRecord,
  }),
  (artifact): ArtifactSummary => {
    const mode = artifact.download?.["mode"];
    return { ...artifact, download: typeof mode === "string" ? mode : "unsupported" };
  },
);

/** Reads the answer to `models.list`. */
export function parseModels(payload: unknown): Parsed<ModelChoice[]> {
  const parsed = parseWith(object({ models: listOf(modelSchema) }), payload);
  return parsed.ok ? { ok: true, value: parsed.value.models } : parsed;
}

/** Reads the answer to `agents.list`. */
export function parseAgents(payload: unknown): Parsed<AgentList> {
  return parseWith(agentListSchema, payload);
}

/** Reads the answer to `agent.identity.get`. */
export function parseAgentIdentity(payload: unknown): Parsed<AgentIdentity> {
  return parseWith(
    object({ agentId: text, name: optionalText, avatar: optionalText, emoji: optionalText }),
    payload,
  );
}

/** Reads the answer to `commands.list`. */
export function parseCommands(payload: unknown): Parsed<CommandEntry[]> {
  const parsed = parseWith(object({ commands: listOf(commandSchema) }), payload);
  return parsed.ok ? { ok: true, value: parsed.value.commands } : parsed;
}

/** Reads the answer to `usage.cost`. */
export function parseUsageCost(payload: unknown): Parsed<UsageCost> {
  return parseWith(usageSchema, payload);
}

/** Reads the answer to `artifacts.list`. */
export function parseArtifacts(payload: unknown): Parsed<ArtifactSummary[]> {
  const parsed = parseWith(object({ artifacts: listOf(artifactSchema) }), payload);
  return parsed.ok ? { ok: true, value: parsed.value.artifacts } : parsed;
}

/** Reads the answer to `artifacts.download`. */
export function parseArtifactDownload(payload: unknown): Parsed<ArtifactDownload> {
  return parseWith(
    object({
      artifact: artifactSchema,
      encoding: optionalText,
      data: optionalText,
      url: optionalText,
      expiresAt: optionalText,
    }),
    payload,
  );
}
