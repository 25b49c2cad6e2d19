/** A call from the client. The object is closed: a gateway refuses any further key. */
type RequestFrame = {
  type: "req";
  id: string;
  method: string;
  params?: unknown;
};
/** The error of a refused request, the same shape on both versions. */
type GatewayErrorShape = {
  code: string;
  message: string;
  details?: unknown;
  retryable?: boolean;
  /** Milliseconds. */
  retryAfterMs?: number;
};
/** An answer. One request can get several with the same id (`agent` answers "accepted" first). */
type ResponseFrame =
  | {
      type: "res";
      id: string;
      ok: true;
      payload: unknown;
    }
  | {
      type: "res";
      id: string;
      ok: false;
      error: GatewayErrorShape;
    };
/** A push from the gateway. `seq` counts per connection on version 4 and per gateway on version 3. */
type EventFrame = {
  type: "event";
  event: string;
  payload: unknown;
  seq?: number;
};
/** Any frame that a gateway sends. */
type GatewayFrame = ResponseFrame | EventFrame;
/** What {@link parseFrame} answers. */
type ParsedFrame =
  | {
      kind: "response";
      frame: ResponseFrame;
    }
  | {
      kind: "event";
      frame: EventFrame;
    }
  | {
      kind: "request";
      frame: RequestFrame;
    }
  | {
      kind: "invalid";
      reason: string;
    };
/**
 * Reads an error object. A refusal without a readable error still is a refusal, so this always answers one:
 * `UNKNOWN` when the gateway gave no code. `retryAfterMs` is in milliseconds.
 *
 * @see `ErrorShape` of the official schemas
 *
 * @example
 * ```ts
 * import { readGatewayError } from "@automna/protocol";
 *
 * readGatewayError({ code: "UNAVAILABLE", message: "gateway starting", retryAfterMs: 500 }).retryAfterMs; // 500
 * readGatewayError(undefined).code; // "UNKNOWN"
 * ```
 */
declare function readGatewayError(value: unknown): GatewayErrorShape;
/**
 * Reads a frame that is already JSON (a test double, a capture). See {@link parseFrame}. Never throws.
 *
 * @example
 * ```ts
 * import { readFrame } from "@automna/protocol";
 *
 * readFrame({ type: "event", event: "tick", payload: { ts: 1 }, seq: 7 }).kind; // "event"
 * readFrame({ type: "hello" }); // { kind: "invalid", reason: "unknown frame type" }
 * ```
 */
declare function readFrame(value: unknown): ParsedFrame;
/**
 * As {@link parseFrame}, for who only listens: a request, which no gateway sends, is no frame to it. Never throws.
 *
 * @example
 * ```ts
 * import { parseGatewayFrame } from "@automna/protocol";
 *
 * parseGatewayFrame('{"type":"event","event":"tick","payload":{"ts":1}}').kind; // "event"
 * parseGatewayFrame('{"type":"req","id":"1","method":"health"}').kind; // "invalid"
 * ```
 */
declare function parseGatewayFrame(text: string): ParsedFrame;
/**
 * Reads one text frame. Never throws; unknown keys are ignored, so that a newer gateway stays readable.
 *
 * @see `GatewayFrame` of the official schemas
 *
 * @example
 * ```ts
 * import { parseFrame } from "@automna/protocol";
 *
 * const parsed = parseFrame('{"type":"event","event":"tick","payload":{"ts":1}}');
 * if (parsed.kind === "event") parsed.frame.event; // "tick"
 * ```
 */
declare function parseFrame(text: string): ParsedFrame;
/**
 * The number of an `agent` event that brings a token of a reply, of which nothing else is read; `undefined` for any other
 * frame, also for one in another order of keys. It carries the whole text so far, and `chat` events say the same: to read
 * it takes the longer the longer the reply is.
 *
 * @example
 * ```ts
 * import { readTokenSeq } from "@automna/protocol";
 *
 * const data = '"data":{"text":"Hel","delta":"l"}';
 * const text = `{"type":"event","event":"agent","payload":{"runId":"r1","stream":"assistant",${data}},"seq":7}`;
 * readTokenSeq(text); // 7
 * readTokenSeq('{"type":"event","event":"tick","payload":{"ts":1},"seq":8}'); // undefined
 * ```
 */
declare function readTokenSeq(text: string): number | undefined;
/**
 * Builds a request frame; without `params` the key is left out.
 *
 * @param id - not empty, and yours to choose: the answer repeats it
 * @see `RequestFrame` of the official schemas
 *
 * @example
 * ```ts
 * import { chatAbort, requestFrame } from "@automna/protocol";
 *
 * const { method, params } = chatAbort("agent:main:main");
 * requestFrame("r7", method, params).params; // { sessionKey: "agent:main:main" }
 * ```
 */
declare function requestFrame(id: string, method: string, params?: unknown): RequestFrame;
/**
 * The text of a request frame, ready for the socket. The parameters are those of {@link requestFrame}.
 *
 * @throws TypeError when `params` cannot be written as JSON: a cycle, a `bigint`
 *
 * @example
 * ```ts
 * import { encodeRequest, modelsList } from "@automna/protocol";
 *
 * const { method, params } = modelsList();
 * encodeRequest("r1", method, params); // '{"type":"req","id":"r1","method":"models.list","params":{}}'
 * ```
 */
declare function encodeRequest(id: string, method: string, params?: unknown): string;
/**
 * Bytes that a frame takes on the wire (UTF-8), to compare with `hello.policy.maxPayload` before sending: a larger one
 * closes the connection with 1009.
 *
 * @example
 * ```ts
 * import { chatSend, encodeRequest, frameBytes } from "@automna/protocol";
 *
 * frameBytes("né"); // 3
 * const { method, params } = chatSend(3, { sessionKey: "agent:main:main", message: "Hi", idempotencyKey: "k1" });
 * frameBytes(encodeRequest("r1", method, params)) < 512 * 1024; // true
 * ```
 */
declare function frameBytes(text: string): number;
/** Stable reason of an advice, for programs and translations. */
type AdviceCode =
  | "token-mismatch"
  | "token-missing"
  | "password-mismatch"
  | "password-missing"
  | "device-token-mismatch"
  | "scope-mismatch"
  | "unauthorized"
  | "gateway-auth-misconfigured"
  | "rate-limited"
  | "pairing-required"
  | "device-identity-required"
  | "device-proof-rejected"
  | "origin-not-allowed"
  | "protocol-mismatch"
  | "client-outdated"
  | "invalid-connect"
  | "gateway-starting"
  | "gateway-restarting"
  | "gateway-stopped"
  | "gateway-unavailable"
  | "policy-changed"
  | "slow-consumer"
  | "frame-too-large"
  | "tick-timeout"
  | "handshake-timeout"
  | "connection-lost"
  | "connection-refused"
  | "missing-scope"
  | "unknown-method"
  | "idempotency-conflict"
  | "agent-timeout"
  | "not-linked"
  | "invalid-request";
/** What every advice tells; `adviceSentence` puts it into words. */
type Told = {
  code: AdviceCode;
  /** The gateway's own words, where no code says more. */
  detail?: string;
};
/**
 * What the client must do after a connection was refused or lost.
 *
 * - `retry`: connect again with backoff. With `once`, a second refusal of the same kind means stop.
 * - `retry-after`: wait at least `retryAfterMs`, then connect again.
 * - `refresh-token`: ask the token provider for another credential; without one, or with the same one, stop.
 * - `pair`: somebody must approve this device; look again every `retryAfterMs`, or when the person asks.
 * - `stop`: nothing but a change by a person helps.
 */
type ConnectAdvice = Told &
  (
    | {
        action: "retry";
        once?: true;
      }
    | {
        action: "retry-after";
        retryAfterMs: number;
      }
    | {
        action: "refresh-token";
        /** The gateway would accept this device's own token instead: worth one try. */
        canRetryWithDeviceToken?: boolean;
      }
    | {
        action: "pair";
        retryAfterMs: number;
        requestId?: string;
        reason?: string;
      }
    | {
        action: "stop";
        expectedProtocol?: number;
        missingScope?: string;
      }
  );
/** What the client must do with a refused request on a live connection. */
type RequestAdvice = Exclude<
  ConnectAdvice,
  {
    action: "refresh-token";
  }
>;
/** A WebSocket close. */
type CloseInfo = {
  code: number;
  reason?: string;
};
/** The payload of the `shutdown` event that came before a close, if one did. */
type ShutdownNotice = {
  reason: string;
  restartExpectedMs?: number;
};
/** What is known beside a close. */
type CloseContext = {
  /** True until hello-ok. */
  handshake: boolean;
  /** The error of the refused `connect`, when its answer arrived. */
  error?: GatewayErrorShape | undefined;
  shutdown?: ShutdownNotice | undefined;
};
/** How often an unapproved device looks again, milliseconds. */
declare const PAIRING_POLL_MS = 15000;
/**
 * A sentence for the person: what happened and what to do. English; translate by `code`. It lives apart from the advice,
 * so that a page with words of its own does not load these.
 *
 * @example
 * ```ts
 * import { adviceSentence, adviseOnConnectError } from "@automna/protocol";
 *
 * adviceSentence(adviseOnConnectError({ code: "NOT_PAIRED", message: "pairing required" }));
 * // "This device waits for approval. Approve it on the gateway; this page then connects by itself."
 * ```
 */
declare function adviceSentence(
  advice: Told & {
    expectedProtocol?: number;
    missingScope?: string;
  },
): string;
/**
 * What a payload parser answers: the value, or the reason why it is not one.
 *
 * Parsers never throw. They are lenient when reading: unknown keys are ignored, an optional field of the wrong
 * type counts as absent, and only a missing identity (a run id, a session key, ...) makes a payload invalid.
 */
type Parsed<T> =
  | {
      ok: true;
      value: T;
    }
  | {
      ok: false;
      reason: string;
    };
type AgentEventBase = {
  runId: string;
  sessionKey?: string;
  agentId?: string;
  /** Counts from 1 per run; events meant for others keep their numbers, so a gap proves nothing. */
  seq: number;
  /** Milliseconds since the epoch. */
  ts?: number;
  isHeartbeat?: boolean;
  /** The whole of `data` as it came. */
  data: Record<string, unknown>;
};
/** How a run stands. `model` with nulls says that no model is working; `finishing` comes before the last `end`. */
type LifecyclePhase = "start" | "model" | "finishing" | "end" | "error" | (string & {});
type StreamFields = {
  lifecycle: {
    phase: LifecyclePhase;
    /** Milliseconds since the epoch. */
    startedAt?: number;
    /** Milliseconds since the epoch. */
    endedAt?: number;
    error?: string;
    aborted?: boolean;
    stopReason?: string;
    provider?: string;
    model?: string;
  };
  /** The text so far; on version 3 with every token. */
  assistant: {
    text?: string;
    delta?: string;
    itemId?: string;
    replace?: boolean;
  };
  thinking: {
    text?: string;
    delta?: string;
  };
  /** A tool call as it runs. Version 3 sends these only while the session's verbose level is `on`. */
  tool: {
    phase: "start" | "update" | "result";
    toolCallId: string;
    name: string;
    /** With `start`. */
    args?: unknown;
    /** With `update`. */
    partialResult?: unknown;
    /** With `result`. */
    result?: unknown;
    isError?: boolean;
    /** A short description of what was done. */
    meta?: string;
  };
  /** Version 4: what the run does, for people. */
  item: {
    phase: string;
    kind: string;
    itemId?: string;
    toolCallId?: string;
    name?: string;
    title?: string;
    status?: string;
    progressText?: string;
  };
  command_output: {
    phase: string;
    toolCallId?: string;
    itemId?: string;
    title?: string;
    output?: string;
    status?: string;
    exitCode?: number;
    /** Milliseconds. */
    durationMs?: number;
  };
  run_status: {
    phase: string;
    message?: string;
    attempt?: number;
    maxAttempts?: number;
    /** How long until the next try, milliseconds. */
    delayMs?: number;
    reason?: string;
  };
  usage: {
    outputTokens?: number;
  };
  compaction: {
    phase?: string;
  };
  error: {
    reason?: string;
  };
};
type KnownStream = keyof StreamFields;
/** An `agent` event: what happens inside a run. */
type AgentEvent = AgentEventBase &
  (
    | {
        [S in KnownStream]: {
          stream: S;
        } & StreamFields[S];
      }[KnownStream]
    | {
        stream: "unknown";
        sourceStream: string;
      }
  );
/**
 * Reads the payload of an `agent` event. A stream that this package does not know becomes
 * `{ stream: "unknown", sourceStream }`, and so does one whose data cannot be read. Not ok without `runId` and `stream`.
 *
 * @see `AgentEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseAgentEvent } from "@automna/protocol";
 *
 * const data = { phase: "start", toolCallId: "t1", name: "exec", args: { command: "ls" } };
 * const parsed = parseAgentEvent({ runId: "r1", seq: 3, stream: "tool", data });
 * if (parsed.ok && parsed.value.stream === "tool") parsed.value.args; // { command: "ls" }
 * ```
 */
declare function parseAgentEvent(payload: unknown): Parsed<AgentEvent>;
/**
 * The text of a tool result or partial result: both versions wrap it as `{ content: [{ type: "text", text }] }`. `""` for
 * what holds no text; the texts of several blocks stand on lines of their own.
 *
 * @param result - `result` or `partialResult` of a `tool` event ({@link parseAgentEvent})
 *
 * @example
 * ```ts
 * import { toolResultText } from "@automna/protocol";
 *
 * toolResultText({ content: [{ type: "text", text: "3 files" }] }); // "3 files"
 * toolResultText(undefined); // ""
 * ```
 */
declare function toolResultText(result: unknown): string;
/** What a person can answer. */
type ApprovalDecision = "allow-once" | "allow-always" | "deny";
/** Who asks: a command (`exec`), a plugin, or the gateway's own agent. */
type ApprovalKind = "exec" | "plugin" | "system-agent";
/** Where a request stands. Only `pending` can still be answered. */
type ApprovalStatus = "pending" | "allowed" | "denied" | "expired" | "cancelled";
/** Something that an agent wants to do and may not without a person. */
type Approval = {
  id: string;
  kind: ApprovalKind;
  status: ApprovalStatus;
  /** The command, or the plugin's title. */
  title: string;
  description?: string;
  detail?: string;
  warning?: string;
  severity?: string;
  cwd?: string;
  host?: string;
  agentId?: string;
  sessionKey?: string;
  toolName?: string;
  allowedDecisions: ApprovalDecision[];
  decision?: ApprovalDecision;
  /** Milliseconds since the epoch, the gateway's clock; so is `expiresAtMs`. */
  createdAtMs?: number;
  /** Absent: it waits until somebody answers. */
  expiresAtMs?: number;
};
/** An approval that was asked for or settled. */
type ApprovalEvent =
  | {
      phase: "requested";
      approval: Approval;
    }
  | {
      phase: "resolved";
      id: string;
      kind: ApprovalKind;
      decision?: ApprovalDecision;
      resolvedBy?: string;
    };
/**
 * Reads one approval: a live event, an item of `exec.approval.list` or `plugin.approval.list`, or a version 4 snapshot.
 * Times are milliseconds since the epoch, by the gateway's clock. Where the gateway names no decisions, all three are
 * allowed. Not ok without `id`.
 *
 * @param kind - what it is when the payload does not say so
 * @see `ApprovalSnapshot` of the official schemas
 *
 * @example
 * ```ts
 * import { parseApproval } from "@automna/protocol";
 *
 * const parsed = parseApproval({ id: "a1", request: { command: "rm -r build", cwd: "/srv" }, expiresAtMs: 60_000 });
 * if (parsed.ok) parsed.value.title; // "rm -r build"
 * ```
 */
declare function parseApproval(payload: unknown, kind?: ApprovalKind): Parsed<Approval>;
/**
 * Reads the answer to `exec.approval.list` or `plugin.approval.list`: a bare array, or one under `approvals`. Items that
 * cannot be read are left out.
 *
 * @param kind - which of the two was asked
 *
 * @example
 * ```ts
 * import { parseApprovalList } from "@automna/protocol";
 *
 * const parsed = parseApprovalList([{ id: "a1", request: { title: "Post the report" } }], "plugin");
 * if (parsed.ok) parsed.value.map((approval) => `${approval.kind}: ${approval.title}`); // ["plugin: Post the report"]
 * ```
 */
declare function parseApprovalList(payload: unknown, kind: ApprovalKind): Parsed<Approval[]>;
/** The events that {@link parseApprovalEvent} reads. */
type ApprovalEventName = `${"exec" | "plugin"}.approval.${"requested" | "resolved"}` | "session.approval";
/**
 * Reads the payload of an approval event of either version: it says that something was asked for, or that it was settled,
 * by whomever. `session.approval` (version 4) says both.
 *
 * @param event - the frame's `event`
 * @see `SessionApprovalEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseApprovalEvent } from "@automna/protocol";
 *
 * const parsed = parseApprovalEvent("exec.approval.resolved", { id: "a1", decision: "deny" });
 * if (parsed.ok) parsed.value; // { phase: "resolved", id: "a1", kind: "exec", decision: "deny" }
 * ```
 */
declare function parseApprovalEvent(event: ApprovalEventName, payload: unknown): Parsed<ApprovalEvent>;
/** A file that a run produced (version 4). */
type ArtifactSummary = {
  id: string;
  type: string;
  title: string;
  mimeType?: string;
  sizeBytes?: number;
  messageSeq?: number;
  download: "bytes" | "url" | "unsupported" | (string & {});
};
/** The content of an artifact: inline, or behind a link that expires. */
type ArtifactDownload = {
  artifact: ArtifactSummary;
  encoding?: string;
  data?: string;
  url?: string;
  /** ISO 8601. */
  expiresAt?: string;
};
/**
 * Reads the answer to `artifacts.list` ({@link artifactsList}, version 4). `download` says how the content can be had;
 * where the gateway does not say it is `unsupported`. `sizeBytes` is in bytes.
 *
 * @see `ArtifactsListResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseArtifacts } from "@automna/protocol";
 *
 * const chart = { id: "art-1", type: "image", title: "chart.png", sizeBytes: 48_213, download: { mode: "bytes" } };
 * const parsed = parseArtifacts({ artifacts: [chart] });
 * if (parsed.ok) parsed.value.filter(({ download }) => download !== "unsupported").length; // 1
 * ```
 */
declare function parseArtifacts(payload: unknown): Parsed<ArtifactSummary[]>;
/**
 * Reads the answer to `artifacts.download` ({@link artifactsDownload}, version 4): `data` in `encoding` (`base64`), or a
 * `url` that is good until `expiresAt` (ISO 8601). Not ok without the artifact itself.
 *
 * @see `ArtifactsDownloadResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseArtifactDownload } from "@automna/protocol";
 *
 * const artifact = { id: "art-1", type: "image", title: "chart.png", mimeType: "image/png" };
 * const parsed = parseArtifactDownload({ artifact, encoding: "base64", data: "iVBORw0KGgo=" });
 * if (parsed.ok) `data:${parsed.value.artifact.mimeType};${parsed.value.encoding},`; // "data:image/png;base64,"
 * ```
 */
declare function parseArtifactDownload(payload: unknown): Parsed<ArtifactDownload>;
/** The protocol versions that this package speaks: 3 (Clawdbot) and 4 (OpenClaw). */
type ProtocolVersion = 3 | 4;
/** Lowest and highest version; both gateways accept exactly this range. */
declare const PROTOCOL_RANGE: {
  readonly min: 3;
  readonly max: 4;
};
/**
 * Whether a version number is one of ours, as a type guard.
 *
 * @example
 * ```ts
 * import { isSupportedProtocol, questionList } from "@automna/protocol";
 *
 * const announced: number = 4;
 * const call = isSupportedProtocol(announced) ? questionList(announced) : null;
 * call?.method; // "question.list"
 * ```
 */
declare function isSupportedProtocol(version: number): version is ProtocolVersion;
/** A refused version range: what the gateway wants, when it said so. */
type ProtocolMismatch = {
  expectedProtocol?: number;
  /** True when this package speaks the wanted version and one retry with exactly that version can succeed. */
  canSpeakExpected: boolean;
};
/**
 * Reads a `protocol mismatch` refusal; `null` for any other error. Without `expectedProtocol` the gateway did not say what
 * it wants, and no other version is worth a try.
 *
 * @example
 * ```ts
 * import { readProtocolMismatch } from "@automna/protocol";
 *
 * const details = { code: "PROTOCOL_MISMATCH", expectedProtocol: 5 };
 * readProtocolMismatch({ code: "INVALID_REQUEST", message: "protocol mismatch", details });
 * // { expectedProtocol: 5, canSpeakExpected: false }
 * ```
 */
declare function readProtocolMismatch(error: GatewayErrorShape): ProtocolMismatch | null;
/**
 * The version that a challenge hints at: only version 4 lists capabilities in it. A hint, never proof: hello-ok
 * decides.
 *
 * @example
 * ```ts
 * import { hintProtocol } from "@automna/protocol";
 *
 * hintProtocol({ capabilities: ["model-catalog-snapshot"] }); // 4
 * hintProtocol({}); // 3
 * ```
 */
declare function hintProtocol(challenge: { capabilities?: readonly string[] }): ProtocolVersion;
/** What hello-ok says about session keys (`snapshot.sessionDefaults`). */
type SessionDefaults = {
  defaultAgentId: string;
  mainKey: string;
  mainSessionKey: string;
  /** `global` when all agents share one main session. */
  scope?: string;
};
/** The defaults of a gateway that announces none. */
declare const DEFAULT_SESSION_DEFAULTS: SessionDefaults;
/**
 * The one canonical form of a session key: lower-case `agent:<agentId>:<rest>`, with every name of the main session
 * (`""`, `main`, the configured main key, `agent:<default>:main`) becoming the gateway's own `mainSessionKey`.
 *
 * Version 3 stores a turn that was sent to an alias under the alias, where `chat.history` never finds it, so every key
 * must pass here before it is sent or compared. Idempotent.
 *
 * @param defaults - `hello.sessionDefaults`
 *
 * @example
 * ```ts
 * import { canonicalSessionKey } from "@automna/protocol";
 *
 * canonicalSessionKey("main"); // "agent:main:main"
 * canonicalSessionKey("Trip to Rome"); // "agent:main:trip to rome"
 * ```
 */
declare function canonicalSessionKey(key: string, defaults?: SessionDefaults): string;
/**
 * Whether two keys name the same session, however they are spelled.
 *
 * @param defaults - `hello.sessionDefaults`
 *
 * @example
 * ```ts
 * import { isSameSession } from "@automna/protocol";
 *
 * isSameSession("Trip", "agent:main:trip"); // true
 * const defaults = { defaultAgentId: "ops", mainKey: "main", mainSessionKey: "agent:ops:main" };
 * isSameSession("agent:ops:main", "main", defaults); // true
 * ```
 */
declare function isSameSession(a: string, b: string, defaults?: SessionDefaults): boolean;
/**
 * The agent that a key belongs to; `null` for the shared `global` and `unknown` sessions.
 *
 * @param defaults - `hello.sessionDefaults`
 *
 * @example
 * ```ts
 * import { agentOfSession } from "@automna/protocol";
 *
 * agentOfSession("agent:ops:trip"); // "ops"
 * agentOfSession("trip"); // "main"
 * agentOfSession("global"); // null
 * ```
 */
declare function agentOfSession(key: string, defaults?: SessionDefaults): string | null;
/**
 * The form for people: `main` for the main session, the part after the agent for the default agent's sessions, the
 * whole key otherwise. {@link canonicalSessionKey} turns it back into the same session.
 *
 * @param defaults - `hello.sessionDefaults`
 *
 * @example
 * ```ts
 * import { shortSessionKey } from "@automna/protocol";
 *
 * shortSessionKey("agent:main:trip"); // "trip"
 * shortSessionKey("agent:ops:trip"); // "agent:ops:trip"
 * ```
 */
declare function shortSessionKey(key: string, defaults?: SessionDefaults): string;
/** The first event of every connection. */
type ConnectChallenge = {
  nonce: string;
  /** The gateway's clock, milliseconds. */
  ts: number;
  /** Version 4 only. */
  capabilities?: string[];
};
/** Limits that the gateway announces. */
type GatewayPolicy = {
  /** Largest inbound frame, bytes. A larger one closes the connection with 1009. */
  maxPayload: number;
  /** Bytes that the gateway buffers for a slow reader before it closes with 1008. */
  maxBufferedBytes: number;
  /** Milliseconds between ticks. No frame for twice this time means that the connection is dead. */
  tickIntervalMs: number;
  /** Decoded bytes per attachment. */
  attachments: {
    maxBytes: number;
    maxImageBytes: number;
  };
};
/** What hello-ok says, the same for both versions. */
type HelloOk = {
  protocol: ProtocolVersion;
  server: {
    version: string;
    connId: string;
    bootId?: string;
    buildId?: string;
  };
  /** Incomplete on both versions: `chat.inject` and `sessions.resolve` work unlisted. */
  features: {
    methods: string[];
    events: string[];
    capabilities: string[];
  };
  policy: GatewayPolicy;
  sessionDefaults: SessionDefaults & {
    modelConfigured?: boolean;
  };
  /** Milliseconds since the gateway's start. */
  uptimeMs: number;
  auth: {
    role?: string;
    scopes?: string[];
    deviceToken?: string;
    issuedAtMs?: number;
    method?: string;
  };
  /** Version 4: whether new work is accepted. */
  suspension?: string;
  authMode?: string;
  snapshot: {
    presence: unknown[];
    health: unknown;
    stateVersion?: {
      presence: number;
      health: number;
    };
  };
};
/**
 * Reads the payload of `connect.challenge`, the first frame of every connection. Not ok without `nonce` and `ts`.
 *
 * @example
 * ```ts
 * import { hintProtocol, parseChallenge } from "@automna/protocol";
 *
 * const parsed = parseChallenge({ nonce: "n1", ts: 1_700_000_000_000, capabilities: ["model-catalog-snapshot"] });
 * if (parsed.ok) hintProtocol(parsed.value); // 4
 * ```
 */
declare function parseChallenge(payload: unknown): Parsed<ConnectChallenge>;
/**
 * Reads the payload of the answer to `connect`, filling in the limits and session keys that a gateway leaves out.
 * `uptimeMs` is 0 where it does not say. Not ok for a protocol that this package does not speak.
 *
 * @see `HelloOk` of the official schemas
 *
 * @example
 * ```ts
 * import { parseHello } from "@automna/protocol";
 *
 * const server = { version: "2026.9.6", connId: "c1", bootId: "b1" };
 * const parsed = parseHello({ type: "hello-ok", protocol: 4, server });
 * if (parsed.ok) parsed.value.policy.tickIntervalMs; // 30_000
 * parseHello({ type: "hello-ok", protocol: 5, server }); // { ok: false, reason: "protocol 5 is not supported" }
 * ```
 */
declare function parseHello(payload: unknown): Parsed<HelloOk>;
/**
 * Which start of the gateway this is. Runs, dedupe memory and version 3's idempotency keys do not outlive a boot, so
 * the outbox keeps it with every sent message.
 */
type BootIdentity =
  | {
      kind: "id";
      bootId: string;
    }
  | {
      kind: "started-at";
      startedAtSeconds: number;
    };
/**
 * The boot behind a hello: version 4 names it, version 3 is told by its start time.
 *
 * @param now - the clock at which the hello arrived, milliseconds
 *
 * @example
 * ```ts
 * import { bootIdentity } from "@automna/protocol";
 *
 * const boot = bootIdentity(hello, Date.now());
 * const sent = { idempotencyKey: crypto.randomUUID(), boot }; // kept with the message until the history shows it
 * ```
 */
declare function bootIdentity(hello: HelloOk, now: number): BootIdentity;
/**
 * Whether two boot identities are the same start; a computed start time may be off by two seconds. After another boot a
 * version 3 gateway no longer knows which keys it has run, so a message may not simply be sent again.
 *
 * @example
 * ```ts
 * import { sameBoot } from "@automna/protocol";
 *
 * sameBoot({ kind: "id", bootId: "b-1" }, { kind: "id", bootId: "b-2" }); // false
 * const before = { kind: "started-at", startedAtSeconds: 1_700_000_000 } as const;
 * sameBoot(before, { kind: "started-at", startedAtSeconds: 1_700_000_002 }); // true
 * ```
 */
declare function sameBoot(a: BootIdentity, b: BootIdentity): boolean;
/**
 * Whether hello-ok lists a method. `false` proves nothing for `chat.inject` and `sessions.resolve`, which both gateways
 * know without listing them.
 *
 * @param method - as the gateway spells it, not the name of a builder
 *
 * @example
 * ```ts
 * import { artifactsList, listsMethod } from "@automna/protocol";
 *
 * const canList = listsMethod(hello, "artifacts.list");
 * const call = canList ? artifactsList(hello.protocol, "agent:main:main") : null;
 * ```
 */
declare function listsMethod(hello: HelloOk, method: string): boolean;
/** A request that is ready for `encodeRequest`. */
type Call = {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
};
/** A thinking level that a model offers. */
type ThinkingLevel = {
  id: string;
  label: string;
};
/** A session as lists, history and events tell it. */
type SessionSummary = {
  key: string;
  sessionId?: string;
  kind?: string;
  agentId?: string;
  label?: string;
  displayName?: string;
  derivedTitle?: string;
  lastMessagePreview?: string;
  /** Milliseconds since the epoch; so is `createdAt`. */
  updatedAt?: number;
  createdAt?: number;
  thinkingLevel?: string;
  verboseLevel?: string;
  reasoningLevel?: string;
  thinkingLevels: ThinkingLevel[];
  modelProvider?: string;
  model?: string;
  inputTokens?: number;
  outputTokens?: number;
  totalTokens?: number;
  contextTokens?: number;
  /** US dollars. */
  estimatedCostUsd?: number;
  abortedLastRun?: boolean;
  /** Version 4: `queued`, `running`, `done`, `failed`, `killed`, `timeout`. */
  status?: string;
  lastRunId?: string;
  lastRunError?: string;
  hasActiveRun?: boolean;
  activeRunIds: string[];
  unread?: boolean;
  /** Version 4: when somebody last said something, milliseconds. Changes of settings and marks do not move it. */
  lastInteractionAt?: number;
  /** Version 4: when a person marked it as unread by hand, milliseconds. Reading it does not take that back. */
  markedUnreadAt?: number;
  pinned?: boolean;
  archived?: boolean;
  isMain?: boolean;
  isBackground?: boolean;
  /** Changes with every reset. */
  lifecycleRevision?: string;
  activeLeafEntryId?: string;
};
/** What new sessions start with. */
type SessionListDefaults = {
  modelProvider?: string;
  model?: string;
  contextTokens?: number;
};
/** One page of the sessions, and whether there are more. */
type SessionList = {
  sessions: SessionSummary[];
  count?: number;
  totalCount?: number;
  hasMore: boolean;
  nextOffset?: number;
  defaults?: SessionListDefaults;
};
/** The last items of a session. On version 3 a user item ends with the id of its send, see {@link splitMessageHint}. */
type SessionPreview = {
  key: string;
  status: "ok" | "empty" | "missing" | "error" | "cold" | (string & {});
  items: {
    role: string;
    text: string;
  }[];
};
/** The answer to a change of a session. */
type SessionChange = {
  key: string;
  sessionId?: string;
  entry?: SessionSummary;
  /** Version 4: what the session now runs with. */
  resolved?: {
    modelProvider?: string;
    model?: string;
    thinkingLevel?: string;
    thinkingLevels: ThinkingLevel[];
  };
  /** `sessions.create`: whether the first message was started, and as which run. */
  runStarted?: boolean;
  runId?: string;
  /** `sessions.delete`. */
  deleted?: boolean;
  /** `sessions.compact`: whether anything was compacted, and why not. */
  compacted?: boolean;
  reason?: string;
};
/**
 * Reads the answer to `sessions.list` ({@link sessionsList}). Rows without a key are left out; not ok without `sessions`.
 *
 * @example
 * ```ts
 * import { parseSessionList } from "@automna/protocol";
 *
 * const row = { key: "agent:main:trip", derivedTitle: "A trip to Rome", updatedAt: 1_700_000_000_000 };
 * const parsed = parseSessionList({ sessions: [row, {}], hasMore: true, nextOffset: 50 });
 * if (parsed.ok) parsed.value.sessions.map((session) => session.derivedTitle); // ["A trip to Rome"]
 * ```
 */
declare function parseSessionList(payload: unknown): Parsed<SessionList>;
/**
 * Reads the answer to `sessions.preview` ({@link sessionsPreview}).
 *
 * @example
 * ```ts
 * import { parseSessionPreviews, splitMessageHint } from "@automna/protocol";
 *
 * const items = [{ role: "user", text: "Hello\n[message_id: k1]" }];
 * const parsed = parseSessionPreviews({ previews: [{ key: "agent:main:main", status: "ok", items }] });
 * const found = parsed.ok && parsed.value[0]?.items.some(({ text }) => splitMessageHint(text).messageId === "k1");
 * found; // true
 * ```
 */
declare function parseSessionPreviews(payload: unknown): Parsed<SessionPreview[]>;
/**
 * Reads the answer to `sessions.patch`, `.reset`, `.create`, `.delete` and `.compact`. Not ok without `key`; what an answer
 * does not speak of is absent.
 *
 * @see `SessionsCreateResult` and `SessionsDeleteResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseSessionChange } from "@automna/protocol";
 *
 * const parsed = parseSessionChange({ ok: true, key: "agent:main:trip", entry: { sessionId: "1f0c", label: "Rome" } });
 * if (parsed.ok) parsed.value.entry?.label; // "Rome"
 * ```
 */
declare function parseSessionChange(payload: unknown): Parsed<SessionChange>;
/**
 * Reads the answer to `sessions.resolve` ({@link sessionsResolve}): the key, or `null` when there is no such session.
 *
 * @see `SessionsResolveResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseResolvedSession } from "@automna/protocol";
 *
 * parseResolvedSession({ ok: true, key: "agent:main:trip" }); // { ok: true, value: "agent:main:trip" }
 * parseResolvedSession({ ok: false }); // { ok: true, value: null }
 * ```
 */
declare function parseResolvedSession(payload: unknown): Parsed<string | null>;
/**
 * Splits the hint line off a preview text. Version 3 ends user items with `[message_id: <idempotencyKey>]`, the only
 * place where it tells whether a given send was stored.
 *
 * @example
 * ```ts
 * import { splitMessageHint } from "@automna/protocol";
 *
 * splitMessageHint("hello\n[message_id: k1]"); // { text: "hello", messageId: "k1" }
 * ```
 */
declare function splitMessageHint(text: string): {
  text: string;
  messageId?: string;
};
/** A model that the gateway can use. Version 3 lists every bundled one, version 4 the configured ones. */
type ModelChoice = {
  id: string;
  provider: string;
  name: string;
  alias?: string;
  /** Tokens. */
  contextWindow?: number;
  reasoning?: boolean;
  thinkingLevels: ThinkingLevel[];
  thinkingDefault?: string;
  /** Version 4; `undefined` means that the gateway did not say. */
  available?: boolean;
  unavailableReason?: string;
  input: string[];
  tags: string[];
};
/** One agent of the gateway, as `agents.list` describes it. */
type AgentSummary = {
  id: string;
  name?: string;
  emoji?: string;
  avatarUrl?: string;
  model?: string;
  thinkingLevels: ThinkingLevel[];
};
/** The gateway's agents, and which of them answers when nobody is named. */
type AgentList = {
  defaultId: string;
  mainKey: string;
  scope: string;
  agents: AgentSummary[];
};
/** How an agent presents itself: its name and its picture. */
type AgentIdentity = {
  agentId: string;
  name?: string;
  avatar?: string;
  emoji?: string;
};
/** A slash command (version 4). */
type CommandEntry = {
  name: string;
  description: string;
  textAliases: string[];
  category?: string;
  source?: string;
  acceptsArgs: boolean;
  args: {
    name: string;
    description?: string;
    required?: boolean;
    choices: {
      value: string;
      label: string;
    }[];
  }[];
};
/** Tokens and US dollars over some time. */
type UsageTotals = {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
  totalTokens?: number;
  totalCost?: number;
  /** Entries whose price is unknown, so that `totalCost` is too low. */
  missingCostEntries?: number;
};
/** What the gateway has used, day by day and together. */
type UsageCost = {
  /** Milliseconds since the epoch. */
  updatedAt?: number;
  days?: number;
  daily: (UsageTotals & {
    date: string;
  })[];
  totals: UsageTotals;
};
/**
 * Reads the answer to `models.list` ({@link modelsList}). A model without a name goes by its id; entries without `id` and
 * `provider` are left out. `contextWindow` is in tokens.
 *
 * @see `ModelsListResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseModels } from "@automna/protocol";
 *
 * const parsed = parseModels({ models: [{ id: "gpt-5", provider: "openai", contextWindow: 400_000 }] });
 * if (parsed.ok) parsed.value.map(({ provider, name }) => `${provider}/${name}`); // ["openai/gpt-5"]
 * ```
 */
declare function parseModels(payload: unknown): Parsed<ModelChoice[]>;
/**
 * Reads the answer to `agents.list` ({@link agentsList}). Not ok without `defaultId` and `agents`.
 *
 * @see `AgentsListResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseAgents } from "@automna/protocol";
 *
 * const agents = [{ id: "main", identity: { name: "Molly", emoji: "🦞" } }];
 * const parsed = parseAgents({ defaultId: "main", mainKey: "main", scope: "per-sender", agents });
 * if (parsed.ok) parsed.value.agents[0]?.name; // "Molly"
 * ```
 */
declare function parseAgents(payload: unknown): Parsed<AgentList>;
/**
 * Reads the answer to `agent.identity.get` ({@link agentIdentityGet}). `avatar` is what the gateway's owner wrote: a
 * letter, an emoji, or an address. Not ok without `agentId`.
 *
 * @see `AgentIdentityResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseAgentIdentity } from "@automna/protocol";
 *
 * const parsed = parseAgentIdentity({ agentId: "main", name: "Molly", avatar: "M" });
 * const shown = parsed.ok ? (parsed.value.name ?? parsed.value.agentId) : "Assistant";
 * shown; // "Molly"
 * ```
 */
declare function parseAgentIdentity(payload: unknown): Parsed<AgentIdentity>;
/**
 * Reads the answer to `commands.list` ({@link commandsList}, version 4). Entries without a name are left out.
 *
 * @see `CommandsListResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseCommands } from "@automna/protocol";
 *
 * const think = { name: "think", description: "Set the thinking level.", textAliases: ["/think", "/t"], acceptsArgs: true };
 * const parsed = parseCommands({ commands: [think] });
 * if (parsed.ok) parsed.value[0]?.textAliases; // ["/think", "/t"]
 * ```
 */
declare function parseCommands(payload: unknown): Parsed<CommandEntry[]>;
/**
 * Reads the answer to `usage.cost` ({@link usageCost}): tokens, US dollars, and `date` as `YYYY-MM-DD`. Where
 * `missingCostEntries` is greater than 0 the price of some was unknown, and `totalCost` is too low.
 *
 * @example
 * ```ts
 * import { parseUsageCost } from "@automna/protocol";
 *
 * const totals = { input: 1200, output: 80, totalTokens: 1280, totalCost: 0.012, missingCostEntries: 0 };
 * const parsed = parseUsageCost({ days: 1, daily: [{ date: "2026-09-06", ...totals }], totals });
 * if (parsed.ok) parsed.value.daily[0]?.totalCost; // 0.012
 * ```
 */
declare function parseUsageCost(payload: unknown): Parsed<UsageCost>;
/** One part of a message. A type that this package does not know keeps its source. */
type ContentBlock =
  | {
      type: "text";
      text: string;
    }
  | {
      type: "thinking";
      thinking: string;
    }
  | {
      type: "tool-call";
      id: string;
      name: string;
      arguments: unknown;
    }
  | {
      type: "image";
      data?: string;
      url?: string;
      mimeType?: string;
      artifactId?: string;
    }
  | {
      type: "unknown";
      sourceType: string;
      source: Record<string, unknown>;
    };
/** Who speaks in a row. `custom` and unknown roles become `other`. */
type MessageRole = "user" | "assistant" | "tool-result" | "system" | "other";
/** Tokens and cost of one model call. */
type MessageUsage = {
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
  totalTokens?: number;
  /** US dollars. */
  totalCost?: number;
};
/** What version 4 knows about a row (`__openclaw`). */
type MessageMeta = {
  /** Stable, but one stored record may give two rows with the same id. */
  id?: string;
  /** Position in the session, from 1. */
  seq?: number;
  runId?: string;
  /** A boundary row, not a message. */
  kind?: "compaction" | "reset" | (string & {});
  itemId?: string;
  steerTargetRunId?: string;
  /** See {@link isShortened}, which also knows the marks in the text. */
  truncated?: boolean;
  tokensBefore?: number;
  tokensAfter?: number;
  /** The whole of it as it came. */
  source: Record<string, unknown>;
};
/** A message in history or in an event, the same for both versions. */
type ChatMessage = {
  role: MessageRole;
  content: ContentBlock[];
  /** Milliseconds since the epoch. */
  timestamp?: number;
  stopReason?: string;
  errorMessage?: string;
  provider?: string;
  model?: string;
  usage?: MessageUsage;
  /** On tool results. */
  toolCallId?: string;
  toolName?: string;
  isError?: boolean;
  details?: unknown;
  /** As stored: version 4 writes `<key>:user` on user rows. See {@link sendKeyOf}. */
  idempotencyKey?: string;
  /** Rows that the gateway wrote itself say so here. */
  provenance?: {
    kind: string;
    sourceTool?: string;
  };
  /** Version 4: the row is the partial text of an aborted run. */
  abort?: {
    runId?: string;
  };
  /** Version 4: the row repeats text that was streamed before a tool call. */
  isStreamFallback?: boolean;
  meta?: MessageMeta;
};
/**
 * Reads message content: both versions send a string or a list of blocks. An empty text is no block; what is neither is
 * left out.
 *
 * @example
 * ```ts
 * import { readContent } from "@automna/protocol";
 *
 * readContent("Hello"); // [{ type: "text", text: "Hello" }]
 * const call = { type: "toolCall", id: "t1", name: "exec", arguments: { command: "ls" } };
 * readContent([call])[0]; // { type: "tool-call", id: "t1", name: "exec", arguments: { command: "ls" } }
 * ```
 */
declare function readContent(content: unknown): ContentBlock[];
/**
 * Reads one message row of either version. Only `role` is needed; a role that is not known here becomes `other`.
 *
 * @example
 * ```ts
 * import { parseMessage } from "@automna/protocol";
 *
 * const parsed = parseMessage({ role: "toolResult", content: "3 files", toolCallId: "t1", timestamp: 1_700_000_000_000 });
 * if (parsed.ok) parsed.value.role; // "tool-result"
 * ```
 */
declare function parseMessage(value: unknown): Parsed<ChatMessage>;
/**
 * The idempotency key of the send behind a user row (version 4), without the gateway's `:user` suffix. `null` for every
 * other row, and on version 3, whose rows have none: see {@link splitMessageHint}.
 *
 * @example
 * ```ts
 * import { sendKeyOf } from "@automna/protocol";
 *
 * const content = [{ type: "text", text: "Hello" }] as const;
 * sendKeyOf({ role: "user", content: [...content], idempotencyKey: "k1:user" }); // "k1"
 * sendKeyOf({ role: "user", content: [...content] }); // null
 * ```
 */
declare function sendKeyOf(message: ChatMessage): string | null;
/**
 * The text blocks of a message, joined by an empty line as the gateways do. `""` for a message of pictures and tools only.
 *
 * @example
 * ```ts
 * import { readContent, textOf } from "@automna/protocol";
 *
 * const content = readContent([{ type: "text", text: "One." }, { type: "thinking", thinking: "…" }, "Two."]);
 * textOf({ content }); // "One.\n\nTwo."
 * ```
 */
declare function textOf(message: Pick<ChatMessage, "content">): string;
/**
 * Whether the row was shortened on the way; on version 4 `chat.message.get` has the whole ({@link chatMessageGet}).
 *
 * @example
 * ```ts
 * import { isShortened, readContent } from "@automna/protocol";
 *
 * const content = readContent("It began in\n...(truncated)...");
 * isShortened({ role: "assistant", content }); // true
 * isShortened({ role: "assistant", content: readContent("All of it.") }); // false
 * ```
 */
declare function isShortened(message: ChatMessage): boolean;
/**
 * What the gateway says to `chat.send`. None of them is durable: a crash right after `started` loses the message.
 *
 * - `started`: a run begins; `runId` is the idempotency key.
 * - `in-flight`: the same key is running already.
 * - `done`: the same key has run already.
 * - `stopped`: the message was a stop word and ended `runIds` instead of starting a run.
 */
type SendAnswer =
  | {
      kind: "started" | "in-flight" | "done";
      runId: string;
    }
  | {
      kind: "stopped";
      runIds: string[];
    };
/** What `chat.abort` did. `aborted: false` is no error: the run was unknown or over. */
type AbortAnswer = {
  aborted: boolean;
  runIds: string[];
};
/** The whole of one message (version 4), or why it cannot be had. */
type MessageAnswer =
  | {
      kind: "message";
      message: ChatMessage;
    }
  | {
      kind: "unavailable";
      reason: "not_found" | "oversized" | "not_visible" | (string & {});
    };
/**
 * Reads the answer to `chat.send` ({@link chatSend}). A status that is not known counts as `started`.
 *
 * @example
 * ```ts
 * import { parseSendAnswer } from "@automna/protocol";
 *
 * const parsed = parseSendAnswer({ runId: "k1", status: "in_flight" });
 * if (parsed.ok) parsed.value; // { kind: "in-flight", runId: "k1" }
 * const stop = parseSendAnswer({ ok: true, aborted: true, runIds: ["k0"] }); // to a message that only said "stop"
 * if (stop.ok) stop.value; // { kind: "stopped", runIds: ["k0"] }
 * ```
 */
declare function parseSendAnswer(payload: unknown): Parsed<SendAnswer>;
/**
 * Reads the answer to `chat.abort` ({@link chatAbort}). `aborted: false` is no error: there was nothing to stop.
 *
 * @example
 * ```ts
 * import { parseAbortAnswer } from "@automna/protocol";
 *
 * const parsed = parseAbortAnswer({ ok: true, aborted: false, runIds: [] });
 * if (parsed.ok) parsed.value.aborted; // false
 * ```
 */
declare function parseAbortAnswer(payload: unknown): Parsed<AbortAnswer>;
/**
 * Reads the answer to `chat.message.get` ({@link chatMessageGet}, version 4). A message that cannot be had is no failure
 * of this parser: it says `unavailable` and why.
 *
 * @see `ChatMessageGetResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseMessageAnswer } from "@automna/protocol";
 *
 * const parsed = parseMessageAnswer({ ok: false, unavailableReason: "oversized" });
 * if (parsed.ok) parsed.value; // { kind: "unavailable", reason: "oversized" }
 * ```
 */
declare function parseMessageAnswer(payload: unknown): Parsed<MessageAnswer>;
type ChatEventBase = {
  /** On version 3 and for queued messages this can be a run that the client never started. */
  runId: string;
  sessionKey: string;
  /** Grows within a run, with gaps by design: only good for dropping older events. */
  seq: number;
  agentId?: string;
  spawnedBy?: string;
};
/** What went wrong in a run, as far as the gateway could tell. */
type ChatErrorKind = "refusal" | "timeout" | "rate_limit" | "context_length" | "unknown";
/** A try that failed and is being repeated (version 4). */
type ChatRetry = {
  attempt?: number;
  maxAttempts?: number;
  reason?: string;
};
/**
 * A `chat` event. `delta.text` is the whole text so far (version 3: since the last tool call), so it replaces, it never
 * appends; `null` means that only the increment `deltaText` came. A `final` without message does not mean "no answer":
 * read the history.
 */
type ChatEvent = ChatEventBase &
  (
    | {
        state: "status";
        phase: string;
        retry?: ChatRetry;
      }
    | {
        state: "delta";
        text: string | null;
        message?: ChatMessage;
        deltaText?: string;
      }
    | {
        state: "final";
        message?: ChatMessage;
        stopReason?: string;
        usage?: unknown;
        yielded?: boolean;
      }
    | {
        state: "aborted";
        message?: ChatMessage;
        stopReason?: string;
        errorMessage?: string;
      }
    | {
        state: "error";
        message?: ChatMessage;
        errorMessage?: string;
        errorKind: ChatErrorKind;
        errorDetail?: Record<string, unknown>;
        stopReason?: string;
      }
    | {
        state: "unknown";
        sourceState: string;
      }
  );
/**
 * Reads the payload of a `chat` event. Not ok without `runId`, `sessionKey` and `state`; a state that is not known here
 * becomes `{ state: "unknown", sourceState }`.
 *
 * @see `ChatEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseChatEvent } from "@automna/protocol";
 *
 * const parsed = parseChatEvent(frame.payload);
 * if (parsed.ok && parsed.value.state === "final") reloadHistory();
 * ```
 */
declare function parseChatEvent(payload: unknown): Parsed<ChatEvent>;
/**
 * The text of a run after a delta: the cumulative text when it came, else the previous text and the increment.
 *
 * @param previous - the text of the same run so far; `""` before its first delta
 *
 * @example
 * ```ts
 * import { textAfterDelta } from "@automna/protocol";
 *
 * const base = { runId: "r1", sessionKey: "agent:main:main", state: "delta" } as const;
 * textAfterDelta("Good", { ...base, seq: 3, text: null, deltaText: " morning" }); // "Good morning"
 * textAfterDelta("Good", { ...base, seq: 4, text: "Good evening" }); // "Good evening"
 * ```
 */
declare function textAfterDelta(
  previous: string,
  delta: ChatEvent & {
    state: "delta";
  },
): string;
/**
 * Whether the event ends its run: `final`, `aborted` or `error`. Only the history then says what was stored.
 *
 * @example
 * ```ts
 * import { isTerminal } from "@automna/protocol";
 *
 * const run = { runId: "r1", sessionKey: "agent:main:main", seq: 9 };
 * isTerminal({ ...run, state: "aborted", stopReason: "rpc" }); // true
 * isTerminal({ ...run, state: "status", phase: "retrying" }); // false
 * ```
 */
declare function isTerminal(event: ChatEvent): boolean;
/** An attachment as the gateways take it. */
type SendAttachment = {
  type: "image" | "file";
  mimeType: string;
  fileName: string;
  /** Base64. Version 3 takes images only, and the whole frame must stay under `policy.maxPayload`. */
  content: string;
};
/** What {@link chatSend} takes. Fields marked "version 4" are left out on version 3. */
type ChatSend = {
  sessionKey: string;
  message: string;
  /** The send identity; it becomes the run's id and never changes across retries. */
  idempotencyKey: string;
  /** Thinking level for this turn. */
  thinking?: string;
  /** `false`: do not also send the answer to the session's channel. */
  deliver?: boolean;
  attachments?: readonly SendAttachment[];
  /** Milliseconds. Version 3 only moves the run's expiry and does not stop the model. */
  timeoutMs?: number;
  /** Version 4: what happens while another run is active; `steer` by default. */
  queueMode?: "steer" | "followup" | "collect" | "interrupt";
  /** Version 4: the message that this one answers. */
  replyToId?: string;
  /** Version 4: refuse when the conversation went on elsewhere. */
  expectedLeafEntryId?: string | null;
  /** Version 4: take a leading `/` as text. */
  suppressCommandInterpretation?: boolean;
};
/**
 * `chat.send`. Version 3 refuses an empty text, so one with attachments becomes a space there. {@link parseSendAnswer}
 * reads the answer, which comes before anything is stored: a crash right after it loses the message. Sent again with the
 * same `idempotencyKey`, within some minutes and the same boot, it is not run twice.
 *
 * @see `ChatSendParams` of the official schemas
 *
 * @example
 * ```ts
 * import { chatSend } from "@automna/protocol";
 *
 * const send = { sessionKey: "agent:main:main", message: "Hello", idempotencyKey: "k1", queueMode: "steer" } as const;
 * chatSend(4, send).params; // { sessionKey: "agent:main:main", message: "Hello", idempotencyKey: "k1", queueMode: "steer" }
 * chatSend(3, send).params; // { sessionKey: "agent:main:main", message: "Hello", idempotencyKey: "k1" }
 * ```
 */
declare function chatSend(protocol: ProtocolVersion, send: ChatSend): Call;
/** Largest page that both versions give, rows. */
declare const HISTORY_LIMIT_MAX = 1000;
/** Longest text per row that version 4's history gives before it shortens it, characters. */
declare const HISTORY_CHARS_MAX = 500000;
/** Longest text that version 4's `chat.message.get` gives, characters. */
declare const MESSAGE_CHARS_MAX = 2000000;
/** What {@link chatHistory} takes. Everything but `limit` is for version 4 and left out on version 3. */
type HistoryQuery = {
  sessionKey: string;
  /** Rows, 1 to {@link HISTORY_LIMIT_MAX}. */
  limit?: number;
  /** Rows to leave out at the end: the way to older pages. */
  offset?: number;
  /** `deltaCursor` of an earlier answer: only what is new. */
  cursor?: string;
  /** Sends whose custody the answer shall tell. */
  inputRunIds?: readonly string[];
  /** Characters per row, {@link HISTORY_CHARS_MAX} by default. */
  maxChars?: number;
  sessionId?: string;
};
/**
 * `chat.history`. {@link parseHistory} reads the answer; with a `cursor` it is {@link parseHistoryCatchUp}. A limit out of
 * range becomes the nearest one that both gateways take.
 *
 * @see `ChatHistoryParams` of the official schemas
 *
 * @example
 * ```ts
 * import { chatHistory } from "@automna/protocol";
 *
 * const query = { sessionKey: "agent:main:main", limit: 200, offset: 200 }; // the page before the newest one
 * chatHistory(3, query).params; // { sessionKey: "agent:main:main", limit: 200 }
 * chatHistory(4, query).params; // { sessionKey: "agent:main:main", limit: 200, offset: 200, maxChars: 500_000 }
 * ```
 */
declare function chatHistory(protocol: ProtocolVersion, query: HistoryQuery): Call;
/**
 * `chat.abort`: one run, or all of the session's without `runId`. {@link parseAbortAnswer} reads the answer. Version 3
 * compares the key letter by letter, so pass it as {@link canonicalSessionKey} gives it.
 *
 * @param runId - the idempotency key of the send, or the `runId` of an event
 * @see `ChatAbortParams` of the official schemas
 *
 * @example
 * ```ts
 * import { canonicalSessionKey, chatAbort } from "@automna/protocol";
 *
 * chatAbort(canonicalSessionKey("main"), "k1").params; // { sessionKey: "agent:main:main", runId: "k1" }
 * ```
 */
declare function chatAbort(sessionKey: string, runId?: string): Call;
/**
 * `chat.inject`: puts a note into a session that exists, without asking the model. Needs the scope `operator.admin` on
 * both versions. It comes back as a `final` of a run that nobody started.
 *
 * @param label - stands above the note in brackets
 * @see `ChatInjectParams` of the official schemas
 *
 * @example
 * ```ts
 * import { chatInject } from "@automna/protocol";
 *
 * const { params } = chatInject("agent:main:main", "The build is green.", "CI");
 * params; // { sessionKey: "agent:main:main", message: "The build is green.", label: "CI" }
 * ```
 */
declare function chatInject(sessionKey: string, message: string, label?: string): Call;
/**
 * `chat.message.get`: the whole of a row that the history shortened ({@link isShortened}), up to
 * {@link MESSAGE_CHARS_MAX}. {@link parseMessageAnswer} reads the answer. `null` on version 3, which never shortens.
 *
 * @param messageId - `meta.id` of the row
 * @see `ChatMessageGetParams` of the official schemas
 *
 * @example
 * ```ts
 * import { chatMessageGet, isShortened, parseMessage } from "@automna/protocol";
 *
 * const row = { role: "assistant", content: "...(truncated)...", __openclaw: { id: "m-17" } };
 * const message = parseMessage(row);
 * const id = message.ok && isShortened(message.value) ? message.value.meta?.id : undefined;
 * const call = id === undefined ? null : chatMessageGet(4, "agent:main:main", id);
 * call?.method; // "chat.message.get"
 * ```
 */
declare function chatMessageGet(
  protocol: ProtocolVersion,
  sessionKey: string,
  messageId: string,
): Call | null;
/** The `device` field of a connect frame. */
type DeviceProof = {
  /** Hex SHA-256 of the raw public key. */
  id: string;
  /** The raw 32 bytes, base64url. */
  publicKey: string;
  /** Ed25519 over {@link connectSignaturePayload}, base64url. */
  signature: string;
  /** Milliseconds, the challenge's clock. */
  signedAt: number;
  nonce: string;
};
/** A device key in the form in which it is kept. `seed` is the secret: store it where only this origin can read it. */
type StoredDeviceIdentity = {
  version: 1;
  deviceId: string;
  /** Base64url of the raw public key. */
  publicKey: string;
  /** Base64url of the 32-byte Ed25519 seed. */
  seed: string;
};
/** A device that can prove itself. */
type DeviceIdentity = {
  readonly deviceId: string;
  readonly publicKey: string;
  /** Signs the UTF-8 bytes of a text; base64url. */
  sign(text: string): Promise<string>;
  /** For persistence; {@link importDeviceIdentity} reads it back. */
  export(): StoredDeviceIdentity;
};
/** Where the cryptography comes from; the platform's own by default. */
type DeviceCrypto = {
  /** `undefined` outside secure contexts: then the portable implementation is loaded. */
  subtle?: SubtleCrypto | undefined;
  randomBytes?: (length: number) => Uint8Array;
};
/**
 * A stored identity that cannot be used: `malformed` when the key is damaged, `mismatch` when it belongs to another device.
 * Generate a new one and pair it again.
 *
 * @example
 * ```ts
 * import { DeviceIdentityError, generateDeviceIdentity, importDeviceIdentity } from "@automna/protocol";
 *
 * const stored = { version: 1, deviceId: "", publicKey: "", seed: "AAAA" } as const;
 * const identity = await importDeviceIdentity(stored).catch((error: unknown) => {
 *   if (error instanceof DeviceIdentityError) return generateDeviceIdentity();
 *   throw error;
 * });
 * identity.publicKey.length; // 43
 * ```
 */
declare class DeviceIdentityError extends Error {
  readonly name = "DeviceIdentityError";
  readonly code: "malformed" | "mismatch";
  constructor(code: "malformed" | "mismatch", message: string, options?: ErrorOptions);
}
/**
 * Makes a new Ed25519 device key. WebCrypto where it has Ed25519, else a portable implementation that is loaded then
 * (plain-HTTP pages have no `crypto.subtle` at all).
 *
 * @example
 * ```ts
 * import { generateDeviceIdentity } from "@automna/protocol";
 *
 * const identity = await generateDeviceIdentity();
 * localStorage.setItem("device", JSON.stringify(identity.export()));
 * ```
 */
declare function generateDeviceIdentity(source?: DeviceCrypto): Promise<DeviceIdentity>;
/**
 * Reads back what {@link DeviceIdentity.export} gave.
 *
 * @throws {@link DeviceIdentityError} when the key is damaged or does not belong to the stored public key, as a rejection
 *
 * @example
 * ```ts
 * import { generateDeviceIdentity, importDeviceIdentity } from "@automna/protocol";
 *
 * const first = await generateDeviceIdentity();
 * const kept = JSON.stringify(first.export());
 * const again = await importDeviceIdentity(JSON.parse(kept));
 * again.deviceId === first.deviceId; // true
 * ```
 */
declare function importDeviceIdentity(
  stored: StoredDeviceIdentity,
  source?: DeviceCrypto,
): Promise<DeviceIdentity>;
/** What a device signs for a connection. */
type ConnectSignatureInput = {
  clientId: string;
  clientMode: string;
  role: string;
  /** Exactly the scopes that the frame sends, in that order. */
  scopes: readonly string[];
  /** The `auth.token` of the frame. */
  token?: string | undefined;
  challenge: ConnectChallenge;
};
/**
 * The text of a version 2 device signature, which both gateways accept. {@link signConnect} signs it; it is here for
 * identities that live elsewhere, in a keystore for instance.
 *
 * @example
 * ```ts
 * import { connectSignaturePayload } from "@automna/protocol";
 *
 * const challenge = { nonce: "n1", ts: 1_700_000_000_000 };
 * const client = { clientId: "webchat", clientMode: "webchat", role: "operator" };
 * const scopes = ["operator.read", "operator.write"];
 * connectSignaturePayload("d1", { ...client, scopes, token: "t", challenge });
 * // "v2|d1|webchat|webchat|operator|operator.read,operator.write|1700000000000|t|n1"
 * ```
 */
declare function connectSignaturePayload(deviceId: string, input: ConnectSignatureInput): string;
/**
 * The device proof for one connection. It is dated by the challenge, because version 4 tolerates only two minutes of
 * difference and a browser's clock may be off by more. {@link buildSignedConnectParams} does this for a whole `connect`.
 *
 * @example
 * ```ts
 * import { buildConnectParams, generateDeviceIdentity, signConnect } from "@automna/protocol";
 *
 * const identity = await generateDeviceIdentity();
 * const params = buildConnectParams({ auth: { kind: "token", token: "t" } });
 * const { role, scopes, client } = params;
 * const input = { clientId: client.id, clientMode: client.mode, role, scopes, token: "t" };
 * const device = await signConnect(identity, { ...input, challenge: { nonce: "n1", ts: 1_700_000_000_000 } });
 * device.signedAt; // 1_700_000_000_000
 * ```
 */
declare function signConnect(identity: DeviceIdentity, input: ConnectSignatureInput): Promise<DeviceProof>;
/** The scopes of an operator connection. Chat needs read and write; write implies read. */
type OperatorScope =
  | "operator.read"
  | "operator.write"
  | "operator.admin"
  | "operator.approvals"
  | "operator.pairing";
/** Read and write: all that a chat needs. Never ask for admin on version 3, whose `config.get` shows every secret. */
declare const CHAT_SCOPES: readonly OperatorScope[];
/** What the client can take; version 3 ignores it. `session-scoped-events` limits events to subscribed sessions. */
type ClientCapability =
  | "tool-events"
  | "session-scoped-events"
  | "approvals"
  | "exec-approvals"
  | "plugin-approvals"
  | (string & {});
/**
 * Client ids that both gateways know. `webchat` is right for browsers; `gateway-client` with mode `backend` for
 * servers (on version 4 it needs no device on loopback, but must send no `Origin`).
 */
type ClientId = "webchat" | "webchat-ui" | "gateway-client" | "cli" | "test";
/** Modes that both gateways know. */
type ClientMode = "webchat" | "ui" | "backend" | "cli" | "test";
/** Who connects. `version` and `platform` are free text, but not empty. */
type ClientInfo = {
  id: ClientId;
  mode: ClientMode;
  version: string;
  platform: string;
  displayName?: string;
  /** Keys the presence row when there is no device. */
  instanceId?: string;
  /** IANA name; sent to version 4 only. */
  timeZone?: string;
};
/** How the connection proves its right. A device token travels as `token`, which both versions accept. */
type ConnectAuth =
  | {
      kind: "none";
    }
  | {
      kind: "token";
      token: string;
    }
  | {
      kind: "password";
      password: string;
    }
  | {
      kind: "device-token";
      token: string;
    };
/** The params of `connect`: only fields that both versions accept, unless the version is known. */
type ConnectParams = {
  minProtocol: number;
  maxProtocol: number;
  client: {
    id: string;
    mode: string;
    version: string;
    platform: string;
    displayName?: string;
    instanceId?: string;
    timeZone?: string;
  };
  role: string;
  scopes: string[];
  caps: string[];
  auth?: {
    token?: string;
    password?: string;
  };
  device?: DeviceProof;
  locale?: string;
  userAgent?: string;
};
/** What {@link buildConnectParams} takes; everything has a default. */
type ConnectOptions = {
  client?: Partial<ClientInfo>;
  scopes?: readonly (OperatorScope | (string & {}))[];
  caps?: readonly ClientCapability[];
  auth?: ConnectAuth;
  device?: DeviceProof;
  locale?: string;
  userAgent?: string;
  /** Set only when the gateway's version is known; narrows the range to it and allows its own fields. */
  protocol?: ProtocolVersion;
};
/**
 * The params of the one `connect` frame that both versions accept (`minProtocol: 3, maxProtocol: 4`).
 *
 * Scopes are always sent: leaving them out means everything on version 3 and nothing on version 4.
 *
 * @see `ConnectParams` of the official schemas
 *
 * @example
 * ```ts
 * import { buildConnectParams, encodeRequest } from "@automna/protocol";
 *
 * const params = buildConnectParams({ auth: { kind: "token", token } });
 * socket.send(encodeRequest(crypto.randomUUID(), "connect", params));
 * ```
 */
declare function buildConnectParams(options?: ConnectOptions): ConnectParams;
/**
 * What to do after `connect` was refused. Judged by detail code, then by error code, and by the message only where the
 * gateway gives nothing else (version 3).
 *
 * @param close - the close that came with the refusal, where it is known already
 *
 * @example
 * ```ts
 * import { adviseOnConnectError } from "@automna/protocol";
 *
 * const advice = adviseOnConnectError({ code: "NOT_PAIRED", message: "pairing required" });
 * advice.action; // "pair"
 * ```
 */
declare function adviseOnConnectError(error: GatewayErrorShape, close?: CloseInfo): ConnectAdvice;
/**
 * What to do after a close. The error of a refused `connect` decides when it arrived; without it the close code and
 * reason suffice.
 *
 * @param close - code and reason of the close event (partysocket reports 1000 for a failed attempt)
 * @param context - whether hello-ok had come, and what came before the close
 *
 * @example
 * ```ts
 * import { adviseOnClose } from "@automna/protocol";
 *
 * const shutdown = { reason: "gateway restarting", restartExpectedMs: 1500 };
 * const advice = adviseOnClose({ code: 1012, reason: "service restart" }, { handshake: false, shutdown });
 * advice; // { action: "retry-after", code: "gateway-restarting", retryAfterMs: 1500 }
 * adviseOnClose({ code: 1006 }, { handshake: false }); // { action: "retry", code: "connection-lost" }
 * ```
 */
declare function adviseOnClose(close: CloseInfo, context: CloseContext): ConnectAdvice;
/** One question of a request (version 4). */
type Question = {
  questionId: string;
  header: string;
  question: string;
  options: {
    label: string;
    description?: string;
  }[];
  multiSelect: boolean;
  /** A free answer is welcome. */
  isOther: boolean;
  /** Do not show or keep what is typed. */
  isSecret: boolean;
};
/** Answers by question id; several when `multiSelect`. */
type QuestionAnswers = Record<string, string[]>;
/** Questions that an agent asks a person (version 4). */
type QuestionRequest = {
  id: string;
  questions: Question[];
  status: "pending" | "answered" | "cancelled" | "expired" | (string & {});
  agentId?: string;
  sessionKey?: string;
  runId?: string;
  /** Milliseconds since the epoch, the gateway's clock; so is `expiresAtMs`, when the agent goes on by itself. */
  createdAtMs?: number;
  expiresAtMs?: number;
  answers?: QuestionAnswers;
};
/**
 * Reads a `question.requested` or `question.resolved` event; the latter has a status and no questions. Times are
 * milliseconds since the epoch, by the gateway's clock. Not ok without `id`.
 *
 * @see `QuestionRecord` and `QuestionResolvedEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseQuestion } from "@automna/protocol";
 *
 * const parsed = parseQuestion({ id: "q1", status: "answered", answers: { answers: { size: ["big"] } } });
 * if (parsed.ok) parsed.value.answers; // { size: ["big"] }
 * ```
 */
declare function parseQuestion(payload: unknown): Parsed<QuestionRequest>;
/**
 * Reads the answer to `question.list` ({@link questionList}). Requests that cannot be read are left out.
 *
 * @see `QuestionListResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseQuestionList } from "@automna/protocol";
 *
 * const question = { questionId: "size", question: "How big?", options: [{ label: "big" }, { label: "small" }] };
 * const parsed = parseQuestionList({ questions: [{ id: "q1", questions: [question] }] });
 * if (parsed.ok) parsed.value[0]?.questions[0]?.options.map(({ label }) => label); // ["big", "small"]
 * ```
 */
declare function parseQuestionList(payload: unknown): Parsed<QuestionRequest[]>;
/** A change in the list of sessions (version 4). Without `sessionKey` the whole list may have changed. */
type SessionsChanged = {
  sessionKey?: string;
  agentId?: string;
  reason?: string;
  phase?: string;
  runId?: string;
  session?: SessionSummary;
};
/** A stored message of a subscribed session (version 4). */
type SessionMessage = {
  sessionKey: string;
  message: ChatMessage;
  messageId?: string;
  messageSeq?: number;
  session?: SessionSummary;
};
/** A long operation on a session, such as a compaction (version 4). */
type SessionOperation = {
  operationId: string;
  operation: string;
  phase: string;
  sessionKey: string;
  completed?: boolean;
  reason?: string;
};
/**
 * Reads a `sessions.changed` (version 4, after {@link sessionsSubscribe}). Without `session` only the key is known: ask
 * for the row with {@link sessionsDescribe}; without `sessionKey` read the whole list again.
 *
 * @example
 * ```ts
 * import { parseSessionsChanged } from "@automna/protocol";
 *
 * const session = { key: "agent:main:trip", label: "Trip", unread: true };
 * const parsed = parseSessionsChanged({ sessionKey: "agent:main:trip", reason: "message", session });
 * if (parsed.ok) parsed.value.session?.unread; // true
 * ```
 */
declare function parseSessionsChanged(payload: unknown): Parsed<SessionsChanged>;
/**
 * Reads a `session.message` (version 4, after {@link sessionMessagesSubscribe}): a row that is stored now. Not ok without
 * `sessionKey` and a message that can be read.
 *
 * @example
 * ```ts
 * import { parseSessionMessage, textOf } from "@automna/protocol";
 *
 * const message = { role: "assistant", content: [{ type: "text", text: "Done." }] };
 * const parsed = parseSessionMessage({ sessionKey: "agent:main:trip", message, messageId: "m-2", messageSeq: 2 });
 * if (parsed.ok) textOf(parsed.value.message); // "Done."
 * ```
 */
declare function parseSessionMessage(payload: unknown): Parsed<SessionMessage>;
/**
 * Reads a `session.operation` (version 4): a long work on a session begins, goes on or ends. All four names of it are
 * needed.
 *
 * @see `SessionOperationEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseSessionOperation } from "@automna/protocol";
 *
 * const operation = { operationId: "o1", operation: "compact", phase: "end", sessionKey: "agent:main:trip" };
 * const parsed = parseSessionOperation({ ...operation, completed: true });
 * if (parsed.ok && parsed.value.phase === "end") parsed.value.completed; // true
 * ```
 */
declare function parseSessionOperation(payload: unknown): Parsed<SessionOperation>;
/** Who is connected. */
type PresenceEntry = {
  host?: string;
  mode?: string;
  platform?: string;
  reason?: string;
  text?: string;
  instanceId?: string;
  deviceId?: string;
  roles: string[];
  scopes: string[];
  /** Milliseconds since the epoch. */
  ts?: number;
};
/** A device that asked for approval, or was answered. */
type DevicePairEvent = {
  requestId: string;
  deviceId: string;
  decision?: string;
};
/** How the gateway is. Channel and plugin details stay as they came. */
type HealthEvent = {
  ok?: boolean;
  ts?: number;
  defaultAgentId?: string;
  source: Record<string, unknown>;
};
/** Any event, parsed. `other` has no parser here; `unreadable` has one that failed. */
type GatewayEvent =
  | {
      type: "chat";
      payload: ChatEvent;
    }
  | {
      type: "agent";
      payload: AgentEvent;
    }
  | {
      type: "challenge";
      payload: ConnectChallenge;
    }
  | {
      type: "tick";
      payload: {
        ts: number;
      };
    }
  | {
      type: "shutdown";
      payload: ShutdownNotice;
    }
  | {
      type: "presence";
      payload: PresenceEntry[];
    }
  | {
      type: "health";
      payload: HealthEvent;
    }
  | {
      type: "sessions-changed";
      payload: SessionsChanged;
    }
  | {
      type: "session-message";
      payload: SessionMessage;
    }
  | {
      type: "session-operation";
      payload: SessionOperation;
    }
  | {
      type: "approval";
      payload: ApprovalEvent;
    }
  | {
      type: "question";
      payload: QuestionRequest;
    }
  | {
      type: "device-pair";
      payload: DevicePairEvent;
    }
  | {
      type: "other";
      event: string;
      payload: unknown;
    }
  | {
      type: "unreadable";
      event: string;
      reason: string;
    };
/**
 * Reads a `presence`: everybody who is connected, each time anew. Not ok without the list.
 *
 * @see `PresenceEntry` of the official schemas
 *
 * @example
 * ```ts
 * import { parsePresence } from "@automna/protocol";
 *
 * const parsed = parsePresence({ presence: [{ host: "webchat", mode: "webchat", platform: "web", reason: "connect" }] });
 * if (parsed.ok) parsed.value.map(({ host, mode }) => `${host} (${mode})`); // ["webchat (webchat)"]
 * ```
 */
declare function parsePresence(payload: unknown): Parsed<PresenceEntry[]>;
/**
 * Reads a `health` event, or the answer to `health`. Everything beside the four fields is in `source`, as it came.
 *
 * @example
 * ```ts
 * import { parseHealth } from "@automna/protocol";
 *
 * const parsed = parseHealth({ ok: true, ts: 1_700_000_000_000, heartbeatSeconds: 0 });
 * if (parsed.ok) parsed.value.source["heartbeatSeconds"]; // 0
 * ```
 */
declare function parseHealth(payload: unknown): Parsed<HealthEvent>;
/**
 * Reads `device.pair.requested` and `device.pair.resolved`; only the latter has a `decision`. Operators with the scope
 * `operator.pairing` get them.
 *
 * @see `DevicePairRequestedEvent` and `DevicePairResolvedEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseDevicePair } from "@automna/protocol";
 *
 * const parsed = parseDevicePair({ requestId: "p1", deviceId: "6955fdb9", decision: "approved" });
 * if (parsed.ok) parsed.value.decision ?? "waits"; // "approved"
 * ```
 */
declare function parseDevicePair(payload: unknown): Parsed<DevicePairEvent>;
/**
 * Reads any event of either version by its name. Events without a parser come through as `other`. Never throws.
 *
 * @example
 * ```ts
 * import { readGatewayEvent } from "@automna/protocol";
 *
 * const event = readGatewayEvent(frame);
 * if (event.type === "chat") apply(event.payload);
 * ```
 */
declare function readGatewayEvent(frame: EventFrame): GatewayEvent;
/**
 * `models.list`. {@link parseModels} reads the answer. Version 3 lists every bundled model, version 4 the configured ones.
 *
 * @see `ModelsListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { encodeRequest, modelsList } from "@automna/protocol";
 *
 * const { method, params } = modelsList();
 * socket.send(encodeRequest("models-1", method, params)); // the answer repeats "models-1"
 * ```
 */
declare function modelsList(): Call;
/**
 * `agents.list`. {@link parseAgents} reads the answer; its `defaultId` is the agent of a key that names none.
 *
 * @see `AgentsListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { agentsList } from "@automna/protocol";
 *
 * agentsList(); // { method: "agents.list", params: {} }
 * ```
 */
declare function agentsList(): Call;
/**
 * `agent.identity.get`: name and avatar of an agent, the default one when none is named. {@link parseAgentIdentity} reads
 * the answer.
 *
 * @see `AgentIdentityParams` of the official schemas
 *
 * @example
 * ```ts
 * import { agentIdentityGet, agentOfSession } from "@automna/protocol";
 *
 * const agentId = agentOfSession("agent:ops:trip"); // "ops"
 * agentIdentityGet(agentId ?? undefined).params; // { agentId: "ops" }
 * ```
 */
declare function agentIdentityGet(agentId?: string): Call;
/**
 * `commands.list`: the commands that may be typed into a message. {@link parseCommands} reads the answer. `null` on version
 * 3, which has no list; its commands are sent as messages all the same.
 *
 * @param sessionKey - for the commands of that session's agent
 * @see `CommandsListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { commandsList } from "@automna/protocol";
 *
 * commandsList(4, "agent:ops:main")?.params; // { sessionKey: "agent:ops:main", scope: "text" }
 * commandsList(3); // null
 * ```
 */
declare function commandsList(protocol: ProtocolVersion, sessionKey?: string): Call | null;
/**
 * `usage.cost`: tokens and cost per day. {@link parseUsageCost} reads the answer.
 *
 * @param days - how many, today included; without it the gateway decides
 *
 * @example
 * ```ts
 * import { usageCost } from "@automna/protocol";
 *
 * usageCost(7); // { method: "usage.cost", params: { days: 7 } }
 * ```
 */
declare function usageCost(days?: number): Call;
/**
 * `health`: a cheap question that every gateway answers, good to learn whether a silent connection still lives.
 * {@link parseHealth} reads the answer.
 *
 * @example
 * ```ts
 * import { encodeRequest, health } from "@automna/protocol";
 *
 * const { method, params } = health();
 * socket.send(encodeRequest(`probe-${Date.now()}`, method, params));
 * ```
 */
declare function health(): Call;
/**
 * `exec.approval.resolve`, `plugin.approval.resolve`, or `approval.resolve` for the system agent. Needs the scope
 * `operator.approvals`. `null` on version 3 for anything but a command.
 *
 * @param id - of the {@link Approval}
 * @param decision - one of its `allowedDecisions`
 * @see `ExecApprovalResolveParams` and `PluginApprovalResolveParams` of the official schemas
 *
 * @example
 * ```ts
 * import { approvalResolve } from "@automna/protocol";
 *
 * approvalResolve(4, "exec", "a1", "allow-once")?.method; // "exec.approval.resolve"
 * approvalResolve(3, "plugin", "a1", "deny"); // null
 * ```
 */
declare function approvalResolve(
  protocol: ProtocolVersion,
  kind: ApprovalKind,
  id: string,
  decision: ApprovalDecision,
): Call | null;
/**
 * `exec.approval.list` or `plugin.approval.list`: what waits already, for whoever connects later than it was asked.
 * {@link parseApprovalList} reads the answer. `null` on version 3, which cannot say.
 *
 * @example
 * ```ts
 * import { approvalList } from "@automna/protocol";
 *
 * const calls = (["exec", "plugin"] as const).map((kind) => approvalList(4, kind)?.method);
 * calls; // ["exec.approval.list", "plugin.approval.list"]
 * ```
 */
declare function approvalList(protocol: ProtocolVersion, kind: "exec" | "plugin"): Call | null;
/**
 * `question.list`: the questions that wait for a person. {@link parseQuestionList} reads the answer. `null` on version 3,
 * whose agents ask none.
 *
 * @see `QuestionListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { questionList } from "@automna/protocol";
 *
 * questionList(4); // { method: "question.list", params: {} }
 * ```
 */
declare function questionList(protocol: ProtocolVersion): Call | null;
/**
 * `question.resolve` with answers: labels of options, or free text where `isOther`. `null` on version 3.
 *
 * @param id - of the {@link QuestionRequest}
 * @see `QuestionResolveParams` of the official schemas
 *
 * @example
 * ```ts
 * import { questionAnswer } from "@automna/protocol";
 *
 * const answers = { size: ["big"], extras: ["cheese", "olives"] }; // by `questionId`
 * questionAnswer(4, "q1", answers)?.params["answers"]; // { answers: { size: ["big"], extras: ["cheese", "olives"] } }
 * ```
 */
declare function questionAnswer(protocol: ProtocolVersion, id: string, answers: QuestionAnswers): Call | null;
/**
 * `question.resolve` without an answer: the agent goes on and decides for itself. `null` on version 3.
 *
 * @see `QuestionResolveParams` of the official schemas
 *
 * @example
 * ```ts
 * import { questionCancel } from "@automna/protocol";
 *
 * questionCancel(4, "q1")?.params; // { id: "q1", cancel: true }
 * ```
 */
declare function questionCancel(protocol: ProtocolVersion, id: string): Call | null;
/**
 * `artifacts.list`: the files of a session, or of one run. {@link parseArtifacts} reads the answer. `null` on version 3.
 *
 * @see `ArtifactsListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { artifactsList } from "@automna/protocol";
 *
 * artifactsList(4, "agent:main:trip", "k1")?.params; // { sessionKey: "agent:main:trip", runId: "k1" }
 * artifactsList(3, "agent:main:trip"); // null
 * ```
 */
declare function artifactsList(protocol: ProtocolVersion, sessionKey: string, runId?: string): Call | null;
/**
 * `artifacts.download`: the content, or a link that expires. {@link parseArtifactDownload} reads the answer. `null` on
 * version 3.
 *
 * @param artifactId - `id` of an {@link ArtifactSummary}, or `artifactId` of an image block
 * @see `ArtifactsDownloadParams` of the official schemas
 *
 * @example
 * ```ts
 * import { artifactsDownload, readContent } from "@automna/protocol";
 *
 * const image = readContent([{ type: "image", mimeType: "image/png", artifactId: "art-1" }])[0];
 * const id = image?.type === "image" ? image.artifactId : undefined;
 * const call = id === undefined ? null : artifactsDownload(4, "agent:main:trip", id);
 * call?.params; // { sessionKey: "agent:main:trip", artifactId: "art-1" }
 * ```
 */
declare function artifactsDownload(
  protocol: ProtocolVersion,
  sessionKey: string,
  artifactId: string,
): Call | null;
/** A run that is going on (version 4): its whole text so far. */
type InFlightRun = {
  runId: string;
  text: string;
  /** Milliseconds since the epoch. */
  startedAt?: number;
  plan?: unknown;
  events: AgentEvent[];
};
/** A message that waits behind a running one (version 4). */
type PendingInput = {
  id: string;
  runId?: string;
  state: "queued" | "cancelled" | "interrupted" | (string & {});
  /** Milliseconds since the epoch. */
  acceptedAt?: number;
  message?: ChatMessage;
};
/** Whether an asked-for send is still in the gateway's custody (version 4, with `inputRunIds`). */
type InputReceipt = {
  runId: string;
  state: "pending" | "consumed" | (string & {});
};
type HistoryState = {
  /** Version 4: give it back as `cursor` to get only what is new. */
  deltaCursor?: string;
  session?: SessionSummary;
  inFlightRun?: InFlightRun;
  pendingInputs: PendingInput[];
  inputReceipts: InputReceipt[];
};
/** A transcript, the same for both versions. Version 3 has neither ids nor paging. */
type History = HistoryState & {
  sessionKey: string;
  sessionId?: string;
  messages: ChatMessage[];
  thinkingLevel?: string;
  verboseLevel?: string;
  /** Older messages exist: ask again with `offset: nextOffset`. */
  hasMore: boolean;
  nextOffset?: number;
  totalMessages?: number;
  defaults?: {
    modelProvider?: string;
    model?: string;
    contextTokens?: number;
  };
};
/** One stored message that is new since a cursor. */
type HistoryEntry = {
  message: ChatMessage;
  messageId?: string;
  messageSeq?: number;
};
/** The answer to `chat.history` with a `cursor`: what is new, or "start again". */
type HistoryCatchUp =
  | {
      kind: "reset";
    }
  | ({
      kind: "delta";
      entries: HistoryEntry[];
    } & HistoryState);
/**
 * Reads the answer to `chat.history` without a cursor. Rows that cannot be read are left out; not ok without `sessionKey`
 * and `messages`.
 *
 * @example
 * ```ts
 * import { parseHistory } from "@automna/protocol";
 *
 * const parsed = parseHistory(payload);
 * if (parsed.ok) show(parsed.value.messages);
 * ```
 */
declare function parseHistory(payload: unknown): Parsed<History>;
/**
 * Reads the answer to `chat.history` with a cursor (version 4): what is new since then, or `reset`, after which only a
 * question without a cursor helps.
 *
 * @see `ChatHistoryCursorResult` of the official schemas
 *
 * @example
 * ```ts
 * import { parseHistoryCatchUp } from "@automna/protocol";
 *
 * const entry = { message: { role: "user", content: "And then?" }, messageId: "m-9", messageSeq: 9 };
 * const parsed = parseHistoryCatchUp({ kind: "delta", messages: [entry], deltaCursor: "c-9" });
 * if (parsed.ok && parsed.value.kind === "delta") parsed.value.entries[0]?.messageSeq; // 9
 * ```
 */
declare function parseHistoryCatchUp(payload: unknown): Parsed<HistoryCatchUp>;
/**
 * Reads a `tick`: the gateway's clock, milliseconds since the epoch. One comes every `hello.policy.tickIntervalMs`.
 *
 * @see `TickEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseTick } from "@automna/protocol";
 *
 * const parsed = parseTick({ ts: 1_700_000_030_000 });
 * if (parsed.ok) new Date(parsed.value.ts).toISOString(); // "2023-11-14T22:13:50.000Z"
 * ```
 */
declare function parseTick(payload: unknown): Parsed<{
  ts: number;
}>;
/**
 * Reads a `shutdown`, after which the connection closes with 1012. Only a number in `restartExpectedMs` promises that the
 * gateway comes back (version 3 sends null otherwise). {@link adviseOnClose} takes what this gives.
 *
 * @see `ShutdownEvent` of the official schemas
 *
 * @example
 * ```ts
 * import { parseShutdown } from "@automna/protocol";
 *
 * const parsed = parseShutdown({ reason: "gateway stopping", restartExpectedMs: null });
 * if (parsed.ok) parsed.value; // { reason: "gateway stopping" }
 * ```
 */
declare function parseShutdown(payload: unknown): Parsed<ShutdownNotice>;
/**
 * What to do with a request that a live connection refused.
 *
 * `retry` and `retry-after` are only for reads and for `chat.send` with its own idempotency key.
 *
 * @example
 * ```ts
 * import { adviseOnRequestError } from "@automna/protocol";
 *
 * const busy = { code: "UNAVAILABLE", message: "gateway restarting", retryAfterMs: 1000 };
 * adviseOnRequestError(busy); // { action: "retry-after", code: "gateway-restarting", retryAfterMs: 1000 }
 * const forbidden = { code: "INVALID_REQUEST", message: "missing scope: operator.admin" };
 * adviseOnRequestError(forbidden); // { action: "stop", code: "missing-scope", missingScope: "operator.admin" }
 * ```
 */
declare function adviseOnRequestError(error: GatewayErrorShape): RequestAdvice;
/**
 * `sessions.rewind`: goes back to before a stored row, for edit-and-resend and regenerate. What came after it stays as a
 * branch ({@link sessionsBranchesList}). `null` on version 3, which keeps one line only.
 *
 * @param entryId - `meta.id` of the row
 * @see `SessionsRewindParams` of the official schemas
 *
 * @example
 * ```ts
 * import { chatSend, sessionsRewind } from "@automna/protocol";
 *
 * const rewind = sessionsRewind(4, "agent:main:trip", "m-17");
 * const ask = chatSend(4, { sessionKey: "agent:main:trip", message: "In June, not in May", idempotencyKey: "k2" });
 * [rewind, ask].map((call) => call?.method); // ["sessions.rewind", "chat.send"]
 * ```
 */
declare function sessionsRewind(protocol: ProtocolVersion, sessionKey: string, entryId: string): Call | null;
/**
 * `sessions.fork`: a new session that goes on from before a stored row; the old one stays as it is. `null` on version 3.
 *
 * @param entryId - `meta.id` of the row
 * @see `SessionsForkParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsFork } from "@automna/protocol";
 *
 * sessionsFork(4, "agent:main:trip", "m-17")?.params; // { sessionKey: "agent:main:trip", entryId: "m-17" }
 * ```
 */
declare function sessionsFork(protocol: ProtocolVersion, sessionKey: string, entryId: string): Call | null;
/**
 * `sessions.branches.list`: the variants that rewinding left behind. Each has a `leafEntryId` for
 * {@link sessionsBranchesSwitch}. `null` on version 3.
 *
 * @see `SessionsBranchesListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsBranchesList } from "@automna/protocol";
 *
 * sessionsBranchesList(4, "agent:main:trip")?.method; // "sessions.branches.list"
 * sessionsBranchesList(3, "agent:main:trip"); // null
 * ```
 */
declare function sessionsBranchesList(protocol: ProtocolVersion, sessionKey: string): Call | null;
/**
 * `sessions.branches.switch`: makes another variant the conversation. Its history has to be read again. `null` on version
 * 3.
 *
 * @param leafEntryId - the last row of that variant
 * @see `SessionsBranchesSwitchParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsBranchesSwitch } from "@automna/protocol";
 *
 * const { sessionKey, leafEntryId } = sessionsBranchesSwitch(4, "agent:main:trip", "m-21")?.params ?? {};
 * [sessionKey, leafEntryId]; // ["agent:main:trip", "m-21"]
 * ```
 */
declare function sessionsBranchesSwitch(
  protocol: ProtocolVersion,
  sessionKey: string,
  leafEntryId: string,
): Call | null;
/** What {@link sessionsList} takes. Fields marked "version 4" are left out on version 3. */
type SessionsQuery = {
  limit?: number;
  search?: string;
  agentId?: string;
  activeMinutes?: number;
  /** Read each transcript for a title and the last text; on by default. */
  includeTexts?: boolean;
  /** Version 4. */
  offset?: number;
  /** Version 4; archived sessions are left out by default. */
  archived?: boolean | "all";
};
/**
 * `sessions.list`. {@link parseSessionList} reads the answer. With `includeTexts` the gateway reads a transcript for each
 * session: leave it out where only the keys matter.
 *
 * @see `SessionsListParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsList } from "@automna/protocol";
 *
 * sessionsList(4, { limit: 50, offset: 50, search: "trip" }).params["offset"]; // 50
 * const { includeLastMessage } = sessionsList(3, { activeMinutes: 60, includeTexts: false }).params;
 * includeLastMessage; // false
 * ```
 */
declare function sessionsList(protocol: ProtocolVersion, query?: SessionsQuery): Call;
/**
 * `sessions.preview`. On version 3 it is the only place that shows which sends were stored: ask with a limit of 50 and
 * 100,000 characters. {@link parseSessionPreviews} reads the answer, {@link splitMessageHint} its texts.
 *
 * @param limit - items per session, the newest
 * @param maxChars - characters per item
 * @see `SessionsPreviewParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsPreview } from "@automna/protocol";
 *
 * sessionsPreview(["agent:main:main"], 50, 100_000).method; // "sessions.preview"
 * ```
 */
declare function sessionsPreview(keys: readonly string[], limit?: number, maxChars?: number): Call;
/** What may be changed about a session on both versions. `null` takes a setting back to its default. */
type SessionPatch = {
  label?: string | null;
  model?: string | null;
  thinkingLevel?: string | null;
  reasoningLevel?: string | null;
  verboseLevel?: string | null;
  responseUsage?: "off" | "tokens" | "full" | null;
};
/** What only version 4 can change about a session. */
type SessionMarks = {
  archived?: boolean;
  pinned?: boolean;
  unread?: boolean;
};
/**
 * `sessions.patch`: settings of a session. {@link parseSessionChange} reads the answer. Version 3 asks for admin; version 4
 * for write, and for admin beyond label, model, thinking and marks. A model that does not exist is refused by version 4
 * and taken by version 3.
 *
 * @see `SessionsPatchParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsPatch } from "@automna/protocol";
 *
 * const { params } = sessionsPatch("agent:main:trip", { label: "Rome", thinkingLevel: null }); // null: the default again
 * params; // { key: "agent:main:trip", label: "Rome", thinkingLevel: null }
 * ```
 */
declare function sessionsPatch(key: string, patch: SessionPatch): Call;
/**
 * `sessions.patch` for archive, pin and unread. `null` on version 3, which does not have them.
 *
 * @see `SessionsPatchParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsMark } from "@automna/protocol";
 *
 * sessionsMark(4, "agent:main:trip", { pinned: true, unread: false })?.method; // "sessions.patch"
 * sessionsMark(3, "agent:main:trip", { archived: true }); // null
 * ```
 */
declare function sessionsMark(protocol: ProtocolVersion, key: string, marks: SessionMarks): Call | null;
/**
 * `sessions.reset`: the conversation begins anew under the same key. Needs admin on both versions. Version 3 gives it
 * another `sessionId`; version 4 keeps that, changes `lifecycleRevision` and leaves a boundary row.
 *
 * @see `SessionsResetParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsReset } from "@automna/protocol";
 *
 * sessionsReset("agent:main:trip").params; // { key: "agent:main:trip" }
 * ```
 */
declare function sessionsReset(key: string): Call;
/**
 * `sessions.delete`: needs admin on both versions; the main session cannot be deleted.
 *
 * @param deleteTranscript - `false` keeps what was said in the gateway's files
 * @see `SessionsDeleteParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsDelete } from "@automna/protocol";
 *
 * sessionsDelete("agent:main:trip").params; // { key: "agent:main:trip", deleteTranscript: true }
 * ```
 */
declare function sessionsDelete(key: string, deleteTranscript?: boolean): Call;
/**
 * `sessions.compact`: shortens the transcript. Needs admin on both versions. In the answer `compacted` may be `false` with
 * a `reason` ({@link parseSessionChange}).
 *
 * @param maxLines - lines of the transcript to keep; without it the gateway decides how
 * @see `SessionsCompactParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsCompact } from "@automna/protocol";
 *
 * sessionsCompact("agent:main:trip", 400).params["maxLines"]; // 400
 * ```
 */
declare function sessionsCompact(key: string, maxLines?: number): Call;
/**
 * `sessions.resolve`: the canonical key behind a key, label or session id. {@link parseResolvedSession} reads the answer.
 *
 * @see `SessionsResolveParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsResolve } from "@automna/protocol";
 *
 * sessionsResolve({ label: "Rome" }).params; // { label: "Rome" }
 * sessionsResolve({ sessionId: "1f0c" }).params; // { sessionId: "1f0c" }
 * ```
 */
declare function sessionsResolve(
  by:
    | {
        key: string;
      }
    | {
        label: string;
      }
    | {
        sessionId: string;
      },
): Call;
/** What {@link sessionsCreate} takes. Without `key` the gateway makes one. */
type SessionCreate = {
  key?: string;
  label?: string;
  agentId?: string;
  model?: string;
  thinkingLevel?: string;
};
/**
 * `sessions.create`. {@link parseSessionChange} reads the answer, with the key that the gateway gave. `null` on version 3,
 * where a session comes into being with its first message.
 *
 * @see `SessionsCreateParams` of the official schemas
 *
 * @example
 * ```ts
 * import { canonicalSessionKey, sessionsCreate } from "@automna/protocol";
 *
 * const create = { label: "Rome", agentId: "main" };
 * sessionsCreate(4, create)?.method; // "sessions.create"
 * const key = sessionsCreate(3, create) === null ? canonicalSessionKey(create.label) : null;
 * key; // "agent:main:rome"
 * ```
 */
declare function sessionsCreate(protocol: ProtocolVersion, create: SessionCreate): Call | null;
/**
 * `sessions.describe`: one row of the list, with its title and last text. `null` on version 3: ask for the list.
 *
 * @see `SessionsDescribeParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionsDescribe, sessionsList } from "@automna/protocol";
 *
 * const call = sessionsDescribe(3, "agent:main:trip") ?? sessionsList(3, { search: "trip" });
 * call.method; // "sessions.list"
 * ```
 */
declare function sessionsDescribe(protocol: ProtocolVersion, key: string): Call | null;
/**
 * `sessions.subscribe`: `sessions.changed` events from now on ({@link parseSessionsChanged}), until the connection ends.
 * `null` on version 3, which has to be polled.
 *
 * @example
 * ```ts
 * import { sessionsSubscribe } from "@automna/protocol";
 *
 * sessionsSubscribe(4)?.method; // "sessions.subscribe"
 * const pollMs = sessionsSubscribe(3) === null ? 15_000 : null;
 * pollMs; // 15_000
 * ```
 */
declare function sessionsSubscribe(protocol: ProtocolVersion): Call | null;
/**
 * `sessions.messages.subscribe`: `session.message` events of one session ({@link parseSessionMessage}), and its approvals
 * when asked for. With the capability `session-scoped-events` it decides which chat events come at all. `null` on version
 * 3, which tells every operator everything.
 *
 * @param includeApprovals - needs the scope `operator.approvals`
 * @see `SessionsMessagesSubscribeParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionMessagesSubscribe } from "@automna/protocol";
 *
 * const call = sessionMessagesSubscribe(4, "agent:main:trip", true);
 * call?.params; // { key: "agent:main:trip", includeApprovals: true }
 * ```
 */
declare function sessionMessagesSubscribe(
  protocol: ProtocolVersion,
  key: string,
  includeApprovals?: boolean,
): Call | null;
/**
 * `sessions.messages.unsubscribe`: ends what {@link sessionMessagesSubscribe} began. `null` on version 3.
 *
 * @see `SessionsMessagesUnsubscribeParams` of the official schemas
 *
 * @example
 * ```ts
 * import { sessionMessagesSubscribe, sessionMessagesUnsubscribe } from "@automna/protocol";
 *
 * const moves = [sessionMessagesUnsubscribe(4, "agent:main:trip"), sessionMessagesSubscribe(4, "agent:main:main")];
 * moves.map((call) => call?.params["key"]); // ["agent:main:trip", "agent:main:main"]
 * ```
 */
declare function sessionMessagesUnsubscribe(protocol: ProtocolVersion, key: string): Call | null;
/**
 * {@link buildConnectParams} with a device proof over exactly the fields that are sent. A change of any of them afterwards
 * makes the gateway refuse the signature.
 *
 * @param challenge - the connection's own challenge; its clock, not the browser's, dates the signature
 *
 * @example
 * ```ts
 * import { buildSignedConnectParams, encodeRequest, generateDeviceIdentity, parseChallenge } from "@automna/protocol";
 *
 * const identity = await generateDeviceIdentity();
 * const challenge = parseChallenge(frame.payload);
 * if (!challenge.ok) throw new Error(challenge.reason);
 * const params = await buildSignedConnectParams({ auth: { kind: "token", token } }, identity, challenge.value);
 * socket.send(encodeRequest("connect-1", "connect", params));
 * ```
 */
declare function buildSignedConnectParams(
  options: Omit<ConnectOptions, "device">,
  identity: DeviceIdentity,
  challenge: ConnectChallenge,
): Promise<ConnectParams>;
export {
  type AbortAnswer,
  type AdviceCode,
  type AgentEvent,
  type AgentIdentity,
  type AgentList,
  type AgentSummary,
  type Approval,
  type ApprovalDecision,
  type ApprovalEvent,
  type ApprovalEventName,
  type ApprovalKind,
  type ApprovalStatus,
  type ArtifactDownload,
  type ArtifactSummary,
  type BootIdentity,
  CHAT_SCOPES,
  type Call,
  type ChatErrorKind,
  type ChatEvent,
  type ChatMessage,
  type ChatRetry,
  type ChatSend,
  type ClientCapability,
  type ClientId,
  type ClientInfo,
  type ClientMode,
  type CloseContext,
  type CloseInfo,
  type CommandEntry,
  type ConnectAdvice,
  type ConnectAuth,
  type ConnectChallenge,
  type ConnectOptions,
  type ConnectParams,
  type ConnectSignatureInput,
  type ContentBlock,
  DEFAULT_SESSION_DEFAULTS,
  type DeviceCrypto,
  type DeviceIdentity,
  DeviceIdentityError,
  type DevicePairEvent,
  type DeviceProof,
  type EventFrame,
  type GatewayErrorShape,
  type GatewayEvent,
  type GatewayFrame,
  type GatewayPolicy,
  HISTORY_CHARS_MAX,
  HISTORY_LIMIT_MAX,
  type HealthEvent,
  type HelloOk,
  type History,
  type HistoryCatchUp,
  type HistoryEntry,
  type HistoryQuery,
  type InFlightRun,
  type InputReceipt,
  type LifecyclePhase,
  MESSAGE_CHARS_MAX,
  type MessageAnswer,
  type MessageMeta,
  type MessageRole,
  type MessageUsage,
  type ModelChoice,
  type OperatorScope,
  PAIRING_POLL_MS,
  PROTOCOL_RANGE,
  type Parsed,
  type ParsedFrame,
  type PendingInput,
  type PresenceEntry,
  type ProtocolMismatch,
  type ProtocolVersion,
  type Question,
  type QuestionAnswers,
  type QuestionRequest,
  type RequestAdvice,
  type RequestFrame,
  type ResponseFrame,
  type SendAnswer,
  type SendAttachment,
  type SessionChange,
  type SessionCreate,
  type SessionDefaults,
  type SessionList,
  type SessionListDefaults,
  type SessionMarks,
  type SessionMessage,
  type SessionOperation,
  type SessionPatch,
  type SessionPreview,
  type SessionSummary,
  type SessionsChanged,
  type SessionsQuery,
  type ShutdownNotice,
  type StoredDeviceIdentity,
  type ThinkingLevel,
  type Told,
  type UsageCost,
  type UsageTotals,
  adviceSentence,
  adviseOnClose,
  adviseOnConnectError,
  adviseOnRequestError,
  agentIdentityGet,
  agentOfSession,
  agentsList,
  approvalList,
  approvalResolve,
  artifactsDownload,
  artifactsList,
  bootIdentity,
  buildConnectParams,
  buildSignedConnectParams,
  canonicalSessionKey,
  chatAbort,
  chatHistory,
  chatInject,
  chatMessageGet,
  chatSend,
  commandsList,
  connectSignaturePayload,
  encodeRequest,
  frameBytes,
  generateDeviceIdentity,
  health,
  hintProtocol,
  importDeviceIdentity,
  isSameSession,
  isShortened,
  isSupportedProtocol,
  isTerminal,
  listsMethod,
  modelsList,
  parseAbortAnswer,
  parseAgentEvent,
  parseAgentIdentity,
  parseAgents,
  parseApproval,
  parseApprovalEvent,
  parseApprovalList,
  parseArtifactDownload,
  parseArtifacts,
  parseChallenge,
  parseChatEvent,
  parseCommands,
  parseDevicePair,
  parseFrame,
  parseGatewayFrame,
  parseHealth,
  parseHello,
  parseHistory,
  parseHistoryCatchUp,
  parseMessage,
  parseMessageAnswer,
  parseModels,
  parsePresence,
  parseQuestion,
  parseQuestionList,
  parseResolvedSession,
  parseSendAnswer,
  parseSessionChange,
  parseSessionList,
  parseSessionMessage,
  parseSessionOperation,
  parseSessionPreviews,
  parseSessionsChanged,
  parseShutdown,
  parseTick,
  parseUsageCost,
  questionAnswer,
  questionCancel,
  questionList,
  readContent,
  readFrame,
  readGatewayError,
  readGatewayEvent,
  readProtocolMismatch,
  readTokenSeq,
  requestFrame,
  sameBoot,
  sendKeyOf,
  sessionMessagesSubscribe,
  sessionMessagesUnsubscribe,
  sessionsBranchesList,
  sessionsBranchesSwitch,
  sessionsCompact,
  sessionsCreate,
  sessionsDelete,
  sessionsDescribe,
  sessionsFork,
  sessionsList,
  sessionsMark,
  sessionsPatch,
  sessionsPreview,
  sessionsReset,
  sessionsResolve,
  sessionsRewind,
  sessionsSubscribe,
  shortSessionKey,
  signConnect,
  splitMessageHint,
  textAfterDelta,
  textOf,
  toolResultText,
  usageCost,
};
