import { createChatStore, memoryStorage, type ChatState, type ChatStore } from "@automna/client";
import type { ReactElement, ReactNode } from "react";

import { ChatProvider, runtimeOf, type ChatRuntime } from "../src/index.ts";
import { Panel } from "./panel.tsx";

const CAPABILITIES: NonNullable<ChatState["capabilities"]> = {
  protocol: 4,
  attachments: {
    maxFileBytes: 2_000_000,
    maxImageBytes: 1_000_000,
    maxTotalChars: 4_000_000,
    acceptsFiles: true,
  },
  canAbort: true,
  canReset: true,
  canDelete: true,
  canCreateSession: true,
  canPatchModel: false,
  canApprove: true,
  canAnswer: true,
  hasLiveSessionList: true,
  hasLiveTools: true,
  hasSlashCommands: false,
  hasArtifacts: true,
};

/** A chat that stays as it is: for states that a gateway is in only for a moment, or that no fake gateway plays. */
function stillRuntime(change: Partial<ChatState> = {}): ChatRuntime {
  const store = createChatStore({
    gatewayUrl: "ws://gateway.test/",
    authToken: null,
    storage: memoryStorage(),
  });
  const initial = store.getInitialState();
  const state: ChatState = {
    ...initial,
    history: { status: "ready", hasOlder: false, loadingOlder: false },
    capabilities: CAPABILITIES,
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
      answerQuestion: async () => undefined,
      cancelQuestion: async () => undefined,
      resolveApproval: async () => undefined,
    },
  };
  return runtimeOf(still);
}

/** One part in a chat that stays as it is. */
export function StillPanel({
  change,
  children,
}: {
  readonly change?: Partial<ChatState>;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <ChatProvider runtime={stillRuntime(change)}>
      <Panel>{children}</Panel>
    </ChatProvider>
  );
}
