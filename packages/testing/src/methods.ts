import { getApproval, listApprovals, resolveApproval } from "./approvals.ts";
import { chatHistory, chatMessageGet } from "./chat-history.ts";
import { chatAbort, chatSend } from "./chat-send.ts";
import { defaultAgent, defaultModel, modelRef } from "./core.ts";
import type { Core } from "./core.ts";
import { approveDevice, listDevices, rejectDevice } from "./devices.ts";
import { invalid, reply } from "./gateway-error.ts";
import { healthPayload } from "./health.ts";
import { numberAt, stringAt } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import { presenceList } from "./presence.ts";
import { listQuestions, resolveQuestion } from "./questions.ts";
import type { Method } from "./request.ts";
import {
  sessionsCompact,
  sessionsCreate,
  sessionsDelete,
  sessionsDescribe,
  sessionsGet,
  sessionsList,
  sessionsPreview,
  sessionsReset,
  sessionsResolve,
} from "./session-methods.ts";
import { chatInject } from "./inject-note.ts";
import { sessionsPatch } from "./session-patch.ts";
import {
  messagesSubscribe,
  messagesUnsubscribe,
  sessionsSubscribe,
  sessionsUnsubscribe,
} from "./subscriptions.ts";
import { CONTEXT_TOKENS, thinkingOf } from "./session-info.ts";
import { receipt } from "./events-v4.ts";
import { COMMANDS } from "./slash-commands.ts";

function models(core: Core): Json[] {
  return core.settings.models.map((model): Json => {
    const reasoning = model.reasoning ?? false;
    const base = {
      id: model.id,
      name: model.name,
      provider: model.provider,
      contextWindow: model.contextWindow ?? CONTEXT_TOKENS,
      reasoning,
    };
    if (core.version === 3) return { ...base, input: ["text", "image"] };
    const { thinkingLevels, thinkingDefault } = thinkingOf(reasoning);
    return {
      ...base,
      ...(model === defaultModel(core) ? { tags: ["default"] } : {}),
      thinkingLevels,
      thinkingDefault,
      available: true,
    };
  });
}

const commands = (): Json[] =>
  COMMANDS.map((command) => ({
    ...command,
    nativeName: command.name,
    textAliases: [`/${command.name}`],
    source: "native",
    scope: "both",
  }));

function agents(core: Core): JsonObject {
  const base = { defaultId: defaultAgent(core), mainKey: "main", scope: "per-sender" };
  const named = (agent: { id: string; name?: string }): JsonObject => ({
    id: agent.id,
    ...(agent.name ? { name: agent.name } : {}),
  });
  if (core.version === 3) return { ...base, agents: core.settings.agents.map(named) };
  const model = defaultModel(core);
  const detail = {
    workspace: "/workspace",
    workspaceGit: false,
    agentRuntime: {
      id: "auto",
      cloudPlacementSupported: false,
      devicePlacementSupported: false,
      source: "implicit",
    },
    ...thinkingOf(model.reasoning ?? false),
    model: { primary: modelRef(model) },
    defaultPermissionMode: "full",
  };
  return {
    ...base,
    ownership: "sole",
    selectionRequired: false,
    agents: core.settings.agents.map((agent): Json => ({ ...named(agent), ...detail })),
  };
}

const status: Method = ({ core }) => {
  const sessions = [...core.disk.sessions.values()].map((session): Json => ({
    agentId: session.agentId,
    key: session.key,
    kind: "direct",
    sessionId: session.sessionId,
    updatedAt: session.updatedAt,
  }));
  const heartbeat = { defaultAgentId: defaultAgent(core), agents: [] };
  const base = {
    heartbeat,
    channelSummary: [],
    queuedSystemEvents: [],
    sessions: { count: sessions.length, recent: sessions.slice(0, 10) },
  };
  return reply(core.version === 3 ? base : { runtimeVersion: core.settings.serverVersion, ...base });
};

const agentWait: Method = ({ core, params, answerLater }) => {
  const runId = stringAt(params, "runId") ?? "";
  const answer = () => {
    const done = core.memory.finished.get(runId);
    if (!done) return undefined;
    const { startedAt, endedAt, run } = done;
    if (core.version === 3) return reply({ runId, status: "ok", startedAt, endedAt });
    const visible = run.segment !== "";
    const terminalReply = visible ? { disposition: "visible", text: run.segment } : { disposition: "empty" };
    return reply({
      runId,
      status: "ok",
      endedAt,
      terminalReceipt: receipt(core, run, visible),
      terminalReply,
    });
  };
  const deadline = core.clock.now() + (numberAt(params, "timeoutMs") ?? 30_000);
  const look = () => {
    const done = answer();
    if (done) return answerLater(done);
    if (core.clock.now() >= deadline) return answerLater(reply({ runId, status: "timeout" }));
    core.later(Math.min(20, deadline - core.clock.now()), look);
  };
  const done = answer();
  if (done) return done;
  look();
  return undefined;
};

const usageCost: Method = ({ core }) => {
  const totals = {
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
    totalTokens: 0,
    totalCost: 0,
    missingCostEntries: 0,
  };
  return reply({ updatedAt: core.clock.now(), days: 30, daily: [], totals });
};

const BOTH: Readonly<Record<string, Method>> = {
  "chat.send": chatSend,
  "chat.history": chatHistory,
  "chat.abort": chatAbort,
  "chat.inject": chatInject,
  "sessions.list": sessionsList,
  "sessions.preview": sessionsPreview,
  "sessions.resolve": sessionsResolve,
  "sessions.patch": sessionsPatch,
  "sessions.reset": sessionsReset,
  "sessions.delete": sessionsDelete,
  "sessions.compact": sessionsCompact,
  "models.list": ({ core }) => {
    core.memory.catalogueRead = true;
    return reply({
      models: models(core),
      ...(core.version === 4
        ? { accountSelection: { kind: "automatic", label: "Automatic account selection" } }
        : {}),
    });
  },
  "agents.list": ({ core }) => reply(agents(core)),
  "agent.identity.get": ({ core, params }) =>
    reply({
      agentId: stringAt(params, "agentId") ?? defaultAgent(core),
      name: "Assistant",
      ...(core.version === 4 ? { nameSource: "default" } : {}),
      avatar: "A",
    }),
  "agent.wait": agentWait,
  health: ({ core }) => reply(healthPayload(core)),
  status,
  "system-presence": ({ core }) =>
    reply(
      presenceList(core).filter(
        (row): row is JsonObject => typeof row === "object" && row !== null && !Array.isArray(row),
      ),
    ),
  "last-heartbeat": () => reply(null),
  "usage.cost": usageCost,
  "device.pair.list": ({ core }) => reply(listDevices(core)),
  "device.pair.approve": ({ core, params }) => approveDevice(core, stringAt(params, "requestId") ?? ""),
  "device.pair.reject": ({ core, params }) => rejectDevice(core, stringAt(params, "requestId") ?? ""),
  "exec.approval.resolve": ({ core, client, params }) =>
    resolveApproval(core, stringAt(params, "id") ?? "", stringAt(params, "decision") ?? "", client.clientId),
};

const ONLY_V4: Readonly<Record<string, Method>> = {
  "chat.message.get": chatMessageGet,
  "chat.startup": chatHistory,
  "chat.metadata": ({ core }) => {
    core.memory.catalogueRead = true;
    return reply({ models: models(core), commands: commands() });
  },
  "commands.list": () => reply({ commands: commands() }),
  "sessions.create": sessionsCreate,
  "sessions.describe": sessionsDescribe,
  "sessions.get": sessionsGet,
  "sessions.subscribe": sessionsSubscribe,
  "sessions.unsubscribe": sessionsUnsubscribe,
  "sessions.messages.subscribe": messagesSubscribe,
  "sessions.messages.unsubscribe": messagesUnsubscribe,
  "exec.approval.list": ({ core }) => listApprovals(core),
  "question.list": ({ core }) => listQuestions(core),
  "question.resolve": ({ core, params }) => resolveQuestion(core, stringAt(params, "id") ?? "", params),
  "exec.approval.get": ({ core, params }) => getApproval(core, stringAt(params, "id") ?? ""),
};

/** The method, or undefined: unknown to this version or not imitated. */
export function methodOf(core: Core, name: string): Method | undefined {
  return BOTH[name] ?? (core.version === 4 ? ONLY_V4[name] : undefined);
}

// `chat.inject` and `sessions.resolve` work on both products although neither lists them.
const UNLISTED = new Set(["chat.inject", "sessions.resolve"]);

export const listedMethods = (core: Core): string[] =>
  [...Object.keys(BOTH), ...(core.version === 4 ? Object.keys(ONLY_V4) : [])].filter(
    (name) => !UNLISTED.has(name),
  );

export const unknownMethod = (name: string) => invalid(`unknown method: ${name}`);
