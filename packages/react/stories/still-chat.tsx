import { createChatStore, memoryStorage, type ChatState, type ChatStore } from "@automna/client";
import type { ReactElement, ReactNode } from "react";

import { ChatProvider, runtimeOf, type ChatRuntime } from "../src/index.ts";
import { CAPABILITIES } from "../test/connected.ts";
import { Panel } from "./panel.tsx";

/** A chat that stays as it is: for states that a gateway is in only for a moment, or that no fake gateway plays. */
function stillRuntime(change: Partial<ChatState>, actions: Partial<ChatStore["actions"]>): ChatRuntime {
  const store = createChatStore({
    gatewayUrl: "ws://gateway.test/",
    authToken: null,
    storage: memoryStorage(),
  });
  const initial = store.getInitialState();
  const state: ChatState = {
    ...initial,
    history: { status: "ready", hasOlder: false, loadingOlder: false },
    // What asks for lists of its own would find no gateway.
    capabilities: { ...CAPABILITIES, canPatchModel: false, hasSlashCommands: false },
    ...change,
  };
  const still: ChatStore = {
    ...store,
    getState: () => state,
    getInitialState: () => state,
    subscribe: () => () => undefined,
    start: () => () => undefined,
    actions: {
      ...store.actions,
      watchSessions: () => () => undefined,
      loadMoreSessions: async () => undefined,
      answerQuestion: async () => undefined,
      cancelQuestion: async () => undefined,
      resolveApproval: async () => undefined,
      ...actions,
    },
  };
  return runtimeOf(still);
}

/** One part in a chat that stays as it is. */
export function StillPanel({
  change = {},
  actions = {},
  children,
}: {
  readonly change?: Partial<ChatState>;
  readonly actions?: Partial<ChatStore["actions"]>;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <ChatProvider runtime={stillRuntime(change, actions)}>
      <Panel>{children}</Panel>
    </ChatProvider>
  );
}
