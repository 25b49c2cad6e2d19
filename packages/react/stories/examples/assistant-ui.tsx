import {
  AssistantRuntimeProvider,
  ComposerPrimitive,
  MessagePrimitive,
  ThreadPrimitive,
} from "@assistant-ui/react";
import type { ReactElement } from "react";

import { useAssistantUiRuntime } from "../../src/assistant-ui/index.ts";
import type { ChatRuntime } from "../../src/index.ts";

function Row(): ReactElement {
  return (
    <MessagePrimitive.Root>
      <MessagePrimitive.Parts />
    </MessagePrimitive.Root>
  );
}

/** assistant-ui's own parts on these gateways. */
export function AssistantUiChat({ chat }: { readonly chat: ChatRuntime }): ReactElement {
  return (
    <AssistantRuntimeProvider runtime={useAssistantUiRuntime(chat)}>
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Messages components={{ Message: Row }} />
        <ComposerPrimitive.Root>
          <ComposerPrimitive.Input aria-label="Message" />
          <ComposerPrimitive.Send>Send</ComposerPrimitive.Send>
        </ComposerPrimitive.Root>
      </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
  );
}
