/**
 * AI SDK `useChat`, Streamdown in memoised rows, throttle 50: as its documentation advises for long threads. `ai-sdk` gets
 * its answer by the default transport, from the body of a response, as a route of its own sends it; `ai-sdk-handed` by a
 * transport that hands it the parts, with nothing to parse.
 */
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport, type ChatTransport, type UIMessage, type UIMessageChunk } from "ai";
import { memo, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { Streamdown } from "streamdown";

import { expose, RenderCount } from "../pages/harness.ts";
import { deltas, history } from "../scenario.ts";

const renders = new RenderCount();
let stored: UIMessage[] = [];
let ask: (text: string) => void = () => {};
const REPLY = "reply";
const BEGINNING: readonly UIMessageChunk[] = [
  { type: "start", messageId: REPLY },
  { type: "text-start", id: "text" },
];
const delta = (text: string): UIMessageChunk => ({ type: "text-delta", id: "text", delta: text });

/** A stream that begins an answer, and brings the next of `parts` whenever it is told to. */
function told<Part>(beginning: readonly Part[], parts: readonly Part[]) {
  let controller: ReadableStreamDefaultController<Part> | null = null;
  let sent = 0;
  return {
    stream: new ReadableStream<Part>({
      start(opened) {
        controller = opened;
        for (const part of beginning) opened.enqueue(part);
      },
    }),
    next() {
      const part = parts[sent];
      sent += 1;
      if (part !== undefined) controller?.enqueue(part);
    },
  };
}

const encoder = new TextEncoder();
const serverSentEvent = (part: UIMessageChunk) => encoder.encode(`data: ${JSON.stringify(part)}\n\n`);

/** How an answer comes; everything of it is ready before the first part is sent. */
function answerOf(count: number): { transport: ChatTransport<UIMessage>; next: () => void } {
  const parts = deltas(count).map(delta);
  if (document.title === "ai-sdk-handed") {
    const { stream, next } = told(BEGINNING, parts);
    return {
      transport: {
        sendMessages: () => Promise.resolve(stream),
        reconnectToStream: () => Promise.resolve(null),
      },
      next,
    };
  }
  const { stream, next } = told(BEGINNING.map(serverSentEvent), parts.map(serverSentEvent));
  const headers = { "content-type": "text/event-stream", "x-vercel-ai-ui-message-stream": "v1" };
  const transport = new DefaultChatTransport({
    fetch: () => Promise.resolve(new Response(stream, { headers })),
  });
  return { transport, next };
}

let answer = answerOf(0);

const Row = memo(function Row({ message }: { readonly message: UIMessage }) {
  renders.row(message.id);
  return (
    <div data-role={message.role}>
      {message.parts.map((part, index) =>
        part.type === "text" ? <Streamdown key={index}>{part.text}</Streamdown> : null,
      )}
    </div>
  );
});

function Chat() {
  const { messages, sendMessage } = useChat({ messages: stored, transport: answer.transport, throttle: 50 });
  useEffect(() => {
    ask = (text) => void sendMessage({ text });
  }, [sendMessage]);
  return (
    <div style={{ height: "100vh", overflow: "auto" }}>
      {messages.map((message) => (
        <Row key={message.id} message={message} />
      ))}
    </div>
  );
}

expose({
  prepare(length, count) {
    answer = answerOf(count);
    stored = history(length).map(({ id, role, text }) => ({ id, role, parts: [{ type: "text", text }] }));
  },
  mount: (container) => createRoot(container).render(<Chat />),
  ask() {
    renders.streaming = REPLY;
    ask("Stream the long answer");
  },
  delta: () => answer.next(),
  otherRenders: () => renders.others,
  streamRenders: () => renders.stream,
});
