import { expect, test } from "vitest";
import { ensureInstance } from "../src/index.ts";
import type { Observation, Outcome, Probe, ProbeResult, ReconcileOptions, Resume } from "../src/index.ts";
import { settingsWith, specWith } from "./support/instances.ts";
import { ScriptedDriver, jumpingClock } from "./support/scripted-driver.ts";

const spec = specWith();
const RUNNING = { status: "running", revision: spec.revision } as const;
const READY: Extract<ProbeResult, { status: "ready" }> = {
  status: "ready",
  protocol: 4,
  version: "2026.9.6",
};

/** Answers with each result in turn, then with the last one for ever. */
function probing(...results: [ProbeResult, ...ProbeResult[]]): Probe & { urls: string[] } {
  const urls: string[] = [];
  let tries = 0;
  const probe: Probe = async ({ url }) => {
    urls.push(url);
    return results[Math.min(tries++, results.length - 1)] ?? results[0];
  };
  return Object.assign(probe, { urls });
}

function ensure(options: Partial<ReconcileOptions> & { driver: ScriptedDriver }, desired = RUNNING) {
  return ensureInstance(spec, desired, { probe: probing(READY), clock: jumpingClock(), ...options });
}

test("an absent instance is prepared, started and proven by a handshake", async () => {
  const driver = new ScriptedDriver();
  const outcome = await ensure({ driver });
  expect(outcome).toMatchObject({
    status: "ready",
    protocol: 4,
    version: "2026.9.6",
    target: { port: 19_000 },
  });
  expect(driver.calls).toEqual(["prepare", "start"]);
});

test("a running instance is proven without touching it", async () => {
  const driver = new ScriptedDriver();
  await ensure({ driver });
  driver.calls.length = 0;
  expect(await ensure({ driver })).toMatchObject({ status: "ready" });
  expect(driver.calls).toEqual([]);
});

test("an instance of another revision is stopped and started again", async () => {
  const driver = new ScriptedDriver();
  await ensure({ driver });
  driver.calls.length = 0;
  const rotated = specWith({ settings: settingsWith() });
  const desired = { status: "running", revision: rotated.revision } as const;
  const outcome = await ensureInstance(rotated, desired, {
    driver,
    probe: probing(READY),
    clock: jumpingClock(),
  });
  expect(outcome.status).toBe("ready");
  expect(driver.calls).toEqual(["stop", "prepare", "start"]);
});

test("a gateway that says it is still starting is asked again when it said", async () => {
  const clock = jumpingClock();
  const probe = probing({ status: "starting", retryAfterMs: 500 }, READY);
  expect(await ensure({ driver: new ScriptedDriver(), probe, clock })).toMatchObject({ status: "ready" });
  expect(clock.slept).toContain(500);
});

/** A driver that hears its gateway, which says something during each handshake. */
function talkative() {
  const listeners = new Set<() => void>();
  const driver = Object.assign(new ScriptedDriver(), {
    onOutput(_: string, listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  const heardBy = (probe: Probe): Probe => {
    return (...asked) => {
      for (const listener of listeners) listener();
      return probe(...asked);
    };
  };
  return { driver, heardBy, listeners };
}

const NOT_YET: ProbeResult = { status: "unreachable", reason: "connection refused" };

test("a gateway that says something is asked at once, though not for each line", async () => {
  const [silence, words] = [jumpingClock(), jumpingClock()];
  const tries = () => probing(NOT_YET, NOT_YET, NOT_YET, READY);
  await ensure({ driver: new ScriptedDriver(), probe: tries(), clock: silence });
  const { driver, heardBy, listeners } = talkative();
  await ensure({ driver, probe: heardBy(tries()), clock: words });
  expect(silence.slept).toEqual([20, 20, 20]);
  expect(words.slept).toEqual([5, 5, 5]);
  expect(listeners).toHaveLength(0);
});

test("a gateway that named a time and then says something is asked before that time", async () => {
  const clock = jumpingClock();
  const { driver, heardBy } = talkative();
  await ensure({ driver, probe: heardBy(probing({ status: "starting", retryAfterMs: 500 }, READY)), clock });
  expect(clock.slept).toEqual([5]);
});

test("a gateway that was suspended and is wanted after all is resumed before it is called ready", async () => {
  const resumed: string[] = [];
  const resume: Resume = ({ url }) => {
    resumed.push(url);
    return resumed.length === 1 ? Promise.reject(new Error("busy")) : Promise.resolve();
  };
  const probe = probing({ ...READY, suspended: true });
  expect(await ensure({ driver: new ScriptedDriver(), probe, resume })).toMatchObject({ status: "ready" });
  expect(resumed).toEqual(["ws://127.0.0.1:19000/", "ws://127.0.0.1:19000/"]);
  expect(await ensure({ driver: new ScriptedDriver(), resume })).toMatchObject({ status: "ready" });
  expect(resumed).toHaveLength(2);
});

test("the handshake uses the base path only where the gateway keeps it", async () => {
  const keeping = specWith({ product: "openclaw", settings: settingsWith({ basePath: "/i/abc" }) });
  const driver = new ScriptedDriver({
    status: "running",
    revision: keeping.revision,
    target: { host: "127.0.0.1", port: 19_001, prefix: "keep", forwardedHeaders: "omit" },
    startedAt: 0,
  });
  const probe = probing(READY);
  await ensureInstance(keeping, { status: "running", revision: keeping.revision }, { driver, probe });
  await ensure({ driver: new ScriptedDriver(), probe });
  expect(probe.urls).toEqual(["ws://127.0.0.1:19001/i/abc/", "ws://127.0.0.1:19000/"]);
});

test("a refusal ends the wait at once, so that no limiter is fed", async () => {
  const probe = probing({ status: "refused", code: "AUTH_TOKEN_MISMATCH", message: "wrong token" });
  const outcome = await ensure({ driver: new ScriptedDriver(), probe });
  expect(failureCode(outcome)).toBe("refused");
  expect(probe.urls).toHaveLength(1);
});

test("a gateway that never answers fails after the limit, with the last reason", async () => {
  const clock = jumpingClock();
  const probe = probing({ status: "unreachable", reason: "connection refused" });
  const outcome = await ensure({ driver: new ScriptedDriver(), probe, clock, readyTimeoutMs: 5000 });
  expect(outcome).toMatchObject({ status: "failed", failure: { code: "start-timeout" } });
  expect(JSON.stringify(outcome)).toContain("connection refused");
  expect(clock.now()).toBeGreaterThanOrEqual(5000);
  expect(clock.now()).toBeLessThan(6000);
});

test("a gateway that ends in an orderly way after each start is given up", async () => {
  const driver = new ScriptedDriver();
  driver.endsAfterStart = true;
  expect(failureCode(await ensure({ driver }))).toBe("crash-loop");
  expect(driver.calls.filter((call) => call === "start")).toHaveLength(3);
});

const TARGET = { host: "127.0.0.1", port: 19_000, prefix: "strip", forwardedHeaders: "omit" } as const;
const OLDER = { status: "running", revision: "older", target: TARGET, startedAt: 0 } as const;

test("a driver that replaces what runs is not told to stop it first, unless it has failed", async () => {
  const calls = async (world: Observation, replaces: boolean) => {
    const driver = Object.assign(new ScriptedDriver(world), { replaces });
    await ensure({ driver });
    return driver.calls;
  };
  const failed = {
    status: "failed",
    revision: "older",
    failure: { code: "crash-loop", message: "it ends" },
  } as const;
  expect(await calls(OLDER, false)).toEqual(["stop", "prepare", "start"]);
  expect(await calls(OLDER, true)).toEqual(["prepare", "start"]);
  expect(await calls(failed, true)).toEqual(["stop", "prepare", "start"]);
});

test("a gateway that failed for good is reported, not started again", async () => {
  const failure = { code: "config-invalid", message: "a setting is wrong" } as const;
  const driver = new ScriptedDriver({ status: "failed", revision: spec.revision, failure });
  expect(await ensure({ driver })).toEqual({ status: "failed", failure });
  expect(driver.calls).toEqual([]);
});

test("a driver that cannot look changes nothing and is asked until the limit", async () => {
  const driver = new ScriptedDriver({ status: "unknown", reason: "the daemon is gone" });
  for (const desired of [RUNNING, { status: "stopped" }, { status: "destroyed" }] as const) {
    const outcome = await ensureInstance(spec, desired, {
      driver,
      probe: probing(READY),
      clock: jumpingClock(),
    });
    expect(outcome).toEqual({ status: "unknown", reason: "the daemon is gone" });
  }
  expect(driver.calls).toEqual([]);
});

test("for a gateway at rest a driver that cannot look is asked once", async () => {
  const driver = new ScriptedDriver();
  const clock = jumpingClock();
  const phases: string[] = [];
  driver.observe = async () => ({ status: "unknown", reason: "the node is down" });
  const onPhase = ({ action }: { action: string }) => phases.push(action);
  const outcome = await ensure({ driver, clock, atRest: true, onPhase });
  expect(outcome).toEqual({ status: "unknown", reason: "the node is down" });
  expect(clock.slept).toEqual([]);
  expect(phases).toEqual([]);
});

test("a driver that cannot look after something was begun is asked again, also for a gateway at rest", async () => {
  const driver = new ScriptedDriver();
  const observe = driver.observe.bind(driver);
  let looks = 0;
  driver.observe = async () => {
    looks += 1;
    return looks === 2 ? { status: "unknown", reason: "the node is down" } : observe();
  };
  expect(await ensure({ driver, atRest: true })).toMatchObject({ status: "ready" });
  expect(driver.calls).toEqual(["prepare", "start"]);
});

test("an error of the driver becomes a failure with its next step, and a second call goes on from there", async () => {
  const driver = new ScriptedDriver();
  driver.broken = "start";
  expect(await ensure({ driver })).toEqual({
    status: "failed",
    failure: { code: "driver-failed", message: "The disk is full. Make room." },
  });
  driver.broken = null;
  expect(await ensure({ driver })).toMatchObject({ status: "ready" });
});

test("an error that was written for nobody is the operator's to read; the owner is told what to do", async () => {
  const driver = new ScriptedDriver();
  driver.broken = "prepare";
  driver.error = new Error("EACCES: permission denied, mkdir '/srv/data/instances/0123'");
  const reported: unknown[] = [];
  const outcome = await ensure({ driver, onError: (error) => reported.push(error) });
  expect(outcome).toMatchObject({
    status: "failed",
    failure: { code: "driver-failed", message: expect.stringMatching(/Try again, or ask the operator\.$/) },
  });
  expect(JSON.stringify(outcome)).not.toContain("EACCES");
  expect(reported).toEqual([driver.error]);
});

test("stopping and destroying end where they should", async () => {
  const driver = new ScriptedDriver();
  await ensure({ driver });
  const options = { driver, probe: probing(READY), clock: jumpingClock() };
  expect(await ensureInstance(spec, { status: "stopped" }, options)).toEqual({ status: "stopped" });
  expect(await ensureInstance(spec, { status: "destroyed" }, options)).toEqual({ status: "absent" });
  expect(await ensureInstance(spec, { status: "destroyed" }, options)).toEqual({ status: "absent" });
  expect(driver.calls).toEqual(["prepare", "start", "stop", "destroy"]);
});

test("aborting rejects with the reason", async () => {
  const stopped = new AbortController();
  const probe: Probe = async () => {
    stopped.abort(new Error("the worker stops"));
    return { status: "unreachable", reason: "not yet" };
  };
  const run = ensure({ driver: new ScriptedDriver(), probe, signal: stopped.signal });
  await expect(run).rejects.toThrow("the worker stops");
});

test("each phase is told once", async () => {
  const phases: string[] = [];
  const probe = probing(
    { status: "unreachable", reason: "not yet" },
    { status: "unreachable", reason: "" },
    READY,
  );
  await ensure({ driver: new ScriptedDriver(), probe, onPhase: ({ action }) => phases.push(action) });
  expect(phases).toEqual(["prepare", "start", "await-ready"]);
});

function failureCode(outcome: Outcome): string | null {
  return outcome.status === "failed" ? outcome.failure.code : null;
}

test.each(["stopped", "absent"] as const)(
  "an engine that goes away between two steps is waited for, and counts as no failure (%s)",
  async (status) => {
    const driver = new ScriptedDriver(status === "absent" ? { status } : { status, exit: null });
    driver.awayFor = 4;
    expect(await ensure({ driver })).toMatchObject({ status: "ready" });
    expect(driver.calls.slice(-2)).toEqual(["prepare", "start"]);
  },
);

test("an engine that stays away leaves everything open: nothing failed, and nobody knows", async () => {
  const driver = new ScriptedDriver();
  driver.awayFor = Infinity;
  const phases: string[] = [];
  const outcome = await ensure({ driver, onPhase: ({ action }) => phases.push(action) });
  expect(outcome).toEqual({ status: "unknown", reason: expect.stringContaining("Start it") });
  expect(phases).toContain("look-again");
});

test("getting the image counts nothing towards the time that the start may take", async () => {
  const clock = jumpingClock();
  const driver = new ScriptedDriver();
  const prepare = driver.prepare.bind(driver);
  driver.prepare = async () => {
    await clock.sleep(600_000);
    await prepare();
  };
  const silent: ProbeResult = { status: "unreachable", reason: "It listens not yet." };
  const probe = probing(silent, ...Array.from({ length: 400 }, () => silent), READY);
  expect(await ensure({ driver, clock, probe, readyTimeoutMs: 120_000 })).toMatchObject({ status: "ready" });
});

test("what is not wanted any more ends in the midst of getting its image", async () => {
  const run = new AbortController();
  const driver = new ScriptedDriver();
  driver.prepare = async (_spec?: unknown, _onStep?: unknown, signal?: AbortSignal) => {
    run.abort(new Error("a stop is wanted"));
    signal?.throwIfAborted();
    await new Promise(() => {});
  };
  await expect(ensure({ driver, signal: run.signal })).rejects.toThrow("a stop is wanted");
});

const SILENT: ProbeResult = { status: "unreachable", reason: "it did not answer in time" };
const UNHEALTHY = {
  status: "running",
  revision: spec.revision,
  target: TARGET,
  startedAt: -120_000,
  isUnhealthy: true,
} as const;

const silentFor = (tries: number) => Array.from({ length: tries }, () => SILENT);

test("a gateway that its engine finds unhealthy and that shakes no hand for a while is started anew", async () => {
  const driver = new ScriptedDriver(UNHEALTHY);
  const probe: Probe = async () => (driver.calls.includes("start") ? READY : SILENT);
  expect(await ensure({ driver, probe })).toMatchObject({ status: "ready" });
  expect(driver.calls).toEqual(["stop", "prepare", "start"]);
});

test("a gateway that was just started and never answers is late, however unhealthy", async () => {
  const driver = new ScriptedDriver();
  const start = driver.start.bind(driver);
  driver.start = async (asked) => {
    await start(asked);
    driver.world = { ...UNHEALTHY, startedAt: 0 };
  };
  expect(await ensure({ driver, probe: probing(SILENT) })).toMatchObject({
    status: "failed",
    failure: { code: "start-timeout" },
  });
  expect(driver.calls).toEqual(["prepare", "start"]);
});

test.each<[what: string, Observation, Probe]>([
  ["is unhealthy and shakes hands", UNHEALTHY, probing(READY)],
  [
    "is healthy and shakes no hand for a while",
    { ...OLDER, revision: spec.revision },
    probing(SILENT, READY),
  ],
  [
    "is unhealthy and says that it starts",
    UNHEALTHY,
    probing({ status: "starting", retryAfterMs: 1 }, READY),
  ],
  ["is unhealthy and shakes no hand for a moment", UNHEALTHY, probing(SILENT, ...silentFor(150), READY)],
  [
    "is unhealthy and says something now and then",
    UNHEALTHY,
    probing(SILENT, ...silentFor(150), { status: "starting", retryAfterMs: 1 }, ...silentFor(150), READY),
  ],
  [
    "has not had its time to start",
    { ...UNHEALTHY, startedAt: -1_000 },
    probing(SILENT, ...silentFor(400), READY),
  ],
])("a gateway that %s is left alone", async (_, world, probe) => {
  const driver = new ScriptedDriver(world);
  expect(await ensure({ driver, probe })).toMatchObject({ status: "ready" });
  expect(driver.calls).toEqual([]);
});
