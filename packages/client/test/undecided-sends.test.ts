import { describe, expect, test } from "vitest";

import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";

const PAGE = 10;

/** How many rows each look at the history asked for. */
const limits = (rig: ChatRig) =>
  rig.gateway.log.flatMap(({ frame }) => {
    const { method, params } = frame;
    if (method !== "chat.history" || typeof params !== "object" || params === null) return [];
    return "limit" in params ? [params["limit"]] : [];
  });

function writeMeanwhile({ gateway }: ChatRig, turns: number): void {
  gateway.seedSession(
    SESSION,
    Array.from({ length: turns }, (_, turn) => ({ user: `q${turn}`, assistant: `a${turn}` })),
  );
}

async function open(protocol: 3 | 4) {
  const options = { historyPageSize: PAGE };
  const rig = chatRig({ protocol }, options);
  rig.gateway.seedSession(SESSION, [{ user: "before", assistant: "yes", at: 1 }]);
  await rig.ready();
  return { rig, options };
}

/** A message that was stored before a crash, behind which more was written than is looked through. */
async function unconfirmed(protocol: 3 | 4) {
  const { rig, options } = await open(protocol);
  rig.gateway.inject({ match: { method: "chat.send" }, type: "half-open" });
  const sendId = rig.chat.actions.send("precious");
  await rig.clock.advanceUntil(() => rig.gateway.transcript(SESSION).some(({ text }) => text === "precious"));
  rig.gateway.kill();
  writeMeanwhile(rig, 700);
  await rig.clock.advanceAsync(3_000);
  rig.gateway.start();
  expect(await rig.quiet(120_000)).toBe(true);
  expect(rig.chat.getState().outbox).toMatchObject([{ sendId, state: "unconfirmed" }]);
  return { rig, options, sendId };
}

describe.each([3, 4] as const)("over version %i", (protocol) => {
  test("a message that is unconfirmed makes no later look any longer, over no connection and after no reload", async () => {
    const { rig } = await unconfirmed(protocol);
    rig.gateway.clearLog();
    rig.reload();
    await rig.ready();
    for (let drop = 0; drop < 3; drop += 1) {
      rig.gateway.dropAll();
      await rig.clock.advanceAsync(5_000);
    }
    expect(limits(rig).length).toBeGreaterThan(3);
    expect(limits(rig).filter((limit) => limit !== PAGE)).toEqual([]);
  });

  test("nor does one that the gateway refused", async () => {
    const { rig } = await open(protocol);
    const attachments = [{ mimeType: "image/png", fileName: "a.png", size: 1, content: "?" }];
    const sendId = rig.chat.actions.send("refused", { attachments });
    await rig.clock.advanceUntil(() => rig.chat.getState().outbox[0]?.state === "failed");
    writeMeanwhile(rig, 100);
    rig.gateway.clearLog();
    rig.gateway.dropAll();
    await rig.clock.advanceAsync(5_000);
    rig.reload();
    await rig.ready();
    expect(limits(rig).filter((limit) => limit !== PAGE)).toEqual([]);
    expect(rig.chat.getState().outbox).toMatchObject([{ sendId, state: "failed" }]);
  });
});

test("an unconfirmed message is known as stored when the person looks back to its row", async () => {
  const { rig, sendId, options } = await unconfirmed(4);
  options.historyPageSize = 1_000;
  rig.reload();
  await rig.ready();
  expect(rig.chat.getState().outbox).toHaveLength(1);
  const loading = rig.chat.actions.loadOlder();
  await rig.clock.advanceAsync(100);
  await loading;
  const looking = rig.chat.actions.reload();
  await rig.clock.advanceAsync(100);
  await looking;
  expect(rig.chat.getState().outbox).toEqual([]);
  expect(rig.messages().filter(({ id }) => id === sendId)).toMatchObject([{ stored: true }]);
});
