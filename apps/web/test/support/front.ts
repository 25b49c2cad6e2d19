import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createProxy, createRouteTable, hardenedServerOptions, type RouteTable } from "@automna/proxy";
import { onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createDispatcher } from "../../src/server/dispatcher.ts";
import type { Identify } from "../../src/server/identify.ts";
import { createInstanceAccess, INSTANCE_ID } from "../../src/server/instance-access.ts";
import { createOriginPolicy } from "../../src/server/origin-policy.ts";

export const OWN = "a".repeat(24);
export const FOREIGN = "b".repeat(24);
export const UNKNOWN = "c".repeat(24);

/** Everything that reached a gateway: the path and the headers, over HTTP or as an upgrade. */
type Arrival = {
  kind: "http" | "upgrade";
  instance: string;
  url: string;
  headers: IncomingHttpHeaders;
};

export interface Front {
  readonly port: number;
  readonly arrivals: Arrival[];
  /** Paths that came to Next's handler. */
  readonly pages: string[];
  /** Paths of upgrades that were left to Next. */
  readonly pageUpgrades: string[];
  readonly routes: RouteTable;
}

/** Says who is asking by the `authorization` header: `Bearer alice`. */
export const identifyByBearer: Identify = (headers) => {
  const name = /^Bearer (\w+)$/.exec(headers.get("authorization") ?? "")?.[1];
  return Promise.resolve(name ? { kind: "clerk", clerkId: name } : null);
};

/** The real dispatcher, proxy and access rules on a real port, before two gateways: alice's and bob's. */
export async function startFront(identify: Identify = identifyByBearer): Promise<Front> {
  const arrivals: Arrival[] = [];
  const pages: string[] = [];
  const pageUpgrades: string[] = [];
  const routes = createRouteTable({ paths: [{ prefix: "/i/", id: INSTANCE_ID }] });
  for (const instance of [OWN, FOREIGN]) {
    const port = await startGateway(instance, arrivals);
    const target = { origin: `http://127.0.0.1:${port}` };
    routes.set({ id: instance, target, state: { status: "ready" }, prefix: "strip", forwarded: "none" });
  }
  const server = createServer(hardenedServerOptions());
  const port = await listenAnywhere(server);
  const policy = createOriginPolicy({ publicOrigin: null, host: "localhost", port });
  const proxy = createProxy();
  const owners = new Map([
    [OWN, "alice"],
    [FOREIGN, "bob"],
  ]);
  const dispatcher = createDispatcher({
    proxy,
    policy,
    access: createInstanceAccess({
      routes,
      identify,
      policy,
      isOwner: (id, clerkId) => Promise.resolve(owners.get(id) === clerkId),
    }),
    pages: {
      handleRequest(req, res) {
        pages.push(req.url ?? "");
        res.end(JSON.stringify({ policy: req.headers["content-security-policy"] }));
        return Promise.resolve();
      },
      handleUpgrade(req, socket) {
        pageUpgrades.push(req.url ?? "");
        socket.end("HTTP/1.1 204 No Content\r\n\r\n");
      },
    },
    security: { production: true, secure: false, clerk: null },
    onError: (error) => {
      throw error;
    },
  });
  server.on("request", dispatcher.handleRequest);
  server.on("upgrade", dispatcher.handleUpgrade);
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await proxy.close();
  });
  return { port, arrivals, pages, pageUpgrades, routes };
}

async function startGateway(instance: string, arrivals: Arrival[]): Promise<number> {
  const server = createServer((req, res) => {
    arrivals.push({ kind: "http", instance, url: req.url ?? "", headers: req.headers });
    res.setHeader("content-type", "text/html");
    req.pipe(res);
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (req, socket, head) => {
    arrivals.push({ kind: "upgrade", instance, url: req.url ?? "", headers: req.headers });
    sockets.handleUpgrade(req, socket, head, (webSocket) => {
      webSocket.on("message", (data, isBinary) => webSocket.send(data, { binary: isBinary }));
    });
  });
  onTestFinished(() => {
    for (const webSocket of sockets.clients) webSocket.terminate();
    server.close();
    server.closeAllConnections();
  });
  return listenAnywhere(server);
}

export function listenAnywhere(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenAnywhere(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string };

/** A request as a browser's, a tool's or an attacker's: any header, `Host` included. */
export function ask(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { method = "GET", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method,
        headers: { host: `localhost:${port}`, ...headers },
        agent: false,
      },
      (res) => {
        let text = "";
        res.on("data", (chunk: Buffer) => (text += chunk.toString()));
        res.on("end", () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: text }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Opens a socket and says one thing: what came back, or the HTTP status of the refusal. */
export function echo(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  text = "hello",
): Promise<{ echoed: string } | { status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
      headers: { host: `localhost:${port}`, ...headers },
    });
    socket.on("open", () => socket.send(text));
    socket.on("message", (data: Buffer) => {
      socket.close();
      resolve({ echoed: data.toString() });
    });
    socket.on("unexpected-response", (req, res) => {
      let body = "";
      res.on("data", (chunk: Buffer) => (body += chunk.toString()));
      res.on("end", () => {
        req.destroy();
        resolve({ status: res.statusCode ?? 0, body });
      });
    });
    socket.on("error", reject);
  });
}
