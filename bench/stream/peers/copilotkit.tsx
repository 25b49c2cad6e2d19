/** CopilotKit's version 2 chat view with its own message components, fed with messages as its chat feeds it. */
import {
  CopilotChatAssistantMessage,
  CopilotChatConfigurationProvider,
  CopilotChatView,
  CopilotKitProvider,
} from "@copilotkit/react-core/v2";
import { useEffect, useState, type ComponentProps } from "react";
import { createRoot } from "react-dom/client";

import { expose, RenderCount } from "../pages/harness.ts";
import { history } from "../scenario.ts";

interface Shown {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly content: string;
}

const renders = new RenderCount();
const REPLY = "reply";
let stored: Shown[] = [];
let update: (change: (messages: Shown[]) => Shown[]) => void = () => {};

function CountedAnswer(props: ComponentProps<typeof CopilotChatAssistantMessage>) {
  renders.row(props.message.id);
  return <CopilotChatAssistantMessage {...props} />;
}
// The slot's type is the component with its own slots, which a wrapper does not have.
const slots = { assistantMessage: CountedAnswer as typeof CopilotChatAssistantMessage };

function Chat() {
  const [messages, setMessages] = useState(stored);
  useEffect(() => {
    update = setMessages;
  }, []);
  return (
    <div style={{ height: "100vh" }}>
      <CopilotChatView messages={messages} messageView={slots} isRunning={renders.streaming !== null} />
    </div>
  );
}

expose({
  prepare(length) {
    stored = history(length).map(({ id, role, text }) => ({ id, role, content: text }));
  },
  mount: (container) =>
    createRoot(container).render(
      <CopilotKitProvider runtimeUrl="/copilotkit">
        <CopilotChatConfigurationProvider agentId="default" threadId="bench">
          <Chat />
        </CopilotChatConfigurationProvider>
      </CopilotKitProvider>,
    ),
  ask() {
    renders.streaming = REPLY;
    update((messages) => [
      ...messages,
      { id: "question", role: "user", content: "Stream the long answer" },
      { id: REPLY, role: "assistant", content: "" },
    ]);
  },
  delta(text) {
    update((messages) =>
      messages.map((message) =>
        message.id === REPLY ? { ...message, content: message.content + text } : message,
      ),
    );
  },
  otherRenders: () => renders.others,
  streamRenders: () => renders.stream,
});
