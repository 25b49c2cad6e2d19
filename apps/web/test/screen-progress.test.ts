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
  [0, 0, "A new machine usually takes 15 to 30 seconds."],
  [0, 1, "The screen was lost. It comes back by itself when the machine answers."],
  [30_000, 0, "The connected layer is not there. It takes longer than usual."],
  [120_000, 0, "The connected layer is not there. Ask whoever runs this server to look at it, or try again."],
])("after %i ms, with %i losses before, a person reads: %s", (elapsedMs, attempt, sentence) => {
  const progress = progressOf(found(1), elapsedMs, attempt);
  expect(progress).toMatchObject({ sentence, overdue: elapsedMs >= 120_000 });
});

test("a server that cannot be reached is said to be so, however long it lasts", () => {
  const sentence = "The server cannot be reached. Trying again.";
  const state: SessionState = { status: "unreachable", sentence };
  expect(progressOf(state, 0, 0).sentence).toBe(sentence);
  expect(progressOf(state, 60_000, 2).sentence).toBe(sentence);
});
