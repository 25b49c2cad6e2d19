import { describe, expect, test } from "vitest";

import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";

/** Longer than the preview of version 3, which is where that says whose row it is. */
const STORY = "a very long story ".repeat(300).trim();

const OTHER = "agent:main:other";

/** Storing a message takes a second, as it may on a slow disk. */
const SLOW_STORE = { prepareMs: 1_000, persistMs: 1_000 };

const copies = (rig: ChatRig, sessionKey = SESSION) =>
  rig.gateway.transcript(sessionKey).filter(({ role, text }) => role === "user" && text === STORY).length;

const statuses = (rig: ChatRig) =>
  rig
    .messages()
    .filter(({ role }) => role === "user")
    .map(({ status, stored }) => (stored ? status : `${status}, not stored`));

/** Sends the story, and `more` equal ones as soon as it is answered: before a look at the history has shown its row. */
async function sendEqual(rig: ChatRig, more: number): Promise<void> {
  rig.chat.actions.send(STORY);
  await rig.clock.advanceUntil(() => rig.gateway.log.some(({ frame }) => isFinal(frame)));
  for (let count = 0; count < more; count += 1) rig.chat.actions.send(STORY);
}

function isFinal(frame: object): boolean {
  const payload = "payload" in frame ? frame.payload : null;
  return typeof payload === "object" && payload !== null && "state" in payload && payload.state === "final";
}

/** The gateway dies and is there again. */
async function crash(rig: ChatRig): Promise<void> {
  rig.gateway.kill();
  await rig.clock.advanceAsync(3_000);
  rig.gateway.start();
}

describe.each([3, 4] as const)("equal long messages over version %i", (protocol) => {
  const open = async () => {
    const rig = chatRig({ protocol, timing: SLOW_STORE });
    for (const key of [SESSION, OTHER])
      rig.gateway.seedSession(key, [{ user: "before", assistant: "yes", at: 1 }]);
    await rig.ready();
    return rig;
  };

  /** The row of the first is seen, the others are not stored yet. */
  const openWithOneSeen = async (more: number) => {
    const rig = await open();
    await sendEqual(rig, more);
    await rig.clock.advanceAsync(500);
    expect(copies(rig)).toBe(1);
    expect(rig.chat.getState().outbox).toHaveLength(more);
    return rig;
  };

  test("a row proves one of them: the second, which a crash swallowed, is sent again", async () => {
    const rig = await openWithOneSeen(1);
    await crash(rig);
    expect(await rig.quiet(120_000)).toBe(true);
    expect(copies(rig)).toBe(2);
    expect(statuses(rig)).toEqual(["complete", "complete", "complete"]);
  });

  test("so it does after a reload of the page", async () => {
    const rig = await openWithOneSeen(1);
    rig.gateway.kill();
    rig.reload();
    await rig.clock.advanceAsync(3_000);
    rig.gateway.start();
    expect(await rig.quiet(120_000)).toBe(true);
    expect(copies(rig)).toBe(2);
    expect(statuses(rig)).toEqual(["complete", "complete", "complete"]);
  });

  test("so it does where both are open when the gateway is back, reloaded or not", async () => {
    for (const reloads of [false, true]) {
      const rig = await open();
      await sendEqual(rig, 1);
      rig.gateway.kill();
      if (reloads) rig.reload();
      await rig.clock.advanceAsync(3_000);
      rig.gateway.start();
      expect(await rig.quiet(120_000)).toBe(true);
      expect(copies(rig)).toBe(2);
      expect(statuses(rig)).toEqual(["complete", "complete", "complete"]);
    }
  });

  test("so it does in a session that is not open", async () => {
    const rig = await openWithOneSeen(1);
    rig.chat.actions.switchSession(OTHER);
    await crash(rig);
    expect(await rig.clock.advanceUntil(() => rig.chat.getState().outbox.length === 0, 120_000)).toBe(true);
    expect(copies(rig)).toBe(2);
  });

  test("when both are stored both are there, and nothing is sent again", async () => {
    const rig = await openWithOneSeen(1);
    await rig.clock.advanceUntil(() => copies(rig) === 2);
    await crash(rig);
    expect(await rig.quiet(120_000)).toBe(true);
    expect(copies(rig)).toBe(2);
    expect(rig.texts().filter((line) => line === `user: ${STORY}`)).toHaveLength(2);
    expect(rig.gateway.runsStarted.filter((runId) => runId.startsWith("send-"))).toHaveLength(2);
  });

  test("of three, the two that no row proves are not taken for stored", async () => {
    const rig = await openWithOneSeen(2);
    await crash(rig);
    expect(await rig.quiet(120_000)).toBe(true);
    const unproved = statuses(rig).filter((status) => status === "unconfirmed, not stored").length;
    expect(copies(rig) + unproved).toBe(3);
    expect(rig.texts().filter((line) => line === `user: ${STORY}`)).toHaveLength(3);
  });

  test("an old row of the same words does not prove one that was sent while the history could not be read", async () => {
    const rig = chatRig({ protocol, timing: SLOW_STORE });
    rig.gateway.seedSession(SESSION, [{ user: STORY, assistant: "yes", at: 1 }]);
    rig.gateway.slow("chat.history", 60_000);
    rig.chat.actions.send(STORY);
    await rig.clock.advanceUntil(() => rig.chat.getState().outbox[0]?.state === "acked", 60_000);
    rig.gateway.slow("chat.history", 0);
    await crash(rig);
    expect(await rig.quiet(120_000)).toBe(true);
    expect(statuses(rig)).not.toContain("sent, not stored");
    expect(rig.texts().filter((line) => line === `user: ${STORY}`)).toHaveLength(2);
  });

  test("the row of one does not prove another that the gateway refused", async () => {
    const rig = await open();
    const attachments = [{ mimeType: "image/png", fileName: "a.png", size: 1, content: "?" }];
    const refused = rig.chat.actions.send(STORY, { attachments });
    await rig.clock.advanceUntil(() => rig.chat.getState().outbox[0]?.state === "failed");
    rig.chat.actions.send(STORY);
    expect(await rig.quiet(120_000)).toBe(true);
    expect(rig.chat.getState().outbox).toMatchObject([{ sendId: refused, state: "failed" }]);
    expect(statuses(rig)).toEqual(["complete", "complete", "failed, not stored"]);
    await crash(rig);
    expect(await rig.quiet(120_000)).toBe(true);
    expect(copies(rig)).toBe(1);
    expect(rig.chat.getState().outbox).toMatchObject([{ sendId: refused, state: "failed" }]);
  });
});
