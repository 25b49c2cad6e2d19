import type { ChatActions, ChatState, ChatStore, Message } from "@automna/client";
import { vi, type Mock } from "vitest";
import { createStore } from "zustand/vanilla";

import { CAPABILITIES, CONNECTED } from "./connected.ts";

type Recorded = { readonly [Name in keyof ChatActions]: Mock<ChatActions[Name]> };

/** A store that shows what the test says and records what the person does. */
export interface ScriptedStore extends ChatStore {
  readonly actions: Recorded;
  set(change: Partial<ChatState>): void;
  /** Replaces the transcript; a message that streams goes where streaming ones live. */
  show(...messages: readonly Message[]): void;
}

export function message(id: string, over: Partial<Message> = {}): Message {
  return {
    id,
    role: "assistant",
    status: "complete",
    parts: [{ type: "text", text: `text of ${id}` }],
    createdAt: Date.UTC(2026, 0, 5, 12),
    stored: true,
    ...over,
  };
}

export const ready: ChatState = {
  connection: CONNECTED,
  everConnected: true,
  sessionKey: "agent:main:main",
  history: { status: "ready", hasOlder: false, loadingOlder: false },
  transcript: { order: [], settled: {}, live: {} },
  runs: [],
  outbox: [],
  capabilities: CAPABILITIES,
  sessions: { status: "none" },
  approvals: [],
  questions: [],
  notice: null,
};

export function scriptedStore(initial: Partial<ChatState> = {}): ScriptedStore {
  const store = createStore<ChatState>(() => ({ ...ready, ...initial }));
  const actions: Recorded = {
    send: vi.fn(() => "send-1"),
    abort: vi.fn(async () => undefined),
    retry: vi.fn(),
    discard: vi.fn(),
    regenerate: vi.fn(() => "send-2"),
    editAndResend: vi.fn(() => "send-3"),
    loadOlder: vi.fn(async () => undefined),
    loadFull: vi.fn(async () => undefined),
    reload: vi.fn(async () => undefined),
    reconnect: vi.fn(),
    switchSession: vi.fn(),
    createSession: vi.fn(async () => "agent:main:new"),
    renameSession: vi.fn(async () => undefined),
    resetSession: vi.fn(async () => undefined),
    deleteSession: vi.fn(async () => undefined),
    watchSessions: vi.fn(() => () => undefined),
    loadMoreSessions: vi.fn(async () => undefined),
    setModel: vi.fn(async () => undefined),
    setThinking: vi.fn(async () => undefined),
    listModels: vi.fn(async () => []),
    listCommands: vi.fn(async () => []),
    loadUsage: vi.fn(async () => ({ input: 0, output: 0, total: 0, cost: null, days: [] })),
    loadArtifact: vi.fn(async () => ({
      url: "data:,",
      mimeType: "image/png",
      fromGateway: false,
      expiresAt: null,
    })),
    resolveApproval: vi.fn(async () => undefined),
    answerQuestion: vi.fn(async () => undefined),
    cancelQuestion: vi.fn(async () => undefined),
    dismissNotice: vi.fn(),
  };
  return {
    getState: store.getState,
    getInitialState: store.getInitialState,
    subscribe: store.subscribe,
    start: () => () => undefined,
    dispose: () => undefined,
    actions,
    set: (change) => store.setState(change),
    show(...messages) {
      const entries = messages.map((one) => [one.id, one] as const);
      store.setState({
        transcript: {
          order: messages.map(({ id }) => id),
          settled: Object.fromEntries(entries.filter(([, { status }]) => status !== "streaming")),
          live: Object.fromEntries(entries.filter(([, { status }]) => status === "streaming")),
        },
      });
    },
  };
}
