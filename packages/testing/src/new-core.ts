import type { Clock } from "./clock.ts";
import { newMemory } from "./core.ts";
import type { Core, Settings } from "./core.ts";
import type { ProtocolVersion } from "./options.ts";
import type { Random } from "./random.ts";

/** What a gateway's parts share, before its first boot. */
export function newCore(version: ProtocolVersion, clock: Clock, random: Random, settings: Settings): Core {
  const core: Core = {
    version,
    clock,
    random,
    settings,
    disk: { sessions: new Map(), devices: new Map(), pendingPairings: new Map() },
    memory: newMemory(clock, random),
    clients: new Set(),
    modelCalls: 0,
    runsStarted: [],
    status: "down",
    emit: (event, payload, audience = {}, extras = {}) => {
      core.memory.eventSeq++;
      for (const client of core.clients) {
        if (audience.only && !audience.only(client)) continue;
        if (!mayHear(core, client.scopes, audience.scope)) continue;
        const scoped = client.caps.includes("session-scoped-events") && version === 4;
        if (scoped && audience.sessionKey !== undefined && !client.watchedSessions.has(audience.sessionKey))
          continue;
        client.sendEvent(event, payload, extras);
      }
    },
    later: (ms, run) => {
      const { timers } = core.memory;
      const timer = clock.setTimeout(() => {
        timers.delete(timer);
        run();
      }, ms);
      timers.add(timer);
      return timer;
    },
    cancel: (timer) => {
      if (timer === undefined) return;
      clock.clearTimeout(timer);
      core.memory.timers.delete(timer);
    },
  };
  return core;
}

/** Version 3 guards only approvals and pairing; everything else reaches every operator. */
function mayHear(core: Core, granted: readonly string[], scope: string | undefined): boolean {
  if (scope === undefined || granted.includes("operator.admin")) return true;
  if (core.version === 3 && scope === "operator.read") return true;
  return granted.includes(scope) || (scope === "operator.read" && granted.includes("operator.write"));
}
