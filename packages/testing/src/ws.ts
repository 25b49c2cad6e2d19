import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import type { FakeGateway } from "./fake-gateway.ts";
import { answerHttp } from "./http-side.ts";

/** A gateway that listens. */
export type FakeGatewayServer = {
  /** `ws://127.0.0.1:<port>` */
  readonly url: string;
  /** `http://127.0.0.1:<port>` */
  readonly httpUrl: string;
  readonly port: number;
  /** Stops listening and ends every socket. The gateway stays usable in memory: close it yourself. */
  close(): Promise<void>;
};

/** Where to listen. `port: 0` (default) takes a free one; default host `127.0.0.1`. */
export type FakeGatewayServerOptions = { port?: number; host?: string };

/**
 * Serves `gateway` on a real port: any path is a gateway socket, HTTP has the real ones' health endpoints. While the
 * gateway is down, sockets are reset; while it drains, upgrades get HTTP 503, as the real one does.
 *
 * @throws what the system says when it cannot listen there (`EADDRINUSE`), as a rejection
 *
 * @example
 * ```ts
 * import { createFakeGateway } from "@automna/testing";
 * import { startFakeGatewayServer } from "@automna/testing/ws";
 *
 * const server = await startFakeGatewayServer(createFakeGateway({ protocol: 4 }));
 * const socket = new WebSocket(server.url);
 * await server.close();
 * ```
 */
export async function startFakeGatewayServer(
  gateway: FakeGateway,
  { port = 0, host = "127.0.0.1" }: FakeGatewayServerOptions = {},
): Promise<FakeGatewayServer> {
  // Frames are measured by the gateway, which knows each version's limits; this is only a safety net.
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 64 * 1024 * 1024,
    perMessageDeflate: false,
  });
  const http = createServer((request, response) => {
    if (gateway.status === "down") return request.socket.destroy();
    const answer = answerHttp(gateway, pathOf(request));
    response.writeHead(answer.status, { "content-type": answer.type });
    return response.end(answer.body);
  });
  const tcp = new Set<Socket>();
  http.on("connection", (socket: Socket) => {
    tcp.add(socket);
    socket.on("close", () => tcp.delete(socket));
  });
  http.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    if (gateway.status === "draining") return refuse(socket, 503, "Gateway websocket admission closed");
    if (gateway.status === "down" || (gateway.status === "starting" && gateway.protocol === 3))
      return socket.destroy();
    return sockets.handleUpgrade(request, socket, head, (webSocket) => serve(gateway, webSocket, request));
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, resolve);
  });
  const listening = portOf(http.address());
  const shown = host.includes(":") ? `[${host}]` : host === "0.0.0.0" ? "127.0.0.1" : host;
  return {
    url: `ws://${shown}:${listening}`,
    httpUrl: `http://${shown}:${listening}`,
    port: listening,
    close: async () => {
      for (const socket of sockets.clients) if (socket.readyState === socket.OPEN) socket.terminate();
      // Sockets that the gateway has just closed get a moment for their close frame.
      await closing([...sockets.clients], 250);
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      for (const socket of tcp) socket.destroy();
      await closed;
    },
  };
}

/** Resolves when all sockets are closed or `ms` have passed. */
async function closing(sockets: readonly WebSocket[], ms: number): Promise<void> {
  const left = sockets.filter((socket) => socket.readyState !== socket.CLOSED);
  if (left.length === 0) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  const all = Promise.all(
    left.map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()))),
  );
  await Promise.race([all, late]);
  clearTimeout(timer);
}

function serve(gateway: FakeGateway, socket: WebSocket, request: IncomingMessage): void {
  const server = gateway.connect({
    address: request.socket.remoteAddress ?? "127.0.0.1",
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(", ") : value,
      ]),
    ),
    send: (text) => socket.send(text),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  });
  if (!server) return socket.terminate();
  socket.on("message", (data: Buffer, isBinary: boolean) =>
    server.receive(isBinary ? new Uint8Array(data) : data.toString("utf8")),
  );
  socket.on("close", (code: number, reason: Buffer) => server.closed(code, reason.toString("utf8")));
  socket.on("error", () => socket.terminate());
  return undefined;
}

function refuse(socket: Socket, status: number, body: string): void {
  socket.end(
    `HTTP/1.1 ${status} Service Unavailable\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

const pathOf = (request: IncomingMessage): string => (request.url ?? "/").split("?")[0] ?? "/";

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string")
    throw new Error("The fake gateway listens on no TCP port; pass `host` and `port`, not a pipe.");
  return address.port;
}
