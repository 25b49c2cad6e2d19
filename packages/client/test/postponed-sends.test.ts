import { describe, expect, test } from "vitest";

import { openScriptedChat } from "./scripted-chat.ts";
import { notNow } from "./scripted-gateway.ts";

describe.each([3, 4] as const)("a gateway of version %i that cannot take a message now", (protocol) => {
  async function page() {
    const sent = Promise.withResolvers<object>();
    const stopped = Promise.withResolvers<object>();
    const answers = {
      "chat.send": () => sent.promise,
      "chat.abort": () => stopped.promise,
    };
    const { clock, chat, gateway } = await openScriptedChat(answers, { protocol });
    const sendId = chat.actions.send("not now");
    const sends = () => gateway.asked.filter(({ method }) => method === "chat.send").length;
    await clock.advanceUntil(() => sends() === 1);
    return {
      chat,
      clock,
      sendId,
      sends,
      putOff: () => sent.resolve(notNow(500)),
      taken: () => sent.resolve({ runId: sendId, status: "started" }),
      notNowToStop: () => stopped.resolve(notNow(500)),
      nothingToStop: () => stopped.resolve({ ok: true, aborted: false, runIds: [] }),
    };
  }

  test("gets it again after the time that it asked for", async () => {
    const { clock, sends, putOff } = await page();
    putOff();
    await clock.advanceAsync(400);
    expect(sends()).toBe(1);
    await clock.advanceUntil(() => sends() === 2);
  });

  test("is not asked again for what the person stopped, though another session is open by then", async () => {
    const { chat, clock, sendId, sends, putOff, nothingToStop } = await page();
    void chat.actions.abort(sendId);
    chat.actions.switchSession("other");
    putOff();
    await clock.advanceAsync(400);
    nothingToStop();
    await clock.advanceAsync(60_000);
    expect(sends()).toBe(1);
    expect(chat.getState().outbox).toMatchObject([{ sendId, state: "unconfirmed" }]);
  });

  test("and cannot stop it either leaves nobody else's message waiting behind it", async () => {
    const { chat, clock, sendId, taken, notNowToStop } = await page();
    void chat.actions.abort(sendId).catch(() => {});
    notNowToStop();
    taken();
    await clock.advanceAsync(180_000);
    expect(chat.getState().outbox).toMatchObject([{ sendId, state: "unconfirmed" }]);
  });

  test.each([
    ["before it puts the message off", ["nothingToStop", "putOff"]],
    ["after it has put the message off", ["putOff", "nothingToStop"]],
  ] as const)("is not asked again for what the person stopped, %s", async (_when, answers) => {
    const { chat, clock, sendId, sends, ...answer } = await page();
    void chat.actions.abort(sendId);
    for (const next of answers) {
      answer[next]();
      await clock.advanceAsync(100);
    }
    await clock.advanceAsync(60_000);
    expect(sends()).toBe(1);
    expect(chat.getState().outbox).toMatchObject([{ sendId, state: "unconfirmed" }]);
  });
});
