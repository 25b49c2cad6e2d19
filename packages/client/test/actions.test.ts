import { words } from "@automna/testing";
import { describe, expect, test } from "vitest";

import {
  memoryStorage,
  messageText,
  selectMessages,
  UnsupportedError,
  type ChatStore,
  type SessionSummary,
} from "../src/index.ts";
import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";
import { openScriptedChat as open } from "./scripted-chat.ts";
import { refusal, type ScriptedGateway } from "./scripted-gateway.ts";

const ADMIN = ["operator.read", "operator.write", "operator.admin"];
const TRIP = "agent:main:trip";

/** Lets the gateway answer. */
async function done<T>(rig: ChatRig, action: Promise<T>): Promise<T> {
  const settled = action.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error;
    },
  );
  await rig.clock.advanceAsync(1_000);
  return (await settled)();
}

function listed(rig: ChatRig, key: string): SessionSummary | undefined {
  const { sessions } = rig.chat.getState();
  return "items" in sessions ? sessions.items.find((item) => item.key === key) : undefined;
}

describe.each([3, 4] as const)("over protocol %i, a person", (protocol) => {
  const start = async (scopes: readonly string[] = ADMIN): Promise<ChatRig> => {
    const rig = chatRig({ protocol }, { scopes });
    rig.gateway.seedSession(SESSION, [{ user: "first", assistant: "one" }]);
    rig.gateway.seedSession(TRIP, [{ user: "rome", assistant: "yes" }], { label: "Trip" });
    rig.chat.actions.watchSessions();
    await rig.ready();
    await rig.clock.advanceAsync(1_000);
    return rig;
  };

  test("renames a session, and the list says so", async () => {
    const rig = await start();
    await done(rig, rig.chat.actions.renameSession(TRIP, "Rome in May"));
    expect(listed(rig, TRIP)?.title).toBe("Rome in May");
  });

  test("sees why a name was refused, until the notice is dismissed", async () => {
    const rig = await start();
    await expect(done(rig, rig.chat.actions.renameSession(SESSION, "Trip"))).rejects.toThrow(
      /already in use/,
    );
    expect(rig.chat.getState().notice?.message).toMatch(/already in use/);
    rig.chat.actions.dismissNotice();
    expect(rig.chat.getState().notice).toBeNull();
  });

  test("resets the open session: what was said is gone, what is said next stands alone", async () => {
    const rig = await start();
    rig.chat.actions.switchSession(TRIP);
    await rig.clock.advanceAsync(500);
    expect(rig.texts()).toEqual(["user: rome", "assistant: yes"]);
    await done(rig, rig.chat.actions.resetSession());
    expect(rig.texts().filter((text) => !text.startsWith("system"))).toEqual([]);
    rig.chat.actions.send("paris");
    await rig.quiet();
    expect(rig.texts().slice(-2)).toEqual(["user: paris", "assistant: Echo: paris"]);
  });

  test("is told when resetting needs rights that were not granted", async () => {
    const rig = await start(["operator.read", "operator.write"]);
    await expect(done(rig, rig.chat.actions.resetSession(TRIP))).rejects.toThrow(/admin rights/);
    expect(rig.chat.getState().notice).not.toBeNull();
  });

  test("deletes the open session and stands in the main one", async () => {
    const rig = await start();
    rig.chat.actions.switchSession(TRIP);
    await rig.clock.advanceAsync(500);
    await done(rig, rig.chat.actions.deleteSession(TRIP));
    await rig.clock.advanceAsync(1_000);
    expect(rig.chat.getState().sessionKey).toBe(SESSION);
    expect(listed(rig, TRIP)).toBeUndefined();
    expect(rig.texts()).toEqual(["user: first", "assistant: one"]);
  });

  test("renames and deletes a session that is open, in whatever spelling", async () => {
    const rig = await start();
    rig.chat.actions.switchSession("trip");
    await rig.clock.advanceAsync(500);
    await done(rig, rig.chat.actions.renameSession("trip", "Rome in May"));
    expect(listed(rig, TRIP)?.title).toBe("Rome in May");
    await done(rig, rig.chat.actions.deleteSession("trip"));
    expect(rig.chat.getState().sessionKey).toBe(SESSION);
    expect(listed(rig, TRIP)).toBeUndefined();
  });

  test("makes a session, which is open and empty, and talks in it", async () => {
    const rig = await start();
    const key = await done(rig, rig.chat.actions.createSession());
    expect(rig.chat.getState().sessionKey).toBe(key);
    expect(rig.texts()).toEqual([]);
    rig.chat.actions.send("hello");
    await rig.quiet();
    expect(rig.texts()).toEqual(["user: hello", "assistant: Echo: hello"]);
    expect(rig.gateway.transcript(SESSION)).toHaveLength(2);
  });

  test("chooses the model and the thinking level of the session", async () => {
    const rig = await start();
    const models = await done(rig, rig.chat.actions.listModels());
    const thinker = models.find(({ id }) => id === "fake/fake-think");
    expect(models.map(({ id }) => id)).toContain("fake/fake-1");
    if (protocol === 4) expect(thinker?.thinkingLevels.length).toBeGreaterThan(1);
    await done(rig, rig.chat.actions.setModel("fake/fake-think"));
    await done(rig, rig.chat.actions.setThinking("high"));
    expect(listed(rig, SESSION)).toMatchObject({ model: "fake/fake-think", thinkingLevel: "high" });
    await done(rig, rig.chat.actions.setThinking(null));
    expect(listed(rig, SESSION)?.thinkingLevel).not.toBe("high");
  });

  test("asks the last question again, as a new run", async () => {
    const rig = await start();
    const sendId = rig.chat.actions.regenerate();
    expect(rig.messages().at(-1)).toMatchObject({ id: sendId, role: "user" });
    await rig.quiet();
    expect(rig.texts().slice(-2)).toEqual(["user: first", "assistant: Echo: first"]);
    expect(rig.gateway.runsStarted).toEqual([sendId]);
  });

  const picture = { fileName: "cat.png", mimeType: "image/png", size: 3, content: "YWJj" };
  const sent = (rig: ChatRig) =>
    rig.gateway.log.flatMap(({ direction, frame }) => {
      if (direction !== "in" || frame["method"] !== "chat.send") return [];
      const { message, attachments = [] } = frame["params"] as {
        message: string;
        attachments?: readonly { content: string; mimeType: string }[];
      };
      return [[message.trim(), ...attachments.map(({ mimeType, content }) => `${mimeType} ${content}`)]];
    });

  test("asks a stored question again with its files, in other words too", async () => {
    const rig = await start();
    const sendId = rig.chat.actions.send("What is it?", { attachments: [picture] });
    await rig.quiet();
    expect(rig.chat.getState().outbox).toEqual([]);
    expect(rig.chat.actions.regenerate()).not.toBeNull();
    await rig.quiet();
    expect(rig.chat.actions.editAndResend(sendId, "Who is it?")).not.toBeNull();
    await rig.quiet();
    expect(sent(rig)).toEqual([
      ["What is it?", "image/png YWJj"],
      ["What is it?", "image/png YWJj"],
      ["Who is it?", "image/png YWJj"],
    ]);
    expect(rig.chat.getState().notice).toBeNull();
  });

  test("asks a stored picture without words again", async () => {
    const rig = await start();
    const sendId = rig.chat.actions.send("", { attachments: [picture] });
    await rig.quiet();
    expect(rig.chat.actions.editAndResend(sendId, " ")).toBeNull();
    expect(rig.chat.actions.regenerate()).not.toBeNull();
    await rig.quiet();
    expect(sent(rig)).toEqual([
      ["", "image/png YWJj"],
      ["", "image/png YWJj"],
    ]);
  });

  const files = protocol === 3 ? "has them" : "hands none out";
  test(`asks a question of an earlier page again: the gateway ${files}`, async () => {
    const rig = await start();
    rig.chat.actions.send("", { attachments: [picture] });
    await rig.quiet();
    rig.chat.actions.send("What is it?", { attachments: [picture] });
    await rig.quiet();
    rig.reload();
    await rig.ready();
    rig.gateway.clearLog();
    const questions = rig.messages().filter(({ role }) => role === "user");
    expect(questions.slice(-2).map(({ parts }) => parts.at(-1)?.type)).toEqual(["image", "image"]);
    const first = rig.chat.actions.regenerate();
    if (protocol === 3) {
      await rig.quiet();
      expect(sent(rig)).toEqual([["What is it?", "image/png YWJj"]]);
      return;
    }
    expect(first).toBeNull();
    expect(rig.chat.getState().notice).toMatchObject({
      kind: "files",
      message: expect.stringMatching(/once more/),
    });
    await rig.clock.advanceAsync(1_000);
    expect(sent(rig)).toEqual([]);
    expect(rig.chat.actions.regenerate()).not.toBeNull();
    await rig.quiet();
    expect(sent(rig)).toEqual([["What is it?"]]);
    expect(rig.chat.getState().notice).toBeNull();
  });

  test("asks a picture without words again while it is here", async () => {
    const rig = await start();
    rig.gateway.slow("chat.send", 60_000);
    const first = rig.chat.actions.send("", { attachments: [picture] });
    await rig.clock.advanceAsync(10);
    const again = rig.chat.actions.regenerate();
    expect(again).not.toBeNull();
    expect(rig.chat.getState().outbox).toMatchObject([
      { sendId: first, attachments: [picture] },
      { sendId: again, text: "", attachments: [picture] },
    ]);
  });

  test("sends a changed version of an earlier message; what a reply says cannot be edited", async () => {
    const rig = await start();
    const [question, reply] = rig.messages();
    expect(rig.chat.actions.editAndResend(reply?.id ?? "", "no")).toBeNull();
    expect(rig.chat.actions.editAndResend(question?.id ?? "", "first, but better")).not.toBeNull();
    await rig.quiet();
    expect(rig.texts().slice(-2)).toEqual(["user: first, but better", "assistant: Echo: first, but better"]);
  });

  test("uses a slash command, whose answer is one message", async () => {
    const rig = await start();
    const commands = await done(rig, rig.chat.actions.listCommands());
    if (protocol === 4) expect(commands.map(({ name }) => name)).toContain("status");
    else expect(commands).toEqual([]);
    rig.chat.actions.send("/status");
    await rig.quiet();
    const answers = rig.messages().slice(2);
    expect(answers.filter(({ role }) => role === "assistant")).toHaveLength(1);
    expect(answers.filter(({ role }) => role === "user")).toHaveLength(1);
    expect(rig.chat.getState().outbox).toEqual([]);
  });

  test("sees what the gateway used", async () => {
    const rig = await start();
    expect(await done(rig, rig.chat.actions.loadUsage())).toEqual({
      input: 0,
      output: 0,
      total: 0,
      cost: 0,
      days: [],
    });
  });

  test("sees what a reply cost", async () => {
    const rig = await start();
    rig.chat.actions.send("hello");
    await rig.quiet();
    const usage = rig.messages().at(-1)?.usage;
    expect(usage?.total).toBeGreaterThan(0);
    expect(usage?.total).toBe((usage?.input ?? 0) + (usage?.output ?? 0));
  });

  test("gives up waiting for an answer to an action when the connection goes", async () => {
    const rig = await start();
    rig.gateway.slow("sessions.patch", 60_000);
    const renaming = rig.chat.actions.renameSession(TRIP, "never");
    await rig.clock.advanceAsync(10);
    rig.gateway.dropAll();
    await expect(done(rig, renaming)).rejects.toThrow(/Reload the state/);
  });

  test("is not told of a list that the page asked for when the connection went away meanwhile", async () => {
    const rig = await start();
    rig.gateway.slow("models.list", 60_000);
    const listing = rig.chat.actions.listModels();
    await rig.clock.advanceAsync(10);
    rig.gateway.dropAll();
    await expect(done(rig, listing)).rejects.toThrow(/models.list/);
    expect(rig.chat.getState().notice).toBeNull();
  });

  test("still sees why an action was refused when a list has come meanwhile", async () => {
    const rig = await start();
    await expect(done(rig, rig.chat.actions.renameSession(SESSION, "Trip"))).rejects.toThrow();
    const { notice } = rig.chat.getState();
    expect(notice).not.toBeNull();
    await done(rig, rig.chat.actions.listModels());
    expect(rig.chat.getState().notice).toBe(notice);
  });

  test("attaches what hello-ok allows and nothing larger", async () => {
    const rig = await start();
    const limits = rig.chat.getState().capabilities?.attachments;
    expect(limits).toMatchObject(
      protocol === 3
        ? { maxImageBytes: 380_000, acceptsFiles: false }
        : { maxImageBytes: 6 * 1024 * 1024, acceptsFiles: true },
    );
    const note = { fileName: "a.txt", mimeType: "text/plain", size: 3, content: "YWJj" };
    if (protocol === 3) {
      expect(() => rig.chat.actions.send("see", { attachments: [note] })).toThrow(/only accepts pictures/);
    } else {
      rig.chat.actions.send("see", { attachments: [note] });
      await rig.quiet();
      expect(rig.gateway.runsStarted).toHaveLength(1);
    }
  });
});

test("a reply that the history shortens is whole when it is asked for, and stays so", async () => {
  const whole = `${"word ".repeat(150_000)}end`;
  const rig = chatRig({ protocol: 4 });
  rig.gateway.seedSession(SESSION, [{ user: "write", assistant: whole }]);
  await rig.ready();
  const short = rig.messages().at(-1);
  expect(short?.truncated).toBe(true);
  await done(rig, rig.chat.actions.loadFull(short?.id ?? ""));
  const full = rig.messages().at(-1);
  expect(full !== undefined && messageText(full) === whole).toBe(true);
  expect(full?.id).toBe(short?.id);
  await done(rig, rig.chat.actions.reload());
  expect(rig.messages().at(-1)).toBe(full);
});

test("an answer that was stopped while it was queued behind another one is taken back", async () => {
  const rig = chatRig({ protocol: 4, model: () => words(100, 50) });
  await rig.ready();
  rig.chat.actions.send("long");
  await rig.clock.advanceAsync(500);
  const second = rig.chat.actions.send("also");
  await rig.clock.advanceAsync(200);
  await done(rig, rig.chat.actions.abort(second));
  expect(rig.gateway.activeRuns()).toHaveLength(1);
  await rig.clock.advanceAsync(20_000);
  expect(rig.gateway.transcript(SESSION).filter(({ role }) => role === "user")).toHaveLength(1);
});

test("a question of the agent is there after a reload of the page, is answered once, and goes everywhere", async () => {
  const scopes = ["operator.read", "operator.write", "operator.questions"];
  const rig = chatRig({ protocol: 4 }, { scopes });
  await rig.ready();
  const asked = rig.gateway.askQuestion({
    sessionKey: SESSION,
    questions: [
      {
        id: "color",
        header: "Color",
        question: "Which one?",
        options: [{ label: "Red" }, { label: "Blue" }],
      },
    ],
  });
  await rig.clock.advanceAsync(100);
  expect(rig.chat.getState().questions).toMatchObject([{ id: asked.id, sessionKey: SESSION }]);
  rig.reload();
  await rig.ready();
  await rig.clock.advanceAsync(100);
  expect(rig.chat.getState().questions).toMatchObject([{ id: asked.id, state: "pending" }]);
  await done(rig, rig.chat.actions.answerQuestion(asked.id, { color: ["Blue"] }));
  expect(asked.answers()).toEqual({ color: ["Blue"] });
  expect(rig.chat.getState().questions).toEqual([]);
  await done(rig, rig.chat.actions.answerQuestion(asked.id, { color: ["Red"] }));
  expect(asked.answers()).toEqual({ color: ["Blue"] });
});

test("a question is not for clients that may not answer it", async () => {
  const rig = chatRig({ protocol: 4 });
  await rig.ready();
  const options = [{ label: "Yes" }, { label: "No" }];
  const asked = rig.gateway.askQuestion({
    sessionKey: SESSION,
    questions: [{ id: "go", header: "Go", question: "Go on?", options }],
    timeoutMs: 30_000,
  });
  await rig.clock.advanceAsync(31_000);
  expect(rig.chat.getState().questions).toEqual([]);
  expect(asked.status()).toBe("expired");
});

describe("over a gateway that asks and keeps", () => {
  const question = {
    id: "q1",
    questions: [
      {
        questionId: "color",
        header: "Color",
        question: "Which color?",
        options: [{ label: "Red", description: "warm" }, { label: "Blue" }],
        multiSelect: true,
      },
    ],
    sessionKey: SESSION,
    runId: "r1",
    createdAtMs: 1,
    status: "pending",
  };

  const asked = ({ asked: all }: ScriptedGateway, method: string) =>
    all.flatMap((request) => (request.method === method ? [request.params] : []));
  const questions = (chat: ChatStore) => chat.getState().questions;

  test("questions that wait are there after the connect, live ones come, and answers take them away", async () => {
    const { clock, chat, gateway } = await open({
      "question.list": { questions: [question] },
      "question.resolve": { status: "answered", answers: { answers: {} } },
    });
    expect(questions(chat)).toMatchObject([
      {
        id: "q1",
        state: "pending",
        questions: [{ questionId: "color", multiSelect: true, isSecret: false }],
      },
    ]);
    gateway.emit("question.requested", { ...question, id: "q2", createdAtMs: 2 });
    expect(questions(chat).map(({ id }) => id)).toEqual(["q1", "q2"]);
    const answering = chat.actions.answerQuestion("q1", { color: ["Red", "Blue"] });
    await clock.advanceAsync(10);
    await answering;
    expect(asked(gateway, "question.resolve")).toEqual([
      { id: "q1", answers: { answers: { color: ["Red", "Blue"] } } },
    ]);
    const cancelling = chat.actions.cancelQuestion("q2");
    await clock.advanceAsync(10);
    await cancelling;
    expect(asked(gateway, "question.resolve").at(-1)).toEqual({ id: "q2", cancel: true });
    expect(questions(chat)).toEqual([]);
  });

  test("what can be had of a message is shown whole beside a part that is not handed out", async () => {
    const row = (id: string, content: string) => ({ role: "assistant", content, __openclaw: { id } });
    const { chat } = await open({
      "chat.history": {
        sessionKey: SESSION,
        messages: [
          { ...row("m1", "I look it\n...(truncated)..."), stopReason: "toolUse" },
          row("m2", "It began in\n...(truncated)..."),
        ],
      },
      "chat.message.get": ({ messageId }) =>
        messageId === "m1"
          ? { ok: false, unavailableReason: "oversized" }
          : { ok: true, message: row("m2", "It began in Rome.") },
    });
    const message = selectMessages(chat.getState()).at(-1);
    await expect(chat.actions.loadFull(message?.id ?? "")).rejects.toThrow(UnsupportedError);
    expect(chat.getState().notice?.message).toContain("oversized");
    const loaded = selectMessages(chat.getState()).at(-1);
    expect(loaded?.parts).toMatchObject([
      { text: expect.stringContaining("I look it") },
      { text: "It began in Rome." },
    ]);
  });

  test.each([
    ["oversized", "Ask the agent for it in parts."],
    ["not_found", "Reload the conversation."],
    ["not_visible", "Ask the agent for it."],
  ])("a whole text that is not handed out (%s) is told by the notice", async (unavailableReason, next) => {
    const row = (id: string, content: string) => ({ role: "assistant", content, __openclaw: { id } });
    const { chat, gateway } = await open({
      "chat.history": {
        sessionKey: SESSION,
        messages: [
          { ...row("m1", "I look it up."), stopReason: "toolUse" },
          row("m2", "It began in\n...(truncated)..."),
        ],
      },
      "chat.message.get": { ok: false, unavailableReason },
    });
    const message = selectMessages(chat.getState()).at(-1);
    expect(message?.truncated).toBe(true);
    await expect(chat.actions.loadFull(message?.id ?? "")).rejects.toThrow(UnsupportedError);
    expect(chat.getState().notice?.message).toContain(next);
    expect(asked(gateway, "chat.message.get")).toMatchObject([{ messageId: "m2" }]);
  });

  test.each([
    [3, "open"],
    [4, "open"],
    [3, "left"],
    [4, "left"],
  ] as const)(
    "on version %i, a session that is %s is deleted with what waits in it",
    async (protocol, place) => {
      const answers: Record<string, object> = {
        no: refusal("too bold"),
        wait: new Promise(() => {}),
      };
      const { clock, chat, gateway } = await open(
        {
          "chat.send": ({ message, idempotencyKey: runId }) =>
            answers[String(message)] ?? { runId, status: "started" },
          "sessions.delete": { ok: true },
        },
        { protocol },
      );
      chat.actions.switchSession(TRIP);
      for (const text of ["no", "yes", "wait", "last"]) {
        chat.actions.send(text);
        await clock.advanceAsync(1_000);
      }
      const states = chat.getState().outbox.map(({ state }) => state);
      expect(states).toEqual(["failed", "acked", "sending", "queued"]);
      const sent = asked(gateway, "chat.send").length;
      chat.actions.switchSession(place === "left" ? SESSION : TRIP);
      await chat.actions.deleteSession("trip");
      expect(asked(gateway, "sessions.delete")).toMatchObject([{ key: TRIP }]);
      expect(chat.getState()).toMatchObject({ sessionKey: SESSION, outbox: [] });
      await clock.advanceAsync(120_000);
      expect(asked(gateway, "chat.send")).toHaveLength(sent);
      chat.actions.switchSession(TRIP);
      expect(selectMessages(chat.getState())).toEqual([]);
    },
  );

  test("a session that could not be deleted keeps what waits in it", async () => {
    const { chat, clock } = await open({
      "chat.send": refusal("too bold"),
      "sessions.delete": refusal("still in use"),
    });
    chat.actions.send("no");
    await clock.advanceAsync(1_000);
    await expect(chat.actions.deleteSession(SESSION)).rejects.toThrow(/still in use/);
    expect(chat.getState().outbox).toMatchObject([{ text: "no", state: "failed" }]);
  });

  test.each([
    ["deleted", { ok: true }, []],
    ["refused", refusal("still in use"), ["first", "second"]],
  ] as const)(
    "what is written while a session is being deleted waits for the answer, which is: %s",
    async (_, answer, sent) => {
      const asking = Promise.withResolvers<object>();
      const { chat, clock, gateway } = await open({
        "chat.send": ({ idempotencyKey: runId }) => ({ runId, status: "started" }),
        "sessions.delete": () => asking.promise,
      });
      const sends = () => asked(gateway, "chat.send");
      chat.actions.switchSession(TRIP);
      await clock.advanceAsync(1_000);
      const deleting = chat.actions.deleteSession(TRIP).catch(() => {});
      await clock.advanceUntil(() => asked(gateway, "sessions.delete").length > 0);
      chat.actions.send("first");
      chat.actions.send("second");
      await clock.advanceAsync(1_000);
      expect(sends()).toEqual([]);
      asking.resolve(answer);
      await deleting;
      await clock.advanceAsync(1_000);
      expect(sends()).toMatchObject(sent.map((message) => ({ message })));
      expect(chat.getState().outbox.map(({ text }) => text)).toEqual(sent);
    },
  );

  test("what is taken back while it is being written down is not sent, and the next one is", async () => {
    const storage = memoryStorage();
    const held = Promise.withResolvers<void>();
    let isHeld = false;
    const { chat, clock, gateway } = await open(
      { "chat.send": ({ idempotencyKey: runId }) => ({ runId, status: "started" }) },
      {
        storage: {
          ...storage,
          async set(key, value) {
            if (value.includes('"state":"sending"') && !isHeld) {
              isHeld = true;
              await held.promise;
            }
            return storage.set(key, value);
          },
        },
      },
    );
    const sendId = chat.actions.send("no");
    await clock.advanceUntil(() => isHeld);
    chat.actions.discard(sendId);
    held.resolve();
    chat.actions.send("yes");
    await clock.advanceUntil(() => asked(gateway, "chat.send").length > 0);
    await clock.advanceAsync(1_000);
    expect(asked(gateway, "chat.send")).toMatchObject([{ message: "yes" }]);
    expect(chat.getState().outbox).toMatchObject([{ text: "yes" }]);
  });

  const approval = (id: string, request: object) => ({
    id,
    request: { sessionKey: SESSION, ...request },
    createdAtMs: 1,
  });
  const approvals = (chat: ChatStore) => chat.getState().approvals.map(({ id, kind }) => `${kind} ${id}`);

  test("commands and plugins that wait for leave are there after the connect, and each is answered where it was asked", async () => {
    const { clock, chat, gateway } = await open({
      "exec.approval.list": [
        approval("e1", {
          command: "df -h",
          warningText: "not on the list",
          cwd: "/srv",
          host: "node",
          allowedDecisions: ["allow-once", "deny"],
        }),
      ],
      "plugin.approval.list": {
        approvals: [approval("p1", { title: "Send a mail", description: "to Ada" })],
      },
      "exec.approval.resolve": { ok: true },
      "plugin.approval.resolve": { ok: true },
    });
    expect(chat.getState().approvals).toMatchObject([
      {
        id: "e1",
        kind: "exec",
        command: "df -h",
        warning: "not on the list",
        cwd: "/srv",
        host: "node",
        allowedDecisions: ["allow-once", "deny"],
        state: "pending",
      },
      { id: "p1", kind: "plugin", title: "Send a mail", detail: "to Ada", command: null, state: "pending" },
    ]);
    gateway.emit("plugin.approval.requested", approval("p2", { title: "Call a taxi" }));
    expect(approvals(chat)).toEqual(["exec e1", "plugin p1", "plugin p2"]);
    const answering = Promise.all([
      chat.actions.resolveApproval("p1", "allow-once"),
      chat.actions.resolveApproval("e1", "deny"),
    ]);
    await clock.advanceAsync(10);
    await answering;
    expect(asked(gateway, "plugin.approval.resolve")).toEqual([{ id: "p1", decision: "allow-once" }]);
    expect(asked(gateway, "exec.approval.resolve")).toEqual([{ id: "e1", decision: "deny" }]);
    gateway.emit("plugin.approval.resolved", { id: "p2", decision: "deny" });
    expect(approvals(chat)).toEqual([]);
  });

  test("a refused answer leaves the approval where it was, and one that expired goes by itself", async () => {
    const { clock, chat, gateway } = await open({
      "plugin.approval.list": [approval("p1", { title: "Send a mail" })],
    });
    const answering = chat.actions.resolveApproval("p1", "allow-always").catch((error: unknown) => error);
    await clock.advanceAsync(10);
    expect(await answering).toBeInstanceOf(Error);
    expect(chat.getState().approvals).toMatchObject([{ id: "p1", state: "pending" }]);
    gateway.emit("exec.approval.requested", {
      ...approval("e1", { command: "ls" }),
      createdAtMs: clock.now(),
      expiresAtMs: clock.now() + 5_000,
    });
    await clock.advanceAsync(4_000);
    expect(approvals(chat)).toEqual(["plugin p1", "exec e1"]);
    await clock.advanceAsync(2_000);
    expect(approvals(chat)).toEqual(["plugin p1"]);
  });

  test("a question that somebody else answered, or that expired, goes by itself", async () => {
    const { clock, chat, gateway } = await open({ "question.list": { questions: [question] } });
    gateway.emit("question.resolved", { id: "q1", status: "cancelled" });
    expect(questions(chat)).toEqual([]);
    const createdAtMs = clock.now();
    gateway.emit("question.requested", { ...question, createdAtMs, expiresAtMs: createdAtMs + 5_000 });
    await clock.advanceAsync(4_000);
    expect(questions(chat)).toHaveLength(1);
    await clock.advanceAsync(2_000);
    expect(questions(chat)).toEqual([]);
  });

  test("a refused answer leaves the question where it was, with the reason", async () => {
    const { clock, chat } = await open({ "question.list": { questions: [question] } });
    const answering = chat.actions.answerQuestion("q1", { color: ["Red"] });
    const refused = expect(answering).rejects.toThrow(/unknown method/);
    await clock.advanceAsync(10);
    await refused;
    expect(questions(chat)).toMatchObject([{ id: "q1", state: "pending" }]);
    expect(chat.getState().notice).not.toBeNull();
  });

  test("a picture that the gateway keeps is named by its artifact, and an address for it is absolute", async () => {
    const artifact = {
      id: "a1",
      type: "image",
      title: "cat",
      mimeType: "image/png",
      download: { mode: "url" },
    };
    const image = { type: "image", artifactId: "a1", url: "/api/media/1", mimeType: "image/png" };
    const answers = {
      "chat.history": {
        sessionKey: SESSION,
        messages: [{ role: "assistant", content: [image], __openclaw: { id: "m1" }, stopReason: "stop" }],
      },
      "artifacts.download": { artifact, url: "/api/artifacts/1?ticket=x", expiresAt: "2026-11-21T12:00:00Z" },
    };
    const { clock, chat, gateway } = await open(answers, { gatewayUrl: "wss://gateway.test/i/abc/" });
    const { settled, order } = chat.getState().transcript;
    expect(settled[order[0] ?? ""]?.parts).toEqual([
      { type: "image", mimeType: "image/png", artifactId: "a1" },
    ]);
    const loading = chat.actions.loadArtifact("a1");
    await clock.advanceAsync(10);
    expect(await loading).toEqual({
      url: "https://gateway.test/i/abc/api/artifacts/1?ticket=x",
      mimeType: "image/png",
      fromGateway: true,
      expiresAt: Date.UTC(2026, 10, 21, 12),
    });
    expect(asked(gateway, "artifacts.download")).toEqual([{ sessionKey: SESSION, artifactId: "a1" }]);
  });

  test("a picture that the gateway adds to a stored reply is there without a reload", async () => {
    const text = { type: "text", text: "Here it is." };
    const image = { type: "image", artifactId: "a1", mimeType: "image/png" };
    let content: readonly object[] = [text];
    const { clock, chat, gateway } = await open({
      "chat.history": () => ({
        sessionKey: SESSION,
        messages: [{ role: "assistant", content, __openclaw: { id: "m1" }, stopReason: "stop" }],
      }),
    });
    const parts = () => {
      const { settled, order } = chat.getState().transcript;
      return settled[order[0] ?? ""]?.parts;
    };
    expect(parts()).toEqual([text]);
    content = [text, image];
    gateway.emit("sessions.changed", { sessionKey: SESSION, phase: "message", ts: 1 });
    await clock.advanceAsync(1_000);
    expect(parts()).toEqual([text, image]);
  });

  test.each([
    ["wss://app.test/i/abc/", "/api/media/1?ticket=x", "https://app.test/i/abc/api/media/1?ticket=x", true],
    ["wss://app.test/i/abc/", "/i/abc/api/media/1", "https://app.test/i/abc/api/media/1", true],
    ["wss://app.test/i/abc/?x=1", "api/media/1", "https://app.test/i/abc/api/media/1", true],
    ["wss://app.test/i/abc/", "/../../api/launch", "https://app.test/api/launch", false],
    ["wss://app.test/i/abc/", "//cdn.test/1", "https://cdn.test/1", false],
    ["ws://127.0.0.1:18789/ws", "/api/media/1", "http://127.0.0.1:18789/api/media/1", true],
  ])("for a gateway at %s, %s is %s", async (gatewayUrl, given, url, fromGateway) => {
    const artifact = { id: "a1", type: "image", title: "cat", mimeType: "image/png" };
    const { clock, chat } = await open({ "artifacts.download": { artifact, url: given } }, { gatewayUrl });
    const loading = chat.actions.loadArtifact("a1");
    await clock.advanceAsync(10);
    expect(await loading).toMatchObject({ url, fromGateway });
  });

  test.each([
    [{ encoding: "base64", data: "AAAA" }, "data:image/png;base64,AAAA", true],
    [{ url: "https://cdn.test/1" }, "https://cdn.test/1", false],
  ])("an artifact that comes as %j is at %s", async (answer, url, fromGateway) => {
    const artifact = { id: "a1", type: "image", title: "cat", mimeType: "image/png" };
    const { clock, chat } = await open({ "artifacts.download": { artifact, ...answer } });
    const loading = chat.actions.loadArtifact("a1");
    await clock.advanceAsync(10);
    expect(await loading).toEqual({ url, mimeType: "image/png", fromGateway, expiresAt: null });
  });

  test.each([{ url: "javascript:alert(1)" }, { url: "file:///etc/passwd" }, {}])(
    "an artifact that comes as %j has no address",
    async (answer) => {
      const artifact = { id: "a1", type: "image", title: "cat" };
      const { clock, chat } = await open({ "artifacts.download": { artifact, ...answer } });
      const refused = expect(chat.actions.loadArtifact("a1")).rejects.toMatchObject({ code: "UNSUPPORTED" });
      await clock.advanceAsync(10);
      await refused;
    },
  );

  test("usage is told by day and together, and an unknown price is no price", async () => {
    const { clock, chat, gateway } = await open({
      "usage.cost": {
        updatedAt: 1,
        days: 7,
        daily: [{ date: "2026-11-20", input: 10, output: 5, totalTokens: 15, totalCost: 0.5 }],
        totals: { input: 10, output: 5 },
      },
    });
    const loading = chat.actions.loadUsage(7);
    await clock.advanceAsync(10);
    expect(await loading).toEqual({
      input: 10,
      output: 5,
      total: 15,
      cost: null,
      days: [{ date: "2026-11-20", input: 10, output: 5, total: 15, cost: 0.5 }],
    });
    expect(asked(gateway, "usage.cost")).toEqual([{ days: 7 }]);
  });

  test("version 3 knows neither questions nor artifacts", async () => {
    const { chat, clock } = await open({}, { protocol: 3 });
    expect(chat.getState().capabilities).toMatchObject({ canAnswer: false, hasArtifacts: false });
    const refused = expect(chat.actions.loadArtifact("a1")).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await clock.advanceAsync(10);
    await refused;
  });
});
