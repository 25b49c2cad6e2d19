import { parseHistory, type ChatMessage } from "@automna/protocol";
import { describe, expect, test } from "vitest";

import { chatRig, SESSION } from "./chat-rig.ts";
import { ProjectionRig, v3, v4Assistant, v4User } from "./projection-rig.ts";
import { runTrace } from "./trace.ts";

/** A steered run that goes on and has said `text` so far. */
function writing(text: string) {
  return { activeRunIds: ["s1"], inFlight: { runId: "s1", text, startedAt: 900 } };
}

function rowOf(message: Record<string, unknown>): ChatMessage {
  const parsed = parseHistory({ sessionKey: "x", messages: [message] });
  const row = parsed.ok ? parsed.value.messages[0] : undefined;
  if (row === undefined) throw new Error("This is no row.");
  return row;
}

describe("a page that joins a steered run whose second turn is stored and not over", () => {
  const call = { type: "toolCall", id: "t1", name: "exec", arguments: {} };
  const open = v4Assistant("s1", "", 4, {
    content: [{ type: "text", text: "Looking." }, call],
    stopReason: "toolUse",
  });
  const rows = [v4User("s1", "one", 1), v4Assistant("s1", "first", 2), v4User("s2", "two", 3), open];

  test("goes on in that turn", () => {
    const rig = new ProjectionRig(4).history(rows, writing("first\n\nLooking."));
    expect(rig.texts).toEqual(["one", "first", "two", "Looking."]);
    const ids = rig.messages.map(({ id }) => id);
    rig.delta("s1", 9, "first\n\nLooking.\n\nFound");
    expect(rig.messages.map(({ status }) => status)).toEqual([
      "complete",
      "complete",
      "complete",
      "streaming",
    ]);
    const said = ["one", "first", "two", "Looking.\n\nFound"];
    expect(rig.texts).toEqual(said);
    rig.history(rows, writing("first\n\nLooking.\n\nFound"));
    expect(rig.texts).toEqual(said);
    expect(rig.messages.map(({ id }) => id)).toEqual(ids);
  });

  test("leaves the key under which the run began to its first turn, for whoever saw it from the beginning", () => {
    const rig = new ProjectionRig(4).history([v4User("s1", "one", 1)], { activeRunIds: ["s1"] });
    rig.delta("s1", 1, "first");
    const [, id] = rig.messages.map((message) => message.id);
    rig.delta("s1", 2, "first\n\nLooking.");
    rig.history(rows, writing("first\n\nLooking."));
    rig.delta("s1", 9, "first\n\nLooking.\n\nFound");
    expect(rig.texts).toEqual(["one", "first", "two", "Looking.\n\nFound"]);
    expect(rig.messages[1]?.id).toBe(id);
  });
});

describe("rows of version 3, which are named by their millisecond", () => {
  const call = (id: string) => ({ type: "toolCall", id, name: "exec", arguments: {} });
  const result = (id: string) =>
    v3("toolResult", `result ${id}`, 3, { toolCallId: id, toolName: "exec", stopReason: undefined });
  const tools = [
    v3("user", "look twice", 1),
    v3("assistant", "", 2, { content: [call("a"), call("b")], stopReason: "toolUse" }),
    result("a"),
    result("b"),
    v3("assistant", "done", 4),
  ];
  const users = [v3("user", "one", 7), v3("user", "two", 7), v3("assistant", "a", 9)];

  test("are all there where a page begins between two results of one millisecond", () => {
    const rig = new ProjectionRig(3).history(tools.slice(3), { olderFrom: 2 }).older(tools);
    const whole = new ProjectionRig(3).history(tools);
    expect(rig.messages.map(({ role, parts }) => [role, parts])).toEqual(
      whole.messages.map(({ role, parts }) => [role, parts]),
    );
  });

  test("keep their keys where a page begins between two messages of one millisecond", () => {
    const rig = new ProjectionRig(3).history(users.slice(1), { olderFrom: 2 });
    const ids = rig.messages.map(({ id }) => id);
    rig.older(users);
    expect(rig.texts).toEqual(["one", "two", "a"]);
    expect(rig.messages.slice(1).map(({ id }) => id)).toEqual(ids);
  });

  test("keep their keys when one of the same millisecond comes behind them, or the page moves on between them", () => {
    const later = v3("user", "three", 7);
    const rig = new ProjectionRig(3).history(users);
    const ids = rig.messages.map(({ id }) => id);
    rig.history([...users, later]);
    expect(rig.texts).toEqual(["one", "two", "a", "three"]);
    expect(rig.messages.slice(0, 3).map(({ id }) => id)).toEqual(ids);
    rig.history([...users.slice(1), later, v3("assistant", "b", 10)], { olderFrom: 4 });
    expect(rig.texts).toEqual(["one", "two", "a", "three", "b"]);
    expect(rig.messages.slice(0, 3).map(({ id }) => id)).toEqual(ids);
  });

  test("stand in their order though one was written since the last look and comes with an earlier page", () => {
    const rig = new ProjectionRig(3).history(users.slice(2), { olderFrom: 1 });
    const all = [...users, v3("user", "three", 11)];
    rig.older(all);
    expect(rig.texts).toEqual(["one", "two", "a"]);
    rig.history(all);
    expect(rig.texts).toEqual(["one", "two", "a", "three"]);
  });
});

test("an earlier page takes no key from a reply that is being written, and nothing of it is shown twice", () => {
  const page = [v4User("s2", "two", 3), v4Assistant("s1", "b", 4), v4User("s3", "three", 5)];
  const rig = new ProjectionRig(4).history(page, { olderFrom: 3, ...writing("a\n\nb\n\nc") });
  expect(rig.texts).toEqual(["two", "b", "three", "c"]);
  const ids = rig.messages.map(({ id }) => id);
  rig.older([v4User("s1", "one", 1), v4Assistant("s1", "a", 2)]);
  rig.delta("s1", 9, "a\n\nb\n\nc and more");
  expect(rig.texts).toEqual(["one", "a", "two", "b", "three", "c and more"]);
  expect(rig.messages.slice(2).map(({ id }) => id)).toEqual(ids);
  const keys = rig.messages.map(({ id }) => id);
  rig.reduce({ type: "row-loaded", rowId: "row-2", row: rowOf(v4Assistant("s1", "the whole of a", 2)) });
  expect(rig.texts).toEqual(["one", "the whole of a", "two", "b", "three", "c and more"]);
  expect(rig.messages.map(({ id }) => id)).toEqual(keys);
});

describe("a version 4 gateway that started anew, where a message of before has more than a page behind it", () => {
  const send = (script: number) => ({ do: "send", script }) as const;
  const wait = (ms: number) => ({ do: "wait", ms }) as const;
  const after = { latencyMs: 0, setBackMs: 0, pageSize: 5 };

  test("gets it no second time", async () => {
    const steps = [send(5), send(0), send(2), send(0), wait(0), { do: "restart", downMs: 2_500 } as const];
    await runTrace(4, { ...after, steps });
  });

  test("has no part of its answer seen twice", async () => {
    const died = [
      { do: "kill", downMs: 5_209 },
      { do: "restart", downMs: 2_500 },
    ] as const;
    await runTrace(4, { ...after, steps: [send(2), wait(40), send(0), ...died, wait(0), wait(0)] });
  });
});

describe("how far back a history of version 3 goes", () => {
  /** What is known of it once nothing older can be loaded. */
  async function readBack(turns: number, chars: number) {
    const rig = chatRig({ protocol: 3 });
    const text = "x".repeat(chars);
    rig.gateway.seedSession(
      SESSION,
      Array.from({ length: turns }, () => ({ user: "go on", assistant: text })),
    );
    await rig.ready();
    for (let pages = 0; pages < 10; pages += 1) {
      const loading = rig.chat.actions.loadOlder();
      await rig.clock.advanceAsync(100);
      await loading;
    }
    return { history: rig.chat.getState().history, messages: rig.messages().length };
  }

  test("a thousand rows are as many as the gateway shows: what is here is not told to be all", async () => {
    const { history, messages } = await readBack(600, 10);
    expect(history).toEqual({ status: "ready", hasOlder: false, loadingOlder: false, isCut: true });
    expect(messages).toBe(1_000);
  });

  test("so are six megabytes", async () => {
    const { history, messages } = await readBack(30, 400_000);
    expect(history).toEqual({ status: "ready", hasOlder: false, loadingOlder: false, isCut: true });
    expect(messages).toBeLessThan(60);
  });

  test("what is shorter goes back to its beginning", async () => {
    const { history, messages } = await readBack(450, 10);
    expect(history).toEqual({ status: "ready", hasOlder: false, loadingOlder: false });
    expect(messages).toBe(900);
  });
});
