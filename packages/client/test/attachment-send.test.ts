import { describe, expect, onTestFinished, test } from "vitest";

import { createChatStore, ConnectionPool, memoryStorage, type Attachment } from "../src/index.ts";
import { chatRig, SESSION, testWorld, type ChatRig } from "./chat-rig.ts";
import { scriptedGateway } from "./scripted-gateway.ts";

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
  const { clock, environment } = testWorld();
  const storage = memoryStorage();
  const page = (protocol: 3 | 4) => {
    const gateway = scriptedGateway(protocol, {});
    const chat = createChatStore({
      gatewayUrl: "ws://gateway.test/",
      authToken: null,
      pool: new ConnectionPool(),
      transport: gateway.transport,
      storage,
      environment,
    });
    chat.start();
    onTestFinished(() => chat.dispose());
    return { chat, gateway };
  };
  const former = page(4);
  await clock.advanceUntil(() => former.chat.getState().history.status === "ready");
  const limits = former.chat.getState().capabilities?.attachments;
  expect(limits?.acceptsFiles).toBe(true);
  const sendId = former.chat.actions.send("see", { attachments: [{ ...paper, size: 0 }] });
  await clock.advanceUntil(() => former.chat.getState().outbox[0]?.state === "failed");
  former.chat.dispose();

  const { chat, gateway } = page(3);
  await clock.advanceUntil(() => chat.getState().history.status === "ready");
  chat.actions.retry(sendId);
  await clock.advanceAsync(1_000);
  expect(chat.getState().outbox).toMatchObject([{ sendId, text: "see", state: "failed" }]);
  expect(chat.getState().outbox[0]?.error?.message).toMatch(/only accepts pictures/);
  expect(gateway.asked.filter(({ method }) => method === "chat.send")).toEqual([]);
});
