/** AI SDK `useChat` with a transport of its own, Streamdown in memoised rows, throttle 50: as its documentation advises for long threads. */
import { useChat } from "@ai-sdk/react";
import type { ChatTransport, UIMessage, UIMessageChunk } from "ai";
import { memo, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { Streamdown } from "streamdown";

import { expose, RenderCount } from "../pages/harness.ts";
import { history } from "../scenario.ts";

const renders = new RenderCount();
let stored: UIMessage[] = [];
let controller: ReadableStreamDefaultController<UIMessageChunk> | null = null;
let ask: (text: string) => void = () => {};
const REPLY = "reply";

const transport: ChatTransport<UIMessage> = {
  sendMessages: () =>
    Promise.resolve(
      new ReadableStream<UIMessageChunk>({
        start(opened) {
          controller = opened;
          opened.enqueue({ type: "start", messageId: REPLY });
          opened.enqueue({ type: "text-start", id: "text" });
        },
      }),
    ),
  reconnectToStream: () => Promise.resolve(null),
};

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
  const { messages, sendMessage } = useChat({ messages: stored, transport, throttle: 50 });
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
  prepare(length) {
    stored = history(length).map(({ id, role, text }) => ({ id, role, parts: [{ type: "text", text }] }));
  },
  mount: (container) => createRoot(container).render(<Chat />),
  ask() {
    renders.streaming = REPLY;
    ask("Stream the long answer");
  },
  delta(text) {
    controller?.enqueue({ type: "text-delta", id: "text", delta: text });
  },
  otherRenders: () => renders.others,
  streamRenders: () => renders.stream,
});
