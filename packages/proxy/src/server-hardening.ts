import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import { describeFailure, renderFailure } from "./failure.ts";
import type { FailureCode } from "./failure.ts";
import { answerAndClose, rawHead } from "./raw-answer.ts";

export interface ServerLimits {
  /** Largest request head in bytes. Default 32,768. */
  readonly maxHeaderBytes?: number;
  /** Time a client has for a whole request head, in milliseconds. Default 15,000. */
  readonly headersMs?: number;
  /** Time an idle keep-alive connection is kept, in milliseconds. Default 65,000: longer than load balancers in front. */
  readonly keepAliveMs?: number;
}

/**
 * Options for `http.createServer` that this package's promises rest on: strict parsing, limits on the head, no time
 * limit on bodies (the proxy watches those), and upgrades to anything but WebSocket treated as plain requests.
 */
export function hardenedServerOptions(limits: ServerLimits = {}): ServerOptions {
  const { maxHeaderBytes = 32_768, headersMs = 15_000, keepAliveMs = 65_000 } = limits;
  return {
    insecureHTTPParser: false,
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersMs,
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(5_000, Math.max(50, Math.floor(headersMs / 3))),
    keepAliveTimeout: keepAliveMs,
    requireHostHeader: true,
    joinDuplicateHeaders: false,
    noDelay: true,
    optimizeEmptyRequests: true,
    shouldUpgradeCallback: (req: IncomingMessage) =>
      req.headers.upgrade?.trim().toLowerCase() === "websocket",
  };
}

/**
 * Gives a server real answers for what never becomes a request: malformed, too large and too slow heads. Returns a
 * function that takes the listeners off again.
 */
export function hardenServer(
  server: Server,
  options: { readonly createRequestId?: () => string } = {},
): () => void {
  const { createRequestId = () => crypto.randomUUID() } = options;

  function onClientError(error: Error, socket: Duplex): void {
    if (socket.destroyed || !socket.writable || hasStartedAnswer(socket)) {
      socket.destroy();
      return;
    }
    const failure = describeFailure(failureOf(error), {
      layer: "request-received",
      requestId: createRequestId(),
    });
    const { contentType, body } = renderFailure(failure, undefined);
    const headers = [
      "content-type",
      contentType,
      "content-length",
      String(Buffer.byteLength(body)),
      "connection",
      "close",
    ];
    socket.on("error", () => undefined);
    answerAndClose(socket, rawHead(failure.status, "", headers) + body);
  }

  function onExpectation(_req: IncomingMessage, res: ServerResponse): void {
    res.writeHead(417, ["content-length", "0", "connection", "close"]).end();
  }

  function onConnect(_req: IncomingMessage, socket: Duplex): void {
    onClientError(new Error("CONNECT is not spoken here."), socket);
  }

  server.on("clientError", onClientError);
  server.on("connect", onConnect);
  server.on("checkExpectation", onExpectation);
  return () => {
    server.off("clientError", onClientError);
    server.off("connect", onConnect);
    server.off("checkExpectation", onExpectation);
  };
}

function failureOf(error: Error): FailureCode {
  const code = "code" in error ? error.code : undefined;
  if (code === "HPE_HEADER_OVERFLOW") return "headers-too-large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "request-timeout";
  return "bad-request";
}

/**
 * `true` if an answer to an earlier request on this connection is already on its way: a second status line inside
 * it would be read as its body. `node:http` keeps the response at hand under this name and has no public one.
 */
function hasStartedAnswer(socket: Duplex): boolean {
  const response: unknown = Reflect.get(socket, "_httpMessage");
  return typeof response === "object" && response !== null && Reflect.get(response, "headersSent") === true;
}
