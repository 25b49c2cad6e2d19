import { say, tool, words } from "@automna/testing";
import { describe, expect, test } from "vitest";

import {
  AttachmentRefusedError,
  memoryStorage,
  messageText,
  OutboxFullError,
  selectMessages,
} from "../src/index.ts";
import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";

function gatewayTexts(rig: ChatRig): string[] {
  return rig.gateway.transcript(SESSION).map(({ role, text }) => `${role}: ${text}`);
}

function streaming(rig: ChatRig): boolean {
  return rig.messages().some(({ status, parts }) => status === "streaming" && parts.length > 0);
}

describe.each([3, 4] as const)("a chat over protocol %i", (protocol) => {
  test("shows a message at once, streams the answer, and ends with exactly the gateway's transcript", async () => {
    const rig = chatRig({ protocol, model: () => words(20, 50) });
    await rig.ready();
    const sendId = rig.chat.actions.send("hello");
    expect(rig.messages()).toMatchObject([{ id: sendId, role: "user", stored: false }]);

    await rig.clock.advanceUntil(() => streaming(rig));
    await rig.clock.advanceAsync(400);
    const reply = rig.messages().at(-1);
    expect(reply && messageText(reply)).toMatch(/^w1 w2/);

    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(gatewayTexts(rig));
    expect(rig.messages().map(({ stored }) => stored)).toEqual([true, true]);
    expect(rig.messages().map(({ id }) => id)).toEqual([sendId, reply?.id]);
    expect(rig.chat.getState().outbox).toEqual([]);
  });

  test("a message that is written before the page is connected goes out when it is", async () => {
    const rig = chatRig({ protocol });
    rig.chat.actions.send("early");
    expect(rig.messages()).toMatchObject([{ status: "queued" }]);
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(["user: early", "assistant: Echo: early"]);
  });

  test("a host's own send identity makes one message of two sends, and delivery is passed on", async () => {
    const rig = chatRig({ protocol });
    await rig.ready();
    const options = { sendId: "ask-1", deliver: true };
    expect(rig.chat.actions.send("once", options)).toBe("ask-1");
    expect(rig.chat.actions.send("once", options)).toBe("ask-1");
    expect(await rig.quiet()).toBe(true);
    expect(rig.chat.actions.send("once", options)).toBe("ask-1");
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(["user: once", "assistant: Echo: once"]);
    const sends = rig.gateway.log.filter(({ frame }) => frame["method"] === "chat.send");
    expect(sends).toHaveLength(1);
    expect(JSON.stringify(sends[0]?.frame)).toContain('"deliver":true');
  });

  test("the socket breaks in the middle of a reply: nothing is lost, nothing is shown twice", async () => {
    const rig = chatRig({ protocol, model: () => words(40, 50) });
    await rig.ready();
    rig.chat.actions.send("long");
    await rig.clock.advanceUntil(() => streaming(rig));
    rig.gateway.dropAll();
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(gatewayTexts(rig));
    expect(rig.gateway.modelCalls).toBe(1);
  });

  test("a page that was slow to read its own storage does not take the same gateway for a restarted one", async () => {
    const read = Promise.withResolvers<void>();
    const memory = memoryStorage();
    const keys = (prefix: string) => read.promise.then(() => memory.keys(prefix));
    const rig = chatRig({ protocol, model: () => words(40, 50) }, { storage: { ...memory, keys } });
    await rig.clock.advanceAsync(10_000);
    read.resolve();
    await rig.ready();
    rig.chat.actions.send("first");
    expect(await rig.quiet()).toBe(true);
    rig.chat.actions.send("long");
    await rig.clock.advanceUntil(() => streaming(rig));
    rig.gateway.dropAll();
    await rig.clock.advanceUntil(() => rig.chat.getState().connection.status !== "ready");
    await rig.clock.advanceUntil(() => rig.chat.getState().connection.status === "ready");
    await rig.clock.advanceAsync(200);
    expect(rig.messages()[2]).toMatchObject({ role: "user" });
    expect(rig.messages()[2]?.error).toBeUndefined();
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(gatewayTexts(rig));
  });

  test("a message written during a drop is stored exactly once", async () => {
    const rig = chatRig({ protocol });
    await rig.ready();
    rig.gateway.dropAll();
    rig.chat.actions.send("in between");
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(["user: in between", "assistant: Echo: in between"]);
    expect(rig.gateway.runsStarted).toHaveLength(1);
  });

  test.each(["before", "after"] as const)(
    "the connection breaks right %s the acknowledgement: one run",
    async (at) => {
      const rig = chatRig({ protocol });
      await rig.ready();
      rig.gateway.inject({ type: "drop", at, match: { method: "chat.send" } });
      rig.chat.actions.send("once");
      expect(await rig.quiet()).toBe(true);
      expect(rig.texts()).toEqual(["user: once", "assistant: Echo: once"]);
      expect(rig.gateway.runsStarted).toHaveLength(1);
    },
  );

  test("a message that a closing connection takes no more goes out over the next one, and is not tried until then", async () => {
    let isClosing = false;
    let refused = 0;
    const rig = chatRig({ protocol }, {}, {}, (transport) => (url, listener) => {
      const socket = transport(url, listener);
      const send = (text: string) => {
        if (!isClosing) return socket.send(text);
        // Trying again for ever would keep this test from failing.
        if (text.includes('"chat.send"') && (refused += 1) > 100) throw new Error("It is tried for ever.");
        return false;
      };
      return { ...socket, send };
    });
    await rig.ready();
    isClosing = true;
    rig.chat.actions.send("late");
    await rig.clock.advanceAsync(1_000);
    expect(refused).toBe(1);
    expect(rig.messages()).toMatchObject([{ status: "queued" }]);
    isClosing = false;
    rig.gateway.dropAll();
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(["user: late", "assistant: Echo: late"]);
  });

  test("the gateway dies right after the acknowledgement and has forgotten the message: it is sent again", async () => {
    const rig = chatRig({ protocol });
    await rig.ready();
    rig.gateway.inject({ type: "kill", at: "after", downMs: 4_000, match: { method: "chat.send" } });
    rig.chat.actions.send("forgotten");
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(["user: forgotten", "assistant: Echo: forgotten"]);
  });

  test("the page is reloaded before the message left: it goes out from storage", async () => {
    const rig = chatRig({ protocol });
    await rig.ready();
    rig.gateway.kill();
    rig.chat.actions.send("kept");
    await rig.clock.advanceAsync(1_000);
    rig.reload();
    rig.gateway.start();
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(["user: kept", "assistant: Echo: kept"]);
  });

  test("the page is reloaded in the middle of a reply: the reply goes on and is not asked for again", async () => {
    const rig = chatRig({ protocol, model: () => words(40, 50) });
    await rig.ready();
    rig.chat.actions.send("long");
    await rig.clock.advanceUntil(() => streaming(rig));
    rig.reload();
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(gatewayTexts(rig));
    expect(rig.gateway.modelCalls).toBe(1);
  });

  test("messages that wait go out in the order in which they were written", async () => {
    const rig = chatRig({ protocol });
    rig.gateway.kill();
    for (const text of ["one", "two", "three"]) rig.chat.actions.send(text);
    rig.gateway.start();
    expect(await rig.quiet()).toBe(true);
    const users = rig.gateway.transcript(SESSION).filter(({ role }) => role === "user");
    expect(users.map(({ text }) => text)).toEqual(["one", "two", "three"]);
    expect(rig.texts()).toEqual(gatewayTexts(rig));
  });

  test("stopping ends the run and frees the composer at once", async () => {
    const rig = chatRig({ protocol, model: () => words(200, 50) });
    await rig.ready();
    rig.chat.actions.send("endless");
    await rig.clock.advanceUntil(() => streaming(rig));
    void rig.chat.actions.abort();
    expect(await rig.clock.advanceUntil(() => rig.chat.getState().runs.length === 0, 1_000)).toBe(true);
    await rig.clock.advanceAsync(5_000);
    expect(rig.gateway.activeRuns()).toEqual([]);
    expect(rig.messages().at(-1)).toMatchObject({ role: "assistant", status: "aborted" });
  });

  test("stopping without a connection is done as soon as there is one, for an own run", async () => {
    const rig = chatRig({ protocol, model: () => words(400, 50) });
    await rig.ready();
    rig.chat.actions.send("endless");
    await rig.clock.advanceUntil(() => streaming(rig));
    rig.gateway.dropAll();
    await rig.clock.advanceUntil(() => rig.chat.getState().connection.status !== "ready");
    await rig.chat.actions.abort();
    await rig.clock.advanceAsync(3_000);
    expect(rig.gateway.activeRuns()).toEqual([]);
  });

  test("a Stop that was pressed without a connection never ends somebody else's run", async () => {
    const rig = chatRig({ protocol, model: () => words(400, 50) });
    await rig.ready();
    rig.gateway.receiveMessage(SESSION, "from elsewhere");
    await rig.clock.advanceUntil(() => streaming(rig));
    rig.gateway.dropAll();
    await rig.clock.advanceUntil(() => rig.chat.getState().connection.status !== "ready");
    await rig.chat.actions.abort();
    expect(await rig.ready()).toBe(true);
    await rig.clock.advanceAsync(3_000);
    expect(rig.gateway.activeRuns()).toHaveLength(1);
  });

  test("a lost event is made up for from the history, over the same connection", async () => {
    const rig = chatRig({ protocol });
    await rig.ready();
    rig.gateway.inject({ type: "skip", match: { event: "chat", state: "final" } });
    rig.chat.actions.send("hello");
    await rig.clock.advanceAsync(500);
    rig.gateway.injectNote(SESSION, "something else happens");
    await rig.clock.advanceAsync(1_000);
    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(gatewayTexts(rig));
    expect(rig.gateway.connections).toBe(1);
  });

  test("what somebody else writes into the session appears without a reload", async () => {
    const rig = chatRig({ protocol });
    await rig.ready();
    rig.gateway.receiveMessage(SESSION, "from a phone");
    await rig.clock.advanceAsync(3_000);
    expect(rig.texts()).toEqual(["user: from a phone", "assistant: Echo: from a phone"]);
  });

  test("an answer that comes late for the session that was left does not show up in the next one", async () => {
    const rig = chatRig({ protocol });
    rig.gateway.seedSession(SESSION, [{ user: "old", assistant: "answer" }]);
    rig.gateway.seedSession("agent:main:trip", [{ user: "rome", assistant: "yes" }]);
    rig.gateway.slow("chat.history", 500);
    await rig.clock.advanceUntil(() => rig.chat.getState().connection.status === "ready");
    await rig.clock.advanceAsync(200);
    rig.chat.actions.switchSession("trip");
    expect(rig.messages()).toEqual([]);
    await rig.clock.advanceAsync(400);
    expect(rig.texts()).toEqual([]);
    await rig.clock.advanceAsync(400);
    expect(rig.texts()).toEqual(["user: rome", "assistant: yes"]);
    expect(rig.chat.getState().sessionKey).toBe("agent:main:trip");
  });

  test("a message for a session that is not open goes out all the same", async () => {
    const rig = chatRig({ protocol });
    rig.gateway.kill();
    rig.chat.actions.send("for the first");
    rig.chat.actions.switchSession("trip");
    rig.gateway.start();
    await rig.clock.advanceAsync(30_000);
    expect(rig.gateway.transcript(SESSION).map(({ text }) => text)).toEqual([
      "for the first",
      "Echo: for the first",
    ]);
    expect(rig.texts()).toEqual([]);
  });

  test("older pages come before what is there, and every message keeps its id", async () => {
    const rig = chatRig({ protocol }, { historyPageSize: 10 });
    const turns = Array.from({ length: 12 }, (_, turn) => ({
      user: `q${turn}`,
      assistant: `a${turn}`,
      at: 1e12 + turn * 1e4,
    }));
    rig.gateway.seedSession(SESSION, turns);
    await rig.ready();
    const latest = rig.messages();
    expect(rig.texts()[0]).toBe("user: q7");
    expect(rig.chat.getState().history).toMatchObject({ hasOlder: true });
    const loading = rig.chat.actions.loadOlder();
    await rig.clock.advanceAsync(10);
    await loading;
    expect(rig.texts()[0]).toBe("user: q2");
    expect(rig.messages().slice(-10)).toEqual(latest);
    expect(rig.messages().at(-1)).toBe(latest.at(-1));
    rig.chat.actions.send("new");
    await rig.quiet();
    expect(rig.texts()[0]).toBe("user: q2");
    expect(rig.texts().at(-1)).toBe("assistant: Echo: new");
  });

  test("pages are read back without a hole, though some records give two rows and others none", async () => {
    const rig = chatRig(
      {
        protocol,
        model: ({ message }) =>
          message.includes("silent")
            ? say("NO_REPLY")
            : [...say("Let me look."), tool("exec", { command: "ls" }, "a b"), ...say("Two files.")],
      },
      { historyPageSize: 4 },
    );
    await rig.ready();
    for (const text of ["look", "silent one", "silent two", "silent three", "look again"]) {
      rig.chat.actions.send(text);
      await rig.quiet();
      await rig.clock.advanceAsync(3_000);
    }
    rig.reload();
    await rig.ready();
    const before = rig.texts();
    for (let page = 0; page < 12; page += 1) {
      const loading = rig.chat.actions.loadOlder();
      await rig.clock.advanceAsync(1_000);
      await loading;
    }
    const said = rig.texts().filter((line) => line.startsWith("user"));
    expect(said).toEqual([
      "user: look",
      "user: silent one",
      "user: silent two",
      "user: silent three",
      "user: look again",
    ]);
    expect(rig.texts().filter((line) => line.startsWith("assistant"))).toHaveLength(2);
    expect(before.length).toBeLessThan(rig.texts().length);
    expect(rig.chat.getState().history).toMatchObject({ hasOlder: false });
  });

  test("one wish for earlier messages reads twenty pages of hidden rows at most, and the next goes on from there", async () => {
    const rig = chatRig({ protocol }, { historyPageSize: 4 });
    const beats = Array.from({ length: 70 }, () => ({
      user: "Read HEARTBEAT.md if it exists (workspace context). Follow it strictly. Do not infer or repeat old tasks from prior chats. If nothing needs attention, reply HEARTBEAT_OK.",
      assistant: "HEARTBEAT_OK",
    }));
    rig.gateway.seedSession(SESSION, [
      { user: "first", assistant: "one" },
      ...beats,
      { user: "last", assistant: "two" },
    ]);
    await rig.ready();
    const older = async () => {
      rig.gateway.clearLog();
      const loading = rig.chat.actions.loadOlder();
      await rig.clock.advanceAsync(1_000);
      await loading;
      return rig.gateway.log.filter(({ frame }) => frame["method"] === "chat.history").length;
    };
    expect(await older()).toBe(20);
    expect(rig.texts()).toEqual(["user: last", "assistant: two"]);
    expect(rig.chat.getState().history).toMatchObject({ hasOlder: true, loadingOlder: false });
    await older();
    expect(rig.texts()).toEqual(["user: first", "assistant: one", "user: last", "assistant: two"]);
  });

  test.each([
    "Read HEARTBEAT.md if it exists (workspace context). Follow it strictly. Do not repeat old tasks.",
    "Read HEARTBEAT.md if exists. Consider outstanding tasks. Checkup sometimes on your human.",
    "A new session was started via /new or /reset. Say hi briefly (1-2 sentences).",
    "A new session was started via /new or /reset. Execute your Session Startup sequence now - read the files.",
  ])("what a gateway of any version wrote in the person's place is not theirs: %s", async (text) => {
    const rig = chatRig({ protocol });
    rig.gateway.seedSession(SESSION, [{ user: text, assistant: "Hi." }]);
    await rig.ready();
    expect(rig.texts()).toEqual(["assistant: Hi."]);
  });

  test.each([
    "Read HEARTBEAT.md and add a line about the backups",
    "Read HEARTBEAT.md if it exists and tell me what it says",
    "Read HEARTBEAT.md if exists. Why is it empty?",
    "A new session was started via /new or /reset. Why?",
  ])("a person's own words stay after a reload: %s", async (text) => {
    const rig = chatRig({ protocol });
    rig.gateway.seedSession(SESSION, [{ user: text, assistant: "Done." }]);
    await rig.ready();
    expect(rig.texts()).toEqual([`user: ${text}`, "assistant: Done."]);
  });

  test("a tool call is one message with its result, also after a reload", async () => {
    const rig = chatRig({
      protocol,
      model: () => [
        ...say("I will look. "),
        tool("exec", { command: "ls" }, "a b", { ms: 100 }),
        ...say("Two files."),
      ],
    });
    await rig.ready();
    rig.chat.actions.send("look");
    await rig.quiet();
    const check = () =>
      expect(rig.messages().at(-1)?.parts).toMatchObject([
        { type: "text", text: "I will look. " },
        { type: "tool-call", name: "exec", state: "done", result: "a b" },
        { type: "text", text: "Two files." },
      ]);
    check();
    rig.reload();
    await rig.ready();
    check();
  });

  test("a model that fails shows its reason, and asking again is a new run", async () => {
    let calls = 0;
    const rig = chatRig({
      protocol,
      model: () => ((calls += 1) === 1 ? [{ do: "fail", status: 400, message: "no" }] : say("better")),
    });
    await rig.ready();
    rig.chat.actions.send("try");
    await rig.quiet();
    expect(rig.messages().at(-1)).toMatchObject({ role: "assistant", status: "error" });
    rig.chat.actions.regenerate();
    await rig.quiet();
    expect(rig.texts().at(-1)).toBe("assistant: better");
  });

  test("the session list is kept current, and what happened elsewhere is unread until it is opened", async () => {
    const rig = chatRig({ protocol });
    rig.gateway.seedSession("agent:main:trip", [{ user: "rome", assistant: "yes" }], { label: "Trip" });
    const unwatch = rig.chat.actions.watchSessions();
    await rig.ready();
    await rig.clock.advanceAsync(1_000);
    const find = () => {
      const { sessions } = rig.chat.getState();
      return "items" in sessions ? sessions.items.find(({ key }) => key === "agent:main:trip") : undefined;
    };
    expect(find()).toMatchObject({ title: "Trip", unread: false });
    rig.gateway.receiveMessage("agent:main:trip", "and then?");
    await rig.clock.advanceAsync(5_000);
    expect(find()).toMatchObject({ unread: true });
    rig.chat.actions.switchSession("agent:main:trip");
    expect(find()).toMatchObject({ unread: false });
    unwatch();
  });

  test("a discarded message is gone for good, and those behind it go out", async () => {
    const rig = chatRig({ protocol });
    rig.gateway.kill();
    const first = rig.chat.actions.send("never mind");
    rig.chat.actions.send("this one");
    rig.chat.actions.discard(first);
    rig.gateway.start();
    await rig.quiet();
    expect(rig.texts()).toEqual(["user: this one", "assistant: Echo: this one"]);
  });

  test("the outbox is bounded", () => {
    const rig = chatRig({ protocol });
    for (let index = 0; index < 100; index += 1) rig.chat.actions.send(`m${index}`);
    expect(() => rig.chat.actions.send("one too many")).toThrow(OutboxFullError);
  });

  test("an attachment that is too large is refused before anything is sent", async () => {
    const rig = chatRig({ protocol });
    await rig.ready();
    rig.gateway.clearLog();
    const size = 50_000_000;
    const attachments = [{ fileName: "film.png", mimeType: "image/png", size, content: "AAAA" }];
    expect(() => rig.chat.actions.send("see", { attachments })).toThrow(AttachmentRefusedError);
    await rig.clock.advanceAsync(1_000);
    expect(rig.gateway.log.filter(({ direction }) => direction === "in")).toEqual([]);
    expect(rig.messages()).toEqual([]);
  });
});

test("version 3, killed in the middle of a later turn: the message says so, and retrying asks again", async () => {
  const rig = chatRig({ protocol: 3, model: ({ callNumber }) => words(callNumber === 2 ? 100 : 3, 50) });
  await rig.ready();
  rig.chat.actions.send("first");
  await rig.quiet();
  const sendId = rig.chat.actions.send("second");
  await rig.clock.advanceUntil(() => streaming(rig));
  rig.gateway.kill();
  await rig.clock.advanceAsync(4_000);
  rig.gateway.start();
  await rig.quiet();
  expect(rig.messages().at(-1)).toMatchObject({
    id: sendId,
    status: "error",
    error: { kind: "interrupted" },
  });
  rig.chat.actions.retry(sendId);
  await rig.quiet();
  expect(rig.texts().slice(-2)).toEqual(["user: second", "assistant: w1 w2 w3"]);
});

test("version 3: a message that more than a page was written behind while nobody looked stands before its answer", async () => {
  const look = [
    tool("exec", { command: "ls" }, "a b"),
    tool("exec", { command: "pwd" }, "c"),
    ...say("Done."),
  ];
  const rig = chatRig({ protocol: 3, model: () => look }, { historyPageSize: 4 });
  rig.gateway.seedSession(SESSION, [{ user: "old", assistant: "answer" }]);
  await rig.ready();
  rig.chat.actions.send("look");
  await rig.clock.advanceUntil(() => rig.gateway.activeRuns().length > 0);
  rig.gateway.dropAll();
  expect(await rig.quiet()).toBe(true);
  expect(rig.texts().slice(-2)).toEqual(["user: look", "assistant: Done."]);
  expect(rig.messages().at(-2)).toMatchObject({ stored: true });
});

describe("version 3, where an acknowledgement told of an end before the end itself comes", () => {
  /** The first acknowledgement is lost, and so is the end for a while: the second one says that the run is over. */
  const send = async (rig: ChatRig, text: string): Promise<string> => {
    rig.gateway.inject({ type: "skip", match: { method: "chat.send" } });
    const sendId = rig.chat.actions.send(text);
    const end = { event: "chat", state: "final", runId: sendId };
    rig.gateway.inject({ type: "delay", ms: 20_000, overtaking: true, match: end });
    await rig.clock.advanceAsync(18_000);
    expect(rig.chat.getState().outbox).toMatchObject([{ sendId, runEnded: true, endUnseen: true }]);
    await rig.clock.advanceAsync(4_000);
    return sendId;
  };

  test("a command leaves the outbox with the end, it does not wait for one that may not come", async () => {
    const rig = chatRig({ protocol: 3 });
    await rig.ready();
    await send(rig, "/status");
    expect(rig.chat.getState().outbox).toEqual([]);
  });

  test("a message that was put behind a running one waits for its turn", async () => {
    const rig = chatRig({ protocol: 3, model: () => words(2_000, 50) });
    await rig.ready();
    rig.gateway.receiveMessage(SESSION, "from a phone");
    await rig.clock.advanceUntil(() => streaming(rig));
    const sendId = await send(rig, "and then");
    const [entry] = rig.chat.getState().outbox;
    expect(entry).toMatchObject({ sendId, runEnded: true, queuedBehind: true });
    expect(entry).not.toHaveProperty("endUnseen");
  });
});

test("version 4, killed in the middle of a turn: the gateway resumes by itself and nothing is sent again", async () => {
  const rig = chatRig({ protocol: 4, model: () => words(60, 50) });
  await rig.ready();
  rig.chat.actions.send("second");
  await rig.clock.advanceUntil(() => streaming(rig));
  await rig.clock.advanceAsync(1_000);
  rig.gateway.kill();
  rig.gateway.clearLog();
  rig.gateway.start();
  await rig.clock.advanceAsync(30_000);
  expect(await rig.quiet()).toBe(true);
  expect(rig.texts().slice(0, 2)).toEqual([
    "user: second",
    `assistant: ${rig.gateway.transcript(SESSION).find(({ role }) => role === "assistant")?.text}`,
  ]);
  expect(rig.gateway.log.filter(({ frame }) => frame["method"] === "chat.send")).toEqual([]);
});

test("a reply that is read by two pages at once is the same on both", async () => {
  const rig = chatRig({ protocol: 4, model: () => words(30, 40) });
  await rig.ready();
  const first = rig.chat;
  first.actions.send("hello");
  await rig.clock.advanceUntil(() => streaming(rig));
  const second = rig.reload();
  first.start();
  await rig.quiet();
  await rig.clock.advanceAsync(2_000);
  expect(selectMessages(second.getState())).toEqual(selectMessages(first.getState()));
});

test("an approval that is asked for appears, survives a reload of the page, and goes when it is answered", async () => {
  const scopes = ["operator.read", "operator.write", "operator.approvals"];
  const rig = chatRig({ protocol: 4 }, { scopes });
  await rig.ready();
  const { id } = rig.gateway.requestApproval({ sessionKey: SESSION, command: "rm -rf build" });
  await rig.clock.advanceAsync(100);
  expect(rig.chat.getState().approvals).toMatchObject([{ id, command: "rm -rf build", state: "pending" }]);
  rig.reload();
  await rig.ready();
  await rig.clock.advanceAsync(100);
  expect(rig.chat.getState().approvals).toMatchObject([{ id }]);
  const answered = rig.chat.actions.resolveApproval(id, "deny");
  await rig.clock.advanceAsync(100);
  await answered;
  expect(rig.chat.getState().approvals).toEqual([]);
});
