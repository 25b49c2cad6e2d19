import { RequestHandler, WebSocketHandler } from "msw";
/** The only source of time in the fake gateway. All values are milliseconds. */
type Clock = {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Returns a handle for {@link Clock.clearTimeout}. */
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(handle: number): void;
};
/** A JSON value. */
type Json = string | number | boolean | null | readonly Json[] | JsonObject;
/** A JSON object; `undefined` members are left out when it is written. */
type JsonObject = {
  [key: string]: Json | undefined;
};
/** Which frames a fault is about. All given conditions must hold; `{}` matches every frame after the handshake. */
type FrameMatch = {
  /** `"out"`: from gateway to client (the default). `"in"`: from client to gateway. */
  direction?: "out" | "in";
  /** Event name, for instance `"chat"`. */
  event?: string;
  /** `payload.state` of a chat event. */
  state?: string;
  /** `payload.stream` of an agent event. */
  stream?: string;
  /** Method of the request, or of the request that a response answers. */
  method?: string;
  sessionKey?: string;
  runId?: string;
  /** Only the connection with this number (1 is the first one the gateway ever saw). */
  connection?: number;
  /** Anything else. */
  where?: (frame: JsonObject) => boolean;
};
/** What goes wrong. Frame-bound faults wait for their frame; each one fires `times` times (default 1). */
type Fault = {
  match?: FrameMatch;
  nth?: number;
  times?: number;
} & (
  | {
      /** The connection breaks just before or just after the frame. `code` absent: TCP loss, the client sees 1006. */
      type: "drop";
      at?: "before" | "after";
      code?: number;
      reason?: string;
    }
  /** The frame is lost and its sequence number with it: the client sees a gap. */
  | {
      type: "skip";
    }
  /** The frame arrives twice. */
  | {
      type: "duplicate";
    }
  /** The frame is held back for `ms`; frames behind it wait too, unless `overtaking`. */
  | {
      type: "delay";
      ms: number;
      overtaking?: boolean;
    }
  /** From this frame on nothing moves in either direction, yet the socket stays open. */
  | {
      type: "half-open";
    }
  /** The whole gateway process dies (1006 for everyone); it comes back after `downMs` unless absent. */
  | {
      type: "kill";
      at?: "before" | "after";
      downMs?: number;
    }
  /** The gateway restarts in an orderly way (shutdown event, 1012). */
  | {
      type: "restart";
      at?: "before" | "after";
      downMs?: number;
      restartExpectedMs?: number | null;
    }
);
/** An armed fault. */
type ArmedFault = {
  /** How often it has fired. */
  readonly fired: number;
  disarm(): void;
};
/** What one tool call does. */
type ToolStep = {
  do: "tool";
  /** Tool name as the model calls it, for instance `exec` or `read`. */
  name: string;
  args: Record<string, unknown>;
  /** Default: a new id per call. */
  toolCallId?: string;
  /** Text of the tool's result. Default `""`. */
  result?: string;
  isError?: boolean;
  /** How long the tool runs, in milliseconds. Default 20. */
  ms?: number;
  /** Output pieces shown while it runs. */
  partial?: readonly string[];
  /** Asks an operator first (version 4 sends `exec.approval.requested`); a denial gives an error result. */
  needsApproval?: boolean;
};
/** An LLM failure, by the HTTP status that the provider would answer with. */
type FailStep = {
  do: "fail";
  status: number;
  /** What the provider says. Default `fake failure <status>`. */
  message?: string;
  /**
   * How many tries in a row fail; then the script goes on behind this step. Default: all that the gateway makes, so
   * that the run fails (400 and 401: one; others: 3 in version 3, 9 or 10 in version 4).
   */
  failures?: number;
};
/**
 * One thing that the scripted model does. A run is a list of these; the gateway turns it into the frames
 * that the real product sends.
 */
type Step =
  | {
      do: "text";
      text: string;
    }
  | {
      do: "wait";
      ms: number;
    }
  | {
      do: "think";
      text: string;
    }
  | ToolStep
  | FailStep
  /** The provider's connection dies in the middle of the answer. */
  | {
      do: "cut";
      failures?: number;
    }
  /** Nothing more ever comes; only an abort or `timeoutMs` ends the run. */
  | {
      do: "hang";
    };
/** What the gateway hands to the model for one turn. */
type ModelCall = {
  protocol: 3 | 4;
  sessionKey: string;
  runId: string;
  /** The user's text, without the hints that gateways add. */
  message: string;
  /** Provider and model, as in `fake/fake-1`. */
  model: string;
  thinking: string | undefined;
  attachments: readonly {
    mimeType: string;
    fileName: string | undefined;
    bytes: number;
  }[];
  /** 1 for the first model call of this gateway, 2 for the next, ... */
  callNumber: number;
  /** Earlier turns of the session, oldest first. */
  turns: readonly {
    role: "user" | "assistant";
    text: string;
  }[];
};
/** A scripted model: one turn in, steps out. Must be deterministic if the test wants determinism. */
type Model = (call: ModelCall) => readonly Step[];
/** 3 behaves as Clawdbot 2026.1.24-3, 4 as OpenClaw 2026.9.6. */
type ProtocolVersion = 3 | 4;
/** The client's end, as the gateway sees it. */
type Peer = {
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
type ServerConnection = {
  /** 1 for the gateway's first connection, 2 for the next, ... */
  readonly number: number;
  /** One frame from the client (text, or the UTF-8 bytes of a binary frame). */
  receive(frame: string | Uint8Array): void;
  /** The client closed or vanished. */
  closed(code?: number, reason?: string): void;
};
/** A device that waits for approval. */
type PairingRequest = {
  requestId: string;
  deviceId: string;
  clientId: string;
  scopes: readonly string[];
};
/** The gateway's side of device pairing, as its owner would use it. */
type Pairing = {
  pending(): readonly PairingRequest[];
  /** Pairs the device; its next connect succeeds. Approves all when `requestId` is absent. */
  approve(requestId?: string): void;
  reject(requestId: string): void;
  /** Forgets a paired device and its tokens; later connects ask again under `pairing: "ask"`. */
  revoke(deviceId: string): void;
};
/** One frame as it crossed the wire; for assertions. */
type WireRecord = {
  /** Clock milliseconds. */
  at: number;
  connection: number;
  direction: "in" | "out";
  frame: JsonObject;
};
/** A transcript row for assertions, the same for both versions. */
type TranscriptRow = {
  role: string;
  text: string;
  /** Raw row as `chat.history` shows it. */
  row: JsonObject;
};
/** Something that an agent wants to know from a person (version 4). */
type QuestionAsk = {
  sessionKey: string;
  questions: readonly {
    /** Snake case; the key of its answer. */
    id: string;
    /** A word or two. */
    header: string;
    question: string;
    options: readonly {
      label: string;
      description?: string;
    }[];
    multiSelect?: boolean;
  }[];
  /** Default 900000. */
  timeoutMs?: number;
};
/** A question that was asked, and what became of it. */
type AskedQuestion = {
  readonly id: string;
  status(): "pending" | "answered" | "cancelled" | "expired";
  /** Labels or free texts by question id; undefined until somebody answered. */
  answers(): Readonly<Record<string, readonly string[]>> | undefined;
};
/**
 * `down`: connections are refused. `starting`: version 4 answers 1013. `draining`: version 4 finishes its runs, refuses
 * requests and new sockets.
 */
type GatewayStatus = "up" | "down" | "starting" | "draining";
/** A gateway without a network: a state machine that is fed frames and answers frames. */
type FakeGateway = {
  readonly protocol: ProtocolVersion;
  /** The clock that it was created with. */
  readonly clock: Clock;
  readonly status: GatewayStatus;
  /** Changes with every start. Version 4 announces it as `server.bootId`. */
  readonly bootId: string;
  /** A client connects. `undefined`: connection refused (the gateway is down or drains). */
  connect(peer: Peer): ServerConnection | undefined;
  /** Arms a fault. */
  inject(fault: Fault): ArmedFault;
  /** Disarms every fault that has not fired. */
  clearFaults(): void;
  /** Every connection breaks without a close frame (1006). Runs go on. */
  dropAll(): void;
  /** Nothing moves on any open connection any more, but the sockets stay open. Runs go on. */
  freezeAll(): void;
  /**
   * Orderly restart: `shutdown` event, close 1012, down for `downMs` (default 600), new boot. Version 4 first finishes
   * its runs. `restartExpectedMs` (default 1500) is announced; `null` is what a final stop says.
   */
  restart(options?: { downMs?: number; restartExpectedMs?: number | null; startingMs?: number }): void;
  /** Orderly stop. Version 3 drops running runs; version 4 finishes them first and refuses new work meanwhile. */
  stop(): void;
  /** SIGKILL: 1006 for everyone, memory (send keys, running runs) is gone, stored rows stay. Stays down. */
  kill(): void;
  /** A stopped or killed gateway boots. `startingMs` > 0: not ready for that long (version 4 answers 1013, version 3 refuses). */
  start(options?: { startingMs?: number }): void;
  /** The old secret stops working for new connects; `disconnect` closes open ones (4001 in version 4, 1008 in version 3). */
  rotateToken(
    token: string,
    options?: {
      disconnect?: boolean;
    },
  ): void;
  readonly pairing: Pairing;
  /** From now on unknown devices are asked for (`"ask"`) or paired at once (`"silent"`). */
  setPairing(mode: "silent" | "ask"): void;
  /** Answers to `method` (or to `"*"`, all) are held back for `ms`; 0 ends it. */
  slow(method: string, ms: number): void;
  /** Later turns are answered by this model. */
  setModel(model: Model): void;
  /** Rows of a session as stored now. */
  transcript(sessionKey: string): readonly TranscriptRow[];
  /** Keys of stored sessions. */
  sessionKeys(): readonly string[];
  /** Provider calls since creation: one per turn, one more per tool call and retry. */
  readonly modelCalls: number;
  /** Ids of all runs ever started, in order; a message that ran twice shows here. */
  readonly runsStarted: readonly string[];
  /** Runs that execute now. */
  activeRuns(): readonly {
    runId: string;
    sessionKey: string;
  }[];
  /** Connections that are open now and have got hello-ok. */
  readonly connected: number;
  /** Sockets that are open now, with or without hello-ok. */
  readonly open: number;
  /** Sockets ever opened. */
  readonly connections: number;
  /** Everything that crossed the wire since creation or the last `clearLog`. */
  readonly log: readonly WireRecord[];
  clearLog(): void;
  /** A message arrives that no client sent (a channel, another agent): stored and answered like a real one. */
  receiveMessage(
    sessionKey: string,
    text: string,
  ): {
    runId: string;
  };
  /** As `chat.inject`, without a client. The session is made if need be. */
  injectNote(sessionKey: string, message: string, label?: string): void;
  /** Fills a session with finished turns, at no cost; for long-thread stories. `at` is in epoch milliseconds. */
  seedSession(
    sessionKey: string,
    turns: readonly {
      user: string;
      assistant: string;
      at?: number;
    }[],
    options?: {
      label?: string;
    },
  ): void;
  /** An approval request reaches the operators that hold the approvals scope. */
  requestApproval(options: { sessionKey: string; command: string; timeoutMs?: number }): {
    id: string;
  };
  /** Version 4: a question reaches the operators that hold the questions scope. */
  askQuestion(ask: QuestionAsk): AskedQuestion;
  /** Ends everything: connections are terminated, no timer is left. */
  close(): void;
};
/** Where the gateway is said to be. */
type GatewayHandlerOptions = {
  /** For instance `wss://gateway.test/*`; `ws://localhost:18789/*` for a local one. */
  url: string;
  /** What the gateway takes for the page's origin. Default: the page's own, or `http://localhost` in Node. */
  origin?: string;
  /** Also answers the HTTP paths of the same place (health). Default true. */
  http?: boolean;
};
/**
 * msw handlers that answer WebSocket connections to `url` with `gateway`, in the browser (`setupWorker`) and in Node
 * (`setupServer`). The gateway's clock must be the real one here.
 *
 * @example
 * ```ts
 * import { createFakeGateway } from "@automna/testing";
 * import { gatewayHandlers } from "@automna/testing/msw";
 * import { setupServer } from "msw/node";
 *
 * const gateway = createFakeGateway({ protocol: 4 });
 * const server = setupServer(...gatewayHandlers(gateway, { url: "wss://gateway.test/*" }));
 * server.listen();
 * ```
 */
declare function gatewayHandlers(
  gateway: FakeGateway,
  options: GatewayHandlerOptions,
): (WebSocketHandler | RequestHandler)[];
export { GatewayHandlerOptions, gatewayHandlers };
