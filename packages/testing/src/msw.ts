import { http, HttpResponse, ws } from "msw";
import type { RequestHandler, WebSocketHandler } from "msw";
import type { FakeGateway } from "./fake-gateway.ts";
import { answerHttp } from "./http-side.ts";

/** Where the gateway is said to be. */
export type GatewayHandlerOptions = {
  /** For instance `wss://gateway.test/*`; `ws://localhost:18789/*` for a local one. */
  url: string;
  /** What the gateway takes for the page's origin. Default: the page's own, or `http://localhost` in Node. */
  origin?: string;
  /** Also answers the HTTP paths of the same place (health). Default true. */
  http?: boolean;
};

/**
 * msw handlers that answer WebSocket connections to `url` with `gateway`, in the browser (`setupWorker`) and in Node
 * (`setupServer`). The gateway's clock must be the real one here.
 *
 * @example
 * ```ts
 * import { createFakeGateway } from "@automna/testing";
 * import { gatewayHandlers } from "@automna/testing/msw";
 * import { setupServer } from "msw/node";
 *
 * const gateway = createFakeGateway({ protocol: 4 });
 * const server = setupServer(...gatewayHandlers(gateway, { url: "wss://gateway.test/*" }));
 * server.listen();
 * ```
 */
export function gatewayHandlers(
  gateway: FakeGateway,
  options: GatewayHandlerOptions,
): (WebSocketHandler | RequestHandler)[] {
  const link = ws.link(options.url);
  const socket = link.addEventListener("connection", ({ client }) => {
    // msw hands frames over in a microtask and drops them once the socket closes, so a close waits for them.
    const later = (close: () => void) => queueMicrotask(() => queueMicrotask(close));
    const server = gateway.connect({
      address: "127.0.0.1",
      headers: { origin: options.origin ?? pageOrigin(), host: client.url.host },
      send: (text) => client.send(text),
      close: (code, reason) => later(() => client.close(code, reason)),
      terminate: () => later(() => client.close(1006, "")),
    });
    if (!server) return client.close(1006, "");
    client.addEventListener("message", ({ data }) => {
      if (typeof data === "string") server.receive(data);
      else if (data instanceof ArrayBuffer) server.receive(new Uint8Array(data));
    });
    client.addEventListener("close", ({ code, reason }) => server.closed(code, reason));
    return undefined;
  });
  if (options.http === false) return [socket];
  const plain = http.all(options.url.replace(/^ws/, "http"), ({ request }) => {
    const answer = answerHttp(gateway, new URL(request.url).pathname);
    return new HttpResponse(answer.body, { status: answer.status, headers: { "content-type": answer.type } });
  });
  return [socket, plain];
}

/** Node has no `location`; opaque pages have no origin. */
function pageOrigin(): string {
  const page: unknown = Reflect.get(globalThis, "location");
  const origin = typeof page === "object" && page !== null && "origin" in page ? page.origin : undefined;
  return typeof origin === "string" && origin !== "null" ? origin : "http://localhost";
}
