import type { Connection } from "./connection.ts";
import { newMemory } from "./core.ts";
import type { Core } from "./core.ts";
import { emitHealth } from "./health.ts";
import { resumeInterrupted } from "./resume.ts";
import { liveRuns } from "./run-list.ts";

/** Version 4 knows little about itself in the first moments after its start. */
const WARM_UP_MS = 1000;

/** How the gateway's process starts and ends. */
export type Power = {
  /** @param startingMs how long it is not ready */
  boot(startingMs?: number): void;
  /** The process is gone: its timers, runs and sockets with it. */
  die(end: (connection: Connection) => void): void;
  comeBack(downMs: number, startingMs?: number): void;
  /** Says when it will be back, finishes its runs (version 4) and goes. */
  leave(restartExpectedMs: number | null | undefined, reason: string, after: () => void): void;
  /** Nothing of it is left, and it does not come back. */
  end(): void;
};

/** @param connections all that are open, with or without hello-ok */
export function openPower(core: Core, connections: ReadonlySet<Connection>): Power {
  const { version, clock, random, settings } = core;
  let comeback: number | undefined;

  const every = (ms: number, run: () => void) => {
    const again = () => {
      run();
      core.later(ms, again);
    };
    core.later(ms, again);
  };
  const boot = (startingMs = 0) => {
    clock.clearTimeout(comeback ?? -1);
    comeback = undefined;
    core.memory = newMemory(clock, random);
    const ready = () => {
      core.status = "up";
      every(settings.timing.tickMs, () => core.emit("tick", { ts: clock.now() }));
      every(60_000, () => emitHealth(core));
      if (version === 4) {
        resumeInterrupted(core);
        core.later(WARM_UP_MS, () => {
          core.memory.warm = true;
          core.emit(
            "update.available",
            { updateAvailable: null, schedule: { channel: "stable", autoEnabled: false } },
            { scope: "operator.read" },
          );
          emitHealth(core);
        });
      }
    };
    if (startingMs <= 0) return ready();
    core.status = "starting";
    core.later(startingMs, ready);
    return undefined;
  };
  const stopTimers = () => {
    for (const timer of core.memory.timers) clock.clearTimeout(timer);
    core.memory.timers.clear();
  };
  const die = (end: (connection: Connection) => void) => {
    core.status = "down";
    stopTimers();
    for (const run of core.memory.runs.values()) run.phase = "ended";
    for (const [key, session] of core.disk.sessions) {
      if (!session.durable) core.disk.sessions.delete(key);
      session.unsaved = [];
      session.pending = [];
    }
    const open = [...connections];
    core.clients.clear();
    for (const connection of open) end(connection);
  };
  const comeBack = (downMs: number, startingMs?: number) => {
    comeback = clock.setTimeout(() => boot(startingMs), downMs);
  };
  const leave = (restartExpectedMs: number | null | undefined, reason: string, after: () => void) => {
    const expected = restartExpectedMs === null && version === 4 ? {} : { restartExpectedMs };
    const go = () => {
      core.emit("shutdown", { reason, ...expected });
      die((connection) => connection.shut(1012, "service restart"));
      after();
    };
    if (version === 3 || liveRuns(core).length === 0) return go();
    core.status = "draining";
    const wait = () => (liveRuns(core).length === 0 ? go() : core.later(10, wait));
    core.later(10, wait);
    return undefined;
  };
  return {
    boot,
    die,
    comeBack,
    leave,
    end: () => {
      die((connection) => connection.lose());
      // Whoever left has set some.
      stopTimers();
      clock.clearTimeout(comeback ?? -1);
    },
  };
}
