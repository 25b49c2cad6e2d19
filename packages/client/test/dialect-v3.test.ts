import { parseMessage, type ChatMessage } from "@automna/protocol";
import { describe, expect, test } from "vitest";

import { alignSends, dialectV3 } from "../src/dialect-v3.ts";

function row(role: string, text: string): ChatMessage {
  const parsed = parseMessage({ role, content: [{ type: "text", text }], timestamp: 1 });
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

const idsOf = (aligned: ReturnType<typeof alignSends>) =>
  [...aligned].map(([index, { sendId }]) => [index, sendId]);

describe("which row came from which send", () => {
  const rows = [row("user", "hi"), row("assistant", "a"), row("user", "hi"), row("assistant", "b")];

  test("equal texts are told apart by their place", () => {
    const sends = [
      { text: "hi", sendId: "k1" },
      { text: "hi", sendId: "k2" },
    ];
    expect(idsOf(alignSends(rows, sends))).toEqual([
      [2, "k2"],
      [0, "k1"],
    ]);
  });

  test("a row that was stored between the two requests is passed over", () => {
    const sends = [
      { text: "hi", sendId: "k1" },
      { text: "hi", sendId: "k2" },
      { text: "new", sendId: "k3" },
    ];
    expect(alignSends(rows, sends).get(2)?.sendId).toBe("k2");
  });

  test("a shorter preview still lies at the end", () => {
    expect(idsOf(alignSends(rows, [{ text: "hi", sendId: "k2" }]))).toEqual([[2, "k2"]]);
  });

  test("what does not lie right is not guessed at", () => {
    expect(alignSends(rows, [{ text: "something else", sendId: "k9" }]).size).toBe(0);
  });
});

test("a hint that was left in a row is taken out and says whose row it is", async () => {
  const answers: Record<string, unknown> = {
    "chat.history": {
      sessionKey: "agent:main:main",
      messages: [
        { role: "user", content: [{ type: "text", text: "really?\n[message_id: k1]" }], timestamp: 1 },
      ],
    },
  };
  const asked: string[] = [];
  const snapshot = await dialectV3.history(
    ({ method }) => {
      asked.push(method);
      return Promise.resolve(answers[method]);
    },
    { sessionKey: "agent:main:main", limit: 10, sends: [] },
  );
  expect(snapshot.rows[0]?.content).toEqual([{ type: "text", text: "really?" }]);
  expect(snapshot.sendOfRow.get(0)).toBe("k1");
  expect(snapshot.foundSends).toEqual(new Set(["k1"]));
  expect(asked).toEqual(["chat.history"]);
});
