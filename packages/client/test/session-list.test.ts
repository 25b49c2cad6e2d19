import { describe, expect, test } from "vitest";

import type { SessionListState } from "../src/index.ts";
import { chatRig, SESSION, testWorld, type ChatRig } from "./chat-rig.ts";
import { openScriptedChat } from "./scripted-chat.ts";
import { refusal } from "./scripted-gateway.ts";

const ANSWER_MS = 450;

test("the list is shown while another session streams, and is asked for once at a time, now and then", async () => {
  const world = testWorld();
  let open = 0;
  let most = 0;
  let asked = 0;
  const answers = {
    "sessions.list": async () => {
      open += 1;
      most = Math.max(most, open);
      const sessions = [{ key: SESSION, label: `List ${(asked += 1)}` }];
      await new Promise<void>((resolve) => void world.environment.after(ANSWER_MS, resolve));
      open -= 1;
      return { sessions };
    },
  };
  const { clock, chat, gateway } = await openScriptedChat(answers, { world });
  chat.actions.watchSessions();
  const title = () => {
    const { sessions } = chat.getState();
    return sessions.status === "ready" ? sessions.items[0]?.title : sessions.status;
  };
  const stream = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      gateway.emit("sessions.changed", { sessionKey: "agent:main:other", phase: "message", ts: passed });
      await clock.advanceAsync(100);
    }
  };
  await stream(600);
  expect(title()).toBe("List 1");
  await stream(5_400);
  expect(most).toBe(1);
  expect(asked).toBeGreaterThan(1);
  expect(asked).toBeLessThanOrEqual(6);
  await clock.advanceAsync(5_000);
  // What changed last is looked at once more, and then nothing any more.
  const total = asked;
  expect(title()).toBe(`List ${total}`);
  await clock.advanceAsync(5_000);
  expect(asked).toBe(total);
});

describe.each([3, 4] as const)("over protocol %i, a list of more than 200 sessions", (protocol) => {
  const HOW_MANY = 450;
  const start = async () => {
    const rig = chatRig({ protocol }, { scopes: ["operator.admin"] });
    for (let index = 0; index < HOW_MANY; index += 1)
      rig.gateway.seedSession(`agent:main:s${index}`, [{ user: "Hi", assistant: "Hello" }]);
    rig.chat.actions.watchSessions();
    await rig.ready();
    await rig.clock.advanceUntil(() => listed(rig).status === "ready");
    return rig;
  };
  const listed = (rig: ChatRig) => rig.chat.getState().sessions;
  const shown = (rig: ChatRig) => {
    const sessions = listed(rig);
    if (!("items" in sessions)) return null;
    return { count: new Set(sessions.items.map(({ key }) => key)).size, more: sessions.hasMore === true };
  };
  const showMore = async (rig: ChatRig) => {
    let isDone = false;
    void rig.chat.actions.loadMoreSessions().then(() => (isDone = true));
    await rig.clock.advanceUntil(() => isDone);
  };

  test("goes on page by page, to its end", async () => {
    const rig = await start();
    expect(shown(rig)).toEqual({ count: 200, more: true });
    await showMore(rig);
    expect(shown(rig)).toEqual({ count: 400, more: true });
    await showMore(rig);
    expect(shown(rig)).toEqual({ count: HOW_MANY, more: false });
  });

  test("keeps what was loaded when something changes, and over a new connection", async () => {
    const rig = await start();
    await showMore(rig);
    void rig.chat.actions.renameSession("agent:main:s7", "Seven");
    const title = (sessions: SessionListState) =>
      "items" in sessions && sessions.items.find(({ key }) => key === "agent:main:s7")?.title;
    await rig.clock.advanceUntil(() => title(listed(rig)) === "Seven");
    expect(shown(rig)).toEqual({ count: 400, more: true });
    rig.gateway.dropAll();
    await rig.clock.advanceUntil(() => rig.chat.getState().connection.status !== "ready");
    await rig.clock.advanceUntil(() => rig.chat.getState().connection.status === "ready");
    void rig.chat.actions.renameSession("agent:main:s7", "Seven again");
    await rig.clock.advanceUntil(() => title(listed(rig)) === "Seven again");
    expect(shown(rig)).toEqual({ count: 400, more: true });
  });
});

test("a gateway that gives fewer sessions at a time than it was asked for is asked for the rest", async () => {
  const all = Array.from({ length: 250 }, (_, index) => ({ key: `agent:main:s${index}` }));
  const { clock, chat } = await openScriptedChat({
    "sessions.list": (params) => {
      const from = Number(params["offset"] ?? 0);
      const nextOffset = Math.min(from + 90, all.length);
      return { sessions: all.slice(from, nextOffset), hasMore: nextOffset < all.length, nextOffset };
    },
  });
  chat.actions.watchSessions();
  await clock.advanceUntil(() => chat.getState().sessions.status === "ready");
  const { sessions } = chat.getState();
  expect("items" in sessions && sessions.items.length).toBe(200);
  expect("items" in sessions && sessions.hasMore).toBe(true);
});

test("what was shown stays when the next sessions are refused, and they can be asked for again", async () => {
  const all = Array.from({ length: 250 }, (_, index) => ({ key: `agent:main:s${index}` }));
  let refuses = false;
  const { clock, chat } = await openScriptedChat({
    "sessions.list": (params) =>
      refuses ? refusal("not now") : { sessions: all.slice(0, Number(params["limit"])) },
  });
  chat.actions.watchSessions();
  await clock.advanceUntil(() => chat.getState().sessions.status === "ready");
  refuses = true;
  void chat.actions.loadMoreSessions();
  await clock.advanceUntil(() => chat.getState().sessions.status === "failed");
  expect(chat.getState().sessions).toMatchObject({ hasMore: true, items: { length: 200 } });
  refuses = false;
  void chat.actions.loadMoreSessions();
  await clock.advanceUntil(() => chat.getState().sessions.status === "ready");
  expect(chat.getState().sessions).toMatchObject({ items: { length: 250 } });
});
