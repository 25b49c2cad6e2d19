import type { Socket } from "node:net";

/** What a client may send before the 101; more waits in its socket. */
const EARLY_BYTES = 65_536;

/**
 * The client's side of a WebSocket that has no 101 yet. It is read all the time, because a socket that nobody reads
 * does not tell that its other side has left.
 */
export class PendingClient {
  readonly #socket: Socket;
  readonly #onClosed: () => void;
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #keeps = true;

  constructor(socket: Socket, head: Buffer, onClosed: () => void) {
    this.#socket = socket;
    this.#onClosed = onClosed;
    if (head.length > 0) this.#onData(head);
    socket.on("error", ignore).on("close", onClosed).on("end", this.#onEnd).on("data", this.#onData);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.setTimeout(0);
  }

  /** The client is being answered: what it still sends is dropped, and its end is no departure any more. */
  drop(): void {
    this.#keeps = false;
    this.#early = [];
    this.#socket.resume();
  }

  /** Takes the listeners off and hands over what the client sent meanwhile. */
  release(): readonly Buffer[] {
    this.#socket
      .off("error", ignore)
      .off("close", this.#onClosed)
      .off("end", this.#onEnd)
      .off("data", this.#onData);
    return this.#early;
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.#keeps) return;
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes > EARLY_BYTES) this.#socket.pause();
  };

  /** A client that ended before the 101 has left: there is nothing it could still say. */
  readonly #onEnd = (): void => {
    if (this.#keeps) this.#socket.destroy();
  };
}

function ignore(): void {
  // The close that follows says all there is to know.
}
