// A page that is nothing but the chat: what the README's three lines give. Tests open it in a real browser.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import {
  AutomnaChat,
  ChatProvider,
  Composer,
  Thread,
  useClawdbotRuntime,
  type ClawdbotRuntimeOptions,
} from "../../src/index.ts";

export interface ChatPageOptions {
  readonly gatewayUrl: string;
  readonly authToken: string | null;
  readonly sessionKey?: string;
  readonly messageId?: string;
  readonly sessions?: boolean;
  readonly scopes?: readonly string[];
  /** The two parts of `ChatProvider`'s own example in place of the whole chat. */
  readonly parts?: boolean;
}

declare global {
  interface Window {
    /** Set before the page's script runs. */
    chatOptions: ChatPageOptions;
  }
}

function Parts(options: ClawdbotRuntimeOptions) {
  const runtime = useClawdbotRuntime(options);
  return (
    <div className="automna-chat">
      <ChatProvider runtime={runtime}>
        <Thread />
        <Composer />
      </ChatProvider>
    </div>
  );
}

const { parts, ...options } = window.chatOptions;
const main = document.querySelector("main");
if (main === null) throw new Error("the page has no main element");
createRoot(main).render(
  <StrictMode>{parts ? <Parts {...options} /> : <AutomnaChat {...options} />}</StrictMode>,
);
