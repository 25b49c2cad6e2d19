import { describe, expect, test } from "vitest";

import { awaitsHistory } from "../src/projection-state.ts";
import { ProjectionRig, v3, v4Assistant, v4User } from "./projection-rig.ts";

describe("text", () => {
  test("a delta replaces what was there, it never appends", () => {
    const rig = new ProjectionRig(4).history([]).delta("r", 1, "one").delta("r", 2, "one two");
    expect(rig.texts).toEqual(["one two"]);
  });

  test("an older or repeated delta changes nothing", () => {
    const rig = new ProjectionRig(4).history([]).delta("r", 5, "one two");
    const before = rig.projection.transcript;
    rig.delta("r", 5, "one two").delta("r", 3, "one");
    expect(rig.projection.transcript).toBe(before);
  });

  test("version 4 may replace the whole text, also by nothing", () => {
    const rig = new ProjectionRig(4).history([]).delta("r", 1, "a failed try");
    rig.chat({ runId: "r", seq: 2, state: "delta", deltaText: "", replace: true });
    rig.chat({ runId: "r", seq: 3, state: "delta", deltaText: "better" });
    expect(rig.texts).toEqual(["better"]);
  });

  test("an increment is only applied to a text that has no hole", () => {
    const rig = new ProjectionRig(4).history([]).delta("r", 1, "one");
    rig.reduce({ type: "gap" });
    rig.chat({ runId: "r", seq: 4, state: "delta", deltaText: " four" });
    expect(rig.texts).toEqual(["one"]);
    rig.delta("r", 5, "one two three four");
    expect(rig.texts).toEqual(["one two three four"]);
  });

  test("version 3 begins anew after a tool call; what was said before stays readable", () => {
    const rig = new ProjectionRig(3)
      .history([])
      .delta("r", 2, "I will run a tool.")
      .delta("r", 6, "The tool");
    expect(rig.lines).toEqual(["run:r streaming I will run a tool.|The tool"]);
    rig.delta("r", 8, "The tool has run.");
    expect(rig.lines).toEqual(["run:r streaming I will run a tool.|The tool has run."]);
  });

  test("version 4 goes on with the whole text after a tool call; the tool stands between", () => {
    const rig = new ProjectionRig(4).history([]).delta("r", 1, "I will run a tool.");
    rig.agent({
      runId: "r",
      seq: 2,
      stream: "tool",
      data: { phase: "start", name: "exec", toolCallId: "c1", args: {} },
    });
    rig.delta("r", 3, "I will run a tool.\n\nThe tool");
    rig.agent({
      runId: "r",
      seq: 4,
      stream: "tool",
      data: {
        phase: "result",
        name: "exec",
        toolCallId: "c1",
        isError: false,
        result: { content: [{ type: "text", text: "ok" }] },
      },
    });
    rig.delta("r", 5, "I will run a tool.\n\nThe tool has run.");
    expect(rig.messages[0]?.parts).toEqual([
      { type: "text", text: "I will run a tool." },
      { type: "tool-call", toolCallId: "c1", name: "exec", args: {}, state: "done", result: "ok" },
      { type: "text", text: "The tool has run." },
    ]);
  });

  test("the final text is authoritative", () => {
    const rig = new ProjectionRig(4).history([]).delta("r", 1, "a draft").final("r", 2, "the answer");
    expect(rig.lines).toEqual(["run:r complete the answer"]);
  });

  test("words that mean silence are never shown", () => {
    const rig = new ProjectionRig(3).history([]).delta("r", 1, "NO_RE");
    expect(rig.messages.map(({ parts }) => parts)).toEqual([[]]);
    rig.final("r", 2, "NO_REPLY").history([v3("assistant", "NO_REPLY", 1_001)]);
    expect(rig.messages).toEqual([]);
  });
});

describe("what is stored", () => {
  test("an own message keeps its id from the moment it is typed until it is stored", () => {
    const rig = new ProjectionRig(4).history([]).send("s1", "hi", "queued");
    expect(rig.lines).toEqual(["s1 queued hi"]);
    rig.send("s1", "hi", "sending");
    expect(rig.lines).toEqual(["s1 sending hi"]);
    rig.send("s1", "hi", "acked");
    expect(rig.lines).toEqual(["s1 sent hi"]);
    rig.history([v4User("s1", "hi", 1)]);
    expect(rig.lines).toEqual(["s1 complete hi"]);
    expect(rig.messages[0]).toMatchObject({ stored: true, sendId: "s1" });
  });

  test("two equal texts are two messages, told apart by their send identity", () => {
    const rig = new ProjectionRig(4)
      .history([])
      .send("s1", "again")
      .send("s2", "again")
      .history([v4User("s1", "again", 1)]);
    expect(rig.lines).toEqual(["s1 complete again", "s2 sent again"]);
  });

  test("version 3 rows without keys are recognised by what the preview says about them", () => {
    const rig = new ProjectionRig(3).history([]).send("s1", "again").send("s2", "again");
    rig.history([v3("user", "again", 1)], { sendOfRow: new Map([[0, "s2"]]) });
    expect(rig.lines).toEqual(["s2 complete again", "s1 sent again"]);
  });

  test.each([3, 4] as const)("a reply keeps its id from streaming to stored, protocol %i", (protocol) => {
    const rig = new ProjectionRig(protocol)
      .history([])
      .send("s1", "hi")
      .delta("s1", 1, "Ech")
      .final("s1", 2, "Echo");
    expect(awaitsHistory(rig.projection)).toBe(true);
    const rows =
      protocol === 4
        ? [v4User("s1", "hi", 1), v4Assistant("s1", "Echo", 2)]
        : [v3("user", "hi", 1), v3("assistant", "Echo", 2)];
    rig.history(rows, protocol === 3 ? { sendOfRow: new Map([[0, "s1"]]) } : {});
    expect(rig.lines).toEqual(["s1 complete hi", "run:s1 complete Echo"]);
    expect(awaitsHistory(rig.projection)).toBe(false);
    rig.history(rows);
    expect(rig.lines).toEqual(["s1 complete hi", "run:s1 complete Echo"]);
  });

  test("a reply stays on the screen while the history does not show it yet", () => {
    const rig = new ProjectionRig(3).history([]).send("s1", "hi").final("s1", 2, "Echo").history([]);
    expect(rig.lines).toEqual(["s1 sent hi", "run:s1 complete Echo"]);
  });

  test("looking at the same history again changes no object", () => {
    const rows = [v4User("s1", "hi", 1), v4Assistant("s1", "Echo", 2)];
    const rig = new ProjectionRig(4).history(rows);
    const before = rig.messages;
    rig.history(rows);
    expect(rig.messages[0]).toBe(before[0]);
    expect(rig.messages[1]).toBe(before[1]);
  });

  test("a delta replaces one message and nothing else", () => {
    const rig = new ProjectionRig(4)
      .history([v4User("s1", "hi", 1), v4Assistant("s1", "Echo", 2)])
      .delta("r", 1, "a");
    const { order, settled } = rig.projection.transcript;
    rig.delta("r", 2, "ab");
    expect(rig.projection.transcript.order).toBe(order);
    expect(rig.projection.transcript.settled).toBe(settled);
  });

  test("a failed model call of version 3 shows its reason from the history", () => {
    const rig = new ProjectionRig(3)
      .history([])
      .send("s1", "hi")
      .agent({ runId: "s1", seq: 1, stream: "lifecycle", data: { phase: "start", startedAt: 1 } });
    rig.final("s1", 2);
    const error = v3("assistant", "", 3, { content: [], stopReason: "error", errorMessage: "500 broken" });
    rig.history([v3("user", "hi", 1), error], { sendOfRow: new Map([[0, "s1"]]) });
    expect(rig.messages[1]).toMatchObject({
      id: "run:s1",
      status: "error",
      error: { message: "500 broken" },
    });
  });

  test("a reply that the gateway itself wrote down, such as a stopped one, has no model of its name", () => {
    const stopped = { model: "gateway-injected", openclawAbort: { aborted: true, runId: "s1" } };
    const rig = new ProjectionRig(4).history([v4User("s1", "hi", 1), v4Assistant("s1", "Ec", 2, stopped)]);
    expect(rig.messages[1]).toMatchObject({ status: "aborted" });
    expect(rig.messages[1]).not.toHaveProperty("model");
    rig.history([v4User("s2", "hi", 1), v4Assistant("s2", "Echo", 2, { model: "fake-1" })]);
    expect(rig.messages.at(-1)).toMatchObject({ model: "fake-1" });
  });

  test("rows by which the gateway talks to itself are hidden", () => {
    const rig = new ProjectionRig(4).history([
      v4User("s1", "hi", 1),
      v4User("x", "[System] go on", 2, { provenance: { kind: "internal_system" } }),
      v4Assistant("h", "HEARTBEAT_OK", 3),
      v4Assistant("s1", "Echo", 4),
    ]);
    expect(rig.texts).toEqual(["hi", "Echo"]);
  });

  test("resets and compactions are boundaries", () => {
    const rig = new ProjectionRig(4).history([
      {
        role: "system",
        content: [{ type: "text", text: "Compaction" }],
        timestamp: 1,
        __openclaw: { id: "b", kind: "compaction" },
      },
    ]);
    expect(rig.messages[0]).toMatchObject({
      role: "system",
      parts: [{ type: "boundary", kind: "compaction" }],
    });
  });

  test("a turn with a tool is one message, the result beside the call", () => {
    const rig = new ProjectionRig(3).history([
      v3("user", "run it", 1),
      v3("assistant", "I will.", 2, {
        content: [
          { type: "text", text: "I will." },
          { type: "toolCall", id: "c1", name: "exec", arguments: { command: "ls" } },
        ],
        stopReason: "toolUse",
      }),
      {
        role: "toolResult",
        toolCallId: "c1",
        toolName: "exec",
        content: [{ type: "text", text: "a b" }],
        isError: false,
        timestamp: 3,
      },
      v3("assistant", "Done.", 4),
    ]);
    expect(rig.messages).toHaveLength(2);
    expect(rig.messages[1]?.parts).toEqual([
      { type: "text", text: "I will." },
      {
        type: "tool-call",
        toolCallId: "c1",
        name: "exec",
        args: { command: "ls" },
        state: "done",
        result: "a b",
      },
      { type: "text", text: "Done." },
    ]);
  });
});

describe("interruptions", () => {
  test("events that come before the first history wait for it, and old ones are dropped", () => {
    const rig = new ProjectionRig(4).delta("s1", 1, "Ech").final("s1", 2, "Echo").delta("r2", 1, "new");
    expect(rig.messages).toEqual([]);
    rig.history([v4User("s1", "hi", 1), v4Assistant("s1", "Echo", 2)]);
    expect(rig.lines).toEqual(["s1 complete hi", "run:s1 complete Echo", "run:r2 streaming new"]);
  });

  test("a run in flight is adopted from the history, also without text", () => {
    const rig = new ProjectionRig(4).history([v4User("s1", "hi", 1)], {
      inFlight: { runId: "s1", text: "", startedAt: 5 },
      activeRunIds: ["s1"],
    });
    expect(rig.lines).toEqual(["s1 complete hi", "run:s1 streaming"]);
    rig.delta("s1", 9, "so far");
    expect(rig.lines).toEqual(["s1 complete hi", "run:s1 streaming so far"]);
  });

  test("a run that ended while nobody listened gives way to its row", () => {
    const rig = new ProjectionRig(4).history([]).send("s1", "hi").delta("s1", 1, "Ec");
    rig.reduce({ type: "connected", protocol: 4, sameBoot: true });
    rig.history([v4User("s1", "hi", 1), v4Assistant("s1", "Echo", 2)]);
    expect(rig.lines).toEqual(["s1 complete hi", "run:s1 complete Echo"]);
  });

  test("no run outlives its gateway process", () => {
    const rig = new ProjectionRig(3).history([]).send("s1", "hi").delta("s1", 1, "Ec");
    rig.reduce({ type: "connected", protocol: 3, sameBoot: false });
    expect(rig.lines).toEqual(["s1 sent hi"]);
  });

  test("a stopped reply of version 3, which keeps nothing of it, stays where it happened", () => {
    const rig = new ProjectionRig(3)
      .history([v3("user", "old", 1), v3("assistant", "answer", 2)])
      .send("s1", "hi")
      .delta("s1", 1, "partial");
    rig.chat({ runId: "s1", seq: 2, state: "aborted", stopReason: "rpc" });
    rig.reduce({ type: "send-settled", sendId: "s1" });
    rig.reduce({ type: "history-final", requestedAt: rig.projection.counter });
    rig.history([v3("user", "old", 1), v3("assistant", "answer", 2), v3("user", "next", 9_000)]);
    expect(rig.texts).toEqual(["old", "answer", "hi", "partial", "next"]);
    expect(rig.messages[3]).toMatchObject({ status: "aborted", stored: false });
  });

  test("a gateway's clock that was set back between a run's beginning and its row doubles no reply", () => {
    const rig = new ProjectionRig(3).history([]).send("s1", "hi");
    rig.agent({
      runId: "s1",
      seq: 1,
      stream: "lifecycle",
      data: { phase: "start", startedAt: 1_000 },
      ts: 1_000,
    });
    rig.delta("s1", 2, "Echo").final("s1", 3, "Echo");
    rig.history([v3("user", "hi", 995), v3("assistant", "Echo", 990)], { sendOfRow: new Map([[0, "s1"]]) });
    expect(rig.texts).toEqual(["hi", "Echo"]);
    expect(awaitsHistory(rig.projection)).toBe(false);
  });

  test("the answer to a later command is not taken for what a stopped run of version 3 said", () => {
    const rig = new ProjectionRig(3).history([]).send("s1", "hi");
    rig.agent({
      runId: "s1",
      seq: 1,
      stream: "lifecycle",
      ts: 1_000,
      data: { phase: "start", startedAt: 1_000 },
    });
    rig.delta("s1", 2, "partial").chat({ runId: "s1", seq: 3, state: "aborted" });
    const stored = v3("user", "hi", 1_000);
    const links = { sendOfRow: new Map([[0, "s1"]]) };
    rig.history([stored], links).reduce({ type: "history-final", requestedAt: rig.projection.counter });
    rig.send("s2", "/status").chat({
      runId: "s2",
      seq: 1,
      state: "final",
      message: { role: "assistant", content: [{ type: "text", text: "all well" }], timestamp: 9_000 },
    });
    rig.history([stored, v3("assistant", "all well", 9_000, { stopReason: "injected" })], links);
    rig.reduce({ type: "send-settled", sendId: "s2" });
    expect(rig.lines).toEqual([
      "s1 complete hi",
      "run:s1 aborted partial",
      "s2 complete /status",
      "run:s2 complete all well",
    ]);
  });

  test("a run of version 3 that is first heard of when it ends does not stand beside its own row", () => {
    const rows = [v3("user", "hi", 1_000), v3("assistant", "Echo", 1_001)];
    const rig = new ProjectionRig(3).history(rows).final("r", 9, "Echo");
    expect(rig.texts).toEqual(["hi", "Echo"]);
    rig.history(rows).reduce({ type: "history-final", requestedAt: rig.projection.counter });
    expect(rig.texts).toEqual(["hi", "Echo"]);
    rig.final("r2", 9, "Another");
    expect(rig.texts).toEqual(["hi", "Echo", "Another"]);
  });

  test("a command of version 3 that answers what the last one did stands above its own answer", () => {
    const rows = [v3("user", "/think", 1_000), v3("assistant", "Low.", 1_001)];
    const rig = new ProjectionRig(3).history(rows).send("s1", "/think").final("s1", 1, "Low.");
    expect(rig.texts).toEqual(["/think", "Low.", "/think", "Low."]);
  });

  test("a run of version 3 that is first heard of when it ends is not taken for one that said the same before", () => {
    const rig = new ProjectionRig(3)
      .history([])
      .send("s1", "hi")
      .delta("s1", 1, "Echo")
      .final("s1", 2, "Echo");
    const rows = [v3("user", "hi", 1_000), v3("assistant", "Echo", 1_001)];
    rig.history(rows, { sendOfRow: new Map([[0, "s1"]]) }).final("r", 9, "Echo");
    expect(rig.texts).toEqual(["hi", "Echo", "Echo"]);
  });

  test("a steered run that ended while the history was on its way says nothing twice", () => {
    const rig = new ProjectionRig(4).history([]).send("s1", "hi").delta("s1", 1, "One");
    const asked = rig.projection.counter;
    rig.final("s1", 5, "One\n\nTwo");
    const steered = [v4User("s1", "hi", 1), v4Assistant("s1", "One", 2), v4User("s2", "and?", 3)];
    rig.history(steered, {}, asked);
    expect(rig.texts).toEqual(["hi", "One", "and?", "Two"]);
    rig.history([...steered, v4Assistant("s1", "Two", 4)]);
    expect(rig.lines).toEqual([
      "s1 complete hi",
      "run:s1 complete One",
      "s2 complete and?",
      "run:s1+ complete Two",
    ]);
  });

  test("a reply that is stored whole while its end is heard of is shown once, and no empty one beside it", () => {
    const rig = new ProjectionRig(4).history([]).send("s1", "hi").delta("s1", 1, "One");
    const asked = rig.projection.counter;
    rig.final("s1", 5, "One two");
    rig.history([v4User("s1", "hi", 1), v4Assistant("s1", "One two", 2)], {}, asked);
    expect(rig.lines).toEqual(["s1 complete hi", "run:s1 complete One two"]);
  });

  test("late bookkeeping does not bring an ended run back", () => {
    const rig = new ProjectionRig(4).history([]).delta("r", 1, "x");
    rig.chat({ runId: "r", seq: 2, state: "aborted", message: { role: "assistant", content: "x" } });
    rig.history([v4Assistant("r", "x", 1, { openclawAbort: { aborted: true, runId: "r" } })]);
    rig.agent({ runId: "r", seq: 9, stream: "lifecycle", data: { phase: "error" } }).delta("r", 10, "xyz");
    expect(rig.lines).toEqual(["run:r aborted x"]);
  });

  test("a queued message's empty run shows nothing, and its answer comes under a run nobody knew", () => {
    const rig = new ProjectionRig(3)
      .history([])
      .send("s1", "one")
      .delta("s1", 1, "a1")
      .send("s2", "two")
      .final("s2", 1);
    expect(rig.lines).toEqual(["s1 sent one", "run:s1 streaming a1", "s2 sent two"]);
    rig.final("s1", 3, "a1").delta("other", 2, "a2").final("other", 3, "a2");
    const rows = [
      v3("user", "one", 1),
      v3("assistant", "a1", 2),
      v3("user", "two", 3),
      v3("assistant", "a2", 4),
    ];
    const sendOfRow = new Map([
      [0, "s1"],
      [2, "s2"],
    ]);
    rig.history(rows, { sendOfRow });
    expect(rig.lines).toEqual([
      "s1 complete one",
      "run:s1 complete a1",
      "s2 complete two",
      "run:other complete a2",
    ]);
  });

  test("a steered run of version 4 goes on in a second message", () => {
    const rig = new ProjectionRig(4).history([]).send("s1", "one").delta("s1", 1, "first").send("s2", "two");
    rig.history([v4User("s1", "one", 1), v4Assistant("s1", "first", 2), v4User("s2", "two", 3)], {
      activeRunIds: ["s1"],
    });
    rig.delta("s1", 5, "first\n\nsecond");
    expect(rig.texts).toEqual(["one", "first", "two", "second"]);
    rig.final("s1", 6, "first\n\nsecond");
    rig.history([
      v4User("s1", "one", 1),
      v4Assistant("s1", "first", 2),
      v4User("s2", "two", 3),
      v4Assistant("s1", "second", 4),
    ]);
    expect(rig.texts).toEqual(["one", "first", "two", "second"]);
    expect(new Set(rig.messages.map(({ id }) => id)).size).toBe(4);
  });

  test("a message without an answer after a crash says so, and the mark goes when an answer comes", () => {
    const rig = new ProjectionRig(3).history([v3("user", "hi", 1)], { sendOfRow: new Map([[0, "s1"]]) });
    rig.reduce({ type: "send-interrupted", sendId: "s1" });
    expect(rig.messages[0]).toMatchObject({ status: "error", error: { kind: "interrupted" } });
    rig.history([v3("user", "hi", 1), v3("assistant", "late", 2)]);
    expect(rig.messages[0]?.status).toBe("complete");
  });

  test("older pages go before what is here and keep every id", () => {
    const rig = new ProjectionRig(4).history([v4User("s2", "two", 3), v4Assistant("s2", "b", 4)], {
      olderFrom: 2,
    });
    const ids = rig.messages.map(({ id }) => id);
    rig.older([v4User("s1", "one", 1), v4Assistant("s1", "a", 2)]);
    expect(rig.texts).toEqual(["one", "a", "two", "b"]);
    expect(rig.messages.slice(2).map(({ id }) => id)).toEqual(ids);
  });

  test("the earlier message of a run that wrote two takes no key from the one that is shown", () => {
    const rig = new ProjectionRig(4).history([v4User("s2", "two", 3), v4Assistant("s1", "b", 4)], {
      olderFrom: 2,
    });
    const ids = rig.messages.map(({ id }) => id);
    rig.older([v4User("s1", "one", 1), v4Assistant("s1", "a", 2)]);
    expect(rig.texts).toEqual(["one", "a", "two", "b"]);
    expect(rig.messages.slice(2).map(({ id }) => id)).toEqual(ids);
    expect(new Set(rig.messages.map(({ id }) => id)).size).toBe(4);
  });

  test("a reply that nobody saw stored, because more than a page came after it, is shown once when its page is read", () => {
    const rig = new ProjectionRig(4).history([]);
    rig.delta("s1", 1, "a").final("s1", 2, "a");
    rig.history([v4User("s2", "two", 3), v4Assistant("s2", "b", 4)], { olderFrom: 2 });
    rig.reduce({ type: "history-final", requestedAt: Number.MAX_SAFE_INTEGER });
    expect(rig.texts).toContain("a");
    rig.older([v4User("s1", "one", 1), v4Assistant("s1", "a", 2)]);
    expect(rig.texts).toEqual(["one", "a", "two", "b"]);
  });
});
