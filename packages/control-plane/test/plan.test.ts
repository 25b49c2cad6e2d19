import { expect, test } from "vitest";
import { plan } from "../src/index.ts";
import type { Action, DesiredState, ObservedState } from "../src/index.ts";

const target = { host: "127.0.0.1", port: 19_000, prefix: "strip", forwardedHeaders: "omit" } as const;
const exit = { code: 1, signal: null, at: 0 };
const failure = { code: "config-invalid", message: "a setting is wrong" } as const;

const OBSERVED: Readonly<Record<string, ObservedState>> = {
  unknown: { status: "unknown", reason: "the disk does not answer" },
  absent: { status: "absent" },
  stopped: { status: "stopped", exit: null },
  running: { status: "running", revision: "new", target, startedAt: 0 },
  "running the old revision": { status: "running", revision: "old", target, startedAt: 0 },
  restarting: { status: "restarting", revision: "new", exit, attempt: 1, retryAt: 9 },
  "restarting the old revision": { status: "restarting", revision: "old", exit, attempt: 1, retryAt: 9 },
  ready: { status: "ready", revision: "new", target },
  "ready in the old revision": { status: "ready", revision: "old", target },
  failed: { status: "failed", revision: "new", failure },
  "failed in the old revision": { status: "failed", revision: "old", failure },
};

const START = "prepare start await-ready";
const RESTART = "stop prepare start await-ready";

const TABLE: readonly [desired: DesiredState["status"], observed: string, actions: string][] = [
  ["running", "unknown", "look-again"],
  ["running", "absent", START],
  ["running", "stopped", START],
  ["running", "running", "await-ready"],
  ["running", "running the old revision", RESTART],
  ["running", "restarting", "await-ready"],
  ["running", "restarting the old revision", RESTART],
  ["running", "ready", ""],
  ["running", "ready in the old revision", RESTART],
  ["running", "failed", "give-up"],
  ["running", "failed in the old revision", RESTART],
  ["stopped", "unknown", "look-again"],
  ["stopped", "absent", ""],
  ["stopped", "stopped", ""],
  ["stopped", "running", "stop"],
  ["stopped", "running the old revision", "stop"],
  ["stopped", "restarting", "stop"],
  ["stopped", "ready", "stop"],
  ["stopped", "failed", "stop"],
  ["destroyed", "unknown", "look-again"],
  ["destroyed", "absent", ""],
  ["destroyed", "stopped", "destroy"],
  ["destroyed", "running", "stop destroy"],
  ["destroyed", "restarting", "stop destroy"],
  ["destroyed", "ready", "stop destroy"],
  ["destroyed", "failed", "stop destroy"],
];

test.each(TABLE)("wanted %s, seen %s: %s", (status, seen, actions) => {
  const desired: DesiredState = status === "running" ? { status, revision: "new" } : { status };
  expect(kinds(plan(desired, observedAs(seen)))).toBe(actions);
});

test("whatever is wanted, an observation that failed leads to nothing but another look", () => {
  for (const desired of [
    { status: "running", revision: "new" },
    { status: "stopped" },
    { status: "destroyed" },
  ] satisfies DesiredState[]) {
    expect(plan(desired, observedAs("unknown"))).toEqual([
      { kind: "look-again", reason: "the disk does not answer" },
    ]);
  }
});

test("data is removed only when removal is wanted, and never under a live gateway", () => {
  for (const [desired, , actions] of TABLE) {
    if (actions.includes("destroy")) expect(desired).toBe("destroyed");
  }
  for (const observed of Object.values(OBSERVED)) {
    const actions = kinds(plan({ status: "destroyed" }, observed));
    const lives = ["running", "restarting", "ready"].includes(observed.status);
    if (lives) expect(actions).toBe("stop destroy");
  }
});

test("giving up says why", () => {
  expect(plan({ status: "running", revision: "new" }, observedAs("failed"))).toEqual([
    { kind: "give-up", failure },
  ]);
});

function observedAs(name: string): ObservedState {
  const observed = OBSERVED[name];
  if (observed === undefined) throw new Error(`No observation named ${name}.`);
  return observed;
}

function kinds(actions: readonly Action[]): string {
  return actions.map(({ kind }) => kind).join(" ");
}
