import { defaultAgent } from "./core.ts";
import type { Core } from "./core.ts";
import type { Json, JsonObject } from "./json.ts";
import { stateVersion } from "./presence.ts";

export const statePath = (core: Core): string =>
  core.version === 3
    ? "/state/agents/main/sessions/sessions.json"
    : "/state/agents/main/agent/openclaw-agent.sqlite";

/** What `health` answers and announces. */
export function healthPayload(core: Core): JsonObject {
  const recent = [...core.disk.sessions.values()]
    .toSorted((a, b) => b.updatedAt - a.updatedAt)
    .slice(0, 5)
    .map((session): Json => ({
      key: session.key,
      updatedAt: session.updatedAt,
      age: core.clock.now() - session.updatedAt,
    }));
  const sessions = { path: statePath(core), count: core.disk.sessions.size, recent };
  const heartbeat =
    core.version === 3
      ? { enabled: true, every: "0m", everyMs: null, prompt: "", target: "last", ackMaxChars: 300 }
      : { enabled: false, every: "disabled", everyMs: null, prompt: "", target: "owner", ackMaxChars: 300 };
  const agents = core.settings.agents.map((agent): Json => ({
    agentId: agent.id,
    isDefault: agent.id === defaultAgent(core),
    heartbeat,
    sessions,
  }));
  const base = {
    ok: true,
    ts: core.clock.now(),
    durationMs: 0,
    channels: {},
    channelOrder: [],
    channelLabels: {},
    heartbeatSeconds: 0,
    defaultAgentId: defaultAgent(core),
    agents,
    sessions,
  };
  if (core.version === 3) return base;
  return {
    ...base,
    plugins: { loaded: [], errors: [], unavailable: [] },
    configReload: { hotReloadStatus: "active" },
    eventLoop: EVENT_LOOP,
  };
}

const EVENT_LOOP = {
  degraded: false,
  degradedSinceMs: null,
  reasons: [],
  intervalMs: 1000,
  delayP99Ms: 20,
  delayMaxMs: 20,
  utilization: 0.01,
  cpuCoreRatio: 0.01,
  cpuBreakdown: {
    mainThreadCoreRatio: 0.01,
    hostUtilization: 0.1,
    hostCpuCount: 2,
    workerCoreRatio: 0,
    otherThreadsCoreRatio: 0,
  },
};

export function emitHealth(core: Core): void {
  core.memory.healthVersion++;
  core.emit("health", healthPayload(core), { scope: "operator.read" }, { stateVersion: stateVersion(core) });
}
