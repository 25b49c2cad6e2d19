import {
  encodeRequest,
  parseChallenge,
  parseGatewayFrame,
  parseHello,
  readTokenSeq,
  type ConnectChallenge,
  type ConnectParams,
  type EventFrame,
  type GatewayErrorShape,
  type HelloOk,
  type ResponseFrame,
} from "@automna/protocol";

import type { Environment, Stop } from "./environment.ts";
import { errorMessage } from "./errors.ts";
import type { Transport, TransportClose, TransportFactory } from "./transport.ts";

/** Deadlines of one attempt, milliseconds. */
const HANDSHAKE = { openMs: 10_000, challengeMs: 5_000, connectMs: 15_000 } as const;

const CONNECT_ID = "connect";

/** How an attempt ended. */
export interface AttemptEnd {
  readonly close: TransportClose;
  /** It had been ready. */
  readonly wasReady: boolean;
  /** The refusal of `connect`, when there was one. `CLIENT` is what failed on this side, before there could be one. */
  readonly error: GatewayErrorShape | null;
}

/** What an attempt tells its connection. `ended` comes exactly once, last. */
interface AttemptOwner {
  opened(): void;
  ready(hello: HelloOk): void;
  event(frame: EventFrame): void;
  response(frame: ResponseFrame): void;
  ended(end: AttemptEnd): void;
}

/** What one attempt needs. */
export interface AttemptSetup {
  readonly url: string;
  readonly transport: TransportFactory;
  readonly environment: Environment;
  /**
   * The params of `connect`. Without a challenge (the gateway sent none in time) it answers `null` when a device has to
   * sign one.
   */
  readonly connectParams: (challenge: ConnectChallenge | null) => Promise<ConnectParams | null>;
  readonly owner: AttemptOwner;
}

type Phase = "opening" | "challenge" | "signing" | "connecting" | "ready" | "ended";

/** One socket's life: open, handshake, ready, end. Never more than one deadline runs. */
export class ConnectionAttempt {
  readonly #setup: AttemptSetup;
  readonly #transport: Transport;
  #phase: Phase = "opening";
  #error: GatewayErrorShape | null = null;
  #stopDeadline: Stop = () => {};

  constructor(setup: AttemptSetup) {
    this.#setup = setup;
    this.#transport = setup.transport(setup.url, {
      open: () => this.#opened(),
      frame: (text) => this.#frame(text),
      close: (close) => this.#closed(close),
    });
    if (this.#is("opening")) this.#deadline(HANDSHAKE.openMs, "open timeout");
  }

  /** Hands a frame over; `false` when the attempt is not ready. */
  send(text: string): boolean {
    return this.#phase === "ready" && this.#transport.send(text);
  }

  /** Ends the attempt; `ended` is called before this returns. */
  close(code: number, reason: string): void {
    this.#transport.close(code, reason);
  }

  #deadline(ms: number, reason: string): void {
    this.#stopDeadline();
    this.#stopDeadline = this.#setup.environment.after(ms, () => this.#transport.close(4000, reason));
  }

  #opened(): void {
    this.#phase = "challenge";
    this.#setup.owner.opened();
    this.#stopDeadline();
    this.#stopDeadline = this.#setup.environment.after(HANDSHAKE.challengeMs, () => void this.#connect(null));
  }

  async #connect(challenge: ConnectChallenge | null): Promise<void> {
    if (this.#phase !== "challenge") return;
    this.#phase = "signing";
    this.#deadline(HANDSHAKE.connectMs, "handshake timeout");
    try {
      const params = await this.#setup.connectParams(challenge);
      if (!this.#is("signing")) return;
      if (params === null) return this.#transport.close(4000, "no challenge");
      this.#phase = "connecting";
      this.#transport.send(encodeRequest(CONNECT_ID, "connect", params));
    } catch (error) {
      this.#error = { code: "CLIENT", message: errorMessage(error) };
      this.#transport.close(1000, "refused");
    }
  }

  // The phase can change while a promise is awaited, which the compiler does not see.
  #is(phase: Phase): boolean {
    return this.#phase === phase;
  }

  #frame(text: string): void {
    const seq = readTokenSeq(text);
    if (seq !== undefined)
      return this.#event({ type: "event", event: "agent", payload: { stream: "assistant" }, seq });
    const parsed = parseGatewayFrame(text);
    if (parsed.kind === "response") this.#response(parsed.frame);
    else if (parsed.kind === "event") this.#event(parsed.frame);
  }

  #event(frame: EventFrame): void {
    if (this.#phase === "ready") return this.#setup.owner.event(frame);
    if (frame.event !== "connect.challenge") return;
    const challenge = parseChallenge(frame.payload);
    if (challenge.ok) void this.#connect(challenge.value);
  }

  #response(frame: ResponseFrame): void {
    if (this.#phase === "ready") return this.#setup.owner.response(frame);
    if (this.#phase !== "connecting" || frame.id !== CONNECT_ID) return;
    if (!frame.ok) {
      this.#error = frame.error;
      return this.#transport.close(1000, "refused");
    }
    const hello = parseHello(frame.payload);
    if (!hello.ok) {
      this.#error = { code: "UNREADABLE", message: `hello-ok cannot be read: ${hello.reason}` };
      return this.#transport.close(1000, "unreadable hello");
    }
    this.#stopDeadline();
    this.#phase = "ready";
    this.#setup.owner.ready(hello.value);
  }

  #closed(close: TransportClose): void {
    this.#stopDeadline();
    const wasReady = this.#phase === "ready";
    this.#phase = "ended";
    this.#setup.owner.ended({ close, wasReady, error: this.#error });
  }
}
