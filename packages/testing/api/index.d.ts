/** The only source of time in the fake gateway. All values are milliseconds. */
type Clock = {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Returns a handle for {@link Clock.clearTimeout}. */
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(handle: number): void;
};
/**
 * Real time: `Date.now` and `setTimeout`. The default of {@link createFakeGateway}.
 *
 * @example
 * ```ts
 * import { realClock } from "@automna/testing";
 *
 * const clock = realClock();
 * const handle = clock.setTimeout(() => gateway.restart(), 5_000);
 * clock.clearTimeout(handle); // it goes on running after all
 * ```
 */
declare function realClock(): Clock;
/** Time that moves only when the test says so, so that minutes of gateway behaviour cost microseconds. */
type VirtualClock = Clock & {
  /** Runs every timer due in the next `ms` milliseconds, in order, and leaves the clock exactly `ms` later. */
  advance(ms: number): void;
  /** As {@link VirtualClock.advance}, but lets promise callbacks run before, between and after the timers. */
  advanceAsync(ms: number): Promise<void>;
  /** Runs timers until `done()` is true or `limitMs` of virtual time have passed; tells whether it became true. */
  advanceUntil(done: () => boolean, limitMs?: number): Promise<boolean>;
  /** How many timers wait. A test that ends with 0 has leaked none. */
  pending(): number;
};
/**
 * A clock for tests and model-based traces: nothing happens until it is advanced, and then at once.
 *
 * @param startMs - milliseconds since the epoch; default: the first of January 2026
 *
 * @example
 * ```ts
 * import { createFakeGateway, virtualClock } from "@automna/testing";
 *
 * const clock = virtualClock();
 * const gateway = createFakeGateway({ protocol: 4, clock });
 * clock.advance(30_000); // one tick event has been sent to every connection
 * ```
 */
declare function virtualClock(startMs?: number): VirtualClock;
/** The only source of randomness in the fake gateway. */
type Random = {
  /** A number in [0, 1). */
  next(): number;
  uuid(): string;
  hex(length: number): string;
  base64url(length: number): string;
};
/**
 * A repeatable generator (mulberry32): the same seed gives the same ids in the same order. Not for secrets.
 *
 * @param seed - a whole number; 32 bits of it count
 *
 * @example
 * ```ts
 * import { seededRandom } from "@automna/testing";
 *
 * seededRandom(7).uuid() === seededRandom(7).uuid(); // true
 * const random = seededRandom(7);
 * random.hex(8) === random.hex(8); // false
 * ```
 */
declare function seededRandom(seed: number): Random;
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
/**
 * `count` words, one every `ms` milliseconds: `w1 w2 w3 ...`
 *
 * @example
 * ```ts
 * import { createFakeGateway, words } from "@automna/testing";
 *
 * createFakeGateway({ model: () => words(200, 25) }); // every answer takes five seconds
 * ```
 */
declare function words(count: number, ms: number): Step[];
/**
 * `text` in pieces of about `size` characters (surrogate pairs stay whole), one every `ms` milliseconds.
 *
 * @example
 * ```ts
 * import { say } from "@automna/testing";
 *
 * say("Good morning", { size: 8, ms: 50 }).length; // 4
 * say("Hi"); // [{ do: "text", text: "Hi" }, { do: "wait", ms: 20 }]
 * ```
 */
declare function say(
  text: string,
  {
    size,
    ms,
  }?: {
    size?: number;
    ms?: number;
  },
): Step[];
/**
 * Reasoning in the given pieces, one every `ms` milliseconds. Version 3 shows it in the history only; version 4 also as it
 * comes, to sessions whose reasoning level is `stream`.
 *
 * @example
 * ```ts
 * import { createFakeGateway } from "@automna/testing";
 *
 * const model: Model = () => [...think(["The person greets me. ", "I greet back."]), ...say("Hello!")];
 * createFakeGateway({ model });
 * ```
 */
declare function think(
  pieces: readonly string[],
  {
    ms,
  }?: {
    ms?: number;
  },
): Step[];
/**
 * A tool call that succeeds with `result`; with `isError` it fails with it. What the model says next stands behind it in the
 * script.
 *
 * @example
 * ```ts
 * import { createFakeGateway, tool } from "@automna/testing";
 *
 * const look = tool("exec", { command: "ls" }, "a.txt\nb.txt", { ms: 300, needsApproval: true });
 * createFakeGateway({ model: () => [look, ...say("Two files.")] });
 * ```
 */
declare function tool(
  name: string,
  args: Record<string, unknown>,
  result: string,
  options?: Omit<ToolStep, "do" | "name" | "args" | "result">,
): Step;
/**
 * Answers `Echo: <the message>`. The default model.
 *
 * @example
 * ```ts
 * import { createFakeGateway, echoModel } from "@automna/testing";
 *
 * const gateway = createFakeGateway({ model: (call) => (call.callNumber === 1 ? [{ do: "hang" }] : echoModel(call)) });
 * ```
 */
declare const echoModel: Model;
/**
 * Pleasant markdown answers, chosen by a word in the message; everything else is echoed. For demos and stories.
 *
 * @example
 * ```ts
 * import { createFakeGateway, demoModel } from "@automna/testing";
 *
 * const gateway = createFakeGateway({ protocol: 4, model: demoModel });
 * gateway.receiveMessage("agent:main:main", "Show me a table"); // as if it came through a channel
 * ```
 */
declare const demoModel: Model;
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
/** 3 behaves as Clawdbot 2026.1.24-3, 4 as OpenClaw 2026.9.6. */
type ProtocolVersion = 3 | 4;
/** Who is let in. */
type AuthOptions =
  | {
      mode: "token";
      token: string;
    }
  | {
      mode: "password";
      password: string;
    }
  /** Version 4 only: a proxy has authenticated the person and names them in `userHeader`; value = granted scopes. */
  | {
      mode: "trusted-proxy";
      userHeader: string;
      users: Record<string, readonly string[]>;
    };
/** How long things take, in milliseconds. */
type GatewayTiming = {
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
type GatewayLimits = {
  /** Largest frame of an authenticated client. Default 524288 (version 3), 26214400 (version 4). */
  maxPayload: number;
  /** Largest frame before `connect` was accepted. Default 524288 (version 3), 65536 (version 4). */
  maxHandshakePayload: number;
};
/** A model of the catalogue. */
type CatalogModel = {
  provider: string;
  id: string;
  name: string;
  reasoning?: boolean;
  contextWindow?: number;
};
/** How the fake gateway behaves. Everything has a default. */
type FakeGatewayOptions = {
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
  agents?: readonly {
    id: string;
    name?: string;
  }[];
  /** `hello.server.version`. Default `dev` (version 3, as the real one) and `2026.9.6`. */
  serverVersion?: string;
  /**
   * `false` skips the Ed25519 check (1-2 ms each), for model-based tests with thousands of handshakes. Everything else
   * about the device (id, nonce, time, scopes, pairing) is still checked. Default true.
   */
  verifySignatures?: boolean;
};
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
/**
 * Creates a fake gateway. Deterministic for a given seed, clock and input.
 *
 * @example
 * ```ts
 * import { createFakeGateway, fakeWebSocket, words } from "@automna/testing";
 *
 * const gateway = createFakeGateway({ protocol: 4, model: () => words(5, 20) });
 * const Socket = fakeWebSocket(gateway);
 * const socket = new Socket("ws://gateway.test/");
 * ```
 */
declare function createFakeGateway(options?: FakeGatewayOptions): FakeGateway;
/** What the in-memory sockets should look like to the gateway. */
type MemorySocketOptions = {
  /** Milliseconds each way. Default 0: the next turn of the gateway's clock. */
  latencyMs?: number;
  /** Default `http://localhost` (a page on loopback). `null`: no Origin header. */
  origin?: string | null;
  /** Default `127.0.0.1`. */
  address?: string;
  /** More request headers, lower-case; for instance a trusted proxy's user header. */
  headers?: Readonly<Record<string, string>>;
};
type Handler<E extends Event> = ((event: E) => void) | null;
/** The part of the `WebSocket` interface that clients use. */
type MemorySocket = EventTarget & {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  readonly url: string;
  readonly readyState: 0 | 1 | 2 | 3;
  readonly protocol: string;
  readonly extensions: string;
  readonly bufferedAmount: number;
  binaryType: "blob" | "arraybuffer";
  onopen: Handler<Event>;
  onmessage: Handler<
    Event & {
      readonly data: string;
    }
  >;
  onclose: Handler<
    Event & {
      readonly code: number;
      readonly reason: string;
      readonly wasClean: boolean;
    }
  >;
  onerror: Handler<Event>;
  /** A gateway takes text and its bytes; a `Blob` is refused. */
  send(data: string | ArrayBuffer | ArrayBufferView | Blob): void;
  close(code?: number, reason?: string): void;
};
/** A constructor that can stand in for the global `WebSocket`. */
type MemorySocketClass = {
  new (url: string | URL, protocols?: string | string[]): MemorySocket;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
};
/**
 * A `WebSocket` class whose other end is `gateway`: no network, time from the gateway's clock. Give it to a client
 * (partysocket's `WebSocket` option) to run thousands of traces in virtual time.
 *
 * @example
 * ```ts
 * import { fakeWebSocket } from "@automna/testing";
 *
 * const socket = new (fakeWebSocket(gateway))("ws://gateway.test/");
 * socket.onmessage = (event) => received.push(event.data);
 * ```
 */
declare function fakeWebSocket(gateway: FakeGateway, options?: MemorySocketOptions): MemorySocketClass;
export {
  type ArmedFault,
  type AskedQuestion,
  type AuthOptions,
  type CatalogModel,
  type Clock,
  type FailStep,
  type FakeGateway,
  type FakeGatewayOptions,
  type Fault,
  type FrameMatch,
  type GatewayLimits,
  type GatewayStatus,
  type GatewayTiming,
  type Json,
  type JsonObject,
  type MemorySocket,
  type MemorySocketClass,
  type MemorySocketOptions,
  type Model,
  type ModelCall,
  type Pairing,
  type PairingRequest,
  type Peer,
  type ProtocolVersion,
  type QuestionAsk,
  type Random,
  type ServerConnection,
  type Step,
  type ToolStep,
  type TranscriptRow,
  type VirtualClock,
  type WireRecord,
  createFakeGateway,
  demoModel,
  echoModel,
  fakeWebSocket,
  realClock,
  say,
  seededRandom,
  think,
  tool,
  virtualClock,
  words,
};
