/** How a transport ended. */
export interface TransportClose {
  /** The WebSocket close code, or the nearest one that fits (1006 for a lost or refused connection). */
  readonly code: number;
  readonly reason: string;
}

/** What a transport tells its owner. `close` comes exactly once, and nothing comes after it. */
export interface TransportListener {
  /** The peer is reachable; frames may be sent. */
  open(): void;
  /** One text frame. */
  frame(text: string): void;
  close(close: TransportClose): void;
}

/** One attempt to reach a gateway: it opens once and closes once. */
export interface Transport {
  /**
   * Hands one text frame over.
   *
   * @returns `false` when the transport is not open; nothing is kept for later.
   */
  send(text: string): boolean;
  /** Ends it. The listener's `close` is called before this returns, unless it was called already. */
  close(code: number, reason: string): void;
}

/** Opens a transport to `url`. */
export type TransportFactory = (url: string, listener: TransportListener) => Transport;

/** Wraps a listener so that `close` arrives at most once and nothing after it. */
export function closeOnce(
  listener: TransportListener,
): TransportListener & { readonly closed: () => boolean } {
  let closed = false;
  return {
    closed: () => closed,
    open() {
      if (!closed) listener.open();
    },
    frame(text) {
      if (!closed) listener.frame(text);
    },
    close(close) {
      if (closed) return;
      closed = true;
      listener.close(close);
    },
  };
}
