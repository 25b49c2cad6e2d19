import { once } from "node:events";

import { words } from "@automna/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { WebSocket, type ClientOptions } from "ws";

import { startTestWebchat, type TestWebchat } from "./support/test-webchat.ts";

const WAIT = { interval: 20 };

interface Update {
  readonly type: string;
  readonly sessionKey?: string;
  readonly running?: boolean;
  readonly messages?: readonly { text: string }[];
  readonly message?: { id: string; text: string; status: string };
}

async function follow(web: TestWebchat, query: string, options: ClientOptions): Promise<Update[]> {
  const socket = new WebSocket(`ws://127.0.0.1:${web.port}/webchat/socket${query}`, options);
  onTestFinished(() => socket.terminate());
  const updates: Update[] = [];
  socket.on("message", (data: Buffer) => updates.push(JSON.parse(data.toString("utf8")) as Update));
  await once(socket, "open");
  return updates;
}

async function refusal(web: TestWebchat, path: string, options: ClientOptions): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${web.port}${path}`, options);
  socket.on("error", () => undefined);
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
  socket.terminate();
  return response.statusCode;
}

test.each([3, 4] as const)(
  "a socket tells a session's snapshot, then what changes in it, protocol %i",
  async (protocol) => {
    const web = await startTestWebchat({ fake: { protocol, model: () => words(10, 60) } });
    await web.ask("/webchat/rpc", { text: "before" });
    const headers = { authorization: `Bearer ${await web.token()}` };
    const main = await follow(web, "?session=main", { headers });
    const other = await follow(web, "?session=other", { headers });
    await vi.waitFor(() => expect([main.length, other.length]).toEqual([1, 1]), WAIT);
    expect(main[0]).toMatchObject({
      type: "snapshot",
      sessionKey: "agent:main:main",
      running: false,
      messages: [{ text: "before" }, { text: "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10" }],
    });
    expect(other[0]).toEqual({
      type: "snapshot",
      sessionKey: "agent:main:other",
      running: false,
      messages: [],
    });
    await web.ask("/webchat/rpc", { text: "during" });
    await vi.waitFor(() => {
      const told = main.slice(1);
      expect(told.some(({ type, running }) => type === "running" && running === true)).toBe(true);
      const last = new Map(told.flatMap(({ message }) => (message ? [[message.id, message]] : [])));
      expect([...last.values()].map(({ text, status }) => [text, status])).toEqual([
        ["during", "complete"],
        ["w1 w2 w3 w4 w5 w6 w7 w8 w9 w10", "complete"],
      ]);
    }, WAIT);
    expect(main.filter(({ message }) => message?.status === "streaming").length).toBeGreaterThan(1);
    expect(other).toHaveLength(1);
  },
);

test("a browser comes with a ticket in the address, which works once", async () => {
  const web = await startTestWebchat();
  const { ticket } = JSON.parse((await web.ask("/webchat/ticket", {})).body) as { ticket: string };
  const updates = await follow(web, `?session=main&token=${ticket}`, {
    origin: `http://127.0.0.1:${web.port}`,
  });
  await vi.waitFor(() => expect(updates).toHaveLength(1), WAIT);
  expect(await refusal(web, `/webchat/socket?token=${ticket}`, {})).toBe(401);
});

test("a socket without a token, of a foreign page or under a foreign name is refused", async () => {
  const web = await startTestWebchat();
  const headers = { authorization: `Bearer ${await web.token()}` };
  expect(await refusal(web, "/webchat/socket", {})).toBe(401);
  expect(await refusal(web, "/webchat/socket", { headers, origin: "https://evil.example" })).toBe(403);
  expect(await refusal(web, "/webchat/socket", { headers: { ...headers, host: "rebound.example" } })).toBe(
    403,
  );
  expect(await refusal(web, "/webchat/elsewhere", { headers })).toBe(404);
  expect(await refusal(web, "/webchat/socket?session=a%0Ab", { headers })).toBe(400);
});
