import { randomUUID } from "node:crypto";

import { ConnectionLostError, errorMessage, GatewayRequestError, RequestTimeoutError } from "@automna/client";
import { readFrame, type GatewayErrorShape, type HelloOk, type RequestFrame } from "@automna/protocol";

import type { GatewayLink } from "./gateway-link.ts";
import { pageHello } from "./hello.ts";
import { inlineArtifact } from "./inline-artifact.ts";
import type { EventAnswer } from "./http-answers.ts";
import { SessionScope } from "./scope.ts";

/** How long a page may take for its `connect`, milliseconds. */
const HANDSHAKE_MS = 15_000;
/** Longer than any page waits for an answer, milliseconds. */
const REQUEST_MS = 60_000;

const UNAVAILABLE: GatewayErrorShape = {
  code: "UNAVAILABLE",
  message: "The web chat server cannot reach its gateway. Its log says why.",
  retryable: true,
  retryAfterMs: 2_000,
};

/**
 * A gateway as one page sees it, scoped to one session: the page shakes hands here, its requests are passed on as far as
 * {@link SessionScope} admits them, and the events of its session come back. The gateway's secret stays on this side.
 *
 * When the connection to the gateway ends, so does the page's: it comes back with a handshake, reads the history and
 * settles its outbox, exactly as over a connection of its own.
 */
export class FrameRelay {
  readonly id = randomUUID();
  readonly #answer: EventAnswer;
  readonly #link: GatewayLink;
  readonly #sessionKey: string;
  readonly #gatewayWaitMs: number;
  #scope: SessionScope | null = null;
  /** Numbers of frames that were taken already; a post whose answer was lost comes again. */
  #taken = 0;
  #seq = 0;
  #isConnecting = false;
  #isOver = false;
  #unsubscribe: () => void = () => {};

  /** @param gatewayWaitMs how long a page's `connect` waits for the gateway, milliseconds */
  constructor(answer: EventAnswer, link: GatewayLink, sessionKey: string, gatewayWaitMs: number) {
    this.#answer = answer;
    this.#link = link;
    this.#sessionKey = sessionKey;
    this.#gatewayWaitMs = gatewayWaitMs;
    const deadline = setTimeout(() => this.close(1000, ""), HANDSHAKE_MS);
    answer.onClose(() => {
      clearTimeout(deadline);
      this.#end();
    });
  }

  /** Opens the stream: where frames are to be posted, and the challenge. */
  start(sendPath: string): void {
    this.#answer.send({ send: sendPath }, "open");
    this.#event("connect.challenge", { nonce: randomUUID(), ts: Date.now() });
  }

  /** Takes a page's frames, the first of which has the number `first`. */
  take(first: number, frames: readonly unknown[]): void {
    frames.forEach((frame, index) => {
      if (first + index < this.#taken || this.#isOver) return;
      this.#taken = first + index + 1;
      this.#frame(frame);
    });
  }

  close(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#answer.send({ code, reason }, "close");
    this.#answer.end();
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#unsubscribe();
  }

  #frame(value: unknown): void {
    const parsed = readFrame(value);
    if (parsed.kind !== "request") return this.close(1008, "invalid request frame");
    const { frame } = parsed;
    if (this.#scope !== null) return void this.#ask(this.#scope, frame);
    if (frame.method !== "connect" || this.#isConnecting) {
      return this.close(1008, "invalid handshake: first request must be connect");
    }
    this.#isConnecting = true;
    void this.#connect(frame.id);
  }

  async #connect(id: string): Promise<void> {
    const hello = await this.#link.ready(this.#gatewayWaitMs);
    const { state } = this.#link.connection;
    if (this.#isOver) return;
    if (hello === null || state.status !== "ready") {
      this.#refuse(id, UNAVAILABLE);
      return this.close(1013, "gateway unavailable");
    }
    this.#welcome(id, hello, Date.now() - state.since);
  }

  #welcome(id: string, hello: HelloOk, heardMs: number): void {
    const scope = new SessionScope(this.#sessionKey, hello);
    this.#scope = scope;
    this.#unsubscribe = this.#link.connection.subscribe({
      state: (state) => {
        if (state.status === "ready") return;
        const isRestart = state.status === "waiting" && state.reason.code === "gateway-restarting";
        this.close(isRestart ? 1012 : 1006, isRestart ? "service restart" : "");
      },
      event: (frame) => {
        if (scope.concerns(frame)) this.#event(frame.event, frame.payload);
      },
      // A number that never comes tells the page to read its history again.
      gap: () => void (this.#seq += 1),
    });
    this.#send({ type: "res", id, ok: true, payload: pageHello(hello, this.id, heardMs) });
  }

  async #ask(scope: SessionScope, { id, method, params }: RequestFrame): Promise<void> {
    const admission = scope.admit(method, params);
    if (admission.kind === "refuse") {
      return this.#refuse(id, { code: "INVALID_REQUEST", message: admission.message });
    }
    if (admission.kind === "answer")
      return this.#send({ type: "res", id, ok: true, payload: admission.payload });
    try {
      const payload = await this.#link.connection.request(admission.call, REQUEST_MS);
      const answer = admission.answer(payload);
      const isArtifact = method === "artifacts.download";
      this.#send({
        type: "res",
        id,
        ok: true,
        payload: isArtifact ? await inlineArtifact(answer, this.#link.connection.url ?? "") : answer,
      });
    } catch (error) {
      // Whether it arrived is not known here either: the page must ask the history.
      if (error instanceof ConnectionLostError) return this.close(1006, "");
      if (error instanceof RequestTimeoutError) return;
      const shape = error instanceof GatewayRequestError ? error.shape : null;
      this.#refuse(id, shape ?? { code: "UNAVAILABLE", message: errorMessage(error) });
    }
  }

  #refuse(id: string, error: GatewayErrorShape): void {
    this.#send({ type: "res", id, ok: false, error });
  }

  #event(event: string, payload: unknown): void {
    const isNumbered = event !== "connect.challenge";
    if (isNumbered) this.#seq += 1;
    this.#send({ type: "event", event, payload, ...(isNumbered && { seq: this.#seq }) });
  }

  #send(frame: unknown): void {
    if (!this.#isOver) this.#answer.send(frame);
  }
}
