import { createFakeGateway, fakeWebSocket, virtualClock } from "../src/index.ts";
import type { FakeGateway, FakeGatewayOptions, MemorySocket, VirtualClock } from "../src/index.ts";
import { isJsonObject, objectAt, stringAt } from "../src/json.ts";
import type { JsonObject } from "../src/json.ts";
import { shown } from "./shown.ts";

/** A client that knows no more than the frames. */
type RawClient = {
  socket: MemorySocket;
  frames: JsonObject[];
  close: { code: number; reason: string } | undefined;
  /** Sends a request and waits, in virtual time, for its answer. */
  ask: (method: string, params?: JsonObject) => Promise<JsonObject>;
  /** Sends a request without waiting; returns its id. */
  post: (method: string, params?: JsonObject) => string;
  /** Sends a chat message and waits until its run has ended. */
  chat: (sessionKey: string, message: string, runId: string) => Promise<JsonObject>;
  events: (name: string) => JsonObject[];
  /** States of the chat events of a run. */
  states: (runId: string) => string[];
};

export type Rig = {
  gateway: FakeGateway;
  clock: VirtualClock;
  open: (params?: JsonObject) => Promise<RawClient>;
};

/** A gateway in virtual time, with clients of the server-side kind, which need no device. */
export function rig(options: FakeGatewayOptions): Rig {
  const clock = virtualClock();
  const gateway = createFakeGateway({ ...options, clock });
  return { gateway, clock, open: (params) => openClient(gateway, clock, params) };
}

export const connectParams = (over: JsonObject = {}): JsonObject => ({
  minProtocol: 3,
  maxProtocol: 4,
  client: { id: "gateway-client", version: "1.0.0", platform: "node", mode: "backend" },
  scopes: ["operator.admin"],
  auth: { token: "test-token" },
  ...over,
});

async function openClient(
  gateway: FakeGateway,
  clock: VirtualClock,
  params?: JsonObject,
): Promise<RawClient> {
  const socket = new (fakeWebSocket(gateway, { origin: null }))("ws://gateway.test/");
  let sent = 0;
  const client: RawClient = {
    socket,
    frames: [],
    close: undefined,
    post: (method, given = {}) => {
      const id = `r${++sent}`;
      socket.send(JSON.stringify({ type: "req", id, method, params: given }));
      return id;
    },
    ask: async (method, given) => {
      const id = client.post(method, given);
      const answer = () => client.frames.find((frame) => frame["type"] === "res" && frame["id"] === id);
      await clock.advanceUntil(() => answer() !== undefined || client.close !== undefined, 60_000);
      return answer() ?? { closed: true };
    },
    chat: async (sessionKey, message, runId) => {
      const answer = await client.ask("chat.send", { sessionKey, message, idempotencyKey: runId });
      await clock.advanceUntil(
        () => ["final", "error", "aborted"].includes(client.states(runId).at(-1) ?? ""),
        300_000,
      );
      await clock.advanceAsync(50);
      return answer;
    },
    events: (name) => client.frames.filter((frame) => frame["event"] === name),
    states: (runId) =>
      client.events("chat").flatMap((frame) => {
        const payload = objectAt(frame, "payload");
        return payload && payload["runId"] === runId ? [stringAt(payload, "state") ?? ""] : [];
      }),
  };
  hear(socket, (data) => {
    const frame: unknown = JSON.parse(data);
    if (isJsonObject(frame)) client.frames.push(frame);
  });
  hearClose(socket, (close) => {
    client.close = close;
  });
  await clock.advanceUntil(() => client.frames.length > 0 || client.close !== undefined, 10_000);
  if (client.close === undefined) await client.ask("connect", params ?? connectParams());
  // A refusal is followed by its close.
  await clock.advanceAsync(1);
  return client;
}

export function hear(socket: MemorySocket, listener: (data: string) => void): void {
  socket.addEventListener("message", (event) => {
    if ("data" in event && typeof event.data === "string") listener(event.data);
  });
}

type Close = { code: number; reason: string };

export function hearClose(socket: MemorySocket, listener: (close: Close) => void): void {
  socket.addEventListener("close", (event) => {
    if (!("code" in event) || typeof event.code !== "number") return;
    if (!("reason" in event) || typeof event.reason !== "string") return;
    listener({ code: event.code, reason: event.reason });
  });
}

export const payloadOf = (answer: JsonObject): JsonObject => objectAt(answer, "payload") ?? {};
export const errorOf = (answer: JsonObject): JsonObject => objectAt(answer, "error") ?? {};

/** `role: text` of every row of a `chat.history` answer. */
export function rowsOf(answer: JsonObject): string[] {
  const rows = payloadOf(answer)["messages"];
  if (!Array.isArray(rows)) return [];
  return rows.filter(isJsonObject).map((row) => `${shown(row["role"])}: ${textOf(row)}`);
}

function textOf(row: JsonObject): string {
  const content = row["content"];
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .filter(isJsonObject)
    .map((block) => stringAt(block, "text") ?? `<${shown(block["type"])}>`)
    .join("");
}
