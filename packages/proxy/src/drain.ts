import type { HttpExchange } from "./http-engine.ts";
import type { OpenExchanges } from "./open-exchanges.ts";
import type { SocketExchange } from "./websocket-engine.ts";

export interface DrainOptions {
  /** WebSockets are told to go at random moments within this time, in milliseconds. Default 5,000. */
  readonly spreadMs?: number;
  /** What still runs after this time is cut, in milliseconds. Default 30,000. */
  readonly graceMs?: number;
  /** Close code for WebSockets. Default 1012, "service restart". */
  readonly closeCode?: number;
  /** Reason in the close frame, 123 bytes at most. Default `service restart`. */
  readonly reason?: string;
}

/** How a drain went. */
export interface DrainResult {
  /** WebSockets that were told to go. */
  readonly sockets: number;
  /** Requests that were running when it began. */
  readonly requests: number;
  /** Requests and WebSockets that outlived the grace time and were cut. */
  readonly cut: number;
  readonly durationMs: number;
}

/** What a drain works on. */
export interface DrainScope {
  readonly requests: OpenExchanges<HttpExchange>;
  readonly sockets: OpenExchanges<SocketExchange>;
  readonly random: () => number;
  readonly clock: () => number;
  /** Calls back when the last request and the last WebSocket are over. */
  readonly whenEmpty: (callback: () => void) => void;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}

/** Tells every WebSocket to go, each at its own moment, and waits for everything to end. */
export async function drainAll(scope: DrainScope, options: DrainOptions): Promise<DrainResult> {
  const { spreadMs = 5_000, graceMs = 30_000, closeCode = 1012, reason = "service restart" } = options;
  const startedAt = scope.clock();
  const sockets = scope.sockets.snapshot();
  const requests = scope.requests.size;
  const cancels = sockets.map((socket) =>
    scope.setTimer(() => socket.tell(closeCode, reason), scope.random() * spreadMs),
  );
  const cut = await new Promise<number>((resolve) => {
    const cancelGrace = scope.setTimer(() => {
      const left = [...scope.requests.snapshot(), ...scope.sockets.snapshot()];
      for (const exchange of left) exchange.destroy();
      resolve(left.length);
    }, graceMs);
    scope.whenEmpty(() => {
      cancelGrace();
      resolve(0);
    });
  });
  for (const cancel of cancels) cancel();
  return { sockets: sockets.length, requests, cut, durationMs: scope.clock() - startedAt };
}
