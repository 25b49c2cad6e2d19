import type { ChatState } from "@automna/client";

/** What a gateway says when it lets a page in. */
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

/** What a person may do there: everything. */
export const CAPABILITIES: NonNullable<ChatState["capabilities"]> = {
  protocol: 4,
  attachments: {
    maxFileBytes: 2_000_000,
    maxImageBytes: 1_000_000,
    maxTotalChars: 4_000_000,
    acceptsFiles: true,
  },
  canAbort: true,
  canRename: true,
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
};
