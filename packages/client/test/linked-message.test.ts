import { describe, expect, test } from "vitest";

import { linkIdOf, messageText, selectLinkedId, selectMessage, type Message } from "../src/index.ts";
import { chatRig, SESSION } from "./chat-rig.ts";

describe.each([3, 4] as const)("a link to a message, over protocol %i,", (protocol) => {
  const start = async () => {
    const rig = chatRig({ protocol });
    rig.gateway.seedSession(SESSION, [{ user: "first", assistant: "one" }]);
    await rig.ready();
    rig.chat.actions.send("second");
    await rig.quiet();
    const linked = (link: string) => {
      const state = rig.chat.getState();
      const message = selectMessage(state, selectLinkedId(state, link) ?? "");
      return message && messageText(message);
    };
    return { rig, linked };
  };

  test("opens the same message when the page was loaded again", async () => {
    const { rig, linked } = await start();
    const links = rig.messages().map(linkIdOf);
    expect(links.map(linked)).toEqual(["first", "one", "second", "Echo: second"]);
    rig.reload();
    await rig.ready();
    expect(links.map(linked)).toEqual(["first", "one", "second", "Echo: second"]);
    expect(rig.messages().map(linkIdOf)).toEqual(links);
  });

  test("may name it by its id as long as the page lives", async () => {
    const { rig, linked } = await start();
    expect(rig.messages().map(({ id }) => linked(id))).toEqual(["first", "one", "second", "Echo: second"]);
  });

  test("to what is not there opens nothing", async () => {
    const { linked } = await start();
    expect(["row:0", "run:0", "second", ""].map(linked)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

test("a message that is not stored yet is linked by its id", () => {
  expect(linkIdOf({ id: "send-1" })).toBe("send-1");
});

test("a link still opens a reply of which an earlier page has brought earlier rows", () => {
  const reply = {
    id: "run:1",
    role: "assistant",
    status: "complete",
    parts: [],
    createdAt: 0,
    stored: true,
    rowIds: ["b", "c"],
  } satisfies Message;
  const whole: Message = { ...reply, rowIds: ["a", "b", "c"] };
  const transcript = { order: ["run:1"], settled: { "run:1": whole }, live: {} };
  expect(selectLinkedId({ transcript }, linkIdOf(reply))).toBe("run:1");
});
