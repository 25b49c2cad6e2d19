import type { Clock } from "./clock.ts";
import type { FakeGateway } from "./fake-gateway.ts";
import type { ServerConnection } from "./options.ts";

/** What the in-memory sockets should look like to the gateway. */
export type MemorySocketOptions = {
  /** Milliseconds each way. Default 0: the next turn of the gateway's clock. */
  latencyMs?: number;
  /** Default `http://localhost` (a page on loopback). `null`: no Origin header. */
  origin?: string | null;
  /** Default `127.0.0.1`. */
  address?: string;
  /** More request headers, lower-case; for instance a trusted proxy's user header. */
  headers?: Readonly<Record<string, string>>;
};

class FakeMessageEvent extends Event {
  readonly data: string;
  constructor(data: string) {
    super("message");
    this.data = data;
  }
}

class FakeCloseEvent extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  constructor(code: number, reason: string) {
    super("close");
    this.code = code;
    this.reason = reason;
    this.wasClean = code !== 1006;
  }
}

type Handler<E extends Event> = ((event: E) => void) | null;

/** The part of the `WebSocket` interface that clients use. */
export type MemorySocket = EventTarget & {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  readonly url: string;
  readonly readyState: 0 | 1 | 2 | 3;
  readonly protocol: string;
  readonly extensions: string;
  readonly bufferedAmount: number;
  binaryType: "blob" | "arraybuffer";
  onopen: Handler<Event>;
  onmessage: Handler<Event & { readonly data: string }>;
  onclose: Handler<Event & { readonly code: number; readonly reason: string; readonly wasClean: boolean }>;
  onerror: Handler<Event>;
  /** A gateway takes text and its bytes; a `Blob` is refused. */
  send(data: string | ArrayBuffer | ArrayBufferView | Blob): void;
  close(code?: number, reason?: string): void;
};

/** A constructor that can stand in for the global `WebSocket`. */
export type MemorySocketClass = {
  new (url: string | URL, protocols?: string | string[]): MemorySocket;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
};

/**
 * A `WebSocket` class whose other end is `gateway`: no network, time from the gateway's clock. Give it to a client
 * (partysocket's `WebSocket` option) to run thousands of traces in virtual time.
 *
 * @example
 * ```ts
 * import { fakeWebSocket } from "@automna/testing";
 *
 * const socket = new (fakeWebSocket(gateway))("ws://gateway.test/");
 * socket.onmessage = (event) => received.push(event.data);
 * ```
 */
export function fakeWebSocket(gateway: FakeGateway, options: MemorySocketOptions = {}): MemorySocketClass {
  const { clock } = gateway;
  const latency = options.latencyMs ?? 0;

  return class extends EventTarget implements MemorySocket {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSING = 2;
    readonly CLOSED = 3;
    readonly url: string;
    readonly protocol = "";
    readonly extensions = "";
    readonly bufferedAmount = 0;
    binaryType: "blob" | "arraybuffer" = "blob";
    readyState: MemorySocket["readyState"] = 0;
    onopen: Handler<Event> = null;
    onmessage: MemorySocket["onmessage"] = null;
    onclose: MemorySocket["onclose"] = null;
    onerror: Handler<Event> = null;
    #server: ServerConnection | undefined;
    #toServer = line(clock, latency);
    #toClient = line(clock, latency);

    constructor(url: string | URL) {
      super();
      this.url = String(url);
      this.#toServer(() => this.#dial());
    }

    send(data: string | ArrayBuffer | ArrayBufferView | Blob): void {
      if (this.readyState === 0) throw new DOMException("Still in CONNECTING state.", "InvalidStateError");
      if (this.readyState !== 1) return;
      if (data instanceof Blob) throw new TypeError("A gateway takes no Blob. Send text.");
      const frame = typeof data === "string" ? data : bytesOf(data);
      this.#toServer(() => this.#server?.receive(frame));
    }

    close(code = 1005, reason = ""): void {
      if (code !== 1005 && code !== 1000 && (code < 3000 || code > 4999))
        throw new DOMException(
          `The close code must be 1000 or 3000-4999, not ${code}.`,
          "InvalidAccessError",
        );
      if (this.readyState >= 2) return;
      const never = this.readyState === 0;
      this.readyState = 2;
      this.#toServer(() => {
        this.#server?.closed(code, reason);
        this.#server = undefined;
        this.#toClient(() => this.#ended(never ? 1006 : code, never ? "" : reason));
      });
    }

    #dial(): void {
      if (this.readyState !== 0) return;
      const early: string[] = [];
      let open = false;
      const origin = options.origin === undefined ? "http://localhost" : (options.origin ?? undefined);
      const server = gateway.connect({
        address: options.address ?? "127.0.0.1",
        headers: { ...options.headers, ...(origin ? { origin } : {}), host: hostOf(this.url) },
        send: (text) => (open ? this.#toClient(() => this.#received(text)) : early.push(text)),
        close: (code, reason) => this.#toClient(() => this.#ended(code, reason)),
        terminate: () => this.#toClient(() => this.#ended(1006, "")),
      });
      this.#server = server;
      if (!server) {
        this.#toClient(() => {
          this.#emit(new Event("error"), this.onerror);
          this.#ended(1006, "");
        });
        return;
      }
      open = true;
      this.#toClient(() => {
        if (this.readyState !== 0) return;
        this.readyState = 1;
        this.#emit(new Event("open"), this.onopen);
      });
      for (const text of early) this.#toClient(() => this.#received(text));
    }

    #received(text: string): void {
      if (this.readyState === 1) this.#emit(new FakeMessageEvent(text), this.onmessage);
    }

    #ended(code: number, reason: string): void {
      if (this.readyState === 3) return;
      this.readyState = 3;
      this.#server?.closed(code, reason);
      this.#server = undefined;
      this.#emit(new FakeCloseEvent(code, reason), this.onclose);
    }

    #emit<E extends Event>(event: E, handler: ((event: E) => void) | null): void {
      handler?.call(this, event);
      this.dispatchEvent(event);
    }
  };
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** One direction of a connection: everything takes `latency` and nothing overtakes. */
function line(clock: Clock, latency: number): (deliver: () => void) => void {
  return (deliver) => {
    clock.setTimeout(deliver, latency);
  };
}

function hostOf(url: string): string {
  return /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? "";
}
