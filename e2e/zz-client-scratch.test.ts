import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startRealGateway, type RealGateway } from "./support/gateways.ts";
import { startModelServer, type ModelServer } from "./support/model-server.ts";
import { createChatStore, memoryStorage, messageText, NODE_CLIENT, selectMessages, ConnectionPool } from "../packages/client/src/index.ts";

describe.each(["clawdbot", "openclaw"] as const)("%s", (product) => {
  let model: ModelServer; let gateway: RealGateway;
  beforeAll(async () => { model = await startModelServer(); gateway = await startRealGateway({ product, model }); });
  afterAll(async () => { await gateway[Symbol.asyncDispose](); await model.stop(); });
  test("chat", async () => {
    const chat = createChatStore({ gatewayUrl: gateway.url, authToken: gateway.token, storage: memoryStorage(), pool: new ConnectionPool(), client: NODE_CLIENT, sessionKey: "agent:main:scratch" });
    chat.start();
    const seen: string[] = []; chat.subscribe((s, p) => { if (s.connection !== p.connection) seen.push(s.connection.status + ("reason" in s.connection ? ":" + s.connection.reason.code : "")); });
    const lines = () => selectMessages(chat.getState()).map((m) => `${m.id.slice(0, 12)} ${m.role} ${m.status} ${m.stored} ${m.parts.map((p) => p.type === "text" ? p.text.slice(0, 60) : p.type + (p.type === "tool-call" ? ":" + p.state : "")).join(" | ")}`);
    await vi.waitFor(() => expect(chat.getState().history.status).toBe("ready"), 60_000);
    const say = async (text: string, stored = true) => {
      const id = chat.actions.send(text);
      await vi.waitFor(() => { const m = selectMessages(chat.getState()); const at = m.findIndex((x) => x.id === id); expect((!stored || m[at]?.stored) && m.at(-1)?.stored && at < m.length - 1 && chat.getState().runs.length === 0).toBe(true); }, 15_000).catch((e) => console.log("STUCK", text, lines(), chat.getState().outbox, chat.getState().runs));
    };
    await say("think [model:think]");
    chat.actions.send("slowly [model:slow]");
    await vi.waitFor(() => expect(selectMessages(chat.getState()).some((m) => m.status === "streaming" && messageText(m) !== "")).toBe(true), 30_000);
    await chat.actions.abort();
    await new Promise((r) => setTimeout(r, 2500));
    await say("/status", product === "openclaw");
    console.log(product, "\n" + lines().join("\n"));
    const a = chat.actions.send("first of two [model:slow n=20 ms=50]"); chat.actions.send("second of two");
    await new Promise((r) => setTimeout(r, 9000));
    console.log(product, "two", "\n" + lines().slice(-5).join("\n"), chat.getState().outbox.map((e) => e.state), chat.getState().runs.length);
    chat.actions.send("killed [model:slow n=80 ms=100]");
    await vi.waitFor(() => expect(selectMessages(chat.getState()).some((m) => m.status === "streaming" && messageText(m) !== "")).toBe(true), 30_000);
    await gateway.kill("SIGKILL"); chat.actions.send("while it was down");
    await gateway.restart();
    await new Promise((r) => setTimeout(r, product === "openclaw" ? 40_000 : 12_000));
    console.log(product, "killed", "\n" + lines().slice(-6).join("\n"), chat.getState().outbox.map((e) => [e.text, e.state]), chat.getState().runs.length, seen.join(" "));
    chat.dispose();
  }, 175_000);
});
