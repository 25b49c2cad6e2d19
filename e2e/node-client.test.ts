import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  ConnectionPool,
  messageText,
  selectMessages,
  type ChatStore,
  type Message,
} from "../packages/client/src/index.ts";
import { createNodeChat, fileStorage } from "../packages/client/src/node/index.ts";
import { patienceMs } from "../scripts/test-patience.ts";
import { startRealGateway } from "./support/gateways.ts";
import type { RealGateway } from "./support/gateways.ts";
import { REAL_PRODUCTS } from "./support/install-gateways.ts";
import { startModelServer } from "./support/model-server.ts";
import type { ModelServer } from "./support/model-server.ts";

const WAIT = { timeout: patienceMs, interval: 50 };

const messages = (chat: ChatStore): Message[] => selectMessages(chat.getState());
const lines = (chat: ChatStore) =>
  messages(chat).map((message) => `${message.role}: ${messageText(message)}`);
const isStreaming = (chat: ChatStore) =>
  messages(chat).some(({ status, parts }) => status === "streaming" && parts.length > 0);

/** Nothing runs, nothing waits, and all of it is the gateway's. */
async function rest(chat: ChatStore): Promise<void> {
  await vi.waitFor(() => {
    const { connection, history, runs, outbox } = chat.getState();
    expect([connection.status, history.status, runs.length, outbox.length]).toEqual(["ready", "ready", 0, 0]);
    expect(messages(chat).filter(({ stored }) => !stored)).toEqual([]);
  }, WAIT);
}

describe.each(REAL_PRODUCTS)("a Node program and a real %s", (product) => {
  let model: ModelServer;
  let gateway: RealGateway;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "automna-node-client-"));
    model = await startModelServer();
    gateway = await startRealGateway({ product, model });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await model.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (sessionKey: string): ChatStore => {
    const chat = createNodeChat({
      gatewayUrl: gateway.url,
      authToken: gateway.token,
      sessionKey,
      storage: fileStorage(join(folder, "chat.json")),
      pool: new ConnectionPool(),
    });
    chat.start();
    onTestFinished(() => chat.dispose());
    return chat;
  };

  test("what is said is what the gateway keeps, also for the next program", async () => {
    const chat = open("first");
    const sendId = chat.actions.send("good morning");
    await vi.waitFor(() => expect(messages(chat)).toHaveLength(2), WAIT);
    const reply = messages(chat).at(-1)?.id;
    await rest(chat);
    expect(lines(chat)).toEqual(["user: good morning", "assistant: Echo: good morning"]);
    expect(messages(chat).map(({ id }) => id)).toEqual([sendId, reply]);
    chat.dispose();
    const next = open("first");
    await rest(next);
    expect(lines(next)).toEqual(["user: good morning", "assistant: Echo: good morning"]);
  });

  test("a message behind a running one is answered once, and every message keeps its key", async () => {
    const chat = open("second");
    const keys = new Map<string, string>();
    const moved: string[] = [];
    chat.subscribe(() => {
      for (const { id, rowIds } of messages(chat)) {
        const row = rowIds?.[0];
        if (row === undefined) continue;
        if ((keys.get(row) ?? id) !== id) moved.push(`${row}: ${keys.get(row)} became ${id}`);
        keys.set(row, id);
      }
    });
    chat.actions.send("one [model:held]");
    await vi.waitFor(() => expect(isStreaming(chat)).toBe(true), WAIT);
    chat.actions.send("two");
    model.letGo("one");
    // Between the two runs there is a moment at which nothing runs.
    await vi.waitFor(() => expect(lines(chat)).toContain("assistant: Echo: two"), WAIT);
    await rest(chat);
    const own = lines(chat).filter((line) => line.startsWith("user"));
    expect(own).toEqual(["user: one [model:held]", "user: two"]);
    expect(lines(chat).filter((line) => line === "assistant: Echo: two")).toHaveLength(1);
    expect(moved).toEqual([]);
  });

  test("a reply that is stopped stays stopped, and the next one is whole", async () => {
    const chat = open("third");
    chat.actions.send("hello");
    await rest(chat);
    chat.actions.send("stop me [model:held]");
    await vi.waitFor(() => expect(isStreaming(chat)).toBe(true), WAIT);
    await chat.actions.abort();
    await vi.waitFor(() => expect(chat.getState().runs).toEqual([]), WAIT);
    chat.actions.send("again");
    await vi.waitFor(() => expect(lines(chat).at(-1)).toBe("assistant: Echo: again"), WAIT);
    await vi.waitFor(() => expect(chat.getState().outbox).toEqual([]), WAIT);
    expect(lines(chat).filter((line) => line.startsWith("user"))).toHaveLength(3);
  });

  test("a tool's call and its result are one message", async () => {
    const chat = open("fourth");
    chat.actions.send(`run it [model:tool command=${btoa("echo from-the-tool")}]`);
    await vi.waitFor(() => expect(lines(chat).at(-1)).toMatch(/The tool has run\. Done\.$/), WAIT);
    await rest(chat);
    expect(messages(chat)).toHaveLength(2);
    const tool = messages(chat)[1]?.parts.find(({ type }) => type === "tool-call");
    expect(tool).toMatchObject({ name: "exec", state: "done" });
  });

  test("the gateway goes away in the middle of a reply: what was asked is there once, and answered or said to be interrupted", async () => {
    const chat = open("fifth");
    chat.actions.send("hello");
    await rest(chat);
    const sendId = chat.actions.send("long [model:held n=20]");
    await vi.waitFor(() => expect(isStreaming(chat)).toBe(true), WAIT);
    await gateway.kill("SIGKILL");
    model.letGo("long");
    await vi.waitFor(() => expect(chat.getState().connection.status).not.toBe("ready"), WAIT);
    await gateway.restart();
    await vi.waitFor(() => {
      expect(chat.getState()).toMatchObject({ connection: { status: "ready" }, runs: [], outbox: [] });
      const asked = messages(chat).find(({ id }) => id === sendId);
      const isAnswered = lines(chat).at(-1)?.endsWith("w20") === true;
      expect(isAnswered || asked?.error?.kind === "interrupted").toBe(true);
    }, WAIT);
    expect(messages(chat).filter(({ sendId: own }) => own === sendId)).toHaveLength(1);
  });

  test("models, usage and the list of sessions can be read", async () => {
    const chat = open("first");
    await rest(chat);
    expect((await chat.actions.listModels()).length).toBeGreaterThan(0);
    expect((await chat.actions.loadUsage()).total).toBeGreaterThanOrEqual(0);
    const unwatch = chat.actions.watchSessions();
    await vi.waitFor(() => expect(chat.getState().sessions.status).toBe("ready"), WAIT);
    unwatch();
  });
});
