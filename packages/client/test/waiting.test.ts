import { tool } from "@automna/testing";
import { describe, expect, test } from "vitest";

import type { ChatStore } from "../src/index.ts";
import { chatRig, SESSION, testWorld } from "./chat-rig.ts";
import { openScriptedChat as open, type ScriptedChat } from "./scripted-chat.ts";
import { refusal } from "./scripted-gateway.ts";

const MINUTE = 60_000;

/** Breaks the connection and waits until the next one is at work. */
async function reconnect({ clock, chat, gateway }: ScriptedChat): Promise<void> {
  gateway.drop();
  await clock.advanceUntil(() => chat.getState().connection.status === "ready");
  await clock.advanceAsync(10);
}

/** Both kinds of things that wait for a person, told in the same way. */
const KINDS = [
  {
    name: "approval",
    requested: "exec.approval.requested",
    resolved: "exec.approval.resolved",
    list: "exec.approval.list",
    resolve: "exec.approval.resolve",
    listOf: (items: readonly object[]): object => items,
    item: (id: string, times: object = {}) => ({ id, request: { command: `run ${id}` }, ...times }),
    shown: (chat: ChatStore) => chat.getState().approvals,
    answer: (chat: ChatStore, id: string) => chat.actions.resolveApproval(id, "deny"),
    over: [
      refusal("unknown or expired approval id", "APPROVAL_NOT_FOUND"),
      refusal("approval already resolved", "APPROVAL_ALREADY_RESOLVED"),
      refusal("unknown approval id"),
    ],
  },
  {
    name: "question",
    requested: "question.requested",
    resolved: "question.resolved",
    list: "question.list",
    resolve: "question.resolve",
    listOf: (items: readonly object[]): object => ({ questions: items }),
    item: (id: string, times: object = {}) => ({
      id,
      status: "pending",
      questions: [{ questionId: "go", header: "Go", question: "Go on?" }],
      ...times,
    }),
    shown: (chat: ChatStore) => chat.getState().questions,
    answer: (chat: ChatStore, id: string) => chat.actions.answerQuestion(id, { go: ["yes"] }),
    over: [
      refusal("question 'a' was not found", "QUESTION_NOT_FOUND"),
      refusal("question 'a' is already answered", "QUESTION_ALREADY_TERMINAL"),
    ],
  },
] as const;

describe.each(KINDS)("a waiting $name", (kind) => {
  const { item } = kind;
  const ids = (chat: ChatStore) => kind.shown(chat).map(({ id, state }) => `${state} ${id}`);

  test.each(kind.over)(
    "that the gateway does not know any more goes, and the person is told why: %j",
    async (answer) => {
      const { clock, chat } = await open({ [kind.list]: kind.listOf([item("a")]), [kind.resolve]: answer });
      const answering = expect(kind.answer(chat, "a")).rejects.toMatchObject({ code: "NO_LONGER_WAITING" });
      await clock.advanceAsync(10);
      await answering;
      expect(ids(chat)).toEqual([]);
      expect(chat.getState().notice?.message).toMatch(/no longer waits/);
    },
  );

  test("that was settled while the answer to it failed does not come back", async () => {
    const refused = Promise.withResolvers<object>();
    const { clock, chat, gateway } = await open({
      [kind.list]: kind.listOf([item("a")]),
      [kind.resolve]: () => refused.promise,
    });
    const answering = expect(kind.answer(chat, "a")).rejects.toThrow(/storage/);
    await clock.advanceAsync(10);
    expect(ids(chat)).toEqual(["resolving a"]);
    gateway.emit(kind.resolved, { id: "a", status: "answered", decision: "deny" });
    expect(ids(chat)).toEqual([]);
    refused.resolve(refusal("storage is busy"));
    await clock.advanceAsync(10);
    await answering;
    expect(ids(chat)).toEqual([]);
  });

  test("stays over a reconnect when the list cannot be read", async () => {
    const opened = await open({ [kind.list]: refusal("not now") });
    opened.gateway.emit(kind.requested, item("a"));
    await reconnect(opened);
    expect(ids(opened.chat)).toEqual(["pending a"]);
  });

  test("goes when the list that is read after a reconnect has it no more", async () => {
    let listed = [item("a"), item("b")];
    const opened = await open({ [kind.list]: () => kind.listOf(listed) });
    listed = [item("b")];
    await reconnect(opened);
    expect(ids(opened.chat)).toEqual(["pending b"]);
  });

  test("leaves no timer behind when the chat ends while its list is on its way", async () => {
    let answer: () => object | Promise<object> = () => kind.listOf([]);
    const opened = await open({ [kind.list]: () => answer() });
    const { chat, clock, gateway } = opened;
    answer = () => new Promise<object>(() => {});
    await reconnect(opened);
    const now = clock.now();
    gateway.emit(kind.requested, item("a", { createdAtMs: now, expiresAtMs: now + 15 * MINUTE }));
    expect(ids(chat)).toEqual(["pending a"]);
    chat.dispose();
    await clock.advanceAsync(10);
    expect(clock.pending()).toBe(0);
  });

  test("that comes while the list is on its way stays, and what goes meanwhile does not come back", async () => {
    let answer: () => object | Promise<object> = () => kind.listOf([item("a")]);
    const opened = await open({ [kind.list]: () => answer() });
    const list = Promise.withResolvers<object>();
    answer = () => list.promise;
    await reconnect(opened);
    opened.gateway.emit(kind.requested, item("b"));
    opened.gateway.emit(kind.resolved, { id: "a", status: "answered", decision: "deny" });
    list.resolve(kind.listOf([item("a")]));
    await opened.clock.advanceAsync(10);
    expect(ids(opened.chat)).toEqual(["pending b"]);
  });

  test("that is being answered is not offered again by the list", async () => {
    let answer: () => object | Promise<object> = () => kind.listOf([item("a")]);
    const list = Promise.withResolvers<object>();
    const resolved = Promise.withResolvers<object>();
    const opened = await open({ [kind.list]: () => answer(), [kind.resolve]: () => resolved.promise });
    answer = () => list.promise;
    await reconnect(opened);
    const answering = kind.answer(opened.chat, "a");
    await opened.clock.advanceAsync(10);
    list.resolve(kind.listOf([item("a")]));
    await opened.clock.advanceAsync(10);
    expect(ids(opened.chat)).toEqual(["resolving a"]);
    resolved.resolve({ ok: true, status: "answered" });
    await answering;
    expect(ids(opened.chat)).toEqual([]);
  });

  test("cannot be answered offline, says so, and stays", async () => {
    const { chat, gateway } = await open({
      [kind.list]: kind.listOf([item("a")]),
      [kind.resolve]: { ok: true },
    });
    gateway.drop();
    await expect(kind.answer(chat, "a")).rejects.toMatchObject({
      code: "CONNECTION_LOST",
      mayHaveArrived: false,
    });
    expect(chat.getState().notice?.message).toMatch(/needs a connection/);
    expect(ids(chat)).toEqual(["pending a"]);
  });

  test.each([-3 * MINUTE, 3 * MINUTE])(
    "waits as long as the gateway gave it, though the clocks are %i ms apart",
    async (apart) => {
      const { clock, chat, gateway } = await open({});
      const createdAtMs = clock.now() + apart;
      gateway.emit(kind.requested, item("a", { createdAtMs, expiresAtMs: createdAtMs + 2 * MINUTE }));
      expect(kind.shown(chat)).toMatchObject([
        { id: "a", createdAt: clock.now(), expiresAt: clock.now() + 2 * MINUTE },
      ]);
      await clock.advanceAsync(2 * MINUTE - 1_000);
      expect(ids(chat)).toEqual(["pending a"]);
      await clock.advanceAsync(2_000);
      expect(ids(chat)).toEqual([]);
    },
  );

  test.each([-3 * MINUTE, 3 * MINUTE])(
    "that was listed has the rest of its time left, though the clocks are %i ms apart",
    async (apart) => {
      const { clock } = testWorld();
      const theirs = clock.now() + apart;
      const times = { createdAtMs: theirs - MINUTE, expiresAtMs: theirs + MINUTE };
      const { clock: own, chat } = await open({
        [kind.list]: kind.listOf([item("a", times)]),
        connect: {
          type: "hello-ok",
          protocol: 4,
          server: { version: "1", connId: "c1", bootId: "b1" },
          snapshot: { presence: [{ ts: theirs - 9 * MINUTE }, { ts: theirs }], health: {}, uptimeMs: 1_000 },
          auth: { role: "operator", scopes: ["operator.read", "operator.questions", "operator.approvals"] },
        },
      });
      const [shown] = kind.shown(chat);
      const left = (shown?.expiresAt ?? 0) - own.now();
      expect(Math.abs(left - MINUTE)).toBeLessThan(1_000);
    },
  );
});

test("over version 3, which has no list, an approval outlives a reconnect and goes when its time is over", async () => {
  const opened = await open({}, { protocol: 3 });
  const { clock, chat, gateway } = opened;
  const createdAtMs = clock.now();
  gateway.emit("exec.approval.requested", {
    id: "a",
    request: { command: "ls" },
    createdAtMs,
    expiresAtMs: createdAtMs + 2 * MINUTE,
  });
  await reconnect(opened);
  expect(chat.getState().approvals).toMatchObject([{ id: "a", state: "pending" }]);
  await clock.advanceAsync(2 * MINUTE);
  expect(chat.getState().approvals).toEqual([]);
});

test("an approval says what it is about, what the gateway warns of, and which answers it takes", async () => {
  const approval = (id: string, more: object) => ({ id, request: { command: id, ...more } });
  const { chat } = await open({
    "exec.approval.list": [
      approval("a", {
        description: "Cleans up",
        warningText: "It removes files",
        cwd: "/work",
        host: "gateway",
        allowedDecisions: ["allow-once", "deny"],
      }),
      approval("b", {}),
    ],
  });
  expect(chat.getState().approvals).toMatchObject([
    { detail: "Cleans up", warning: "It removes files", cwd: "/work", host: "gateway" },
    { detail: null, warning: null, cwd: null, host: null },
  ]);
  expect(chat.getState().approvals.map(({ allowedDecisions }) => allowedDecisions)).toEqual([
    ["allow-once", "deny"],
    ["allow-once", "allow-always", "deny"],
  ]);
});

test("what the gateway's own agent asks is answered by the method for it", async () => {
  const { clock, chat, gateway } = await open({ "approval.resolve": { applied: true } });
  gateway.emit("session.approval", {
    sessionKey: SESSION,
    phase: "pending",
    approval: { id: "s1", status: "pending", presentation: { kind: "system-agent", title: "Restart" } },
  });
  expect(chat.getState().approvals).toMatchObject([{ id: "s1", kind: "plugin", title: "Restart" }]);
  const answering = chat.actions.resolveApproval("s1", "allow-once");
  await clock.advanceAsync(10);
  await answering;
  expect(gateway.asked.at(-1)).toEqual({
    method: "approval.resolve",
    params: { id: "s1", kind: "system-agent", decision: "allow-once" },
  });
  expect(chat.getState().approvals).toEqual([]);
});

test("an approval goes with the run that a person stops", async () => {
  const scopes = ["operator.read", "operator.write", "operator.approvals"];
  const model = () => [tool("exec", { command: "rm -r x" }, "gone", { needsApproval: true })];
  const rig = chatRig({ protocol: 4, model }, { scopes });
  await rig.ready();
  const runId = rig.chat.actions.send("clean up");
  await rig.clock.advanceUntil(() => rig.chat.getState().approvals.length > 0);
  const stopping = rig.chat.actions.abort(runId);
  await rig.clock.advanceAsync(1_000);
  await stopping;
  expect(rig.chat.getState().approvals).toEqual([]);
});
