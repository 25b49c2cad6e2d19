import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import type { PreparedRoute } from "./prepared-route.ts";
import { openUpstreamSocket } from "./upstream-socket.ts";

/** Who hears what becomes of an upgrade at its upstream. */
export interface UpgradeListener {
  onConnected(): void;
  /** The upstream said 101. What it sent behind that is in `head`. */
  onSwitched(answer: IncomingMessage, upstream: Socket, head: Buffer): void;
  /** The upstream said something else. */
  onAnswered(answer: IncomingMessage): void;
  onLate(code: "connect-timeout" | "first-byte-timeout"): void;
  onLost(error: Error): void;
}

/** One upgrade at its upstream, from the connection to the first answer, within the route's limits. */
export class UpgradeHandshake {
  readonly #listener: UpgradeListener;
  readonly #request: ClientRequest;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    listener: UpgradeListener,
    prepared: PreparedRoute,
    { path, headers }: { readonly path: string; readonly headers: string[] },
  ) {
    this.#listener = listener;
    const { connectMs, firstByteMs } = prepared.timeouts;
    const upstream = openUpstreamSocket(prepared);
    upstream.once(prepared.secure ? "secureConnect" : "connect", () => {
      listener.onConnected();
      this.#limit(firstByteMs, "first-byte-timeout");
    });
    this.#limit(connectMs, "connect-timeout");
    headers.push("connection", "Upgrade", "upgrade", "websocket");
    this.#request = httpRequest({
      createConnection: () => upstream,
      method: "GET",
      path,
      headers,
      setHost: false,
    });
    this.#request.on("error", (error) => {
      this.#stopTimer();
      listener.onLost(error);
    });
    this.#request.on("upgrade", (answer, socket, head) => {
      this.#stopTimer();
      listener.onSwitched(answer, socket, head);
    });
    this.#request.on("response", (answer) => {
      this.#stopTimer();
      listener.onAnswered(answer);
    });
    this.#request.end();
  }

  /** Leaves the upstream. */
  destroy(): void {
    this.#stopTimer();
    this.#request.destroy();
  }

  #limit(ms: number, code: "connect-timeout" | "first-byte-timeout"): void {
    this.#stopTimer();
    if (ms > 0) this.#timer = setTimeout(() => this.#listener.onLate(code), ms);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
