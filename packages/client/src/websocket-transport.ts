import ReconnectingWebSocket from "partysocket/ws";

import { closeOnce, type Transport, type TransportFactory } from "./transport.ts";

/** The part of the WebSocket class that is used. The global one, or `ws` in old Node versions. */
export type WebSocketConstructor = new (url: string | URL, protocols?: string | string[]) => WebSocket;

/** partysocket's own deadline must never fire: the connection watches over the whole handshake with its own clock. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * Lets partysocket use a class that remembers whether the socket failed, because partysocket turns every `error` event
 * into a close with code 1000, which reads like a clean end (partysocket 1.3.0, `_handleError`).
 */
function observed(Base: WebSocketConstructor, onError: () => void): WebSocketConstructor {
  return class ObservedWebSocket extends Base {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("error", onError);
    }
  };
}

function textOf(data: unknown): string | null {
  if (typeof data === "string") return data;
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return new TextDecoder().decode(data);
  return null;
}

/**
 * A transport over one WebSocket.
 *
 * partysocket neither queues (its queue is flushed before `open`, so anything in it would precede `connect`) nor
 * reconnects here (its delay has no jitter): both belong to the connection above.
 *
 * @param WebSocketClass the class to use, default the global `WebSocket`
 *
 * @example
 * ```ts
 * import { createChatStore, webSocketTransport } from "@automna/client";
 * import { createFakeGateway, fakeWebSocket } from "@automna/testing";
 *
 * const gateway = createFakeGateway({ protocol: 4 }); // of @automna/testing: no network
 * const transport = webSocketTransport(fakeWebSocket(gateway));
 * const chat = createChatStore({ gatewayUrl: "ws://gateway.test/", authToken: "test-token", transport });
 * ```
 */
export function webSocketTransport(WebSocketClass?: WebSocketConstructor): TransportFactory {
  return (url, owner): Transport => {
    const listener = closeOnce(owner);
    let failed = false;
    const Base = WebSocketClass ?? globalThis.WebSocket;
    const socket = new ReconnectingWebSocket(url, undefined, {
      WebSocket: observed(Base, () => {
        failed = true;
      }),
      maxEnqueuedMessages: 0,
      maxRetries: 0,
      connectionTimeout: NEVER_MS,
      shouldReconnectOnClose: () => false,
    });
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => listener.open());
    socket.addEventListener("message", (event) => {
      const text = textOf(event.data);
      if (text !== null) listener.frame(text);
    });
    socket.addEventListener("close", ({ code, reason }) =>
      listener.close(failed && code === 1000 ? { code: 1006, reason: "" } : { code, reason: reason ?? "" }),
    );
    // An address that no WebSocket can be made for gives an error without a close.
    socket.addEventListener("error", ({ message }) => listener.close({ code: 1006, reason: message ?? "" }));
    return {
      send: (text) => !listener.closed() && socket.send(text),
      close(code, reason) {
        if (listener.closed()) return;
        socket.close(code, reason);
        listener.close({ code, reason });
      },
    };
  };
}
