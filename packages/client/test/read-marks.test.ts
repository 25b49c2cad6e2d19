import { sessionsMark } from "@automna/protocol";
import { fakeWebSocket } from "@automna/testing";
import { describe, expect, onTestFinished, test } from "vitest";

import { ConnectionPool, memoryStorage, type ChatStore } from "../src/index.ts";
import { clockTransport } from "./clock-transport.ts";
import { chatRig, instantDevice, SESSION, testWorld, type ChatRig } from "./chat-rig.ts";
import { scriptedChat } from "./scripted-chat.ts";
import { scriptedGateway } from "./scripted-gateway.ts";

const TRIP = "agent:main:trip";

function isUnread(chat: ChatStore, key: string): boolean | undefined {
  const { sessions } = chat.getState();
  return "items" in sessions ? sessions.items.find((item) => item.key === key)?.unread : undefined;
}

/** How often a client told the gateway that a session is read. */
function marksRead({ gateway }: ChatRig): number {
  return gateway.log.filter(({ frame }) => {
    const { method, params } = frame;
    return (
      method === "sessions.patch" &&
      typeof params === "object" &&
      params !== null &&
      "unread" in params &&
      params["unread"] === false
    );
  }).length;
}

describe("version 4 keeps for all clients which sessions have news", () => {
  const start = async () => {
    const rig = chatRig({ protocol: 4 });
    rig.gateway.seedSession(SESSION, [{ user: "first", assistant: "one" }]);
    rig.gateway.seedSession(TRIP, [{ user: "rome", assistant: "yes" }], { label: "Trip" });
    rig.chat.actions.watchSessions();
    await rig.ready();
    await rig.clock.advanceAsync(2_000);
    return rig;
  };

  test("a session that was opened has none, on another page either", async () => {
    const rig = await start();
    rig.gateway.receiveMessage(TRIP, "and then?");
    await rig.clock.advanceAsync(5_000);
    expect(isUnread(rig.chat, TRIP)).toBe(true);
    rig.chat.actions.switchSession(TRIP);
    await rig.clock.advanceAsync(2_000);
    rig.reload();
    rig.chat.actions.watchSessions();
    await rig.ready();
    await rig.clock.advanceAsync(2_000);
    expect(rig.chat.getState().sessionKey).toBe(SESSION);
    expect(isUnread(rig.chat, TRIP)).toBe(false);
  });

  test("a reply that was read as it came is no news once another session is open", async () => {
    const rig = await start();
    rig.chat.actions.send("hello");
    await rig.quiet();
    await rig.clock.advanceAsync(2_000);
    rig.chat.actions.switchSession(TRIP);
    void rig.chat.actions.renameSession(TRIP, "Rome");
    await rig.clock.advanceAsync(2_000);
    expect(isUnread(rig.chat, SESSION)).toBe(false);
  });

  test("of the open session that another client marked as unread by hand nobody is told that it is read", async () => {
    const rig = await start();
    rig.chat.actions.send("hello");
    await rig.quiet();
    await rig.clock.advanceAsync(60_000);
    const before = marksRead(rig);
    const other = new ConnectionPool().acquire({
      gatewayUrl: "ws://gateway.test/",
      authToken: "test-token",
      device: instantDevice,
      storage: memoryStorage(),
      environment: testWorld(rig.clock, 99).environment,
      transport: clockTransport(fakeWebSocket(rig.gateway)),
    });
    onTestFinished(() => other.release(true));
    await rig.clock.advanceUntil(() => other.connection.state.status === "ready");
    void other.connection.request(sessionsMark(4, SESSION, { unread: true })!);
    await rig.clock.advanceAsync(60_000);
    expect(marksRead(rig) - before).toBe(0);
  });
});

describe("over a gateway whose list says that there are news", () => {
  const READ_ONLY = ["operator.read"];
  const WRITE = ["operator.read", "operator.write"];

  const start = async (scopes: readonly string[], isDated = true) => {
    const world = testWorld();
    let updatedAt = 1_000;
    let lastInteractionAt = updatedAt;
    const gateway = scriptedGateway(
      4,
      {
        "sessions.list": () => {
          const row = { updatedAt, unread: true, ...(isDated && { lastInteractionAt }) };
          return {
            sessions: [
              { key: SESSION, ...row },
              { key: TRIP, ...row },
            ],
          };
        },
        "sessions.patch": () => {
          updatedAt += 1;
          return { ok: true, key: SESSION };
        },
      },
      scopes,
    );
    let isVisible = true;
    const environment = { ...world.environment, isVisible: () => isVisible };
    const page = scriptedChat(gateway, { world, environment });
    const { chat } = page;
    const pass = async () => {
      gateway.emit("sessions.changed", { sessionKey: TRIP, ts: 1 });
      await world.clock.advanceAsync(2_000);
    };
    return {
      chat,
      pass,
      wake: () => world.wake(),
      see: (visible: boolean) => void (isVisible = visible),
      wait: (ms: number) => world.clock.advanceAsync(ms),
      happen: () => void (lastInteractionAt = updatedAt += 1_000),
      begin: async () => {
        await page.ready();
        chat.actions.watchSessions();
        await pass();
      },
      marks: () =>
        gateway.asked.flatMap(({ method, params }) => (method === "sessions.patch" ? [params] : [])),
    };
  };

  test("it is told once of what is open, though it does not heed it", async () => {
    const { begin, pass, marks, happen } = await start(WRITE);
    await begin();
    await pass();
    expect(marks()).toEqual([{ key: SESSION, unread: false }]);
    happen();
    await pass();
    expect(marks()).toHaveLength(2);
  });

  test("where it does not say when something was said, it is told at most once in half a minute", async () => {
    const { begin, pass, wait, marks } = await start(WRITE, false);
    await begin();
    await pass();
    await pass();
    expect(marks()).toHaveLength(1);
    await wait(30_000);
    await pass();
    await pass();
    expect(marks()).toHaveLength(2);
  });

  test("what is open behind another tab is read once somebody looks", async () => {
    const { begin, see, wake, marks } = await start(WRITE);
    see(false);
    await begin();
    expect(marks()).toEqual([]);
    see(true);
    wake();
    expect(marks()).toEqual([{ key: SESSION, unread: false }]);
  });

  test("without the right to tell it, what was opened stays read until something new happens", async () => {
    const { chat, begin, pass, marks, happen } = await start(READ_ONLY);
    await begin();
    expect(isUnread(chat, TRIP)).toBe(true);
    chat.actions.switchSession(TRIP);
    await pass();
    chat.actions.switchSession(SESSION);
    await pass();
    expect(isUnread(chat, TRIP)).toBe(false);
    happen();
    await pass();
    expect(isUnread(chat, TRIP)).toBe(true);
    expect(marks()).toEqual([]);
  });
});
