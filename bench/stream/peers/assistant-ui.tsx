/** assistant-ui with an external store, its own primitives and its markdown text. */
import {
  AssistantRuntimeProvider,
  MessagePrimitive,
  ThreadPrimitive,
  useExternalStoreRuntime,
  type ThreadMessageLike,
} from "@assistant-ui/react";
import { MarkdownTextPrimitive } from "@assistant-ui/react-markdown";
import { memo, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import remarkGfm from "remark-gfm";

import { expose, RenderCount } from "../pages/harness.ts";
import { history, type StoredText } from "../scenario.ts";

const renders = new RenderCount();
const REPLY = "reply";
let stored: StoredText[] = [];
let update: (change: (messages: StoredText[]) => StoredText[]) => void = () => {};

const plugins = [remarkGfm];
const MarkdownText = memo(function MarkdownText() {
  return <MarkdownTextPrimitive remarkPlugins={plugins} />;
});
const parts = { Text: MarkdownText };

function Row() {
  renders.row("row");
  return (
    <MessagePrimitive.Root>
      <MessagePrimitive.Parts components={parts} />
    </MessagePrimitive.Root>
  );
}
const rows = { UserMessage: Row, AssistantMessage: Row };

const convert = ({ id, role, text }: StoredText): ThreadMessageLike => ({
  id,
  role,
  content: [{ type: "text", text }],
});

function Chat() {
  const [messages, setMessages] = useState(stored);
  useEffect(() => {
    update = setMessages;
  }, []);
  const runtime = useExternalStoreRuntime({
    messages,
    convertMessage: convert,
    isRunning: renders.streaming !== null,
    onNew: () => Promise.resolve(),
  });
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Viewport style={{ height: "100vh", overflow: "auto" }}>
          <ThreadPrimitive.Messages components={rows} />
        </ThreadPrimitive.Viewport>
      </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
  );
}

expose({
  prepare(length) {
    stored = history(length);
  },
  mount: (container) => createRoot(container).render(<Chat />),
  ask() {
    renders.streaming = REPLY;
    update((messages) => [
      ...messages,
      { id: "question", role: "user", text: "Stream the long answer" },
      { id: REPLY, role: "assistant", text: "" },
    ]);
  },
  delta(text) {
    update((messages) =>
      messages.map((message) => (message.id === REPLY ? { ...message, text: message.text + text } : message)),
    );
  },
  otherRenders: () => Number.NaN,
  streamRenders: () => Number.NaN,
});
