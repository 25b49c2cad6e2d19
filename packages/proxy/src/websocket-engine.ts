import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import type { Layer } from "./access-log.ts";
import type { RouteCounters } from "./activity.ts";
import { admit } from "./admittance.ts";
import type { Forward, Obstacle } from "./admittance.ts";
import { isPromise, pathOf, trustedRequestId } from "./engine-context.ts";
import type { DecisionSource, EngineContext } from "./engine-context.ts";
import type { ClientInfo } from "./forwarded.ts";
import { copyResponseHeaders } from "./headers.ts";
import { failureAnswer, refusalAnswer } from "./own-answer.ts";
import type { Occasion, OwnAnswer } from "./own-answer.ts";
import { PendingClient } from "./pending-client.ts";
import { responseHeaderEdit } from "./prefix-rewrite.ts";
import type { PreparedRoute } from "./prepared-route.ts";
import { answerAndClose, rawHead } from "./raw-answer.ts";
import { guardRequest, guardUpgrade, hasToken } from "./request-guard.ts";
import type { Decision } from "./route.ts";
import { Tunnel } from "./tunnel.ts";
import { classifyUpstreamError } from "./upstream-error.ts";
import { upstreamPath, upstreamRequestHeaders } from "./upstream-request.ts";
import { openUpstreamSocket } from "./upstream-socket.ts";

/** What belongs to the handshake alone, and is let go with it: an idle WebSocket should be small. */
interface Opening {
  readonly req: IncomingMessage;
  readonly client: ClientInfo;
  readonly pending: PendingClient;
}

/** One WebSocket from its upgrade to the close of both sockets. */
export class SocketExchange {
  slot = 0;
  readonly requestId: string;
  readonly #context: EngineContext;
  readonly #socket: Socket;
  readonly #address: string;
  readonly #startedAt: number;
  readonly #startedClock: number;
  readonly #path: string;
  readonly #onOver: (exchange: SocketExchange) => void;
  #opening: Opening | undefined;
  #layer: Layer = "upgrade-received";
  #outcome = "ok";
  #status = 0;
  #routeId: string | undefined;
  #firstByteMs: number | undefined;
  #over = false;
  #answered = false;
  #counters: RouteCounters | undefined;
  #handshake: ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tunnel: Tunnel | undefined;
  #origin: string | undefined;
  #bytesOut = 0;
  #grant: string | undefined;

  constructor(
    context: EngineContext,
    req: IncomingMessage,
    socket: Socket,
    head: Buffer,
    onOver: (exchange: SocketExchange) => void,
  ) {
    this.#context = context;
    this.#socket = socket;
    this.#onOver = onOver;
    this.#path = pathOf(req.url ?? "");
    this.#startedAt = context.now();
    this.#startedClock = context.clock();
    const client = context.clientOnce(req);
    this.#address = client.address;
    this.requestId =
      trustedRequestId(req.headers["x-request-id"], client.trusted) ?? context.createRequestId();
    this.#opening = { req, client, pending: new PendingClient(socket, head, () => this.#clientClosed()) };
  }

  /** `true` once the 101 was relayed. */
  get open(): boolean {
    return this.#tunnel !== undefined;
  }

  /** By whose right it was let through. */
  get grant(): string | undefined {
    return this.#grant;
  }

  get routeId(): string | undefined {
    return this.#routeId;
  }

  start(source: DecisionSource<Decision>): void {
    const { req } = this.#handshaking();
    const verdict = guardRequest(req, this.#context.maxUrlBytes) ?? guardUpgrade(req);
    if (verdict) {
      this.#fail(verdict);
      return;
    }
    if (this.#context.draining()) {
      this.#fail({ code: "draining", retryAfterMs: 1_000 });
      return;
    }
    const waitMs = this.#context.admission.client(this.#address, "websocket");
    if (waitMs > 0) {
      this.#fail({ code: "rate-limited", retryAfterMs: waitMs });
      return;
    }
    try {
      const decision = typeof source === "function" ? source() : source;
      if (isPromise(decision)) {
        decision.then(
          (value) => this.#guarded(() => this.#decided(value)),
          (error: unknown) => this.#crash(error),
        );
      } else {
        this.#decided(decision);
      }
    } catch (error) {
      this.#crash(error);
    }
  }

  /** Tells an open WebSocket to go elsewhere; one without a 101 is refused. */
  tell(code: number, reason: string): void {
    if (this.#tunnel) this.#tunnel.tell(code, reason);
    else this.#fail({ code: "draining", retryAfterMs: 1_000 });
  }

  /** Ends it at once, because the right to it is gone. */
  revoke(): void {
    if (this.#tunnel) this.#tunnel.revoke();
    else this.#fail({ code: "revoked" });
  }

  destroy(): void {
    if (this.#tunnel) {
      this.#tunnel.destroy("drained");
      return;
    }
    this.#outcome = "drained";
    this.#socket.destroy();
  }

  #handshaking(): Opening {
    if (!this.#opening) throw new Error("The handshake is over and its request was let go.");
    return this.#opening;
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#crash(error);
    }
  }

  #crash(error: unknown): void {
    this.#context.onError(error, this.requestId, this.#routeId);
    this.#fail({ code: "internal-error" });
  }

  #decided(decision: Decision): void {
    if (this.#over || this.#answered) return;
    if (decision.kind === "refuse") {
      this.#refuse(decision);
      return;
    }
    this.#routeId = decision.route.id;
    this.#grant = decision.grant;
    this.#layer = "route-resolved";
    const admitted = admit(this.#context, decision, this.#handshaking().req.url ?? "");
    if (admitted.code !== undefined) {
      this.#fail(admitted);
      return;
    }
    const { prepared, counters } = admitted;
    this.#counters = counters;
    counters.openSockets += 1;
    this.#origin = prepared.origin;
    this.#connect(decision, prepared);
  }

  #connect(decision: Forward, prepared: PreparedRoute): void {
    const { connectMs, firstByteMs } = prepared.timeouts;
    const { req, client } = this.#handshaking();
    const headers = upstreamRequestHeaders(req, decision, prepared, client, this.requestId);
    headers.push("connection", "Upgrade", "upgrade", "websocket");
    const upstream = openUpstreamSocket(prepared);
    upstream.once(prepared.secure ? "secureConnect" : "connect", () => {
      this.#layer = "connected";
      this.#limit(firstByteMs, "first-byte-timeout");
    });
    this.#limit(connectMs, "connect-timeout");
    const handshake = httpRequest({
      createConnection: () => upstream,
      method: "GET",
      path: upstreamPath(prepared, decision),
      headers,
      setHost: false,
    });
    this.#handshake = handshake;
    handshake.on("error", (error) => this.#upstreamFailed(error));
    handshake.on("upgrade", (answer, socket, head) =>
      this.#guarded(() => this.#join(answer, socket, head, decision, prepared)),
    );
    handshake.on("response", (answer) => this.#guarded(() => this.#relay(answer, decision, prepared)));
    handshake.end();
  }

  #limit(ms: number, code: "connect-timeout" | "first-byte-timeout"): void {
    this.#stopTimer();
    if (ms <= 0) return;
    this.#timer = setTimeout(() => {
      if (this.#origin !== undefined) this.#context.circuits.failed(this.#origin);
      this.#origin = undefined;
      this.#fail({ code });
    }, ms);
  }

  #join(
    answer: IncomingMessage,
    upstream: Socket,
    head: Buffer,
    decision: Forward,
    prepared: PreparedRoute,
  ): void {
    this.#stopTimer();
    if (this.#over || this.#answered || !this.#counters) {
      upstream.destroy();
      return;
    }
    if (!hasToken(answer.headers.upgrade, "websocket")) {
      upstream.on("error", () => undefined).destroy();
      this.#fail({
        code: "upstream-invalid",
        message: "It switched to another protocol than WebSocket. Look at its log.",
      });
      return;
    }
    this.#reached();
    this.#status = 101;
    this.#layer = "streaming";
    const headers = this.#responseHeaders(answer, decision, prepared);
    this.#socket.write(
      rawHead(101, "Switching Protocols", ["upgrade", "websocket", "connection", "Upgrade", ...headers]),
      "latin1",
    );
    upstream.setNoDelay(true);
    upstream.setKeepAlive(true, 60_000);
    const early = this.#handshaking().pending.release();
    this.#tunnel = new Tunnel(this.#socket, upstream, {
      activity: this.#context.activity,
      counters: this.#counters,
      idleMs: prepared.timeouts.socketIdleMs,
      onOver: () => this.#finish(),
    });
    this.#handshake = undefined;
    this.#opening = undefined;
    const firstByteMs = this.#firstByteMs ?? 0;
    this.#context.onSocketOpen({ requestId: this.requestId, routeId: decision.route.id, firstByteMs });
    this.#tunnel.start(early, head);
    this.#socket.resume();
  }

  #reached(): void {
    if (this.#origin !== undefined) this.#context.circuits.succeeded(this.#origin);
    this.#origin = undefined;
    this.#firstByteMs = this.#context.clock() - this.#startedClock;
    this.#layer = "answered";
  }

  /** An answer that is no 101: the client gets it as it is, and the connection ends with it. */
  #relay(answer: IncomingMessage, decision: Forward, prepared: PreparedRoute): void {
    this.#stopTimer();
    if (this.#over || this.#answered) {
      answer.destroy();
      return;
    }
    this.#reached();
    this.#answered = true;
    this.#outcome = "upgrade-refused";
    this.#status = answer.statusCode ?? 502;
    this.#opening?.pending.drop();
    const headers = this.#responseHeaders(answer, decision, prepared);
    this.#socket.write(
      rawHead(this.#status, answer.statusMessage ?? "", ["connection", "close", ...headers]),
      "latin1",
    );
    answer.on("data", (chunk: Buffer) => {
      this.#bytesOut += chunk.length;
      if (!this.#socket.write(chunk)) answer.pause();
    });
    this.#socket.on("drain", () => answer.resume());
    answer.on("end", () => answerAndClose(this.#socket, ""));
    answer.on("error", () => {
      this.#outcome = "upstream-reset";
      this.#socket.resetAndDestroy();
    });
  }

  #responseHeaders(answer: IncomingMessage, decision: Forward, prepared: PreparedRoute): string[] {
    const { route, prefix, responseHeaders } = decision;
    const scope = {
      prefix,
      targetOrigin: prepared.origin,
      basePath: prepared.basePath,
      clientHost: this.#handshaking().client.host,
    };
    const edit = responseHeaderEdit(route, scope, this.#context.ownCookies);
    const { trailer: _trailer, ...headers } = answer.headersDistinct;
    const into = copyResponseHeaders(headers, prepared.droppedResponseHeaders, edit);
    if (answer.statusCode !== 101) into.push(...prepared.responseHeaders);
    if (responseHeaders) into.push(...Object.entries(responseHeaders).flat());
    into.push("x-request-id", this.requestId);
    return into;
  }

  #upstreamFailed(error: Error): void {
    this.#stopTimer();
    if (this.#over || this.#answered) return;
    const code = classifyUpstreamError(error, this.#layer === "connected");
    if (this.#origin !== undefined) this.#context.circuits.failed(this.#origin);
    this.#origin = undefined;
    if (code === "internal-error") this.#context.onError(error, this.requestId, this.#routeId);
    this.#fail({ code, retryAfterMs: code === "upstream-refused" ? 1_000 : undefined });
  }

  #occasion(): Occasion {
    const accept = this.#opening?.req.headers.accept;
    return { layer: this.#layer, requestId: this.requestId, routeId: this.#routeId, accept };
  }

  #refuse(decision: Extract<Decision, { kind: "refuse" }>): void {
    this.#routeId = decision.routeId;
    this.#answer(refusalAnswer(this.#context, decision, this.#occasion()));
  }

  #fail(obstacle: Obstacle): void {
    if (this.#over || this.#answered || this.#tunnel) return;
    this.#answer(failureAnswer(this.#context, obstacle, this.#occasion()));
  }

  #answer({ outcome, status, headers, body }: OwnAnswer): void {
    this.#answered = true;
    this.#outcome = outcome;
    this.#status = status;
    this.#stopTimer();
    this.#handshake?.destroy();
    const payload = Buffer.from(body, "utf8");
    headers.push("x-request-id", this.requestId, "x-content-type-options", "nosniff");
    headers.push("content-length", String(payload.length), "connection", "close");
    this.#bytesOut += payload.length;
    this.#opening?.pending.drop();
    answerAndClose(
      this.#socket,
      Buffer.concat([Buffer.from(rawHead(status, "", headers), "latin1"), payload]),
    );
  }

  #clientClosed(): void {
    if (!this.#answered && this.#outcome === "ok") this.#outcome = "client-gone";
    this.#stopTimer();
    this.#handshake?.destroy();
    this.#finish();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#origin !== undefined) this.#context.circuits.abandoned(this.#origin);
    const tunnel = this.#tunnel;
    const bytesIn = tunnel?.bytesIn ?? 0;
    const bytesOut = tunnel?.bytesOut ?? this.#bytesOut;
    const messagesIn = tunnel?.fromClient.messages ?? 0;
    const messagesOut = tunnel?.fromUpstream.messages ?? 0;
    if (this.#counters) {
      this.#counters.openSockets -= 1;
      this.#counters.bytesIn += bytesIn;
      this.#counters.bytesOut += bytesOut;
      this.#counters.messagesIn += messagesIn;
      this.#counters.messagesOut += messagesOut;
    }
    this.#onOver(this);
    this.#context.onAccess({
      kind: "websocket",
      requestId: this.requestId,
      routeId: this.#routeId,
      method: "GET",
      path: this.#path,
      status: this.#status,
      layer: this.#layer,
      outcome: tunnel?.outcome ?? this.#outcome,
      client: this.#address,
      startedAt: this.#startedAt,
      firstByteMs: this.#firstByteMs,
      durationMs: this.#context.clock() - this.#startedClock,
      bytesIn,
      bytesOut,
      messagesIn,
      messagesOut,
      closeCode: tunnel && (tunnel.fromUpstream.closeCode ?? tunnel.fromClient.closeCode ?? 1006),
    });
  }
}
