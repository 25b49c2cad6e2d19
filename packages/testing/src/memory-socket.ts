import type { FakeGateway } from "./fake-gateway.ts";

/** What the in-memory sockets should look like to the gateway. */
export type MemorySocketOptions = {
  /** Milliseconds each way. Default 0: the next turn of the gateway's clock. */
  latencyMs?: number;
  /** Default `http://localhost` (a page on loopback). `null`: no Origin header. */
  origin?: string | null;
  /** Default `127.0.0.1`. */
  address?: string;
};

/**
 * A `WebSocket` class whose other end is `gateway`: no network, time from the gateway's clock. Give it to a client
 * (partysocket's `WebSocket` option) to run thousands of traces in virtual time.
 *
 * @example
 * const socket = new (fakeWebSocket(gateway))("ws://gateway.test/");
 * socket.onmessage = (event) => console.log(event.data);
 */
export function fakeWebSocket(_gateway: FakeGateway, _options: MemorySocketOptions = {}): typeof WebSocket {
  throw new Error("not built yet");
}
