import { createFakeGateway, words } from "@automna/testing";
import { startFakeGatewayServer, type FakeGatewayServer } from "@automna/testing/ws";
import { afterEach, describe, expect, test, vi } from "vitest";

import {
  ConnectionPool,
  createChatStore,
  memoryStorage,
  messageText,
  NODE_CLIENT,
  selectMessages,
  webSocketTransport,
  type ChatStore,
  type TransportClose,
} from "../src/index.ts";

const servers: FakeGatewayServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(protocol: 3 | 4) {
  const gateway = createFakeGateway({ protocol, model: () => words(5, 5) });
  const server = await startFakeGatewayServer(gateway);
  servers.push(server);
  return { gateway, server };
}

function opened(url: string) {
  return new Promise<{
    frames: string[];
    closed: Promise<TransportClose>;
    close: () => void;
    opens: () => number;
  }>((resolve) => {
    const frames: string[] = [];
    let opens = 0;
    let end: (close: TransportClose) => void = () => {};
    const closed = new Promise<TransportClose>((done) => (end = done));
    const handle = { frames, closed, opens: () => opens, close: () => transport.close(4000, "enough") };
    const transport = webSocketTransport()(url, {
      open: () => {
        opens += 1;
        resolve(handle);
      },
      frame: (text) => frames.push(text),
      close: (close) => {
        end(close);
        resolve(handle);
      },
    });
  });
}

describe("a real socket", () => {
  test("carries frames, and closing it is told before close returns", async () => {
    const { server } = await serve(3);
    const { frames, closed, close } = await opened(server.url);
    await vi.waitFor(() => expect(frames[0]).toContain("connect.challenge"));
    close();
    expect(await closed).toEqual({ code: 4000, reason: "enough" });
  });

  test("a refused connection is no clean end, and nobody retries behind the connection's back", async () => {
    const { gateway, server } = await serve(3);
    gateway.kill();
    const { closed, opens } = await opened(server.url);
    expect((await closed).code).toBe(1006);
    expect(opens()).toBe(0);
  });

  test("an address that is none closes instead of throwing", async () => {
    const { closed } = await opened("ws://in valid");
    expect((await closed).code).toBe(1006);
  });

  test("the gateway's own close code and reason arrive", async () => {
    const { gateway, server } = await serve(3);
    const { closed } = await opened(server.url);
    gateway.restart({ downMs: 50 });
    expect((await closed).code).toBe(1012);
  });
});

describe.each([3, 4] as const)("a chat over a real socket, protocol %i", (protocol) => {
  test("sends, streams, survives a broken connection and ends with the gateway's transcript", async () => {
    const { gateway, server } = await serve(protocol);
    const chat: ChatStore = createChatStore({
      gatewayUrl: server.httpUrl,
      authToken: "test-token",
      storage: memoryStorage(),
      pool: new ConnectionPool(),
      client: NODE_CLIENT,
    });
    chat.start();
    chat.actions.send("one");
    await vi.waitFor(() =>
      expect(selectMessages(chat.getState()).map(({ stored }) => stored)).toEqual([true, true]),
    );
    gateway.dropAll();
    chat.actions.send("two");
    await vi.waitFor(() => {
      const shown = selectMessages(chat.getState());
      expect(shown.map(messageText)).toEqual(["one", "w1 w2 w3 w4 w5", "two", "w1 w2 w3 w4 w5"]);
      expect(shown.every(({ stored }) => stored)).toBe(true);
    });
    expect(gateway.runsStarted).toHaveLength(2);
    chat.dispose();
  });
});
