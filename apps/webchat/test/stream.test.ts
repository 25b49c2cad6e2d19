import { createServer } from "node:net";

import {
  ConnectionPool,
  createChatStore,
  httpTransport,
  memoryStorage,
  messageText,
  selectMessages,
  type ChatStore,
} from "@automna/client";
import { say, tool, words } from "@automna/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { rawRequest } from "./support/raw-request.ts";
import { GATEWAY_TOKEN, startTestWebchat, type TestWebchat } from "./support/test-webchat.ts";

const WAIT = { interval: 20 };
const ANSWER = "w1 w2 w3 w4 w5";

interface PageOptions {
  readonly sessionKey?: string;
  readonly fetch?: typeof fetch;
}

const sentencesOf = ({ events }: TestWebchat) =>
  events.flatMap((event) => (event.kind === "gateway" ? [event.sentence] : []));

/** A chat as the page has it: over the HTTP transport, with the web chat's token and nothing of the gateway's. */
async function openPage(
  web: TestWebchat,
  { sessionKey = "main", fetch }: PageOptions = {},
): Promise<ChatStore> {
  const token = await web.token();
  const chat = createChatStore({
    gatewayUrl: `http://127.0.0.1:${web.port}/webchat/stream?session=${encodeURIComponent(sessionKey)}`,
    authToken: null,
    device: "off",
    sessionKey,
    storage: memoryStorage(),
    pool: new ConnectionPool(),
    transport: httpTransport({
      headers: () => ({ authorization: `Bearer ${token}` }),
      ...(fetch && { fetch }),
    }),
  });
  chat.start();
  onTestFinished(() => chat.dispose());
  return chat;
}

async function expectStored(chat: ChatStore, expected: readonly string[]): Promise<void> {
  await vi.waitFor(() => {
    const messages = selectMessages(chat.getState());
    expect(messages.map(messageText)).toEqual(expected);
    expect(messages.every(({ stored }) => stored)).toBe(true);
  }, WAIT);
}

async function ready(chat: ChatStore): Promise<void> {
  await vi.waitFor(() => expect(chat.getState().history.status).toBe("ready"), WAIT);
}

describe.each([3, 4] as const)("a page in front of protocol %i", (protocol) => {
  test("sends and reads, and a post whose answer is lost doubles nothing", async () => {
    const web = await startTestWebchat({ fake: { protocol } });
    let posts = 0;
    const losing: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (init?.method !== "POST" || (posts += 1) % 2 === 0) return response;
      await response.arrayBuffer();
      throw new TypeError("The answer was lost.");
    };
    const chat = await openPage(web, { fetch: losing });
    await ready(chat);
    expect(chat.getState().capabilities?.protocol).toBe(protocol);
    chat.actions.send("one");
    await expectStored(chat, ["one", ANSWER]);
    chat.actions.send("two");
    await expectStored(chat, ["one", ANSWER, "two", ANSWER]);
    expect(web.gateway.runsStarted).toHaveLength(2);
    expect(posts).toBeGreaterThan(4);
  });

  test("goes on when the web chat loses its gateway, and when the gateway restarts", async () => {
    const web = await startTestWebchat({ fake: { protocol, model: () => words(20, 20) } });
    const chat = await openPage(web);
    await ready(chat);
    chat.actions.send("one");
    await vi.waitFor(() => expect(web.gateway.runsStarted).toHaveLength(1), WAIT);
    web.gateway.dropAll();
    await vi.waitFor(() => expect(chat.getState().connection.status).not.toBe("ready"), WAIT);
    await vi.waitFor(() => {
      const messages = selectMessages(chat.getState());
      expect(messages.map(messageText)).toEqual(["one", expect.stringMatching(/^w1 .* w20$/)]);
      expect(messages.every(({ stored }) => stored)).toBe(true);
    }, WAIT);
    web.gateway.restart({ downMs: 50 });
    chat.actions.send("two");
    await vi.waitFor(() => expect(selectMessages(chat.getState())).toHaveLength(4), WAIT);
    await vi.waitFor(() => expect(selectMessages(chat.getState()).at(-1)?.stored).toBe(true), WAIT);
    expect(web.gateway.runsStarted).toHaveLength(2);
  });

  test("is asked by the agent of its own session, and no other page is", async () => {
    const model = () => [
      tool("exec", { command: "df -h" }, "42 %", { needsApproval: true }),
      ...say("Done."),
    ];
    const web = await startTestWebchat({ fake: { protocol, model } });
    const [chat, other] = [await openPage(web), await openPage(web, { sessionKey: "elsewhere" })];
    await Promise.all([ready(chat), ready(other)]);
    chat.actions.send("How full is the disk?");
    await vi.waitFor(() => expect(chat.getState().approvals).toMatchObject([{ command: "df -h" }]), WAIT);
    expect(other.getState().approvals).toEqual([]);
    await chat.actions.resolveApproval(chat.getState().approvals[0]?.id ?? "", "allow-once");
    await vi.waitFor(
      () => expect(selectMessages(chat.getState()).map(messageText).at(-1)).toContain("Done."),
      WAIT,
    );
    expect(chat.getState().approvals).toEqual([]);
  });

  test("stops a run", async () => {
    const web = await startTestWebchat({ fake: { protocol, model: () => words(500, 20) } });
    const chat = await openPage(web);
    await ready(chat);
    chat.actions.send("go on and on");
    await vi.waitFor(() => expect(web.gateway.activeRuns()).toHaveLength(1), WAIT);
    await chat.actions.abort();
    await vi.waitFor(() => expect(web.gateway.activeRuns()).toEqual([]), WAIT);
  });

  test("hears of its own session only", async () => {
    const web = await startTestWebchat({ fake: { protocol } });
    const trip = await openPage(web, { sessionKey: "trip" });
    const main = await openPage(web);
    await Promise.all([ready(trip), ready(main)]);
    trip.actions.send("to Rome");
    await expectStored(trip, ["to Rome", ANSWER]);
    expect(selectMessages(main.getState())).toEqual([]);
    const unknown = await openPage(web, { sessionKey: "never seen" });
    await ready(unknown);
    expect(selectMessages(unknown.getState())).toEqual([]);
  });

  test("is told nothing of the gateway's secret, of who is there, or of what it may not do", async () => {
    const web = await startTestWebchat({ fake: { protocol } });
    let heard = "";
    const listening: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (init?.method === "POST") return response;
      const tap = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          heard += new TextDecoder().decode(chunk);
          controller.enqueue(chunk);
        },
      });
      return new Response(response.body?.pipeThrough(tap) ?? null, response);
    };
    const chat = await openPage(web, { fetch: listening });
    await ready(chat);
    expect(heard).toContain("hello-ok");
    for (const secret of [GATEWAY_TOKEN, "config.get", "stateDir", "127.0.0.1"])
      expect(heard).not.toContain(secret);
    expect(heard).toContain('"presence":[]');
    const { connection } = chat.getState();
    expect(connection.status === "ready" && connection.hello.auth.scopes).toEqual([
      "operator.read",
      "operator.write",
      "operator.approvals",
      "operator.questions",
    ]);
  });
});

test("a question of the agent is there for a page that came later, and is answered from there", async () => {
  const web = await startTestWebchat();
  const question = {
    id: "where",
    header: "Where",
    question: "Where to?",
    options: [{ label: "Rome" }, { label: "Bern" }],
  };
  const asked = web.gateway.askQuestion({ sessionKey: "agent:main:main", questions: [question] });
  web.gateway.askQuestion({ sessionKey: "agent:main:elsewhere", questions: [question] });
  const chat = await openPage(web);
  await vi.waitFor(() => expect(chat.getState().questions.map(({ id }) => id)).toEqual([asked.id]), WAIT);
  await chat.actions.answerQuestion(asked.id, { where: ["Rome"] });
  expect(asked.answers()).toEqual({ where: ["Rome"] });
  await vi.waitFor(() => expect(chat.getState().questions).toEqual([]), WAIT);
});

test("a history that cannot be read is an empty transcript, and sending goes on", async () => {
  const web = await startTestWebchat();
  let isBroken = true;
  const breaking: typeof fetch = (input, init) => {
    const { body } = init ?? {};
    if (!isBroken || typeof body !== "string") return fetch(input, init);
    return fetch(input, { ...init, body: body.replace('"chat.history"', '"chat.history.broken"') });
  };
  const chat = await openPage(web, { fetch: breaking });
  await vi.waitFor(() => expect(chat.getState().history.status).toBe("failed"), WAIT);
  expect(selectMessages(chat.getState())).toEqual([]);
  chat.actions.send("still here");
  await vi.waitFor(() => expect(web.gateway.runsStarted).toHaveLength(1), WAIT);
  isBroken = false;
  await expectStored(chat, ["still here", ANSWER]);
});

test("without a gateway the page is told so, and connects once there is one", async () => {
  const web = await startTestWebchat({ gatewayWaitMs: 200 });
  web.gateway.kill();
  await vi.waitFor(
    () => expect(web.events.at(-1)).toMatchObject({ kind: "gateway", status: "waiting" }),
    WAIT,
  );
  const chat = await openPage(web);
  await vi.waitFor(
    () =>
      expect(chat.getState().connection).toMatchObject({
        status: "waiting",
        reason: { code: "gateway-unavailable" },
      }),
    WAIT,
  );
  web.gateway.start();
  await ready(chat);
});

test("a gateway that was never reached is not called lost: the log says where nothing answers, and what to do", async () => {
  const nobody = createServer();
  await new Promise<void>((resolve) => nobody.listen(0, "127.0.0.1", resolve));
  const address = nobody.address();
  const host = `127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  await new Promise<void>((resolve) => nobody.close(() => resolve()));
  const unreached = `No gateway answers at ${host}. Check that it runs there, or give its address with --gateway. Trying again.`;
  const alone = await startTestWebchat({ gateway: { url: `ws://${host}`, token: GATEWAY_TOKEN } });
  await vi.waitFor(() => expect(sentencesOf(alone)).toContain(unreached), WAIT);

  const reached = await startTestWebchat();
  const isReady = expect.objectContaining({ kind: "gateway", status: "ready" });
  await vi.waitFor(() => expect(reached.events).toContainEqual(isReady), WAIT);
  reached.gateway.kill();
  await vi.waitFor(
    () => expect(sentencesOf(reached)).toContain("The connection was lost. Reconnecting."),
    WAIT,
  );
});

test("the same frame twice is one frame, and a stream that is over says so", async () => {
  const web = await startTestWebchat();
  const token = await web.token();
  const aborter = new AbortController();
  const response = await fetch(`http://127.0.0.1:${web.port}/webchat/stream`, {
    headers: { authorization: `Bearer ${token}` },
    signal: aborter.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(text)) text += (await reader?.read())?.value ?? "";
  };
  await until(/connect\.challenge/);
  const path = /"send":"([^"]+)"/.exec(text)?.[1] ?? "";
  const post = (body: unknown) => web.ask(path, body);
  const connect = { type: "req", id: "c", method: "connect", params: {} };
  const models = { type: "req", id: "m", method: "models.list", params: {} };
  expect((await post({ first: 0, frames: [connect] })).status).toBe(204);
  await until(/hello-ok/);
  expect((await post({ first: 0, frames: [connect, models] })).status).toBe(204);
  await until(/"id":"m"/);
  expect((await post({ first: 1, frames: [models] })).status).toBe(204);
  expect((await post({ first: 2, frames: [{ ...models, id: "n", method: "config.get" }] })).status).toBe(204);
  await until(/"id":"n"/);
  expect(text.match(/"id":"m"/g)).toHaveLength(1);
  expect(text).toContain("does not pass on");
  expect((await post({ frames: "x" })).status).toBe(400);
  aborter.abort();
  await vi.waitFor(async () => expect((await post({ first: 3, frames: [] })).status).toBe(410), WAIT);
});

test("closing the web chat tells its pages to come back", async () => {
  const web = await startTestWebchat();
  const chat = await openPage(web);
  await ready(chat);
  await web.close();
  await vi.waitFor(() => expect(chat.getState().connection).toMatchObject({ status: "waiting" }), WAIT);
  await expect(rawRequest(web.port, "/webchat/info")).rejects.toThrow("ECONNREFUSED");
});
