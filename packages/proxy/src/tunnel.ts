import type { Socket } from "node:net";

import type { ActivityBook, RouteCounters } from "./activity.ts";
import { FrameScanner, closeFrame } from "./frame-scanner.ts";

export interface TunnelOptions {
  readonly activity: ActivityBook;
  readonly counters: RouteCounters;
  /** Longest silence in both directions, in milliseconds. 0: no limit. */
  readonly idleMs: number;
  /** Called once, when both sockets are closed. */
  readonly onOver: () => void;
}

/** After one side ended, the other may go on while it has something to say. */
const HALF_OPEN_MS = 10_000;
/** After one side died, the other gets this long to take what was already written to it. */
const LAST_WORDS_MS = 900;
/** After our close frame, a client gets this long to answer it. */
const CLOSE_HANDSHAKE_MS = 2_000;
/** A client of a draining proxy is told to go between two frames, but a frame that never ends is not waited for. */
const FRAME_END_MS = 1_000;
/** RFC 6455 section 7.4.1. */
const POLICY_VIOLATION = 1008;

/**
 * Two sockets joined. Bytes pass as they come, in both directions, with back-pressure; frames are watched, never
 * changed. An end is passed on as an end, a death as a close within a second.
 */
export class Tunnel {
  bytesIn = 0;
  bytesOut = 0;
  outcome = "ok";
  readonly fromClient: FrameScanner;
  readonly fromUpstream: FrameScanner;
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #options: TunnelOptions;
  #timer: NodeJS.Timeout | undefined;
  #refreshes = false;
  #open = 2;
  #told: number | undefined;
  #close: Buffer | undefined;

  constructor(client: Socket, upstream: Socket, options: TunnelOptions) {
    this.#client = client;
    this.#upstream = upstream;
    this.#options = options;
    const { activity, counters, idleMs } = options;
    this.fromClient = new FrameScanner((bytes) => activity.message(counters, "client", bytes));
    this.fromUpstream = new FrameScanner((bytes) => activity.message(counters, "upstream", bytes));
    if (idleMs > 0) {
      this.#refreshes = true;
      this.#setTimer(idleMs, "idle");
    }
  }

  /** Joins the sockets; what was read before goes first. */
  start(earlyFromClient: readonly Buffer[], earlyFromUpstream: Buffer): void {
    const client = this.#client;
    const upstream = this.#upstream;
    client.on("data", (chunk: Buffer) => this.#takeFromClient(chunk));
    upstream.on("data", (chunk: Buffer) => this.#takeFromUpstream(chunk));
    client.on("drain", () => upstream.resume());
    upstream.on("drain", () => client.resume());
    client.on("end", () => this.#ended(upstream));
    upstream.on("end", () => this.#ended(client));
    client.on("error", () => this.#failed("client-reset"));
    upstream.on("error", () => this.#failed("upstream-reset"));
    client.on("close", () => this.#closed(upstream));
    upstream.on("close", () => this.#closed(client));
    for (const chunk of earlyFromClient) this.#takeFromClient(chunk);
    if (earlyFromUpstream.length > 0) this.#takeFromUpstream(earlyFromUpstream);
  }

  /** Tells the client to reconnect elsewhere: a close frame between two frames, then the end of both sockets. */
  tell(code: number, reason: string): void {
    if (this.#told !== undefined || this.#close) return;
    this.#close = closeFrame(code, reason);
    if (this.fromUpstream.atBoundary) this.#sendClose(code);
    else {
      this.#told = code;
      this.#refreshes = false;
      this.#setTimer(FRAME_END_MS, "drained");
    }
  }

  /** Nothing reaches the upstream any more; the client is told so if it stands between two frames. */
  revoke(): void {
    if (this.outcome === "ok") this.outcome = "revoked";
    if (!this.#close && this.fromUpstream.atBoundary) {
      this.fromUpstream.closeCode ??= POLICY_VIOLATION;
      this.#client.write(closeFrame(POLICY_VIOLATION, "access ended"));
    }
    this.#upstream.destroy();
  }

  /** Cuts both sockets at once. */
  destroy(outcome: string): void {
    if (this.outcome === "ok") this.outcome = outcome;
    this.#client.destroy();
    this.#upstream.destroy();
  }

  #takeFromClient(chunk: Buffer): void {
    this.bytesIn += chunk.length;
    this.fromClient.feed(chunk);
    if (this.#refreshes) this.#timer?.refresh();
    if (!this.#upstream.write(chunk)) this.#client.pause();
    if (this.#close && this.fromClient.closeCode !== undefined) this.#part();
  }

  /** Both close frames of our own closing are through: the server's side ends the connection (RFC 6455 section 7.1.1). */
  #part(): void {
    this.#client.end();
    this.#upstream.destroySoon();
  }

  #takeFromUpstream(chunk: Buffer): void {
    if (this.#close) {
      this.#takeLastFrame(chunk);
      return;
    }
    this.bytesOut += chunk.length;
    this.fromUpstream.feed(chunk);
    if (this.#refreshes) this.#timer?.refresh();
    if (!this.#client.write(chunk)) this.#upstream.pause();
  }

  #takeLastFrame(chunk: Buffer): void {
    if (this.#told === undefined) return;
    const end = this.fromUpstream.feed(chunk, true);
    this.bytesOut += end;
    this.#client.write(chunk.subarray(0, end));
    if (this.fromUpstream.atBoundary) this.#sendClose(this.#told);
  }

  #sendClose(code: number): void {
    this.#told = undefined;
    this.fromUpstream.closeCode ??= code;
    this.#refreshes = false;
    if (this.#close) this.#client.write(this.#close);
    this.#setTimer(CLOSE_HANDSHAKE_MS, "drained");
  }

  #ended(other: Socket): void {
    other.end();
    if (this.#close) {
      if (other === this.#upstream) this.#part();
      return;
    }
    this.#refreshes = true;
    this.#setTimer(HALF_OPEN_MS, "half-open");
  }

  #failed(outcome: string): void {
    if (this.outcome === "ok") this.outcome = outcome;
  }

  #closed(other: Socket): void {
    this.#open -= 1;
    if (this.#open === 0) {
      clearTimeout(this.#timer);
      this.#options.onOver();
      return;
    }
    if (other.destroyed) return;
    other.destroySoon();
    other.resume();
    this.#refreshes = false;
    this.#setTimer(LAST_WORDS_MS, this.outcome);
  }

  #setTimer(ms: number, outcome: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.destroy(outcome), ms);
  }
}
