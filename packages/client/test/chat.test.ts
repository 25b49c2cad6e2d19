import { words } from "@automna/testing";
import { describe, expect, test } from "vitest";

import { messageText } from "../src/index.ts";
import { chatRig, SESSION } from "./chat-rig.ts";

describe.each([3, 4] as const)("a chat over protocol %i", (protocol) => {
  test("shows a message at once, streams the answer, and ends with exactly the gateway's transcript", async () => {
    const rig = chatRig({ protocol, model: () => words(20, 50) });
    await rig.ready();
    const sendId = rig.chat.actions.send("hello");
    expect(rig.messages()).toMatchObject([
      { id: sendId, role: "user", stored: false, parts: [{ type: "text", text: "hello" }] },
    ]);

    await rig.clock.advanceUntil(() => rig.messages().some(({ status }) => status === "streaming"));
    await rig.clock.advanceAsync(400);
    const streaming = rig.messages().at(-1);
    expect(streaming).toMatchObject({ role: "assistant", status: "streaming" });
    expect(streaming && messageText(streaming)).toMatch(/^w1 w2/);

    expect(await rig.quiet()).toBe(true);
    expect(rig.texts()).toEqual(rig.gateway.transcript(SESSION).map(({ role, text }) => `${role}: ${text}`));
    expect(rig.messages().map(({ stored }) => stored)).toEqual([true, true]);
    expect(rig.messages().map(({ id }) => id)).toEqual([sendId, streaming?.id]);
    expect(rig.chat.getState().outbox).toEqual([]);
  });
});
