import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";

import { errors } from "undici";
import type { Dispatcher } from "undici";

import type { PreparedRoute } from "./prepared-route.ts";
import type { RequestBody } from "./request-body.ts";
import { openUpstreamSocket } from "./upstream-socket.ts";

/** What a dispatcher tells of a request, nothing left out. */
type Events = Pick<
  Required<Dispatcher.DispatchHandler>,
  "onRequestStart" | "onResponseStart" | "onResponseData" | "onResponseEnd" | "onResponseError"
>;

export interface TrailingRequestOptions {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: RequestBody;
  /** Asked when the body has ended. */
  readonly trailers: () => [string, string][];
}

/**
 * A request with trailers, which undici cannot send: through `node:http`, on a connection of its own, with the same
 * events and time limits.
 */
export class TrailingRequest implements Dispatcher.DispatchController {
  aborted = false;
  reason: Error | null = null;
  readonly #request: ClientRequest;
  readonly #events: Events;
  readonly #timeouts: PreparedRoute["timeouts"];
  #answer: IncomingMessage | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(prepared: PreparedRoute, options: TrailingRequestOptions, events: Events) {
    const { method, path, headers, body, trailers } = options;
    this.#events = events;
    this.#timeouts = prepared.timeouts;
    this.#request = httpRequest({
      createConnection: () => openUpstreamSocket(prepared),
      method,
      path,
      headers: [...headers, "transfer-encoding", "chunked"],
      setHost: false,
      maxHeaderSize: 65_536,
    });
    this.#limit(this.#timeouts.connectMs, () => new errors.ConnectTimeoutError());
    this.#request.on("socket", (socket) => {
      socket.once(prepared.secure ? "secureConnect" : "connect", () => this.#connected(body));
    });
    this.#listen();
    body.on("error", (error) => this.abort(error));
    body.on("end", () => {
      this.#guarded(() => this.#request.addTrailers(trailers()));
      this.#request.end();
    });
    body.pipe(this.#request, { end: false });
  }

  get paused(): boolean {
    return this.#answer?.isPaused() ?? false;
  }

  pause(): void {
    this.#answer?.pause();
  }

  resume(): void {
    this.#timer?.refresh();
    this.#answer?.resume();
  }

  abort(reason: Error): void {
    this.aborted = true;
    this.reason = reason;
    this.#failed(reason);
  }

  #connected(body: RequestBody): void {
    this.#limit(this.#timeouts.firstByteMs, () => new errors.HeadersTimeoutError());
    body.on("data", () => {
      if (!this.#answer) this.#timer?.refresh();
    });
    this.#guarded(() => this.#events.onRequestStart(this, undefined));
  }

  #listen(): void {
    this.#request
      .on("error", (error) => this.#failed(error))
      .on("upgrade", (_answer, socket) => {
        socket.destroy();
        this.#failed(new errors.SocketError("bad upgrade"));
      })
      .on("information", ({ statusCode, rawHeaders }) => {
        if (statusCode === 100) return;
        this.#guarded(() => this.#events.onResponseStart(this, statusCode, byName(rawHeaders), ""));
      })
      .on("response", (answer) => this.#answered(answer));
  }

  #answered(answer: IncomingMessage): void {
    this.#answer = answer;
    this.#limit(this.#timeouts.responseIdleMs, () => new errors.BodyTimeoutError());
    const { statusCode = 502, statusMessage, rawHeaders } = answer;
    this.#guarded(() => this.#events.onResponseStart(this, statusCode, byName(rawHeaders), statusMessage));
    answer
      .on("data", (chunk: Buffer) => {
        this.#timer?.refresh();
        this.#guarded(() => this.#events.onResponseData(this, chunk));
      })
      .on("end", () => this.#ended(answer))
      .on("error", (error) => this.#failed(error));
  }

  #ended({ rawTrailers }: IncomingMessage): void {
    if (!this.#finish()) return;
    this.#events.onResponseEnd(this, byName(rawTrailers));
  }

  #failed(error: Error): void {
    if (this.#finish()) this.#events.onResponseError(this, error);
  }

  #guarded(step: () => void): void {
    if (this.#over) return;
    try {
      step();
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** `false` if it was over before. */
  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#request.destroy();
    return true;
  }

  #limit(ms: number, error: () => Error): void {
    clearTimeout(this.#timer);
    if (ms > 0 && !this.#over) this.#timer = setTimeout(() => this.#expired(error()), ms);
  }

  /** An answer that we hold back for a slow client is not the upstream's silence. */
  #expired(error: Error): void {
    if (this.paused) this.#timer?.refresh();
    else this.#failed(error);
  }
}

/** Headers as undici parses them: names in lower case, duplicates in a list. */
function byName(rawHeaders: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const value = rawHeaders[index + 1] ?? "";
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
