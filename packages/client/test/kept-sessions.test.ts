import { words } from "@automna/testing";
import { describe, expect, test } from "vitest";

import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";
import { runTrace } from "./trace.ts";

const TRIP = "agent:main:trip";

const turn = (name: string) => ({ user: `about ${name}`, assistant: `${name} it is` });
const said = (name: string) => [`user: about ${name}`, `assistant: ${name} it is`];

async function open(rig: ChatRig, sessionKey: string): Promise<void> {
  rig.chat.actions.switchSession(sessionKey);
  await rig.ready();
  await rig.clock.advanceAsync(500);
}

describe.each([3, 4] as const)("a session that was open before, protocol %i", (protocol) => {
  async function both(
    options: Parameters<typeof chatRig>[0] = {},
    chatOptions: Parameters<typeof chatRig>[1] = {},
  ): Promise<ChatRig> {
    const rig = chatRig({ protocol, ...options }, { scopes: ["operator.admin"], ...chatOptions });
    rig.gateway.seedSession(SESSION, [turn("rome")]);
    rig.gateway.seedSession(TRIP, [turn("paris")]);
    await rig.ready();
    await open(rig, TRIP);
    expect(rig.texts()).toEqual(said("paris"));
    return rig;
  }

  test("is read and switched to and fro without a connection", async () => {
    const rig = await both();
    rig.gateway.kill();
    await rig.clock.advanceAsync(1_000);
    for (const [key, name] of [
      [SESSION, "rome"],
      [TRIP, "paris"],
      [SESSION, "rome"],
    ] as const) {
      rig.chat.actions.switchSession(key);
      expect(rig.texts()).toEqual(said(name));
      expect(rig.chat.getState().history.status).toBe("ready");
    }
    rig.gateway.start();
    await rig.quiet();
    await rig.clock.advanceAsync(1_000);
    expect(rig.texts()).toEqual(said("rome"));
  });

  test("is there at once, and then with what was written meanwhile", async () => {
    const rig = await both();
    rig.gateway.receiveMessage(SESSION, "and then?");
    await rig.clock.advanceAsync(5_000);
    rig.gateway.slow("chat.history", 1_000);
    rig.chat.actions.switchSession(SESSION);
    expect(rig.texts()).toEqual(said("rome"));
    await rig.clock.advanceAsync(2_000);
    expect(rig.texts()).toEqual([...said("rome"), "user: and then?", "assistant: Echo: and then?"]);
  });

  test("shows what was sent there, whatever becomes of it while another one is open", async () => {
    const rig = await both();
    rig.chat.actions.send("one more");
    rig.chat.actions.switchSession(SESSION);
    await rig.clock.advanceAsync(15_000);
    await open(rig, TRIP);
    expect(rig.texts()).toEqual([...said("paris"), "user: one more", "assistant: Echo: one more"]);
    rig.gateway.kill();
    await rig.clock.advanceAsync(1_000);
    const sendId = rig.chat.actions.send("never mind");
    rig.chat.actions.switchSession(SESSION);
    rig.chat.actions.discard(sendId);
    rig.chat.actions.switchSession(TRIP);
    expect(rig.texts().at(-1)).toBe("assistant: Echo: one more");
  });

  test("does not show a message as on its way that was stored on an earlier page meanwhile", async () => {
    const rig = await both({}, { historyPageSize: 4 });
    rig.chat.actions.send("one more");
    rig.chat.actions.switchSession(SESSION);
    await rig.clock.advanceAsync(15_000);
    for (const text of ["two", "three", "four"]) {
      rig.gateway.receiveMessage(TRIP, text);
      await rig.clock.advanceAsync(5_000);
    }
    await open(rig, TRIP);
    expect(rig.messages().filter(({ status }) => status !== "complete")).toEqual([]);
  });

  test("has no reply running that died with its gateway", async () => {
    const rig = await both({ model: () => words(40, 100) });
    rig.chat.actions.send("long");
    await rig.clock.advanceUntil(() => rig.messages().some(({ status }) => status === "streaming"));
    await rig.clock.advanceAsync(500);
    rig.chat.actions.switchSession(SESSION);
    rig.gateway.kill();
    await rig.clock.advanceAsync(3_000);
    rig.gateway.setModel(() => words(1, 0));
    rig.gateway.start();
    await rig.clock.advanceAsync(20_000);
    await open(rig, TRIP);
    expect(rig.chat.getState().runs).toEqual([]);
    expect(await rig.quiet()).toBe(true);
    expect(rig.messages().filter(({ status }) => status === "streaming")).toEqual([]);
  });

  test.each(["reset", "deleted"] as const)("is not kept once it is %s", async (what) => {
    const rig = await both();
    await open(rig, SESSION);
    const { resetSession, deleteSession } = rig.chat.actions;
    const doing = what === "reset" ? resetSession(TRIP) : deleteSession(TRIP);
    await rig.clock.advanceAsync(1_000);
    await doing;
    rig.gateway.kill();
    await rig.clock.advanceAsync(1_000);
    rig.chat.actions.switchSession(TRIP);
    expect(rig.texts()).toEqual([]);
  });

  test("is not kept once it is deleted while it is open", async () => {
    const rig = await both();
    const deleting = rig.chat.actions.deleteSession(TRIP);
    await rig.clock.advanceAsync(1_000);
    await deleting;
    rig.gateway.kill();
    await rig.clock.advanceAsync(1_000);
    rig.chat.actions.switchSession(TRIP);
    expect(rig.texts()).toEqual([]);
  });

  test("is kept as long as it is one of the last eight", async () => {
    const rig = await both();
    const keys = Array.from({ length: 8 }, (_, index) => `agent:main:s${index}`);
    for (const key of keys) {
      rig.gateway.seedSession(key, [turn(key)]);
      await open(rig, key);
    }
    rig.gateway.kill();
    await rig.clock.advanceAsync(1_000);
    const shown = [SESSION, TRIP, ...keys].map((key) => {
      rig.chat.actions.switchSession(key);
      return rig.texts().length;
    });
    expect(shown[0]).toBe(0);
    rig.chat.actions.switchSession("agent:main:s7");
    expect(rig.texts()).toEqual(said("agent:main:s7"));
  });
});

test.each(["reset", "deleted"] as const)(
  "version 4: a session that is %s elsewhere is emptied here, though nobody watches the list",
  async (what) => {
    const rig = chatRig({ protocol: 4 }, { scopes: ["operator.admin"] });
    rig.gateway.seedSession(TRIP, [turn("paris")]);
    await rig.ready();
    await open(rig, TRIP);
    expect(rig.texts()).toEqual(said("paris"));
    const elsewhere = rig.beside();
    await rig.clock.advanceUntil(() => elsewhere.getState().history.status === "ready");
    const { resetSession, deleteSession } = elsewhere.actions;
    const doing = what === "reset" ? resetSession(TRIP) : deleteSession(TRIP);
    await rig.clock.advanceAsync(2_000);
    await doing;
    expect(rig.texts().filter((text) => !text.startsWith("system"))).toEqual([]);
  },
);

test("version 4: changes of sessions are asked for once over a connection, whoever watches the list", async () => {
  const rig = chatRig({ protocol: 4 });
  await rig.ready();
  rig.chat.actions.watchSessions()();
  rig.chat.actions.watchSessions();
  await open(rig, TRIP);
  const asked = rig.gateway.log.filter(({ frame }) => frame["method"] === "sessions.subscribe");
  expect(asked).toHaveLength(1);
});

test("a reply that was stopped just before its session was left stands below its question when that is opened again", () =>
  runTrace(3, {
    latencyMs: 0,
    setBackMs: 0,
    pageSize: 200,
    steps: [
      { do: "send", script: 4 },
      { do: "slow", ms: 51 },
      { do: "wait", ms: 861 },
      { do: "send", script: 1 },
      { do: "abort" },
      { do: "switch" },
      { do: "reset" },
      { do: "switch" },
    ],
  }));
