import { describe, expect, test } from "vitest";

import { memoryStorage, type Attachment } from "../src/index.ts";
import { chatRig, SESSION, testWorld, type ChatRig } from "./chat-rig.ts";
import { openScriptedChat } from "./scripted-chat.ts";

const paper: Attachment = { fileName: "a.pdf", mimeType: "application/pdf", size: 3, content: "YWJj" };
const picture = (bytes: number): Attachment => ({
  fileName: "a.png",
  mimeType: "image/png",
  size: bytes,
  content: "A".repeat(Math.ceil(bytes / 3) * 4),
});
const sends = ({ gateway }: ChatRig) => gateway.log.filter(({ frame }) => frame["method"] === "chat.send");

describe("files that were attached before the gateway told what it takes", () => {
  test.each([
    ["a paper for a gateway that takes only pictures", paper, /only accepts pictures/],
    ["a picture that its frames cannot hold", picture(900_000), /accepts up to/],
  ])("%s: the message fails with the reason, and the next one goes", async (_name, file, reason) => {
    const rig = chatRig({ protocol: 3 });
    const refused = rig.chat.actions.send("see", { attachments: [file] });
    rig.chat.actions.send("and this");
    await rig.quiet();
    const message = rig.messages().find(({ id }) => id === refused);
    expect(message).toMatchObject({ status: "failed", error: { kind: "rejected" } });
    expect(message?.error?.message).toMatch(reason);
    expect(rig.gateway.transcript(SESSION).map(({ text }) => text)).toEqual(["and this", "Echo: and this"]);
    expect(sends(rig)).toHaveLength(1);
    expect(rig.chat.getState().connection.status).toBe("ready");
  });

  test("Retry says so again and loses nothing; Discard takes the message away", async () => {
    const rig = chatRig({ protocol: 3 });
    const refused = rig.chat.actions.send("see", { attachments: [paper] });
    await rig.quiet();
    rig.chat.actions.retry(refused);
    await rig.quiet();
    expect(rig.messages()).toMatchObject([{ id: refused, status: "failed", error: { kind: "rejected" } }]);
    expect(rig.chat.getState().outbox).toMatchObject([{ sendId: refused, attachments: [paper] }]);
    expect(sends(rig)).toHaveLength(0);
    rig.chat.actions.discard(refused);
    expect(rig.messages()).toEqual([]);
  });

  test("what this gateway takes goes out with its files", async () => {
    const rig = chatRig({ protocol: 4 });
    rig.chat.actions.send("see", { attachments: [paper] });
    await rig.quiet();
    expect(sends(rig)).toHaveLength(1);
    expect(JSON.stringify(sends(rig)[0]?.frame)).toContain("a.pdf");
  });
});

test("a message that another gateway refused waits, whole, while this one would refuse its files", async () => {
  const shared = { world: testWorld(), storage: memoryStorage() };
  const former = await openScriptedChat({}, { protocol: 4, ...shared });
  const limits = former.chat.getState().capabilities?.attachments;
  expect(limits?.acceptsFiles).toBe(true);
  const sendId = former.chat.actions.send("see", { attachments: [{ ...paper, size: 0 }] });
  await former.clock.advanceUntil(() => former.chat.getState().outbox[0]?.state === "failed");
  former.chat.dispose();

  const { clock, chat, gateway } = await openScriptedChat({}, { protocol: 3, ...shared });
  chat.actions.retry(sendId);
  await clock.advanceAsync(1_000);
  expect(chat.getState().outbox).toMatchObject([{ sendId, text: "see", state: "failed" }]);
  expect(chat.getState().outbox[0]?.error?.message).toMatch(/only accepts pictures/);
  expect(gateway.asked.filter(({ method }) => method === "chat.send")).toEqual([]);
});
