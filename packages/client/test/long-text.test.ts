import { say } from "@automna/testing";
import { describe, expect, test } from "vitest";

import { httpTransport, MessageTooLongError, type ChatStoreOptions } from "../src/index.ts";
import { chatRig, SESSION, type ChatRig } from "./chat-rig.ts";
import { clockHttp } from "./clock-http.ts";

/** Clawdbot's largest frame, bytes. */
const LIMIT = 512 * 1024;

/** An echo would be as long. */
const model = () => say("Yes.");

const sent = ({ gateway }: ChatRig) => gateway.log.filter(({ frame }) => frame["method"] === "chat.send");

const overHttp = () => {
  const options: Partial<ChatStoreOptions> = {};
  return chatRig({ protocol: 3, model }, options, {}, (_socket, gateway) =>
    httpTransport({ fetch: clockHttp(gateway).fetch }),
  );
};

test("an edit that is longer than a frame is told by the notice, with what it failed with", async () => {
  const rig = chatRig({ protocol: 3, model });
  rig.gateway.seedSession(SESSION, [{ user: "short", assistant: "Yes." }]);
  expect(await rig.ready()).toBe(true);
  const asked = rig.messages().find(({ role }) => role === "user");
  expect(rig.chat.actions.editAndResend(asked?.id ?? "", "a".repeat(LIMIT))).toBeNull();
  expect(rig.chat.getState().notice?.cause).toBeInstanceOf(MessageTooLongError);
});

describe.each([
  ["a WebSocket", () => chatRig({ protocol: 3, model })],
  ["HTTP", overHttp],
] as const)("over %s, a text that is longer than a frame of Clawdbot", (_name, open) => {
  test.each([
    ["letters", "a".repeat(LIMIT)],
    ["letters of three bytes", "好".repeat(LIMIT / 3)],
    ["letters that are escaped on the wire", '"'.repeat(LIMIT / 2)],
  ])("of %s is refused before it is in the outbox", async (_kind, text) => {
    const rig = open();
    expect(await rig.ready()).toBe(true);
    expect(() => rig.chat.actions.send(text)).toThrow(MessageTooLongError);
    expect(() => rig.chat.actions.send(text)).toThrow(/up to 524 kB/);
    expect(rig.chat.getState().outbox).toEqual([]);
    rig.chat.actions.send("short");
    expect(await rig.quiet()).toBe(true);
    expect(rig.gateway.transcript(SESSION).map(({ text: said }) => said)).toEqual(["short", "Yes."]);
    expect(rig.gateway.connections).toBe(1);
  });

  test("and is an earlier one changed is told by the notice, until one goes", async () => {
    const rig = open();
    expect(await rig.ready()).toBe(true);
    const sendId = rig.chat.actions.send("short");
    expect(await rig.quiet()).toBe(true);
    const question = rig.messages().find((message) => message.sendId === sendId)?.id ?? "";
    expect(rig.chat.actions.editAndResend(question, "a".repeat(LIMIT))).toBeNull();
    expect(rig.chat.getState().notice?.message).toMatch(/up to 524 kB/);
    expect(rig.chat.getState().outbox).toEqual([]);
    expect(rig.chat.actions.editAndResend(question, "shorter")).not.toBeNull();
    expect(rig.chat.getState().notice).toBeNull();
  });

  test("and was written before the gateway told its limit fails with the reason, and the next one goes", async () => {
    const rig = open();
    const long = rig.chat.actions.send("a".repeat(LIMIT));
    rig.chat.actions.send("short");
    expect(await rig.quiet()).toBe(true);
    expect(rig.messages().find(({ id }) => id === long)).toMatchObject({
      status: "failed",
      error: { kind: "rejected", message: expect.stringMatching(/too long/) },
    });
    expect(sent(rig)).toHaveLength(1);
    expect(rig.gateway.connections).toBe(1);
  });

  test("is told by what the last gateway said while it is away", async () => {
    const rig = open();
    await rig.ready();
    rig.chat.actions.send("short");
    expect(await rig.quiet()).toBe(true);
    rig.gateway.kill();
    await rig.clock.advanceAsync(1_000);
    expect(() => rig.chat.actions.send("a".repeat(LIMIT))).toThrow(MessageTooLongError);
  });

  test("but one that just fits is sent", async () => {
    const rig = open();
    await rig.ready();
    rig.chat.actions.send("a".repeat(LIMIT - 400));
    expect(await rig.quiet()).toBe(true);
    expect(sent(rig)).toHaveLength(1);
    expect(rig.gateway.connections).toBe(1);
  });
});

test("OpenClaw takes what Clawdbot does not", async () => {
  const rig = chatRig({ protocol: 4, model });
  await rig.ready();
  rig.chat.actions.send("a".repeat(LIMIT));
  expect(await rig.quiet()).toBe(true);
  expect(sent(rig)).toHaveLength(1);
});
