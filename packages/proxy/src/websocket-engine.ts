import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import { admit } from "./admittance.ts";
import type { Forward, Obstacle } from "./admittance.ts";
import { pathOf } from "./engine-context.ts";
import type { DecisionSource, EngineContext } from "./engine-context.ts";
import { Exchange } from "./exchange.ts";
import type { ClientInfo } from "./forwarded.ts";
import type { OwnAnswer } from "./own-answer.ts";
import { PendingClient } from "./pending-client.ts";
import type { PreparedRoute } from "./prepared-route.ts";
import { answerAndClose, rawHead } from "./raw-answer.ts";
import { guardRequest, guardUpgrade, hasToken } from "./request-guard.ts";
import type { Decision } from "./route.ts";
import { Tunnel } from "./tunnel.ts";
import { relayAnswerBody, upgradeAnswerHeaders } from "./upgrade-answer.ts";
import { UpgradeHandshake } from "./upgrade-handshake.ts";
import type { UpgradeListener } from "./upgrade-handshake.ts";
import { classifyUpstreamError } from "./upstream-error.ts";
import { upstreamPath, upstreamRequestHeaders } from "./upstream-request.ts";

/** What belongs to the handshake alone, and is let go with it: an idle WebSocket should be small. */
interface Opening {
  readonly req: IncomingMessage;
  readonly client: ClientInfo;
  readonly pending: PendingClient;
}

/** The way to the upstream, until it has answered. */
interface Reaching {
  readonly decision: Forward;
  readonly prepared: PreparedRoute;
  readonly handshake: UpgradeHandshake;
}

/** One WebSocket from its upgrade to the close of both sockets. */
export class SocketExchange extends Exchange implements UpgradeListener {
  readonly #socket: Socket;
  readonly #address: string;
  readonly #path: string;
  readonly #onOver: (exchange: SocketExchange) => void;
  #opening: Opening | undefined;
  #reaching: Reaching | undefined;
  #tunnel: Tunnel | undefined;
  #origin: string | undefined;
  #grant: string | undefined;

  constructor(
    context: EngineContext,
    req: IncomingMessage,
    socket: Socket,
    head: Buffer,
    onOver: (exchange: SocketExchange) => void,
  ) {
    const client = context.clientOnce(req);
    super(context, req, client, "upgrade-received");
    this.#socket = socket;
    this.#onOver = onOver;
    this.#path = pathOf(req.url ?? "");
    this.#address = client.address;
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

  protected get accept(): string | undefined {
    return this.#opening?.req.headers.accept;
  }

  start(source: DecisionSource<Decision>): void {
    const { req } = this.#handshaking();
    const verdict = guardRequest(req, this.context.maxUrlBytes) ?? guardUpgrade(req);
    if (verdict) {
      this.fail(verdict);
      return;
    }
    if (this.context.draining()) {
      this.fail({ code: "draining", retryAfterMs: 1_000 });
      return;
    }
    const waitMs = this.context.admission.client(this.#address, "websocket");
    if (waitMs > 0) {
      this.fail({ code: "rate-limited", retryAfterMs: waitMs });
      return;
    }
    this.decide(source);
  }

  /** Tells an open WebSocket to go elsewhere; one without a 101 is refused. */
  tell(code: number, reason: string): void {
    if (this.#tunnel) this.#tunnel.tell(code, reason);
    else this.fail({ code: "draining", retryAfterMs: 1_000 });
  }

  /** Ends it at once, because the right to it is gone. */
  revoke(): void {
    if (this.#tunnel) this.#tunnel.revoke();
    else this.fail({ code: "revoked" });
  }

  destroy(): void {
    if (this.#tunnel) {
      this.#tunnel.destroy("drained");
      return;
    }
    this.outcome = "drained";
    this.#socket.destroy();
  }

  #handshaking(): Opening {
    if (!this.#opening) throw new Error("The handshake is over and its request was let go.");
    return this.#opening;
  }

  protected forward(decision: Forward): void {
    this.#grant = decision.grant;
    const admitted = admit(this.context, decision, this.#handshaking().req.url ?? "");
    if (admitted.code !== undefined) {
      this.fail(admitted);
      return;
    }
    const { prepared, counters } = admitted;
    this.counters = counters;
    counters.openSockets += 1;
    this.#origin = prepared.origin;
    this.#connect(decision, prepared);
  }

  #connect(decision: Forward, prepared: PreparedRoute): void {
    const { req, client } = this.#handshaking();
    const headers = upstreamRequestHeaders(req, decision, prepared, client, this.requestId);
    const path = upstreamPath(prepared, decision);
    const handshake = new UpgradeHandshake(this, prepared, { path, headers });
    this.#reaching = { decision, prepared, handshake };
  }

  onConnected(): void {
    this.layer = "connected";
  }

  onLate(code: "connect-timeout" | "first-byte-timeout"): void {
    this.#unreached();
    this.fail({ code });
  }

  onLost(error: Error): void {
    if (this.over || this.answered) return;
    const code = classifyUpstreamError(error, this.layer === "connected");
    this.#unreached();
    if (code === "internal-error") this.context.onError(error, this.requestId, this.routeId);
    this.fail({ code, retryAfterMs: code === "upstream-refused" ? 1_000 : undefined });
  }

  onSwitched(answer: IncomingMessage, upstream: Socket, head: Buffer): void {
    this.guarded(() => this.#join(answer, upstream, head));
  }

  onAnswered(answer: IncomingMessage): void {
    this.guarded(() => this.#relay(answer));
  }

  #join(answer: IncomingMessage, upstream: Socket, head: Buffer): void {
    if (this.over || this.answered || !this.counters || !this.#reaching) {
      upstream.destroy();
      return;
    }
    if (!hasToken(answer.headers.upgrade, "websocket")) {
      upstream.on("error", () => undefined).destroy();
      this.fail({
        code: "upstream-invalid",
        message: "It switched to another protocol than WebSocket. Look at its log.",
      });
      return;
    }
    this.#reached();
    this.status = 101;
    this.layer = "streaming";
    const { decision, prepared } = this.#reaching;
    const headers = this.#answerHeaders(answer, this.#reaching);
    this.#socket.write(
      rawHead(101, "Switching Protocols", ["upgrade", "websocket", "connection", "Upgrade", ...headers]),
      "latin1",
    );
    upstream.setNoDelay(true);
    upstream.setKeepAlive(true, 60_000);
    const early = this.#handshaking().pending.release();
    this.#tunnel = new Tunnel(this.#socket, upstream, {
      activity: this.context.activity,
      counters: this.counters,
      idleMs: prepared.timeouts.socketIdleMs,
      onOver: () => this.#finish(),
    });
    this.#reaching = undefined;
    this.#opening = undefined;
    const firstByteMs = this.firstByteMs ?? 0;
    this.context.onSocketOpen({ requestId: this.requestId, routeId: decision.route.id, firstByteMs });
    this.#tunnel.start(early, head);
    this.#socket.resume();
  }

  #reached(): void {
    if (this.#origin !== undefined) this.context.circuits.succeeded(this.#origin);
    this.#origin = undefined;
    this.firstByteMs = this.context.clock() - this.startedClock;
    this.layer = "answered";
  }

  #unreached(): void {
    if (this.#origin !== undefined) this.context.circuits.failed(this.#origin);
    this.#origin = undefined;
  }

  /** An answer that is no 101: the client gets it as it is, and the connection ends with it. */
  #relay(answer: IncomingMessage): void {
    if (this.over || this.answered || !this.#reaching) {
      answer.destroy();
      return;
    }
    this.#reached();
    this.answered = true;
    this.outcome = "upgrade-refused";
    this.status = answer.statusCode ?? 502;
    this.#opening?.pending.drop();
    const headers = this.#answerHeaders(answer, this.#reaching);
    this.#socket.write(
      rawHead(this.status, answer.statusMessage ?? "", ["connection", "close", ...headers]),
      "latin1",
    );
    relayAnswerBody(this.#socket, answer, {
      onBytes: (count) => (this.bytesOut += count),
      onReset: () => (this.outcome = "upstream-reset"),
    });
  }

  #answerHeaders(answer: IncomingMessage, { decision, prepared }: Reaching): string[] {
    const clientHost = this.#handshaking().client.host;
    const { ownCookies } = this.context;
    const { requestId } = this;
    return upgradeAnswerHeaders(answer, { decision, prepared, clientHost, ownCookies, requestId });
  }

  protected fail(obstacle: Obstacle): void {
    if (this.over || this.answered || this.#tunnel) return;
    this.answer(this.failureAnswer(obstacle));
  }

  protected answer({ outcome, status, headers, body }: OwnAnswer): void {
    this.answered = true;
    this.outcome = outcome;
    this.status = status;
    this.#reaching?.handshake.destroy();
    const payload = Buffer.from(body, "utf8");
    headers.push("x-request-id", this.requestId, "x-content-type-options", "nosniff");
    headers.push("content-length", String(payload.length), "connection", "close");
    this.bytesOut += payload.length;
    this.#opening?.pending.drop();
    answerAndClose(
      this.#socket,
      Buffer.concat([Buffer.from(rawHead(status, "", headers), "latin1"), payload]),
    );
  }

  #clientClosed(): void {
    if (!this.answered && this.outcome === "ok") this.outcome = "client-gone";
    this.#reaching?.handshake.destroy();
    this.#finish();
  }

  #finish(): void {
    if (this.over) return;
    this.over = true;
    if (this.#origin !== undefined) this.context.circuits.abandoned(this.#origin);
    const tunnel = this.#tunnel;
    const bytesIn = tunnel?.bytesIn ?? 0;
    const bytesOut = tunnel?.bytesOut ?? this.bytesOut;
    const messagesIn = tunnel?.fromClient.messages ?? 0;
    const messagesOut = tunnel?.fromUpstream.messages ?? 0;
    if (this.counters) {
      this.counters.openSockets -= 1;
      this.counters.bytesIn += bytesIn;
      this.counters.bytesOut += bytesOut;
      this.counters.messagesIn += messagesIn;
      this.counters.messagesOut += messagesOut;
    }
    this.#onOver(this);
    this.context.onAccess({
      kind: "websocket",
      requestId: this.requestId,
      routeId: this.routeId,
      method: "GET",
      path: this.#path,
      status: this.status,
      layer: this.layer,
      outcome: tunnel?.outcome ?? this.outcome,
      client: this.#address,
      startedAt: this.startedAt,
      firstByteMs: this.firstByteMs,
      durationMs: this.context.clock() - this.startedClock,
      bytesIn,
      bytesOut,
      messagesIn,
      messagesOut,
      closeCode: tunnel && (tunnel.fromUpstream.closeCode ?? tunnel.fromClient.closeCode ?? 1006),
    });
  }
}
