// What people report about chats on these gateways again and again, as far as it happens below the page. What is seen on
// a page is in packages/react/test/pain-points.test.tsx.
import { say, think, tool, words } from "@automna/testing";
import { describe, expect, test } from "vitest";

import { connectionSentence } from "../src/index.ts";
import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";

const TRIP = "agent:main:trip";

const stored = (rig: ChatRig, sessionKey = SESSION) =>
  rig.gateway.transcript(sessionKey).map(({ role, text }) => `${role}: ${text}`);

const streams = (rig: ChatRig) => () =>
  rig.messages().some(({ status, parts }) => status === "streaming" && parts.length > 0);

describe.each([3, 4] as const)("version %i", (protocol) => {
  describe("1. messages sent around a reconnect vanish", () => {
    test.each([0, 1, 5, 50, 500, 2_000])(
      "one that is written %i ms after the socket broke arrives",
      async (ms) => {
        const rig = chatRig({ protocol });
        await rig.ready();
        rig.gateway.dropAll();
        await rig.clock.advanceAsync(ms);
        rig.chat.actions.send("hello");
        expect(await rig.quiet()).toBe(true);
        expect(rig.texts()).toEqual(["user: hello", "assistant: Echo: hello"]);
        expect(stored(rig)).toEqual(rig.texts());
      },
    );

    test("one that is on its way when the socket breaks arrives", async () => {
      const rig = chatRig({ protocol }, {}, { latencyMs: 100 });
      await rig.ready();
      rig.chat.actions.send("hello");
      await rig.clock.advanceAsync(50);
      rig.gateway.dropAll();
      expect(await rig.quiet()).toBe(true);
      expect(stored(rig)).toEqual(["user: hello", "assistant: Echo: hello"]);
      expect(rig.gateway.runsStarted).toHaveLength(1);
    });

    test("several wait in their order, through a restart of the gateway and a reload of the page", async () => {
      const rig = chatRig({ protocol });
      await rig.ready();
      rig.gateway.kill();
      for (const text of ["one", "two", "three"]) rig.chat.actions.send(text);
      await rig.clock.advanceAsync(3_000);
      rig.reload();
      rig.gateway.start();
      expect(await rig.quiet()).toBe(true);
      const own = stored(rig).filter((line) => line.startsWith("user"));
      expect(own).toEqual(["user: one", "user: two", "user: three"]);
    });
  });

  describe("2. messages are doubled after a reconnect, or stand beside their own echo", () => {
    test("what was sent is one row from the key press on, whatever is said about it later", async () => {
      const rig = chatRig({ protocol, model: () => words(10, 50) });
      await rig.ready();
      let most = 0;
      rig.chat.subscribe(() => {
        most = Math.max(most, rig.messages().filter(({ role }) => role === "user").length);
      });
      const sendId = rig.chat.actions.send("hello");
      rig.gateway.inject({ match: { event: "chat" }, type: "duplicate", times: 5 });
      await rig.clock.advanceUntil(streams(rig));
      rig.gateway.dropAll();
      expect(await rig.quiet()).toBe(true);
      expect(most).toBe(1);
      expect(rig.messages().map(({ id, role }) => [role, role === "user" ? id : ""])).toEqual([
        ["user", sendId],
        ["assistant", ""],
      ]);
      expect(stored(rig)).toHaveLength(2);
    });

    test.each([10, 300, 700])(
      "one that was stored before a crash is not sent again when %i turns were written since",
      async (turns) => {
        const rig = chatRig({ protocol, model: () => words(100, 100) });
        rig.gateway.seedSession(SESSION, [{ user: "before", assistant: "yes", at: 1 }]);
        await rig.ready();
        rig.gateway.inject({ match: { method: "chat.send" }, type: "half-open" });
        rig.chat.actions.send("precious");
        await rig.clock.advanceUntil(() => stored(rig).includes("user: precious"));
        rig.gateway.kill();
        rig.gateway.seedSession(
          SESSION,
          Array.from({ length: turns }, (_, turn) => ({ user: `q${turn}`, assistant: `a${turn}` })),
        );
        await rig.clock.advanceAsync(3_000);
        rig.gateway.start();
        expect(await rig.quiet(120_000)).toBe(true);
        expect(stored(rig).filter((line) => line === "user: precious")).toHaveLength(1);
        expect(rig.gateway.runsStarted.filter((runId) => runId.startsWith("send-"))).toHaveLength(1);
        expect(rig.texts()).toContain("user: precious");
      },
    );

    test("one that a crash swallowed is sent again, whatever was written since", async () => {
      const rig = chatRig({ protocol });
      rig.gateway.seedSession(SESSION, [{ user: "before", assistant: "yes", at: 1 }]);
      await rig.ready();
      rig.gateway.inject({ match: { method: "chat.send" }, type: "kill" });
      rig.chat.actions.send("forgotten");
      await rig.clock.advanceUntil(() => rig.gateway.status === "down");
      rig.gateway.seedSession(
        SESSION,
        Array.from({ length: 20 }, (_, turn) => ({ user: `q${turn}`, assistant: `a${turn}` })),
      );
      await rig.clock.advanceAsync(3_000);
      rig.gateway.start();
      expect(await rig.quiet(120_000)).toBe(true);
      expect(stored(rig).filter((line) => line === "user: forgotten")).toHaveLength(1);
    });

    test("a long message is one row", async () => {
      const rig = chatRig({ protocol, model: () => words(10, 50) });
      const text = "a very long story ".repeat(300);
      await rig.ready();
      rig.chat.actions.send("hello");
      expect(await rig.quiet()).toBe(true);
      rig.chat.actions.send(text);
      expect(await rig.quiet()).toBe(true);
      rig.chat.actions.send("and then?");
      expect(await rig.quiet()).toBe(true);
      expect(rig.texts()).toEqual(stored(rig));
      expect(rig.texts().filter((line) => line === `user: ${text}`)).toHaveLength(1);
    });

    test("a long message that was stored before a crash is not sent again", async () => {
      const rig = chatRig({ protocol, model: () => words(100, 100) });
      const text = "a very long story ".repeat(300);
      rig.gateway.seedSession(SESSION, [{ user: "before", assistant: "yes" }]);
      await rig.ready();
      rig.gateway.inject({ match: { method: "chat.send" }, type: "half-open" });
      rig.chat.actions.send(text);
      await rig.clock.advanceUntil(() => stored(rig).includes(`user: ${text}`));
      rig.gateway.kill();
      await rig.clock.advanceAsync(3_000);
      rig.gateway.start();
      expect(await rig.quiet(120_000)).toBe(true);
      expect(stored(rig).filter((line) => line === `user: ${text}`)).toHaveLength(1);
      expect(rig.texts().filter((line) => line === `user: ${text}`)).toHaveLength(1);
    });

    test("the same words twice are two messages", async () => {
      const rig = chatRig({ protocol });
      await rig.ready();
      rig.chat.actions.send("yes");
      await rig.quiet();
      rig.chat.actions.send("yes");
      await rig.quiet();
      expect(rig.texts()).toEqual(["user: yes", "assistant: Echo: yes", "user: yes", "assistant: Echo: yes"]);
    });
  });

  describe("3. connected, but nothing new until the page is reloaded", () => {
    test("a socket that died without a word is noticed, and what was missed is shown", async () => {
      const rig = chatRig({ protocol });
      await rig.ready();
      rig.gateway.freezeAll();
      rig.gateway.receiveMessage(SESSION, "from a phone");
      await rig.clock.advanceAsync(95_000);
      expect(rig.texts()).toEqual(["user: from a phone", "assistant: Echo: from a phone"]);
    });

    test("whoever comes back to the tab does not wait for that", async () => {
      const rig = chatRig({ protocol });
      await rig.ready();
      rig.gateway.freezeAll();
      rig.gateway.receiveMessage(SESSION, "from a phone");
      await rig.clock.advanceAsync(5_000);
      rig.world.wake();
      await rig.clock.advanceAsync(10_000);
      expect(rig.texts()).toEqual(["user: from a phone", "assistant: Echo: from a phone"]);
    });

    test("what the sending page shows, another page shows, too", async () => {
      const rig = chatRig({ protocol });
      await rig.ready();
      const first = rig.chat;
      const second = rig.reload();
      first.start();
      await rig.ready();
      second.actions.send("hello");
      await rig.quiet();
      await rig.clock.advanceAsync(3_000);
      expect(first.getState().transcript.order).toHaveLength(2);
      first.dispose();
    });
  });

  test("4. a gap in the sequence is healed, not shown as an error", async () => {
    const rig = chatRig({ protocol, model: () => words(20, 50) });
    await rig.ready();
    rig.gateway.inject({ match: { event: "chat" }, type: "skip", nth: 3, times: 4 });
    rig.chat.actions.send("hello");
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(stored(rig));
    expect(rig.chat.getState()).toMatchObject({ notice: null, connection: { status: "ready" } });
    expect(rig.messages().every(({ status }) => status === "complete")).toBe(true);
    expect(rig.gateway.connections).toBe(1);
  });

  describe("5. sign-in goes in circles, or gives the wrong advice", () => {
    test("a wrong token is tried once, and the person is told what to do", async () => {
      const rig = chatRig({ protocol }, { authToken: "wrong" });
      await rig.clock.advanceAsync(600_000);
      expect(rig.gateway.connections).toBe(1);
      const { connection } = rig.chat.getState();
      expect(connection.status).toBe("failed");
      expect(connectionSentence(connection)).toMatch(/token/);
      await rig.clock.advanceAsync(1);
      rig.chat.dispose();
    });

    test("a device that waits for approval says so, asks again by itself, and gets in once approved", async () => {
      const rig = chatRig({ protocol, pairing: "ask" });
      const is = (status: string) => () => rig.chat.getState().connection.status === status;
      // Version 3 lets a token in without a device.
      if (protocol === 3) return expect(await rig.ready()).toBe(true);
      expect(await rig.clock.advanceUntil(is("pairing"), 60_000)).toBe(true);
      expect(connectionSentence(rig.chat.getState().connection)).toMatch(/approv/i);
      rig.gateway.pairing.approve();
      expect(await rig.clock.advanceUntil(is("ready"), 60_000)).toBe(true);
    });

    test("an expired token is fetched anew, and the message that waited goes out", async () => {
      let token = "test-token";
      const rig = chatRig({ protocol }, { authToken: () => token });
      await rig.ready();
      token = "fresh";
      rig.gateway.rotateToken(token, { disconnect: true });
      rig.chat.actions.send("hello");
      expect(await rig.quiet()).toBe(true);
      expect(stored(rig)).toEqual(["user: hello", "assistant: Echo: hello"]);
    });

    test("missing rights are told as what they are", async () => {
      const rig = chatRig({ protocol }, { scopes: ["operator.read"] });
      await rig.ready();
      rig.chat.actions.send("hello");
      await rig.clock.advanceAsync(5_000);
      expect(rig.messages()).toMatchObject([{ status: "failed", error: { kind: "rejected" } }]);
      expect(rig.messages()[0]?.error?.message).toMatch(/lacks operator.write/);
    });
  });

  describe("6. Stop does nothing, or the run never ends on the screen", () => {
    test("a hanging run ends at once", async () => {
      const rig = chatRig({ protocol, model: () => [...say("Well"), { do: "hang" }] });
      await rig.ready();
      rig.chat.actions.send("hello");
      await rig.clock.advanceUntil(streams(rig));
      void rig.chat.actions.abort();
      await rig.clock.advanceAsync(500);
      expect(rig.chat.getState().runs).toEqual([]);
      expect(rig.gateway.activeRuns()).toEqual([]);
    });

    test("a run whose end nobody heard of ends all the same", async () => {
      const rig = chatRig({ protocol });
      await rig.ready();
      rig.gateway.inject({ match: { event: "chat", state: "final" }, type: "skip" });
      rig.gateway.inject({ match: { event: "agent", stream: "lifecycle" }, type: "skip", times: 20 });
      rig.chat.actions.send("hello");
      expect(await rig.quiet(120_000)).toBe(true);
      expect(rig.chat.getState().runs).toEqual([]);
    });

    test("a run that was stopped without a connection is stopped, and stays so", async () => {
      const rig = chatRig({ protocol, model: () => words(500, 50) });
      await rig.ready();
      rig.chat.actions.send("endless");
      await rig.clock.advanceUntil(streams(rig));
      rig.gateway.dropAll();
      await rig.clock.advanceUntil(() => rig.chat.getState().connection.status !== "ready");
      await rig.chat.actions.abort();
      await rig.clock.advanceAsync(5_000);
      expect(rig.gateway.activeRuns()).toEqual([]);
      expect(rig.chat.getState().runs).toEqual([]);
    });

    test.each(["the Stop", "its answer"])(
      "%s is lost with the connection: it is asked for again, and the run ends",
      async (lost) => {
        const rig = chatRig({ protocol, model: () => words(4_000, 50) });
        rig.gateway.seedSession(SESSION, [{ user: "before", assistant: "yes" }]);
        await rig.ready();
        rig.chat.actions.send("endless");
        await rig.clock.advanceUntil(streams(rig));
        if (lost === "the Stop") rig.gateway.freezeAll();
        else rig.gateway.inject({ match: { event: "chat", state: "aborted" }, type: "half-open" });
        rig.chat.actions.abort().catch(() => {});
        expect(await rig.quiet(120_000)).toBe(true);
        expect(rig.gateway.activeRuns()).toEqual([]);
        expect(rig.messages().at(-1)).toMatchObject({ role: "assistant", status: "aborted" });
        expect(rig.gateway.runsStarted).toHaveLength(1);
      },
    );

    test("a Stop that waits for the connection takes the message back that would be sent again with it", async () => {
      const rig = chatRig({ protocol, model: () => words(4_000, 50) });
      await rig.ready();
      rig.gateway.inject({ match: { method: "chat.send" }, type: "kill" });
      rig.chat.actions.send("forgotten");
      await rig.clock.advanceUntil(() => rig.gateway.status === "down");
      await rig.clock.advanceUntil(() => rig.chat.getState().connection.status !== "ready");
      const sendId = rig.chat.getState().outbox[0]?.sendId ?? "";
      await rig.chat.actions.abort(sendId);
      await rig.clock.advanceAsync(5_000);
      rig.gateway.start();
      await rig.ready();
      await rig.clock.advanceAsync(30_000);
      expect(rig.gateway.activeRuns()).toEqual([]);
      expect(rig.chat.getState().runs).toEqual([]);
      expect(stored(rig)).toEqual([]);
      expect(rig.messages()).toMatchObject([{ role: "user", status: "unconfirmed", stored: false }]);
      rig.gateway.setModel(() => say("Here it is."));
      rig.chat.actions.retry(sendId);
      expect(await rig.quiet()).toBe(true);
      expect(stored(rig)).toEqual(["user: forgotten", "assistant: Here it is."]);
    });

    test("a Stop that the gateway has nothing for does not tell that it has the message", async () => {
      const rig = chatRig({ protocol, model: () => words(4_000, 50) });
      rig.gateway.seedSession(SESSION, [{ user: "before", assistant: "yes", at: 1 }]);
      await rig.ready();
      rig.gateway.inject({ match: { method: "chat.send", direction: "in" }, type: "half-open" });
      const sendId = rig.chat.actions.send("lost on its way");
      await rig.clock.advanceAsync(100);
      rig.chat.actions.abort(sendId).catch(() => {});
      await rig.clock.advanceAsync(180_000);
      expect(rig.gateway.runsStarted).toEqual([]);
      expect(rig.messages().at(-1)).toMatchObject({ id: sendId, status: "unconfirmed", stored: false });
    });

    test("a Stop of a first message that left no row takes it as done", async () => {
      const rig = chatRig({ protocol, model: () => words(4_000, 50) });
      await rig.ready();
      rig.chat.actions.send("endless");
      await rig.clock.advanceUntil(streams(rig));
      rig.gateway.dropAll();
      await rig.clock.advanceUntil(() => rig.chat.getState().connection.status !== "ready");
      await rig.chat.actions.abort();
      expect(await rig.quiet(120_000)).toBe(true);
      expect(rig.gateway.activeRuns()).toEqual([]);
      expect(rig.messages().map(({ role, status }) => [role, status])).toEqual([
        ["user", "complete"],
        ["assistant", "aborted"],
      ]);
    });

    test("a stopped message that a crash left without an answer is not offered again as interrupted", async () => {
      const rig = chatRig({ protocol, model: () => words(4_000, 50) });
      rig.gateway.seedSession(SESSION, [{ user: "before", assistant: "yes", at: 1 }]);
      await rig.ready();
      const sendId = rig.chat.actions.send("endless");
      await rig.clock.advanceUntil(streams(rig));
      rig.gateway.kill();
      await rig.clock.advanceUntil(() => rig.chat.getState().connection.status !== "ready");
      await rig.chat.actions.abort(sendId);
      await rig.clock.advanceAsync(3_000);
      rig.gateway.start();
      await rig.clock.advanceUntil(() => rig.chat.getState().connection.status === "ready");
      await rig.clock.advanceAsync(2_000);
      expect(rig.messages().find(({ id }) => id === sendId)).toMatchObject({
        status: "complete",
        stored: true,
      });
    });
  });

  test("7. large sessions freeze: a delta in a session of a thousand messages changes one object", async () => {
    const rig = chatRig({ protocol, model: () => words(10, 50) }, { historyPageSize: 1_000 });
    const turns = Array.from({ length: 500 }, (_, turn) => ({
      user: `q${turn}`,
      assistant: `a${turn}`,
      at: 1e12 + turn * 1e4,
    }));
    rig.gateway.seedSession(SESSION, turns);
    await rig.ready();
    rig.chat.actions.send("hello");
    await rig.clock.advanceUntil(streams(rig));
    const before = rig.chat.getState().transcript;
    await rig.clock.advanceAsync(160);
    const after = rig.chat.getState().transcript;
    expect(after).not.toBe(before);
    expect(after.order).toBe(before.order);
    expect(after.settled).toBe(before.settled);
    const changed = Object.keys(after.live).filter((id) => after.live[id] !== before.live[id]);
    expect(changed).toHaveLength(1);
  });

  test("8. the history is capped: it goes back to the first message", async () => {
    const rig = chatRig({ protocol }, { historyPageSize: 20 });
    const turns = Array.from({ length: 60 }, (_, turn) => ({
      user: `q${turn}`,
      assistant: `a${turn}`,
      at: 1e12 + turn * 1e4,
    }));
    rig.gateway.seedSession(SESSION, turns);
    await rig.ready();
    for (let page = 0; page < 10; page += 1) {
      const loading = rig.chat.actions.loadOlder();
      await rig.clock.advanceAsync(20);
      await loading;
    }
    expect(rig.texts()).toEqual(
      turns.flatMap(({ user, assistant }) => [`user: ${user}`, `assistant: ${assistant}`]),
    );
    expect(rig.chat.getState().history).toMatchObject({ hasOlder: false });
  });

  test("11. tools and thoughts are invisible until a reload: they are in the answer, live where the gateway tells of them, and after a reload", async () => {
    const scopes = ["operator.read", "operator.write", ...(protocol === 3 ? ["operator.admin"] : [])];
    const rig = chatRig(
      {
        protocol,
        model: () => [
          ...think(["Let me look."]),
          tool("exec", { command: "ls" }, "a b", { ms: 2_000 }),
          ...say("Two files."),
        ],
      },
      { scopes },
    );
    await rig.ready();
    rig.chat.actions.send("look");
    const kinds = () => rig.messages().flatMap(({ parts }) => parts.map(({ type }) => type));
    await rig.clock.advanceAsync(1_500);
    expect(kinds()).toContain("tool-call");
    await rig.quiet();
    const expected = ["text", "reasoning", "tool-call", "text"];
    expect(kinds()).toEqual(expected);
    rig.reload();
    await rig.ready();
    expect(kinds()).toEqual(expected);
  });

  test("12. a sent message flickers or vanishes: it never leaves the screen while the run works", async () => {
    const rig = chatRig({ protocol, model: () => words(20, 100) }, {}, { latencyMs: 40 });
    await rig.ready();
    const sendId = rig.chat.actions.send("hello");
    let gone = 0;
    const unwatch = rig.chat.subscribe(({ transcript }) => {
      if (!transcript.order.includes(sendId)) gone += 1;
    });
    await rig.clock.advanceUntil(streams(rig));
    rig.gateway.dropAll();
    expect(await rig.quiet()).toBe(true);
    unwatch();
    expect(gone).toBe(0);
  });

  describe("13. the wrong conversation after a switch or a reconnect, and storms of connections", () => {
    test("fast switching ends in the session that was asked for last, with its own messages alone", async () => {
      const rig = chatRig({ protocol });
      rig.gateway.seedSession(SESSION, [{ user: "main", assistant: "one" }]);
      rig.gateway.seedSession(TRIP, [{ user: "rome", assistant: "two" }]);
      rig.gateway.slow("chat.history", 300);
      await rig.clock.advanceUntil(() => rig.chat.getState().connection.status === "ready");
      const seen = new Set<string>();
      rig.chat.subscribe((state) => {
        for (const text of rig.texts()) seen.add(`${state.sessionKey} ${text}`);
      });
      for (const key of [TRIP, SESSION, TRIP, SESSION, TRIP]) {
        rig.chat.actions.switchSession(key);
        await rig.clock.advanceAsync(100);
      }
      rig.gateway.dropAll();
      await rig.clock.advanceAsync(5_000);
      expect(rig.texts()).toEqual(["user: rome", "assistant: two"]);
      expect([...seen].filter((line) => line.startsWith(TRIP) && /main$|one$/.test(line))).toEqual([]);
      expect([...seen].filter((line) => line.startsWith(SESSION) && /rome$|two$/.test(line))).toEqual([]);
    });

    test("a page that mounts its chat seven times opens one socket", async () => {
      const rig = chatRig({ protocol });
      await rig.ready();
      for (let mount = 0; mount < 7; mount += 1) rig.chat.start()();
      await rig.clock.advanceAsync(2_000);
      expect(rig.gateway.connections).toBe(1);
    });
  });

  test("the gateway's own rows (NO_REPLY, HEARTBEAT_OK) are never shown, not even while they stream", async () => {
    const rig = chatRig({
      protocol,
      model: ({ callNumber }) => say(callNumber === 1 ? "NO_REPLY" : "HEARTBEAT_OK"),
    });
    await rig.ready();
    const seen = new Set<string>();
    rig.chat.subscribe(() => rig.texts().forEach((text) => seen.add(text)));
    for (const text of ["one", "two"]) {
      rig.chat.actions.send(text);
      await rig.quiet();
    }
    expect([...seen].filter((text) => /NO_|HEARTBEAT/.test(text))).toEqual([]);
  });

  test("reconnecting sends nothing by itself", async () => {
    const rig = chatRig({ protocol });
    await rig.ready();
    for (let drop = 0; drop < 10; drop += 1) {
      rig.gateway.dropAll();
      await rig.clock.advanceAsync(3_000);
    }
    expect(rig.gateway.runsStarted).toEqual([]);
    expect(rig.gateway.log.filter(({ frame }) => frame["method"] === "chat.send")).toEqual([]);
  });
});

describe("version 3 does not say which runs go on", () => {
  /** Another page stops what goes on, while the one under test hears nothing. */
  function stopElsewhere({ gateway }: ChatRig): void {
    const other = gateway.connect({ send() {}, close() {}, terminate() {}, headers: {} });
    const ask = (method: string, params: object) =>
      other?.receive(JSON.stringify({ type: "req", id: method, method, params }));
    ask("connect", {
      minProtocol: 3,
      maxProtocol: 3,
      client: { id: "webchat", version: "1.0.0", platform: "web", mode: "webchat" },
      scopes: ["operator.write"],
      auth: { token: "test-token" },
    });
    ask("chat.abort", { sessionKey: SESSION });
    other?.closed(1000, "");
  }

  test("a reply that was stopped elsewhere while this page was offline does not work for ever", async () => {
    const rig = chatRig({ protocol: 3, model: () => words(4_000, 50) });
    rig.gateway.seedSession(SESSION, [{ user: "before", assistant: "yes" }]);
    await rig.ready();
    rig.chat.actions.send("endless");
    await rig.clock.advanceUntil(streams(rig));
    rig.gateway.dropAll();
    stopElsewhere(rig);
    expect(rig.gateway.activeRuns()).toEqual([]);
    expect(await rig.quiet(900_000)).toBe(true);
    expect(rig.texts()).toEqual(stored(rig));
  });

  test("a reply that is silent for longer than any run may last is shown again when it goes on", async () => {
    const rig = chatRig({
      protocol: 3,
      model: () => [...say("Wait. "), { do: "wait", ms: 20 * 60_000 }, ...words(50, 100)],
    });
    await rig.ready();
    rig.chat.actions.send("a long job");
    await rig.clock.advanceUntil(streams(rig));
    await rig.clock.advanceAsync(9 * 60_000);
    expect(rig.chat.getState().runs).toHaveLength(1);
    await rig.clock.advanceAsync(5 * 60_000);
    expect(rig.chat.getState().runs).toEqual([]);
    expect(await rig.clock.advanceUntil(streams(rig), 10 * 60_000)).toBe(true);
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(stored(rig));
  });

  test("a reply that the gateway cannot stop is not hidden while it goes on", async () => {
    const rig = chatRig({ protocol: 3, model: () => words(40, 100) });
    await rig.ready();
    rig.chat.actions.send("one");
    rig.chat.actions.send("two");
    await rig.clock.advanceUntil(() => rig.gateway.runsStarted.length === 2);
    await rig.clock.advanceUntil(streams(rig));
    rig.chat.actions.abort().catch(() => {});
    await rig.clock.advanceAsync(500);
    expect(rig.gateway.activeRuns()).toHaveLength(1);
    expect(streams(rig)()).toBe(true);
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(stored(rig));
  });
});
