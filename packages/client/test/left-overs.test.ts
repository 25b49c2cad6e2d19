import { say, words, type Model } from "@automna/testing";
import { describe, expect, test } from "vitest";

import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";
import { ProjectionRig, v3 } from "./projection-rig.ts";
import { runTrace } from "./trace.ts";

const hang: Model = ({ message }) =>
  message === "stop me" ? [...words(2, 40), { do: "hang" }] : say(`Answer to ${message}.`);

/** Sends a message, waits for its first words, and stops the reply. */
async function stopped(rig: ChatRig): Promise<void> {
  rig.chat.actions.send("stop me");
  await rig.clock.advanceUntil(() => rig.messages().some(({ status }) => status === "streaming"));
  await rig.clock.advanceAsync(1_000);
  const stopping = rig.chat.actions.abort();
  await rig.clock.advanceAsync(10);
  await stopping;
  await rig.quiet();
  await rig.clock.advanceAsync(5_000);
  expect(rig.messages().at(-1)).toMatchObject({ role: "assistant", status: "aborted" });
}

function sentTexts(rig: ChatRig): unknown[] {
  return rig.gateway.log.flatMap(({ frame }) => {
    const { method, params } = frame;
    if (method !== "chat.send" || typeof params !== "object" || params === null) return [];
    return "message" in params ? [params["message"]] : [];
  });
}

describe.each(["/new", "/reset"])("version 3: %s", (command) => {
  const model: Model = ({ message }) => say(message === "hi" ? "Hello." : "What now?");

  async function asked(): Promise<ChatRig> {
    const rig = chatRig({ protocol: 3, model });
    rig.gateway.seedSession(SESSION, [{ user: "old", assistant: "answer" }]);
    await rig.ready();
    rig.chat.actions.send(command);
    expect(await rig.quiet()).toBe(true);
    await rig.clock.advanceAsync(5_000);
    return rig;
  }

  test("stays above the greeting as what the person sent, and the gateway's own prompt is not shown", async () => {
    const rig = await asked();
    expect(rig.texts()).toEqual([`user: ${command}`, "assistant: What now?"]);
    expect(rig.messages()[0]).toMatchObject({ status: "complete" });
    expect(rig.chat.getState().outbox).toEqual([]);
    rig.chat.actions.send("hi");
    await rig.quiet();
    expect(rig.texts()).toEqual([
      `user: ${command}`,
      "assistant: What now?",
      "user: hi",
      "assistant: Hello.",
    ]);
  });

  test("is what is asked again, never the gateway's prompt", async () => {
    const rig = await asked();
    rig.chat.actions.regenerate();
    await rig.quiet();
    expect(sentTexts(rig)).toEqual([command, command]);
    rig.reload();
    await rig.ready();
    expect(rig.texts()).toEqual(["assistant: What now?"]);
    expect(rig.chat.actions.regenerate()).toBeNull();
  });

  test("takes stopped replies and commands along, which the gateway never stored", async () => {
    const rig = chatRig({ protocol: 3, model: hang });
    rig.gateway.seedSession(SESSION, [{ user: "old", assistant: "answer" }]);
    await rig.ready();
    await stopped(rig);
    rig.chat.actions.send("/status");
    await rig.quiet();
    await rig.clock.advanceAsync(5_000);
    expect(rig.texts()).toContain("user: /status");
    rig.chat.actions.send(command);
    expect(await rig.quiet()).toBe(true);
    await rig.clock.advanceAsync(5_000);
    expect(rig.messages().map(({ role }) => role)).toEqual(["user", "assistant"]);
    expect(rig.texts()[0]).toBe(`user: ${command}`);
  });
});

describe("what is nowhere but on the screen", () => {
  test.each([true, false])("goes with a reset of the session, with rows before it: %s", async (hasRows) => {
    const rig = chatRig({ protocol: 3, model: hang }, { scopes: ["operator.admin"] });
    if (hasRows) rig.gateway.seedSession(SESSION, [{ user: "old", assistant: "answer" }]);
    await rig.ready();
    await stopped(rig);
    const resetting = rig.chat.actions.resetSession();
    await rig.clock.advanceAsync(1_000);
    await resetting;
    expect(rig.texts()).toEqual([]);
  });

  const old = [v3("user", "old", 900), v3("assistant", "answer", 901)];
  const next = [v3("user", "next", 5_000), v3("assistant", "done", 5_001)];

  function withStopped(rows: readonly Record<string, unknown>[]): ProjectionRig {
    const rig = new ProjectionRig(3).history(rows).send("s1", "hi").delta("s1", 1, "partial");
    rig.chat({ runId: "s1", seq: 2, state: "aborted", stopReason: "rpc" });
    rig.reduce({ type: "send-settled", sendId: "s1" });
    return rig.reduce({ type: "history-final", requestedAt: rig.projection.counter });
  }

  test("does not come below newer messages when the messages that it stood behind are not loaded any more", () => {
    const rig = withStopped(old);
    const newer = [v3("user", "newer", 9_000), v3("assistant", "newest", 9_001)];
    rig.history(newer, { olderFrom: 2 });
    expect(rig.texts).toEqual(["newer", "newest"]);
  });

  test("goes when the history is empty", () => {
    expect(withStopped(old).history([]).texts).toEqual([]);
  });

  test("goes with the beginning that it stood at when another conversation is there", () => {
    const rig = withStopped([]).history(next);
    expect(rig.texts).toEqual(["hi", "partial", "next", "done"]);
    rig.history([v3("user", "another", 9_000), v3("assistant", "one", 9_001)]);
    expect(rig.texts).toEqual(["another", "one"]);
  });

  test("stays at the beginning while the page does not reach back to it", () => {
    const rig = withStopped([]).history(next);
    rig.history([v3("user", "newer", 9_000), v3("assistant", "newest", 9_001)], { olderFrom: 2 });
    expect(rig.texts).toEqual(["hi", "partial", "newer", "newest"]);
  });

  test("stays when the first turn was stopped and nothing was stored yet", () => {
    expect(withStopped([]).history([]).texts).toEqual(["hi", "partial"]);
  });

  test("never goes while it is sent and not answered", () => {
    const rig = withStopped(old).send("s2", "waiting", "queued").history([]);
    expect(rig.texts).toEqual(["waiting"]);
  });
});

test("a message of version 3 that was found stored and went with a reset before a page showed it is not on its way for ever", () =>
  runTrace(3, {
    latencyMs: 0,
    setBackMs: 0,
    pageSize: 200,
    steps: [
      { do: "send", script: 0 },
      { do: "hide", ms: 0 },
      { do: "slow", ms: 110 },
      { do: "send", script: 3 },
      { do: "abort" },
      { do: "hide", ms: 60 },
      { do: "reset" },
      { do: "send", script: 0 },
      { do: "send", script: 0 },
    ],
  }));

test("a message that a look at the session it was sent to found stored is itself on the page that is opened meanwhile", () =>
  runTrace(3, {
    latencyMs: 0,
    setBackMs: 0,
    pageSize: 200,
    steps: [
      { do: "send", script: 0 },
      { do: "switch" },
      { do: "hide", ms: 5_000 },
      { do: "switch" },
      { do: "send", script: 0 },
      { do: "slow", ms: 330 },
      { do: "foreign", script: 0, elsewhere: false },
      { do: "hide", ms: 330 },
      { do: "send", script: 0 },
    ],
  }));
