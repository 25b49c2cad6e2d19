import type { Core } from "./core.ts";
import type { JsonObject } from "./json.ts";
import { sessionModel } from "./session.ts";
import type { Session } from "./session.ts";
import { thinkingOf, usedModelV3 } from "./session-info.ts";

export const ORIGIN = { provider: "webchat", surface: "webchat", chatType: "direct" };

function entryV3(core: Core, session: Session, set: JsonObject): JsonObject {
  const used: JsonObject = {
    systemSent: true,
    abortedLastRun: session.status === "killed",
    chatType: "direct",
    deliveryContext: { channel: "webchat" },
    lastChannel: "webchat",
    origin: ORIGIN,
    sessionFile: `/state/agents/main/sessions/${session.sessionId}.jsonl`,
    compactionCount: 0,
  };
  return {
    sessionId: session.sessionId,
    updatedAt: session.updatedAt,
    ...(session.used ? used : {}),
    ...usedModelV3(core, session),
    ...set,
  };
}

function entryV4(session: Session, set: JsonObject): JsonObject {
  const used: JsonObject = {
    sessionStartedAt: session.createdAt,
    lastInteractionAt: session.lastInteractionAt,
    systemSent: true,
    abortedLastRun: false,
    chatType: "direct",
    delivery: { kind: "internal" },
    compactionCount: 0,
  };
  const tokens = session.tokens && {
    inputTokens: session.tokens.input,
    outputTokens: session.tokens.output,
    totalTokens: session.tokens.input,
  };
  return {
    sessionId: session.sessionId,
    lifecycleRevision: session.lifecycleRevision,
    updatedAt: session.updatedAt,
    createdVia: "operator",
    createdActor: { type: "human", source: "profile", id: "gateway-owner" },
    createdAt: session.createdAt,
    ...(session.used ? used : {}),
    ...tokens,
    ...set,
  };
}

/** A session's stored entry, as `sessions.patch` and `sessions.reset` answer it. */
export function entry(core: Core, session: Session): JsonObject {
  const { model, ...plain } = session.settings;
  const [provider, id] = model?.split("/") ?? [];
  const override = model ? { providerOverride: provider, modelOverride: id } : {};
  const set = { ...plain, ...override };
  if (core.version === 3) return entryV3(core, session, set);
  return entryV4(
    session,
    model ? { ...set, modelOverrideSource: "user", modelOverrideRouteResolution: "resolved" } : set,
  );
}

export function resolved(core: Core, session: Session, runtime = true, modelSet = false): JsonObject {
  const model = sessionModel(core, session);
  return {
    modelProvider: model.provider,
    model: model.id,
    ...(runtime
      ? { agentRuntime: { id: "openclaw", source: "implicit" }, runtimeSelectionLocked: false }
      : {}),
    ...(modelSet ? thinkingResolved(model.reasoning) : {}),
  };
}

function thinkingResolved(reasoning: boolean): JsonObject {
  const { thinkingDefault, thinkingLevels } = thinkingOf(reasoning);
  return { thinkingLevel: thinkingDefault, thinkingLevels };
}
