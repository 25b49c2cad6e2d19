import type { ArmedFault, Fault } from "./faults.ts";
import type { FakeGatewayOptions, Pairing, Peer, ProtocolVersion, ServerConnection, TranscriptRow, WireRecord } from "./options.ts";
import type { Model } from "./script.ts";

/** `down`: connections are refused. `starting`: version 4 answers 1013. `draining`: version 4 finishes its runs. */
export type GatewayStatus = "up" | "down" | "starting" | "draining";

/** A gateway without a network: a state machine that is fed frames and answers frames. */
export type FakeGateway = {
  readonly protocol: ProtocolVersion;
  readonly status: GatewayStatus;
  /** Changes with every start. Version 4 announces it as `server.bootId`. */
  readonly bootId: string;

  /** A client connects. `undefined`: connection refused (the gateway is down). */
  connect(peer: Peer): ServerConnection | undefined;

  /** Arms a fault. */
  inject(fault: Fault): ArmedFault;
  /** Disarms every fault that has not fired. */
  clearFaults(): void;

  /** Every connection breaks without a close frame (1006). Runs go on. */
  dropAll(): void;
  /** Nothing moves on any open connection any more, but the sockets stay open. Runs go on. */
  freezeAll(): void;
  /** Orderly restart: `shutdown` event, close 1012, down for `downMs` (default 600), new boot. Version 4 first drains running runs. */
  restart(options?: { downMs?: number; restartExpectedMs?: number | null; reason?: string }): void;
  /** Orderly stop. Version 3 drops running runs; version 4 finishes them first and refuses new work meanwhile. */
  stop(): void;
  /** SIGKILL: 1006 for everyone, memory (dedupe keys, running runs) is gone, stored rows stay. */
  kill(): void;
  /** A stopped or killed gateway boots. `startingMs` > 0: version 4 accepts sockets but answers 1013 for that long. */
  start(options?: { startingMs?: number }): void;

  /** The old token stops working for new connects; open connections stay (version 4: closed with 4001 if `disconnect`). */
  rotateToken(token: string, options?: { disconnect?: boolean }): void;
  readonly pairing: Pairing;
  /** From now on unknown devices are asked for (`"ask"`) or paired at once (`"silent"`). */
  setPairing(mode: "silent" | "ask"): void;
  /** Answers to `method` (or all methods) are held back for `ms`; 0 ends it. */
  slow(method: string | "*", ms: number): void;
  /** Later turns are answered by this model. */
  setModel(model: Model): void;

  /** Rows of a session as stored now, as `chat.history` would show them to a patient client. */
  transcript(sessionKey: string): readonly TranscriptRow[];
  /** Keys of stored sessions. */
  sessionKeys(): readonly string[];
  /** How many times a model was called since creation (a duplicate run shows here). */
  readonly modelCalls: number;
  /** Runs that are executing or waiting now. */
  activeRuns(): readonly { runId: string; sessionKey: string }[];
  /** Connections that are open now and have got hello-ok. */
  readonly connected: number;
  /** Sockets that are open now, with or without hello-ok. */
  readonly open: number;
  /** Everything that crossed the wire since creation or the last `clearLog`. */
  readonly log: readonly WireRecord[];
  clearLog(): void;

  /** A message arrives that no client sent (a channel, another agent): stored and broadcast like a real one. */
  receiveMessage(sessionKey: string, text: string): { runId: string };
  /** As `chat.inject`, without a client. */
  injectNote(sessionKey: string, message: string, label?: string): void;
  /** Fills a session with finished turns, at no cost; for long-thread stories. */
  seedSession(
    sessionKey: string,
    turns: readonly { user: string; assistant: string; at?: number }[],
    options?: { label?: string },
  ): void;
  /** Version 4: an approval request reaches the operators. */
  requestApproval(options: { sessionKey: string; command: string; timeoutMs?: number }): { id: string };

  /** Ends everything: connections are terminated, no timer is left. */
  close(): void;
};

/**
 * Creates a fake gateway. Deterministic for a given seed, clock and input.
 *
 * @example
 * const gateway = createFakeGateway({ protocol: 4, model: () => words(5, 20) });
 * const Socket = fakeWebSocket(gateway);
 * const socket = new Socket("ws://gateway.test/");
 */
export function createFakeGateway(_options: FakeGatewayOptions = {}): FakeGateway {
  throw new Error("not built yet");
}
