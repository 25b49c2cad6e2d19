// A page that is nothing but the chat: what the README's three lines give. Tests open it in a real browser.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { AutomnaChat } from "../../src/index.ts";

export interface ChatPageOptions {
  readonly gatewayUrl: string;
  readonly authToken: string | null;
  readonly sessionKey?: string;
  readonly messageId?: string;
  readonly sessions?: boolean;
  readonly scopes?: readonly string[];
}

declare global {
  interface Window {
    /** Set before the page's script runs. */
    chatOptions: ChatPageOptions;
  }
}

const main = document.querySelector("main");
if (main === null) throw new Error("the page has no main element");
createRoot(main).render(
  <StrictMode>
    <AutomnaChat {...window.chatOptions} />
  </StrictMode>,
);
