import { createFakeGateway, words, type FakeGateway } from "@automna/testing";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import {
  ConnectionPool,
  createChatStore,
  httpTransport,
  memoryStorage,
  messageText,
  NODE_CLIENT,
  selectMessages,
  type ChatStore,
  type HttpTransportOptions,
  type Transport,
  type TransportClose,
} from "../src/index.ts";
import { EventStreamReader, type StreamedEvent } from "../src/event-stream.ts";
import { startHttpRelay } from "./http-relay.ts";

const WAIT = { interval: 20 };

function fakeGateway(protocol: 3 | 4): FakeGateway {
  return createFakeGateway({ protocol, model: () => words(5, 5) });
}

function startChat(gatewayUrl: string, options: HttpTransportOptions = {}): ChatStore {
  const chat = createChatStore({
    gatewayUrl,
    authToken: "test-token",
    storage: memoryStorage(),
    pool: new ConnectionPool(),
    client: NODE_CLIENT,
    transport: httpTransport(options),
  });
  chat.start();
  onTestFinished(() => chat.dispose());
  return chat;
}

function texts(chat: ChatStore): string[] {
  return selectMessages(chat.getState()).map(messageText);
}

async function expectStored(chat: ChatStore, expected: readonly string[]): Promise<void> {
  await vi.waitFor(() => {
    expect(texts(chat)).toEqual(expected);
    expect(selectMessages(chat.getState()).every(({ stored }) => stored)).toBe(true);
  }, WAIT);
}

const ANSWER = "w1 w2 w3 w4 w5";

interface Opened {
  readonly transport: Transport;
  readonly frames: string[];
  readonly closes: TransportClose[];
}

/** Opens a bare transport; resolves when it is open or closed. */
function open(url: string, options: HttpTransportOptions = {}): Promise<Opened> {
  return new Promise((resolve) => {
    const frames: string[] = [];
    const closes: TransportClose[] = [];
    const transport = httpTransport(options)(url, {
      open: () => resolve({ transport, frames, closes }),
      frame: (text) => frames.push(text),
      close: (close) => {
        closes.push(close);
        // A refusal can come before the factory has returned.
        queueMicrotask(() => resolve({ transport, frames, closes }));
      },
    });
    onTestFinished(() => transport.close(1000, "bye"));
  });
}

describe.each([3, 4] as const)("a chat over HTTP, protocol %i", (protocol) => {
  test("sends, streams, and survives a stream that breaks off in the middle of an answer", async () => {
    const gateway = fakeGateway(protocol);
    const relay = await startHttpRelay(gateway);
    const chat = startChat(relay.url.replace("http:", "ws:"));
    chat.actions.send("one");
    await expectStored(chat, ["one", ANSWER]);
    chat.actions.send("two");
    await vi.waitFor(() => expect(gateway.runsStarted).toHaveLength(2), WAIT);
    for (const stream of relay.streams) stream.destroy();
    await expectStored(chat, ["one", ANSWER, "two", ANSWER]);
    expect(gateway.runsStarted).toHaveLength(2);
  });

  test("a post whose answer is lost is repeated under its number, and the message is stored once", async () => {
    const gateway = fakeGateway(protocol);
    const relay = await startHttpRelay(gateway, {
      postFault: (post) => (post % 2 === 1 ? "lose-answer" : null),
    });
    const chat = startChat(relay.url);
    chat.actions.send("one");
    await expectStored(chat, ["one", ANSWER]);
    chat.actions.send("two");
    await expectStored(chat, ["one", ANSWER, "two", ANSWER]);
    expect(gateway.runsStarted).toHaveLength(2);
  });

  test("posts that never get through end the stream, and the message goes once over the next one", async () => {
    const gateway = fakeGateway(protocol);
    let isCut = false;
    const relay = await startHttpRelay(gateway, { postFault: () => (isCut ? "lose-request" : null) });
    const chat = startChat(relay.url);
    await vi.waitFor(() => expect(chat.getState().history.status).toBe("ready"), WAIT);
    isCut = true;
    chat.actions.send("one");
    await vi.waitFor(() => expect(chat.getState().connection.status).toBe("waiting"), WAIT);
    isCut = false;
    await expectStored(chat, ["one", ANSWER]);
    expect(gateway.runsStarted).toHaveLength(1);
  });

  test("a gateway that restarts is told by its own code, and the chat comes back by itself", async () => {
    const gateway = fakeGateway(protocol);
    const relay = await startHttpRelay(gateway);
    const chat = startChat(relay.url);
    chat.actions.send("one");
    await expectStored(chat, ["one", ANSWER]);
    gateway.restart({ downMs: 50 });
    await vi.waitFor(() => expect(chat.getState().connection.status).not.toBe("ready"), WAIT);
    await vi.waitFor(() => expect(chat.getState().connection.status).toBe("ready"), WAIT);
    chat.actions.send("two");
    await expectStored(chat, ["one", ANSWER, "two", ANSWER]);
  });
});

/** A gateway that takes everything and says nothing. */
const SILENT = { connect: () => ({ number: 1, receive() {}, closed() {} }) };

/** A stream that says where to post, and nothing more. */
function streamThatOpens(): Response {
  const body = new ReadableStream({
    start: (controller) =>
      controller.enqueue(new TextEncoder().encode('event: open\ndata: {"send":"/send"}\n\n')),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

describe("the transport", () => {
  test("posts in order, one at a time, and puts what waits into the next post", async () => {
    const relay = await startHttpRelay(SILENT, { postFault: (post) => (post === 1 ? "hold" : null) });
    const { transport } = await open(relay.url);
    for (let index = 0; index < 50; index += 1) {
      expect(transport.send(JSON.stringify({ type: "req", id: `${index}`, method: "health" }))).toBe(true);
    }
    await vi.waitFor(() => expect(relay.posts).toHaveLength(1));
    relay.release();
    await vi.waitFor(() => expect(relay.posts.flatMap(({ frames }) => frames)).toHaveLength(50));
    expect(relay.posts.map(({ first }) => first)).toEqual([0, 1]);
    expect(relay.posts.flatMap(({ frames }) => frames)).toEqual(
      Array.from({ length: 50 }, (_, index) => expect.objectContaining({ id: `${index}` })),
    );
    expect(relay.mostAtOnce()).toBe(1);
  });

  test("closing is told before close returns, ends the stream and gives up the post under way", async () => {
    const relay = await startHttpRelay(SILENT, { postFault: () => "hold" });
    const { transport, closes } = await open(relay.url);
    transport.send("{}");
    await vi.waitFor(() => expect(relay.posts).toHaveLength(1));
    transport.close(4000, "enough");
    expect(closes).toEqual([{ code: 4000, reason: "enough" }]);
    expect(transport.send("{}")).toBe(false);
    await vi.waitFor(() => expect(relay.streams.size).toBe(0));
    expect(closes).toHaveLength(1);
    expect(relay.posts).toHaveLength(1);
  });

  test("a post that nobody answers ends the connection, and nothing waits behind it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    let posts = 0;
    const { transport, closes } = await open("http://gateway.test/stream", {
      fetch: (_input, init) => {
        if (init?.method === "POST") posts += 1;
        return init?.method === "POST" ? new Promise(() => {}) : Promise.resolve(streamThatOpens());
      },
    });
    transport.send("{}");
    transport.send("{}");
    await vi.advanceTimersByTimeAsync(29_000);
    expect(closes).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(closes).toMatchObject([{ code: 1006 }]);
    expect(transport.send("{}")).toBe(false);
    expect(posts).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a long post gets the time that a slow line takes for it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { transport, closes } = await open("http://gateway.test/stream", {
      fetch: (_input, init) =>
        init?.method === "POST" ? new Promise(() => {}) : Promise.resolve(streamThatOpens()),
    });
    transport.send(JSON.stringify("x".repeat(5_000_000)));
    await vi.advanceTimersByTimeAsync(100_000);
    expect(closes).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(closes).toMatchObject([{ code: 1006 }]);
  });

  test("a peer that takes nothing is given up before memory is", async () => {
    const relay = await startHttpRelay(SILENT, { postFault: () => "hold" });
    const { transport, closes } = await open(relay.url, { maxBufferedChars: 1_000 });
    const frame = JSON.stringify({ text: "x".repeat(400) });
    expect([transport.send(frame), transport.send(frame), transport.send(frame)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(closes.map(({ code }) => code)).toEqual([4008]);
    await vi.waitFor(() => expect(relay.streams.size).toBe(0));
  });

  test("each request asks for its headers, so that a renewed token is used", async () => {
    let token = "first";
    const relay = await startHttpRelay(SILENT, { token: () => token });
    const { transport } = await open(relay.url, { headers: () => ({ authorization: `Bearer ${token}` }) });
    token = "second";
    transport.send("{}");
    await vi.waitFor(() => expect(relay.posts).toHaveLength(1));
    expect(relay.tokens).toEqual(["Bearer first", "Bearer second"]);
  });

  test("a refused token is not tried again and again", async () => {
    const relay = await startHttpRelay(SILENT, { token: () => "right" });
    const chat = startChat(relay.url, { headers: () => ({ authorization: "Bearer wrong" }) });
    await vi.waitFor(() => expect(chat.getState().connection.status).toBe("failed"), WAIT);
    expect(relay.tokens).toHaveLength(1);
  });

  test("frames are never posted to another origin", async () => {
    const relay = await startHttpRelay(SILENT, { sendPath: "http://127.0.0.2:1/send" });
    const { transport, closes } = await open(relay.url);
    expect(closes.map(({ code }) => code)).toEqual([1006]);
    expect(transport.send("{}")).toBe(false);
  });

  test("an address that is no stream, or no address, closes instead of throwing", async () => {
    const relay = await startHttpRelay(SILENT);
    const page = await open(relay.url.replace("/stream", "/page"));
    expect(page.closes).toEqual([{ code: 1006, reason: "The address answers no event stream." }]);
    const none = await open("http://in valid");
    expect(none.closes.map(({ code }) => code)).toEqual([1006]);
  });
});

test("events are the same wherever the stream is cut", () => {
  const body =
    'event: open\r\ndata: {"send":"/x"}\r\n\r\n: beat\n\ndata: a\ndata:  b\n\nid: 7\ndata\n\revent:close\rdata:{}\r\rdata: open end';
  const whole: StreamedEvent[] = [
    { event: "open", data: '{"send":"/x"}' },
    { event: "message", data: "a\n b" },
    { event: "message", data: "" },
    { event: "close", data: "{}" },
  ];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: body.length })), (cuts) => {
      const events: StreamedEvent[] = [];
      const reader = new EventStreamReader((event) => events.push(event));
      const places = [0, ...cuts.toSorted((a, b) => a - b), body.length];
      places.slice(1).forEach((end, index) => reader.push(body.slice(places[index], end)));
      expect(events).toEqual(whole);
      expect(reader.held).toBe("data: open end".length);
    }),
  );
});
