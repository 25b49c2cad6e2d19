import { say, tool, type Model } from "@automna/testing";
import { describe, expect, test } from "vitest";

import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";

const TRIP = "agent:main:trip";
const MINUTE = 60_000;

/** A tool that says nothing for as long as it works. */
const slowTool: Model = () => [
  ...say("Looking. "),
  tool("exec", { command: "build" }, "built", { ms: 1.5 * MINUTE }),
  ...say("Done."),
];

const thinking: Model = () => [{ do: "wait", ms: 1.5 * MINUTE }, ...say("Done.")];

const stored = (rig: ChatRig) =>
  rig.gateway.transcript(SESSION).flatMap(({ role, text }) => (role === "toolResult" ? [] : [text]));

/** An own message over version 3 on which the agent works without a word. */
async function working(model: Model, isFirst = false): Promise<{ rig: ChatRig; sendId: string }> {
  const rig = chatRig({ protocol: 3, model });
  if (!isFirst) rig.gateway.seedSession(SESSION, [{ user: "before", assistant: "yes" }]);
  await rig.ready();
  const sendId = rig.chat.actions.send("build it");
  await rig.clock.advanceAsync(5_000);
  expect(rig.chat.getState().runs).toMatchObject([{ runId: sendId }]);
  return { rig, sendId };
}

async function reloaded(rig: ChatRig): Promise<void> {
  rig.reload();
  await rig.ready();
  await rig.clock.advanceAsync(1_000);
}

function runs(rig: ChatRig) {
  return rig.chat.getState().runs.map(({ runId, own }) => ({ runId, own }));
}

describe.each([
  ["that runs a tool", slowTool, false],
  ["that has said nothing yet", thinking, false],
  ["that has said nothing yet in its first turn", thinking, true],
] as const)("a run of version 3 %s", (_name, model, isFirst) => {
  test("is there after a reload of the page until it is answered, however often that is", async () => {
    const { rig, sendId } = await working(model, isFirst);
    for (const ms of [100, 40_000, 20_000]) {
      await reloaded(rig);
      expect(runs(rig)).toEqual([{ runId: sendId, own: true }]);
      await rig.clock.advanceAsync(ms);
      expect(runs(rig)).toEqual([{ runId: sendId, own: true }]);
    }
    expect(await rig.quiet()).toBe(true);
    expect(
      rig.messages().flatMap(({ parts }) => parts.flatMap((part) => ("text" in part ? part.text : []))),
    ).toEqual(stored(rig));
    expect(rig.gateway.modelCalls).toBeLessThanOrEqual(2);
  });

  test("is there after a look at another session, and is stopped from there", async () => {
    const { rig, sendId } = await working(model, isFirst);
    rig.chat.actions.switchSession(TRIP);
    expect(runs(rig)).toEqual([]);
    await rig.clock.advanceAsync(40_000);
    rig.chat.actions.switchSession(SESSION);
    await rig.ready();
    await rig.clock.advanceAsync(1_000);
    expect(runs(rig)).toEqual([{ runId: sendId, own: true }]);
    const stopping = rig.chat.actions.abort();
    await rig.clock.advanceAsync(100);
    await stopping;
    expect(runs(rig)).toEqual([]);
    expect(rig.gateway.activeRuns()).toEqual([]);
    expect(await rig.quiet(20_000)).toBe(true);
  });

  test("ends with an answer of which nobody heard", async () => {
    const { rig } = await working(model, isFirst);
    await reloaded(rig);
    rig.gateway.freezeAll();
    await rig.clock.advanceAsync(4 * MINUTE);
    expect(runs(rig)).toEqual([]);
    expect(rig.chat.getState().outbox).toEqual([]);
    expect(rig.texts().at(-1)).toContain("Done.");
  });

  test("is over when the gateway died", async () => {
    const { rig } = await working(model, isFirst);
    rig.gateway.kill();
    await rig.clock.advanceAsync(3_000);
    rig.gateway.setModel(() => say("Again."));
    rig.reload();
    rig.gateway.start();
    expect(await rig.quiet(20_000)).toBe(true);
  });
});

test("a run of version 3 that ended in silence is over with its row", async () => {
  const { rig } = await working(() => [{ do: "wait", ms: MINUTE }, ...say("NO_REPLY")]);
  await reloaded(rig);
  rig.gateway.freezeAll();
  await rig.clock.advanceAsync(3 * MINUTE);
  expect(runs(rig)).toEqual([]);
  expect(rig.chat.getState().outbox).toEqual([]);
});

test("a run of version 3 that leaves no trace is not taken as going on for longer than any lasts", async () => {
  const { rig, sendId } = await working(() => [{ do: "hang" }]);
  await reloaded(rig);
  await rig.clock.advanceAsync(8 * MINUTE);
  expect(runs(rig)).toEqual([{ runId: sendId, own: true }]);
  await rig.clock.advanceAsync(5 * MINUTE);
  expect(runs(rig)).toEqual([]);
  expect(rig.chat.getState().outbox).toEqual([]);
});

test("a session of version 3 that is not open is asked about a silent run every half minute", async () => {
  const { rig } = await working(slowTool);
  rig.chat.actions.switchSession(TRIP);
  await rig.ready();
  await rig.clock.advanceAsync(10_000);
  rig.gateway.clearLog();
  await rig.clock.advanceAsync(MINUTE);
  const looks = rig.gateway.log.filter(({ frame }) => frame["method"] === "chat.history");
  expect(looks).toHaveLength(2);
});
