import type { Clock } from "./clock.ts";
import type { JsonObject } from "./json.ts";
import type { Model } from "./script.ts";

/** 3 behaves as Clawdbot 2026.1.24-3, 4 as OpenClaw 2026.9.6. */
export type ProtocolVersion = 3 | 4;

/** Who is let in. */
export type AuthOptions =
  | { mode: "token"; token: string }
  | { mode: "password"; password: string }
  /** Version 4 only: a proxy has authenticated the person and names them in `userHeader`; value = granted scopes. */
  | { mode: "trusted-proxy"; userHeader: string; users: Record<string, readonly string[]> };

/** How long things take, in milliseconds. */
export type GatewayTiming = {
  /** Every answer is sent this much after its request. Default 0 (in the same turn). */
  responseMs: number;
  /** From the ack of `chat.send` to the run's first event. Default 10. */
  prepareMs: number;
  /** From the ack until the user's row is stored where the product stores it early. Default 5. */
  persistMs: number;
  /** Fewest milliseconds between two text deltas of a run. Default 150 (version 3), 75 (version 4). */
  deltaMs: number;
  /** `tick` event. Default 30000. */
  tickMs: number;
  /** Close 1000 without a word when no `connect` has come. Default 10000 (version 3), 15000 (version 4). */
  handshakeMs: number;
  /** How long a finished run's key answers `ok`. Default 300000. */
  dedupeMs: number;
  /** Version 3 still answers `in_flight` for this long after `final`. Default 5. */
  lateOkMs: number;
  /** First back-off of version 4 after a provider failure; doubles up to 15000. Default 1000. */
  retryMs: number;
  /** Version 4: after a kill and start, how long until interrupted runs resume by themselves. Default 3000. */
  resumeMs: number;
};

/** Frame sizes in bytes. */
export type GatewayLimits = {
  /** Largest frame of an authenticated client. Default 524288 (version 3), 26214400 (version 4). */
  maxPayload: number;
  /** Largest frame before `connect` was accepted. Default 524288 (version 3), 65536 (version 4). */
  maxHandshakePayload: number;
};

/** A model of the catalogue. */
export type CatalogModel = {
  provider: string;
  id: string;
  name: string;
  reasoning?: boolean;
  contextWindow?: number;
};

/** How the fake gateway behaves. Everything has a default. */
export type FakeGatewayOptions = {
  /** Default 4. */
  protocol?: ProtocolVersion;
  /** Default {@link realClock}. */
  clock?: Clock;
  /** Same seed, same ids. Default 1. */
  seed?: number;
  /** Default `{ mode: "token", token: "test-token" }`. */
  auth?: AuthOptions;
  /**
   * `"silent"` pairs every local device at once (what both products do on loopback). `"ask"` refuses unknown devices
   * with NOT_PAIRED until {@link Pairing.approve}. Default `"silent"`.
   */
  pairing?: "silent" | "ask";
  /** Version 4 checks `Origin` against these; `"*"` allows all. Default: loopback origins and the request's own host. */
  allowedOrigins?: readonly string[];
  /** Default {@link echoModel}. */
  model?: Model;
  timing?: Partial<GatewayTiming>;
  limits?: Partial<GatewayLimits>;
  /** First one is the default model. Default `fake/fake-1` and the reasoning model `fake/fake-think`. */
  models?: readonly CatalogModel[];
  /** Default `main` only. */
  agents?: readonly { id: string; name?: string }[];
  /** `hello.server.version`. Default `dev` (version 3, as the real one) and `2026.9.6`. */
  serverVersion?: string;
  /**
   * `false` skips the Ed25519 check (1-2 ms each), for model-based tests with thousands of handshakes. Everything else
   * about the device (id, nonce, time, scopes, pairing) is still checked. Default true.
   */
  verifySignatures?: boolean;
};

/** The client's end, as the gateway sees it. */
export type Peer = {
  /** One text frame to the client. */
  send(text: string): void;
  /** An orderly close, initiated by the gateway. */
  close(code: number, reason: string): void;
  /** The TCP connection vanishes: no close frame, the client sees 1006. */
  terminate(): void;
  /** Default `127.0.0.1`. */
  address?: string;
  /** Lower-case names. Version 4 looks at `origin`, `host` and the trusted proxy's user header. */
  headers?: Readonly<Record<string, string | undefined>>;
};

/** Feed it what the client does. */
export type ServerConnection = {
  /** 1 for the gateway's first connection, 2 for the next, ... */
  readonly number: number;
  /** One frame from the client (text, or the UTF-8 bytes of a binary frame). */
  receive(frame: string | Uint8Array): void;
  /** The client closed or vanished. */
  closed(code?: number, reason?: string): void;
};

/** A device that waits for approval. */
export type PairingRequest = {
  requestId: string;
  deviceId: string;
  clientId: string;
  scopes: readonly string[];
};

/** The gateway's side of device pairing, as its owner would use it. */
export type Pairing = {
  pending(): readonly PairingRequest[];
  /** Pairs the device; its next connect succeeds. Approves all when `requestId` is absent. */
  approve(requestId?: string): void;
  reject(requestId: string): void;
  /** Forgets a paired device and its tokens; later connects ask again under `pairing: "ask"`. */
  revoke(deviceId: string): void;
};

/** One frame as it crossed the wire; for assertions. */
export type WireRecord = {
  /** Clock milliseconds. */
  at: number;
  connection: number;
  direction: "in" | "out";
  frame: JsonObject;
};

/** A transcript row for assertions, the same for both versions. */
export type TranscriptRow = {
  role: string;
  text: string;
  /** Raw row as `chat.history` shows it. */
  row: JsonObject;
};

/** Something that an agent wants to know from a person (version 4). */
export type QuestionAsk = {
  sessionKey: string;
  questions: readonly {
    /** Snake case; the key of its answer. */
    id: string;
    /** A word or two. */
    header: string;
    question: string;
    options: readonly { label: string; description?: string }[];
    multiSelect?: boolean;
  }[];
  /** Default 900000. */
  timeoutMs?: number;
};

/** A question that was asked, and what became of it. */
export type AskedQuestion = {
  readonly id: string;
  status(): "pending" | "answered" | "cancelled" | "expired";
  /** Labels or free texts by question id; undefined until somebody answered. */
  answers(): Readonly<Record<string, readonly string[]>> | undefined;
};
