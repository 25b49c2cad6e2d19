import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerOptions } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server as TcpServer, Socket } from "node:net";

import { onTestFinished } from "vitest";

import { patienceMs } from "../../../scripts/test-patience.ts";
import { createProxy, hardenServer, hardenedServerOptions } from "../src/index.ts";
import type { AccessRecord, Decision, Proxy, ProxyOptions, Route, ServerLimits } from "../src/index.ts";

/** A server of ours with the proxy in it, on a free loopback port. */
export interface Front {
  readonly port: number;
  readonly origin: string;
  readonly server: Server;
  readonly proxy: Proxy;
  readonly records: AccessRecord[];
  readonly errors: unknown[];
  /** The next access record that matches, now or later. */
  record(matches?: (record: AccessRecord) => boolean): Promise<AccessRecord>;
}

export interface FrontOptions extends ProxyOptions {
  /** Decides for each request. Default: everything below `/r` goes to `route`. */
  readonly decide?: (req: IncomingMessage) => Decision | Promise<Decision>;
  readonly route?: Route;
  readonly server?: ServerLimits;
}

/** Everything below `/r` belongs to one route; the rest is refused like an unknown id. */
function decideFor(route: Route): (req: IncomingMessage) => Decision {
  return (req) => {
    const url = req.url ?? "";
    if (!/^\/r(?:[/?]|$)/.test(url)) {
      return { kind: "refuse", status: 404, body: { error: "Instance not found or not running" } };
    }
    return { kind: "forward", route, prefix: "/r", rest: url.slice(2) };
  };
}

export async function startFront(options: FrontOptions): Promise<Front> {
  const records: AccessRecord[] = [];
  const errors: unknown[] = [];
  const waiting = new Set<() => void>();
  const { route, server: limits, decide = route && decideFor(route), ...proxyOptions } = options;
  if (!decide) throw new Error("startFront needs a route or a decide function.");
  const proxy = createProxy({
    ...proxyOptions,
    onAccess(record) {
      records.push(record);
      options.onAccess?.(record);
      for (const check of waiting) check();
    },
    onError(error, context) {
      errors.push(error);
      options.onError?.(error, context);
    },
  });
  const server = createServer(hardenedServerOptions(limits));
  server.on("request", (req, res) => proxy.handleRequest(req, res, () => decide(req)));
  server.on("upgrade", (req, socket, head) => proxy.handleUpgrade(req, socket, head, () => decide(req)));
  hardenServer(server);
  const port = await listen(server);
  onTestFinished(async () => {
    await proxy.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    server,
    proxy,
    records,
    errors,
    record(matches = () => true) {
      return new Promise((resolve) => {
        const check = (): void => {
          const found = records.find(matches);
          if (!found) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      });
    },
  };
}

/** An ordinary `node:http` upstream. */
export async function startUpstream(
  listener: RequestListener,
  options: ServerOptions = {},
): Promise<{ port: number; origin: string; server: Server }> {
  const server = createServer(options, listener);
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port, origin: `http://127.0.0.1:${port}`, server };
}

/**
 * A bare TCP upstream that does what the test says with every connection. `sockets` holds those whose other side has
 * neither ended nor gone.
 */
export async function startRawUpstream(
  onConnection: (socket: Socket) => void,
): Promise<{ port: number; origin: string; server: TcpServer; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const all = new Set<Socket>();
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    all.add(socket);
    socket.on("error", () => undefined);
    socket.on("end", () => sockets.delete(socket)).on("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  const port = await listen(server);
  onTestFinished(() => {
    for (const socket of all) socket.destroy();
    server.close();
  });
  return { port, origin: `http://127.0.0.1:${port}`, server, sockets };
}

export function readyRoute(origin: string, more: Partial<Route> = {}): Route {
  return { id: "r", target: { origin }, state: { status: "ready" }, ...more };
}

export function listen(server: TcpServer, host = "127.0.0.1"): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, host, () => resolve(portOf(server.address())));
  });
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("The server listens on no TCP port.");
  return address.port;
}

/** Waits until something is so, looking often. Rejects with `what` if it never is. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Not so in ${patienceMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
