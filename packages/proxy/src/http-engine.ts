import { STATUS_CODES } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Writable } from "node:stream";

import type { Dispatcher } from "undici";

import { admit } from "./admittance.ts";
import type { Admitted, Forward, Obstacle } from "./admittance.ts";
import { AnswerBody } from "./answer-body.ts";
import { pathOf } from "./engine-context.ts";
import type { DecisionSource, EngineContext } from "./engine-context.ts";
import { Exchange } from "./exchange.ts";
import type { ClientInfo } from "./forwarded.ts";
import { flushSoon } from "./answer-flush.ts";
import { htmlBaseSink } from "./html-base.ts";
import type { OwnAnswer } from "./own-answer.ts";
import type { PreparedRoute } from "./prepared-route.ts";
import { rawHead } from "./raw-answer.ts";
import {
  ClientGoneError,
  RequestBody,
  SMALL_BODY_BYTES,
  SlowBodyError,
  collectBody,
  hasLargeBody,
  lingerForBody,
} from "./request-body.ts";
import { guardRequest } from "./request-guard.ts";
import { firstOf, informationalHead, responseHead, wantsHtmlBase } from "./response-head.ts";
import type { AnswerHeaders } from "./response-head.ts";
import type { Decision } from "./route.ts";
import { announcedTrailers, answerTrailers, requestTrailers } from "./trailers.ts";
import { TrailingRequest } from "./trailing-request.ts";
import { classifyUpstreamError, isConnectionLoss } from "./upstream-error.ts";
import { upstreamPath, upstreamRequestHeaders } from "./upstream-request.ts";

const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** One request from its arrival to its last byte. */
export class HttpExchange extends Exchange implements Dispatcher.DispatchHandler {
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #answerHeaders: readonly string[];
  readonly #client: ClientInfo;
  readonly #url: string;
  readonly #onOver: (exchange: HttpExchange) => void;
  #bytesIn = 0;
  #forward: Forward | undefined;
  #prepared: PreparedRoute | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #body: RequestBody | undefined;
  #small: Buffer | undefined;
  #retried = false;
  #answerBody: AnswerBody | undefined;

  constructor(
    context: EngineContext,
    req: IncomingMessage,
    res: ServerResponse,
    answerHeaders: readonly string[],
    onOver: (exchange: HttpExchange) => void,
  ) {
    const client = context.clientOf(req);
    super(context, req, client, "request-received");
    this.#req = req;
    this.#res = res;
    this.#answerHeaders = answerHeaders;
    this.#onOver = onOver;
    this.#url = req.url ?? "";
    this.#client = client;
    res.on("close", () => this.#finish());
  }

  start(source: DecisionSource<Decision>): void {
    const verdict = guardRequest(this.#req, this.context.maxUrlBytes);
    if (verdict) {
      this.fail(verdict, true);
      return;
    }
    const waitMs = this.context.admission.client(this.#client.address, "http");
    if (waitMs > 0) {
      this.fail({ code: "rate-limited", retryAfterMs: waitMs });
      return;
    }
    this.decide(source);
  }

  /** By whose right it was let through. */
  get grant(): string | undefined {
    return this.#forward?.grant;
  }

  protected get accept(): string | undefined {
    return this.#req.headers.accept;
  }

  /** Ends it at once, because the right to it is gone. */
  revoke(): void {
    this.outcome = "revoked";
    this.#res.destroy();
  }

  /** Cuts the request at once, whatever it is doing. */
  destroy(): void {
    this.outcome = "drained";
    this.#res.destroy();
  }

  protected forward(decision: Forward): void {
    this.#forward = decision;
    if (this.#redirectToSlash(decision)) return;
    const admitted = admit(this.context, decision, this.#url);
    if (admitted.code === undefined) this.#send(admitted);
    else this.fail(admitted);
  }

  #send({ prepared, counters }: Admitted): void {
    const { activity, pools } = this.context;
    this.#prepared = prepared;
    this.counters = counters;
    counters.openRequests += 1;
    activity.request(counters, this.#req.method ?? "GET");
    pools.acquire(prepared);
    this.#sendWithBody(prepared);
  }

  #redirectToSlash({ route, prefix, rest }: Forward): boolean {
    if (prefix === "" || route.prefix === "keep" || (rest !== "" && !rest.startsWith("?"))) return false;
    if (this.#req.method !== "GET" && this.#req.method !== "HEAD") return false;
    const headers = ["location", `${prefix}/${rest}`, "cache-control", "no-store"];
    this.answer({ outcome: "ok", status: 308, headers, body: "" });
    return true;
  }

  #sendWithBody(prepared: PreparedRoute): void {
    const { headers } = this.#req;
    const length = headers["content-length"] === undefined ? -1 : Number(headers["content-length"]);
    if (length <= 0 && headers["transfer-encoding"] === undefined) {
      this.#dispatch(prepared);
    } else if (length > 0 && length <= SMALL_BODY_BYTES) {
      collectBody(this.#req, length, {
        whole: (body) => {
          this.#small = body;
          this.#bytesIn = body.length;
          this.guarded(() => this.#dispatch(prepared));
        },
        late: (received) => {
          if (!this.over) this.guarded(() => this.#stream(received, prepared));
        },
      });
    } else {
      this.#stream([], prepared);
    }
  }

  #stream(received: readonly Buffer[], prepared: PreparedRoute): void {
    this.#body = new RequestBody(this.#req, received, prepared.timeouts, prepared.limits, this.context.clock);
    this.#body.on("error", (error) => {
      if (error instanceof SlowBodyError) this.fail({ code: "request-timeout" }, true);
      else if (error instanceof ClientGoneError && this.outcome === "ok") this.outcome = "client-gone";
    });
    this.#dispatch(prepared);
  }

  #dispatch(prepared: PreparedRoute): void {
    if (this.over || !this.#forward) return;
    const req = this.#req;
    const method = req.method ?? "GET";
    const headers = upstreamRequestHeaders(req, this.#forward, prepared, this.#client, this.requestId);
    const length = req.headers["content-length"];
    if (this.#body && length !== undefined) headers.push("content-length", length);
    const path = upstreamPath(prepared, this.#forward);
    const announced = announcedTrailers(req, prepared.headerPolicy, this.#forward.requestHeaders);
    if (this.#body && announced.length > 0) {
      headers.push("trailer", announced.join(", "));
      const trailers = (): [string, string][] => requestTrailers(req, announced);
      void new TrailingRequest(prepared, { method, path, headers, body: this.#body, trailers }, this);
      return;
    }
    const options: Dispatcher.DispatchOptions = {
      path,
      method,
      headers,
      body: this.#small ?? this.#body ?? null,
      headersTimeout: prepared.timeouts.firstByteMs,
      bodyTimeout: prepared.timeouts.responseIdleMs,
    };
    if (method === "HEAD") options.reset = false;
    this.context.pools.get(prepared).dispatch(options, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.over || this.answered) {
      controller.abort(new Error("The client left before the request was sent."));
      return;
    }
    this.#controller = controller;
    this.layer = "connected";
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: AnswerHeaders,
    statusText?: string,
  ): void {
    if (this.over || this.answered) return;
    if (status < 200) {
      this.#inform(status, headers);
      return;
    }
    const { prepared, forward } = this.#forwarding();
    this.context.circuits.succeeded(prepared.origin);
    this.firstByteMs ??= this.context.clock() - this.startedClock;
    this.layer = "answered";
    this.answered = true;
    this.status = status;
    const rewritten = wantsHtmlBase(status, headers, forward);
    const { ownCookies, draining } = this.context;
    const { method = "GET", httpVersionMinor } = this.#req;
    const into = responseHead(
      headers,
      { prepared, match: forward, clientHost: this.#client.host, ownCookies, requestId: this.requestId },
      { method, httpVersionMinor, status, rewritten },
    );
    for (const text of this.#answerHeaders) into.push(text);
    if (draining()) into.push("connection", "close");
    this.#res.writeHead(status, statusText === "" ? STATUS_CODES[status] : statusText, into);
    const length = headers["content-length"];
    const expected = rewritten || typeof length !== "string" ? -1 : Number(length);
    const sink = rewritten ? this.#openHtmlSink(controller, headers, forward) : undefined;
    this.#answerBody = new AnswerBody(this.#res, controller, sink, expected);
    if (expected !== 0) flushSoon(this.#answerBody);
  }

  #forwarding(): { prepared: PreparedRoute; forward: Forward } {
    if (!this.#prepared || !this.#forward)
      throw new Error("An answer came to a request that was never sent.");
    return { prepared: this.#prepared, forward: this.#forward };
  }

  /**
   * Passes an informational answer on as it is. `writeEarlyHints` would refuse valid ones, such as several links in
   * one header. Without a socket an earlier answer is still being written: then a hint is no longer worth sending.
   */
  #inform(status: number, headers: AnswerHeaders): void {
    const { socket } = this.#res;
    if (this.#req.httpVersionMinor === 0 || !socket || (status !== 102 && status !== 103)) return;
    const { prepared } = this.#forwarding();
    socket.write(rawHead(status, "", informationalHead(headers, prepared)), "latin1");
  }

  #openHtmlSink(
    controller: Dispatcher.DispatchController,
    headers: AnswerHeaders,
    { prefix }: Forward,
  ): Writable | undefined {
    if (this.#req.method === "HEAD") return undefined;
    return htmlBaseSink(this.#res, `${prefix}/`, firstOf(headers["content-encoding"]), (error) => {
      if (this.over) return;
      this.outcome = "upstream-invalid";
      controller.abort(error);
      this.#abortAnswer();
    });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.over || !this.answered) return;
    this.layer = "streaming";
    this.bytesOut += chunk.length;
    this.#answerBody?.take(chunk);
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: AnswerHeaders): void {
    this.#settled = true;
    if (this.over) return;
    const kept = answerTrailers(trailers);
    if (kept.length > 0) this.#res.addTrailers(kept);
    this.#answerBody?.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#settled = true;
    const { prepared } = this.#forwarding();
    if (this.over || this.outcome !== "ok") {
      this.context.circuits.abandoned(prepared.origin);
      return;
    }
    if (this.answered) {
      this.outcome = errorCode(error) === "UND_ERR_BODY_TIMEOUT" ? "response-idle" : "upstream-reset";
      this.#abortAnswer();
      return;
    }
    const connected = this.layer === "connected";
    if (connected && this.#mayRetry(error)) {
      this.#retried = true;
      this.#settled = false;
      this.#controller = undefined;
      this.guarded(() => this.#dispatch(prepared));
      return;
    }
    const code = classifyUpstreamError(error, connected);
    this.context.circuits.failed(prepared.origin);
    if (code === "internal-error") this.context.onError(error, this.requestId, this.routeId);
    this.fail({ code, retryAfterMs: code === "upstream-refused" ? 1_000 : undefined });
  }

  #mayRetry(error: Error): boolean {
    if (this.#retried || this.#body || !IDEMPOTENT.has(this.#req.method ?? "")) return false;
    return isConnectionLoss(error);
  }

  /** @param close Whether the connection ends with the answer. */
  protected fail(obstacle: Obstacle, close = false): void {
    if (this.over) return;
    if (this.#res.headersSent || this.answered) {
      this.outcome = obstacle.code;
      this.#abortAnswer();
      return;
    }
    const answer = this.failureAnswer(obstacle);
    if (close) answer.headers.push("connection", "close");
    this.answer(answer);
  }

  protected answer({ outcome, status, headers, body }: OwnAnswer): void {
    this.answered = true;
    this.outcome = outcome;
    this.status = status;
    this.#settled ||= this.#controller === undefined;
    if (!this.#settled) this.#controller?.abort(new Error("The proxy answered by itself."));
    const payload = Buffer.from(body, "utf8");
    headers.push("x-request-id", this.requestId, ...this.#answerHeaders);
    if (!this.#answerHeaders.includes("x-content-type-options"))
      headers.push("x-content-type-options", "nosniff");
    headers.push("content-length", String(payload.length));
    const owesBody = !this.#req.complete && hasLargeBody(this.#req);
    if ((owesBody || this.context.draining()) && !headers.includes("connection"))
      headers.push("connection", "close");
    this.bytesOut += payload.length;
    this.#res.writeHead(status, headers);
    this.#res.end(payload);
    this.#req.resume();
  }

  /** Makes an incomplete answer visible as one. An HTTP/1.0 client would take a plain close for its end. */
  #abortAnswer(): void {
    const { socket } = this.#res;
    if (this.#req.httpVersionMinor === 0 && socket) socket.resetAndDestroy();
    else this.#res.destroy();
  }

  #finish(): void {
    if (this.over) return;
    this.over = true;
    if (!this.#res.writableFinished && this.outcome === "ok") this.outcome = "client-gone";
    if (!this.#settled) this.#controller?.abort(new Error("The client left."));
    this.#body?.destroy();
    this.#bytesIn += this.#body?.bytes ?? 0;
    if (this.#prepared) this.context.pools.release(this.#prepared);
    if (this.counters) {
      this.counters.openRequests -= 1;
      this.counters.bytesIn += this.#bytesIn;
      this.counters.bytesOut += this.bytesOut;
    }
    if (!this.#req.complete && !this.#req.destroyed) lingerForBody(this.#req);
    this.#onOver(this);
    this.context.onAccess({
      kind: "http",
      requestId: this.requestId,
      routeId: this.routeId,
      method: this.#req.method ?? "",
      path: pathOf(this.#url),
      status: this.status,
      layer: this.layer,
      outcome: this.outcome,
      client: this.#client.address,
      startedAt: this.startedAt,
      firstByteMs: this.firstByteMs,
      durationMs: this.context.clock() - this.startedClock,
      bytesIn: this.#bytesIn,
      bytesOut: this.bytesOut,
      messagesIn: 0,
      messagesOut: 0,
      closeCode: undefined,
    });
  }
}

function errorCode(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
