import { expect, test } from "vitest";
import { progressOf } from "../src/components/remote-cli/screen-progress.ts";
import type { SessionState } from "../src/components/remote-cli/session-poll.ts";

const NAMES = ["resolved", "connected", "answered", "greeted"];

/** A machine of which so many layers are well. */
function found(well: number): SessionState {
  const layers = NAMES.map((name, index) => ({
    name,
    status: index < well ? ("ok" as const) : index === well ? ("failed" as const) : ("skipped" as const),
  }));
  const layer = NAMES[well];
  const failure = layer ? { layer, message: `The ${layer} layer is not there.` } : null;
  return { status: "found", health: { status: failure ? "starting" : "ready", layers, failure } };
}

const words = (state: SessionState) => progressOf(state, 0, 0).steps.map(({ status }) => status);

test("each layer that is well is a step that is done, and the next one is current", () => {
  const all = ["ahead", "ahead", "ahead", "ahead", "ahead"];
  expect(words({ status: "looking" })).toEqual(["current", ...all.slice(1)]);
  for (const well of [0, 1, 2, 3, 4])
    expect(words(found(well))).toEqual([
      ...all.slice(0, well).fill("done"),
      "current",
      ...all.slice(well + 1),
    ]);
});

test.each([
  [0, 0, { kind: "usual" }],
  [29_999, 1, { kind: "lost" }],
  [30_000, 0, { kind: "longer", missing: "connected" }],
  [120_000, 2, { kind: "overdue", missing: "connected" }],
])("after %i ms, with %i losses before, a person is told %o", (elapsedMs, attempt, word) => {
  expect(progressOf(found(1), elapsedMs, attempt)).toMatchObject({ word, overdue: elapsedMs >= 120_000 });
});

test("nothing is said to be missing on a machine that is well, or that nobody has seen yet", () => {
  expect(progressOf(found(4), 60_000, 0).word).toEqual({ kind: "longer", missing: null });
  expect(progressOf({ status: "looking" }, 120_000, 0).word).toEqual({ kind: "overdue", missing: null });
});

test("a server that cannot be reached is said to be so, however long it lasts", () => {
  const silent: SessionState = { status: "unreachable", answeredWith: null };
  expect(progressOf(silent, 60_000, 2).word).toEqual({ kind: "unreachable" });
  const failing: SessionState = { status: "unreachable", answeredWith: 502 };
  expect(progressOf(failing, 0, 0).word).toEqual({ kind: "answered-with", status: 502 });
});
