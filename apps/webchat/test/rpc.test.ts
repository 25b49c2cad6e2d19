import { selectMessages, createChatStore, ConnectionPool, memoryStorage, NODE_CLIENT } from "@automna/client";
import { say, words } from "@automna/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { readRpcRequest } from "../src/rpc-request.ts";
import { startTestWebchat, type TestWebchat } from "./support/test-webchat.ts";

const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

async function call(
  web: TestWebchat,
  body: unknown,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  const { status, body: text } = await web.ask("/webchat/rpc", body);
  return { status, answer: JSON.parse(text) as Record<string, unknown> };
}

function sends(web: TestWebchat): Record<string, unknown>[] {
  return web.gateway.log
    .filter(({ frame }) => frame["method"] === "chat.send" || frame["method"] === "agent")
    .map(({ frame }) => frame as Record<string, unknown>);
}

describe.each([3, 4] as const)("a call, protocol %i", (protocol) => {
  test("waits for what the agent says", async () => {
    const web = await startTestWebchat({ fake: { protocol } });
    const { status, answer } = await call(web, { text: "hi", session: "main" });
    expect(status).toBe(200);
    expect(answer).toEqual({ ok: true, runId: expect.any(String), payloads: [{ text: "w1 w2 w3 w4 w5" }] });
    const second = await call(web, { text: "again" });
    expect(second.answer).toMatchObject({ ok: true, payloads: [{ text: "w1 w2 w3 w4 w5" }] });
    expect(web.gateway.transcript("agent:main:main").map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "user",
      "assistant",
    ]);
  });

  test("streams the same run: its id, its text as it grows, and the same result", async () => {
    const web = await startTestWebchat({ fake: { protocol, model: () => words(20, 30) } });
    const { body, headers } = await web.ask("/webchat/rpc", { text: "hi" }, { accept: "text/event-stream" });
    expect(headers["content-type"]).toBe("text/event-stream");
    const events = [...body.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, event, data = ""]) => ({
      event,
      data: JSON.parse(data) as Record<string, unknown>,
    }));
    expect(events[0]).toEqual({ event: "started", data: { runId: expect.any(String) } });
    const texts = events.filter(({ event }) => event === "text").map(({ data }) => String(data["text"]));
    expect(texts.length).toBeGreaterThan(1);
    texts.slice(1).forEach((text, index) => expect(text.startsWith(texts[index] ?? "")).toBe(true));
    expect(events.at(-1)).toEqual({
      event: "done",
      data: {
        ok: true,
        runId: events[0]?.data["runId"],
        payloads: [{ text: words(20, 30).map(textOf).join("") }],
      },
    });
    expect(web.gateway.runsStarted).toHaveLength(1);
  });

  test("two calls with one key are one message", async () => {
    const web = await startTestWebchat({ fake: { protocol } });
    const body = { text: "once", idempotencyKey: "the-key" };
    const [first, second] = await Promise.all([call(web, body), call(web, body)]);
    expect(first.answer).toMatchObject({ ok: true, runId: "the-key" });
    expect(second.answer).toEqual(first.answer);
    expect((await call(web, body)).answer).toEqual(first.answer);
    expect(web.gateway.runsStarted).toHaveLength(1);
  });

  test("survives a connection to the gateway that breaks, and is stored once", async () => {
    const web = await startTestWebchat({ fake: { protocol } });
    web.gateway.inject({ type: "drop", at: "after", match: { method: "chat.send" } });
    expect((await call(web, { text: "hold on" })).answer).toMatchObject({ ok: true });
    expect(web.gateway.runsStarted).toHaveLength(1);
  });

  test("passes on thinking, delivery and attachments", async () => {
    const web = await startTestWebchat({ fake: { protocol } });
    const attachments = [
      { mimeType: "image/png", fileName: "dot.png", content: `data:image/png;base64,${PIXEL}` },
    ];
    const { answer } = await call(web, { text: "see", thinking: "low", deliver: false, attachments });
    expect(answer).toMatchObject({ ok: true });
    expect(sends(web)[0]?.["params"]).toMatchObject({
      message: "see",
      thinking: "low",
      deliver: false,
      attachments: [{ type: "image", mimeType: "image/png", fileName: "dot.png", content: PIXEL }],
    });
  });

  test("says why a run failed", async () => {
    const web = await startTestWebchat({ fake: { protocol, model: () => [{ do: "fail", status: 400 }] } });
    const { answer } = await call(web, { text: "hi" });
    expect(answer).toMatchObject({ ok: false, error: expect.stringMatching(/./), runId: expect.any(String) });
  });

  test("of a message without an answer has no payloads", async () => {
    const web = await startTestWebchat({ fake: { protocol, model: () => [say("")].flat() } });
    expect((await call(web, { text: "hi" })).answer).toMatchObject({ ok: true, payloads: [] });
  });

  test("to an unknown session begins it, and shows nobody else's", async () => {
    const web = await startTestWebchat({ fake: { protocol } });
    await call(web, { text: "private", session: "main" });
    const before = await web.ask("/webchat/history?session=other");
    expect(JSON.parse(before.body)).toEqual({ ok: true, sessionKey: "agent:main:other", messages: [] });
    await call(web, { text: "new", session: "other" });
    const after = JSON.parse((await web.ask("/webchat/history?session=other")).body) as {
      messages: { text: string }[];
    };
    expect(after.messages.map(({ text }) => text)).toEqual(["new", "w1 w2 w3 w4 w5"]);
  });

  test("fills the history that info and /webchat/history give out", async () => {
    const web = await startTestWebchat({ fake: { protocol } });
    await call(web, { text: "hi" });
    const history = JSON.parse((await web.ask("/webchat/history?session=main")).body) as {
      messages: unknown[];
    };
    expect(history.messages).toMatchObject([
      { role: "user", text: "hi", status: "complete" },
      { role: "assistant", text: "w1 w2 w3 w4 w5", status: "complete" },
    ]);
    const info = JSON.parse((await web.ask("/webchat/info")).body) as Record<string, unknown>;
    expect(info["initialMessages"]).toEqual(history.messages);
    expect(info["sessionId"]).toEqual(expect.any(String));
  });

  test("into a session that is busy ends with what the agent said to both", async () => {
    const web = await startTestWebchat({ fake: { protocol, model: () => words(30, 20) } });
    const first = call(web, { text: "first" });
    await vi.waitFor(() => expect(web.gateway.activeRuns()).toHaveLength(1));
    const second = await call(web, { text: "second" });
    expect(second.answer).toMatchObject({ ok: true });
    expect(JSON.stringify(second.answer["payloads"])).toContain("w30");
    expect((await first).answer).toMatchObject({ ok: true });
    const users = web.gateway.transcript("agent:main:main").filter(({ role }) => role === "user");
    expect(users.map(({ text }) => text)).toEqual(["first", "second"]);
  });

  test("waits no longer than it may, and says that the run goes on", async () => {
    const web = await startTestWebchat({
      rpcLimitMs: 300,
      fake: { protocol, model: () => [{ do: "hang" }] },
    });
    expect((await call(web, { text: "hi" })).answer).toMatchObject({ ok: false, code: "timeout" });
  });
});

test("what somebody else writes meanwhile is not taken for the answer", async () => {
  const web = await startTestWebchat({
    fake: { protocol: 4, model: ({ message }) => words(message === "slow" ? 40 : 3, 20) },
  });
  const other = createChatStore({
    gatewayUrl: web.gatewayUrl,
    authToken: "the-secret-of-the-gateway",
    client: NODE_CLIENT,
    device: "off",
    sessionKey: "elsewhere",
    storage: memoryStorage(),
    pool: new ConnectionPool(),
  });
  other.start();
  onTestFinished(() => other.dispose());
  other.actions.send("slow");
  await vi.waitFor(() => expect(web.gateway.runsStarted).toHaveLength(1));
  const { answer } = await call(web, { text: "quick" });
  expect(answer).toMatchObject({ ok: true, payloads: [{ text: "w1 w2 w3" }] });
  expect(selectMessages(other.getState()).length).toBeGreaterThan(0);
});

test("without a gateway nothing is sent, and the call says so", async () => {
  const web = await startTestWebchat({
    gateway: { url: "ws://127.0.0.1:9", token: null },
    gatewayWaitMs: 200,
  });
  const { status, answer } = await call(web, { text: "hi" });
  expect(status).toBe(503);
  expect(answer).toMatchObject({ ok: false, code: "gateway-unreachable" });
  expect((await web.ask("/webchat/history")).status).toBe(502);
});

test.each([
  [null, "object"],
  [{}, "text"],
  [{ text: " " }, "text"],
  [{ text: 1 }, "text"],
  [{ text: "x", extra: 1 }, "extra"],
  [{ text: "x", session: "a\u0000b" }, "session"],
  [{ text: "x", deliver: "yes" }, "deliver"],
  [{ text: "x", to: "+1" }, "to"],
  [{ text: "x", thinking: "" }, "thinking"],
  [{ text: "x", attachments: {} }, "attachments"],
  [{ text: "x", attachments: [{ mimeType: "image/png", content: "no base64!" }] }, "content"],
  [{ text: "x", attachments: [{ mimeType: "png", content: "AAAA" }] }, "mimeType"],
])("the call %j is refused, with what is wrong", (body, what) => {
  expect(readRpcRequest(body)).toMatchObject({ status: 400, message: expect.stringContaining(what) });
});

test("attachments may be 6 MB together, and not a byte more", () => {
  const content = (bytes: number) => Buffer.alloc(bytes).toString("base64");
  const attachments = (bytes: number) => [
    { mimeType: "image/png", content: content(3 * 1024 * 1024) },
    { mimeType: "image/png", content: content(bytes) },
  ];
  expect(readRpcRequest({ text: "", attachments: attachments(3 * 1024 * 1024) })).toMatchObject({ text: "" });
  expect(readRpcRequest({ text: "", attachments: attachments(3 * 1024 * 1024 + 1) })).toMatchObject({
    status: 413,
  });
});

function textOf(step: ReturnType<typeof words>[number]): string {
  return step.do === "text" ? step.text : "";
}
