import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

import type { RouteLimits, RouteTimeouts } from "./route.ts";

/** The client owes more of its body and does not send it, or not fast enough. */
export class SlowBodyError extends Error {
  readonly code = "request-timeout";
  constructor() {
    super("The client sent its request body too slowly. It was answered 408; nothing is to be done here.");
    this.name = "SlowBodyError";
  }
}

/** The client closed its connection in the middle of its body. */
export class ClientGoneError extends Error {
  readonly code = "client-gone";
  constructor() {
    super("The client left before its request was complete. The upstream's request was aborted with it.");
    this.name = "ClientGoneError";
  }
}

/** Bodies up to this size that have arrived whole are sent in one piece, and can be sent again. */
export const SMALL_BODY_BYTES = 65_536;
const RATE_GRACE_MS = 10_000;
const LINGER_MS = 5_000;

/**
 * The body of a request on its way to an upstream, with back-pressure. Time counts against the client only while
 * the upstream wants more.
 */
export class RequestBody extends Readable {
  bytes = 0;
  readonly #req: IncomingMessage;
  readonly #minBytesPerSecond: number;
  readonly #clock: () => number;
  #timer: NodeJS.Timeout | undefined;
  #waitingSince: number;
  #waitedMs = 0;

  constructor(
    req: IncomingMessage,
    received: readonly Buffer[],
    { requestIdleMs }: Pick<RouteTimeouts, "requestIdleMs">,
    { minBodyBytesPerSecond }: Pick<RouteLimits, "minBodyBytesPerSecond">,
    clock: () => number,
  ) {
    super({ highWaterMark: 65_536 });
    this.#req = req;
    this.#minBytesPerSecond = minBodyBytesPerSecond;
    this.#clock = clock;
    this.#waitingSince = clock();
    for (const chunk of received) this.#take(chunk);
    req.on("data", this.#onData).on("end", this.#onEnd).on("error", this.#onGone).on("close", this.#onGone);
    if (requestIdleMs > 0) this.#timer = setTimeout(this.#onIdle, requestIdleMs);
    if (req.readableEnded) this.#onEnd();
  }

  override _read(): void {
    if (!this.#req.isPaused()) return;
    this.#waitingSince = this.#clock();
    this.#timer?.refresh();
    this.#req.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#req.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onGone);
    callback(error);
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.push(chunk)) return;
    this.#waitedMs += this.#clock() - this.#waitingSince;
    this.#req.pause();
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#timer?.refresh();
    this.#take(chunk);
    const waited = this.#waitedMs + (this.#req.isPaused() ? 0 : this.#clock() - this.#waitingSince);
    if (waited > RATE_GRACE_MS && this.bytes < (this.#minBytesPerSecond * waited) / 1_000) {
      this.destroy(new SlowBodyError());
    }
  };

  readonly #onIdle = (): void => {
    if (this.#req.isPaused()) this.#timer?.refresh();
    else this.destroy(new SlowBodyError());
  };

  readonly #onEnd = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.push(null);
  };

  readonly #onGone = (): void => {
    if (!this.#req.complete) this.destroy(new ClientGoneError());
  };
}

/** Waits one turn for a small body: mostly it came with the headers. What is not there by then is to be streamed. */
export function collectBody(
  req: IncomingMessage,
  length: number,
  then: {
    readonly whole: (body: Buffer) => void;
    readonly late: (received: readonly Buffer[]) => void;
  },
): void {
  const chunks: Buffer[] = [];
  let received = 0;
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    received += chunk.length;
    if (received < length) return;
    clearImmediate(turn);
    req.off("data", onData);
    req.resume();
    then.whole(chunks.length === 1 ? chunk : Buffer.concat(chunks));
  };
  const turn = setImmediate(() => {
    req.off("data", onData);
    req.pause();
    then.late(chunks);
  });
  req.on("data", onData);
}

/** `node:http` reads the rest of a body after the answer so that the connection can go on. Not for ever. */
export function lingerForBody(req: IncomingMessage): void {
  const timer = setTimeout(() => req.destroy(), LINGER_MS);
  req.once("close", () => clearTimeout(timer));
}

export function hasLargeBody({ headers }: IncomingMessage): boolean {
  return (
    headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > SMALL_BODY_BYTES
  );
}
