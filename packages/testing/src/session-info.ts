import { defaultModel, mainSessionKey } from "./core.ts";
import type { Core } from "./core.ts";
import type { Json, JsonObject } from "./json.ts";
import { runOf } from "./run-list.ts";
import { sessionModel } from "./session.ts";
import type { Session } from "./session.ts";

export const CONTEXT_TOKENS = 200_000;
const OWNER: JsonObject = {
  type: "human",
  id: "gateway-owner",
  identity: { type: "profile", id: "gateway-owner" },
};
export const owners = (): Json => [OWNER];

const IDLE_RUNTIME = {
  id: "auto",
  cloudPlacementSupported: false,
  devicePlacementSupported: false,
  source: "implicit",
};
const RUNTIME = {
  id: "openclaw",
  cloudPlacementSupported: true,
  cloudPlacementExecutionMode: "worker-turn",
  devicePlacement: { requiredNodeCommands: [], consumesWorkerSlot: true },
  devicePlacementSupported: true,
  source: "implicit",
};

/** Thinking levels of a model, as version 4 lists them. */
export function thinkingOf(reasoning: boolean): {
  thinkingLevels: Json;
  thinkingOptions: Json;
  thinkingDefault: string;
} {
  const names = reasoning ? ["off", "minimal", "low", "medium", "high"] : ["off"];
  return {
    thinkingLevels: names.map((id) => ({ id, label: id })),
    thinkingOptions: names,
    thinkingDefault: reasoning ? "medium" : "off",
  };
}

/** `defaults` of `chat.history` and `sessions.list`. */
export function defaultsInfo(core: Core, withThinking: boolean): JsonObject {
  const model = defaultModel(core);
  const base = { modelProvider: model.provider, model: model.id, contextTokens: CONTEXT_TOKENS };
  if (core.version === 3) return base;
  return {
    ...base,
    agentRuntime: IDLE_RUNTIME,
    ...(withThinking || core.memory.catalogueRead ? thinkingOf(model.reasoning ?? false) : {}),
    modelSelectionTarget: "session",
  };
}

function contextBudget(core: Core, session: Session): JsonObject {
  const { provider, id } = sessionModel(core, session);
  const estimated = 15_900;
  const reserve = 20_000;
  return {
    schemaVersion: 1,
    source: "pre-prompt-estimate",
    updatedAt: session.updatedAt,
    provider,
    model: id,
    route: "fits",
    shouldCompact: false,
    estimatedPromptTokens: estimated,
    contextTokenBudget: CONTEXT_TOKENS,
    promptBudgetBeforeReserve: CONTEXT_TOKENS - reserve,
    reserveTokens: reserve,
    effectiveReserveTokens: reserve,
    remainingPromptBudgetTokens: CONTEXT_TOKENS - reserve - estimated,
    overflowTokens: 0,
    toolResultReducibleChars: 0,
    messageCount: 0,
    unwindowedMessageCount: 0,
    sessionId: session.sessionId,
  };
}

function tokenInfo(core: Core, session: Session): JsonObject {
  if (session.tokensStale) return {};
  if (!session.tokens) return session.status === undefined ? {} : { totalTokens: 0 };
  const { input, output } = session.tokens;
  const counted = { inputTokens: input, outputTokens: output, totalTokens: input };
  if (session.status === undefined) return counted;
  return { ...counted, estimatedCostUsd: 0, contextBudgetStatus: contextBudget(core, session) };
}

/** What a session says about its running or last turn. */
function runInfo(core: Core, session: Session): JsonObject {
  if (session.status === undefined) return {};
  const model = sessionModel(core, session);
  const running = runOf(core, session);
  const { lastRun, lastRunError, status } = session;
  const base = { status, ...(lastRunError ? { lastRunError } : {}) };
  if (running?.startedAt === undefined && running) return base;
  const placement = {
    state: "local",
    generation: 0,
    createdAtMs: session.createdAt,
    updatedAtMs: session.updatedAt,
    stateChangedAtMs: session.createdAt,
  };
  if (running) {
    const active = { activeModelProvider: model.provider, activeModel: model.id };
    return { ...base, startedAt: running.startedAt, ...active, placement };
  }
  if (!lastRun || status === "running") return { ...base, startedAt: session.runStartedAt, placement };
  const { startedAt, endedAt, runId } = lastRun;
  return { ...base, startedAt, endedAt, runtimeMs: endedAt - startedAt, lastRunId: runId, placement };
}

function titles(session: Session): JsonObject {
  const { label } = session.settings;
  return label ? { label, displayName: label } : {};
}

/** Version 4 counts what was said since the session was made or last read, the operator's own words too. */
function hasNews({ created, createdAt, lastInteractionAt, lastReadAt, markedUnreadAt }: Session): boolean {
  // By this clock, a message and the session before it may come in the same millisecond.
  const madeAt = created === "send" ? createdAt : createdAt - 1;
  return markedUnreadAt !== undefined || (lastInteractionAt ?? 0) > (lastReadAt ?? madeAt);
}

/** Version 4: one session as lists, history and session events show it. */
export function sessionRow(core: Core, key: string, session: Session | undefined): JsonObject {
  const model = sessionModel(core, session);
  const agentId = session?.agentId ?? key.split(":")[1] ?? "main";
  const shared = {
    effectiveFastMode: false,
    effectiveFastModeSource: "default",
    fastAutoOnSeconds: 60,
    effectiveResponseUsage: "off",
    effectiveQueueMode: "steer",
    modelProvider: model.provider,
    model: model.id,
    runtimeSelectionLocked: false,
    contextTokens: CONTEXT_TOKENS,
    isMain: key === mainSessionKey(core),
    isBackground: false,
    agentId,
    kind: "direct",
    permissionModePending: false,
  };
  if (!session) {
    return {
      key,
      ...shared,
      classification: "custom",
      updatedAt: null,
      archived: false,
      pinned: false,
      unread: false,
      totalTokensFresh: false,
      modelOverrideSource: null,
      agentRuntime: IDLE_RUNTIME,
      hasActiveRun: false,
      activeRunIds: [],
    };
  }
  const running = runOf(core, session);
  const { thinkingLevel, verboseLevel, reasoningLevel } = session.settings;
  return {
    key,
    ...shared,
    visibility: "shared",
    createdVia: "operator",
    createdActor: OWNER,
    owner: { actor: OWNER },
    createdAt: session.createdAt,
    classification: key.includes(":dashboard:") ? "dashboard" : "direct",
    ...(session.used ? { chatType: "direct", systemSent: true, abortedLastRun: false } : {}),
    ...(session.created === "create" ? { parentSessionKey: mainSessionKey(core), spawnDepth: 0 } : {}),
    ...titles(session),
    updatedAt: session.updatedAt,
    archived: session.archived,
    pinned: session.pinned,
    unread: hasNews(session),
    ...(session.markedUnreadAt === undefined ? {} : { markedUnreadAt: session.markedUnreadAt }),
    ...(session.lastInteractionAt === undefined ? {} : { lastInteractionAt: session.lastInteractionAt }),
    sessionId: session.sessionId,
    ...(thinkingLevel ? { thinkingLevel } : {}),
    ...(verboseLevel ? { verboseLevel } : {}),
    ...(reasoningLevel ? { reasoningLevel } : {}),
    totalTokensFresh:
      !session.tokensStale &&
      (session.tokens !== undefined || session.status === "failed" || session.status === "killed"),
    ...tokenInfo(core, session),
    ...runInfo(core, session),
    modelOverrideSource: session.settings.model ? "user" : null,
    agentRuntime: RUNTIME,
    activitySummary: { state: "unavailable", canEnsure: true },
    hiddenFromInvolvingMe: false,
    sharingRole: "admin",
    hasActiveRun: running !== undefined,
    // Seen: the ids are there before a run starts and after it, not while it runs.
    ...(running?.startedAt === undefined ? { activeRunIds: running ? [running.runId] : [] } : {}),
  };
}

/** Version 3: one session in `sessions.list`. */
export function listRowV3(core: Core, session: Session): JsonObject {
  const { label, thinkingLevel, verboseLevel, reasoningLevel } = session.settings;
  const origin = { provider: "webchat", surface: "webchat", chatType: "direct" };
  return {
    key: session.key,
    kind: "direct",
    ...(label ? { label, displayName: label } : {}),
    ...(session.used ? { chatType: "direct", origin } : {}),
    updatedAt: session.updatedAt,
    sessionId: session.sessionId,
    ...(session.used ? { systemSent: true, abortedLastRun: false } : {}),
    ...(thinkingLevel ? { thinkingLevel } : {}),
    ...(verboseLevel ? { verboseLevel } : {}),
    ...(reasoningLevel ? { reasoningLevel } : {}),
    ...usedModelV3(core, session),
    ...(session.used ? { deliveryContext: { channel: "webchat" }, lastChannel: "webchat" } : {}),
  };
}

/** Version 3 learns a session's model and tokens from its first finished run. */
export function usedModelV3(core: Core, session: Session): JsonObject {
  if (!session.tokens) return session.used ? { totalTokens: 0 } : {};
  const model = sessionModel(core, session);
  const { input, output } = session.tokens;
  return {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input,
    modelProvider: model.provider,
    model: model.id,
    contextTokens: CONTEXT_TOKENS,
  };
}

const NULLS = [
  "archivedAt",
  "archivedBy",
  "archiveReason",
  "pinnedAt",
  "markedUnreadAt",
  "agentStatus",
  "observerDigest",
  "controlOwnerSessionKey",
  "swarm",
  "permissionMode",
  "label",
  "autoLabel",
  "icon",
  "color",
  "channelAvatarUrl",
  "category",
  "boardPresentation",
  "displayName",
  "thinkingLevel",
  "toolOverrides",
  "restartRecoveryStatus",
  "goal",
  "lastRunError",
  "providerReview",
  "lastRunId",
  "startedAt",
  "endedAt",
  "runtimeMs",
  "activeModelProvider",
  "activeModel",
  "inputTokens",
  "outputTokens",
  "totalTokens",
  "estimatedCostUsd",
  "contextBudgetStatus",
  "status",
];
const ROW_ONLY = new Set([
  "key",
  "agentId",
  "classification",
  "isMain",
  "isBackground",
  "lastMessagePreview",
  "snapshotAt",
  "hiddenFromInvolvingMe",
  "effectiveQueueMode",
  "verboseLevel",
  "reasoningLevel",
  "lastInteractionAt",
]);

/** Version 4 session events carry the row twice: under `session`, and spread with nulls for what is absent. */
export function spreadRow(row: JsonObject): JsonObject {
  const spread: JsonObject = Object.fromEntries(NULLS.map((key) => [key, null]));
  for (const [key, value] of Object.entries(row)) if (!ROW_ONLY.has(key)) spread[key] = value;
  return { ...spread, participants: [], participantCount: 0, hasAutomation: false, ancestorSessions: [] };
}
