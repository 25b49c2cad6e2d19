import type { ChatActions, ChatState, ChatStore, Message } from "@automna/client";
import { vi, type Mock } from "vitest";
import { createStore } from "zustand/vanilla";

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

const hello = {
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
} as const;

export const ready: ChatState = {
  connection: {
    status: "ready",
    since: 0,
    hello: {
      ...hello,
      features: { methods: [], events: [], capabilities: [] },
      snapshot: { presence: [], health: null },
    },
  },
  everConnected: true,
  sessionKey: "agent:main:main",
  history: { status: "ready", hasOlder: false, loadingOlder: false },
  transcript: { order: [], settled: {}, live: {} },
  runs: [],
  outbox: [],
  capabilities: {
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
    canPatchModel: true,
    canApprove: true,
    canAnswer: true,
    hasLiveSessionList: true,
    hasLiveTools: true,
    hasSlashCommands: true,
    hasArtifacts: true,
  },
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
