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

/** What a gateway said when it let this page in. */
export const CONNECTED: ChatState["connection"] = {
  status: "ready",
  since: 0,
  hello: {
    protocol: 4,
    server: { version: "2026.9.6", connId: "c1" },
    features: { methods: [], events: [], capabilities: [] },
    policy: {
      maxPayload: 1_000_000,
      maxBufferedBytes: 1_000_000,
      tickIntervalMs: 30_000,
      attachments: { maxBytes: 1_000_000, maxImageBytes: 1_000_000 },
    },
    sessionDefaults: { defaultAgentId: "main", mainKey: "main", mainSessionKey: "agent:main:main" },
    uptimeMs: 1,
    auth: {},
    snapshot: { presence: [], health: null },
  },
};

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
