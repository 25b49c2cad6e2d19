import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders, request, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type KeyRing, parseKeyRing } from "@automna/control-plane";
import {
  connectDatabase,
  type Database,
  ensureUserWithInstance,
  migrate,
  newInstance,
  newToken,
} from "@automna/control-plane/database";
import {
  createProxy,
  createRouteTable,
  hardenedServerOptions,
  type Proxy,
  type Route,
  type RouteTable,
} from "@automna/proxy";
import { onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { InstanceOriginsConfig } from "../../src/instance-origin-variables.ts";
import { NO_SESSIONS, type RemoteSessions } from "../../src/remote-sessions/session-file.ts";
import { createSessionLog } from "../../src/remote-sessions/session-log.ts";
import {
  createSessionRoutes,
  type SessionRoutes,
  withSessions,
} from "../../src/remote-sessions/session-routes.ts";
import { createRateLimit, type RateLimit } from "../../src/server/api/rate-limit.ts";
import { createDispatcher } from "../../src/server/dispatcher.ts";
import { createEventStreams } from "../../src/server/event-streams.ts";
import type { Identify, SessionCheck } from "../../src/server/identify.ts";
import { INSTANCE_ID } from "../../src/server/instance-id.ts";
import {
  type InstanceGate,
  type InstanceGateOptions,
  openInstanceGate,
} from "../../src/server/instance-gate.ts";
import { createInstanceOrigins, type InstanceOrigins } from "../../src/server/instance-origins.ts";
import { createLog, type Logger } from "../../src/server/log.ts";
import { createOriginPolicy, type OriginPolicy } from "../../src/server/origin-policy.ts";
import { OWN_COOKIES } from "../../src/server/own-cookies.ts";
import { emptyDatabase, MIGRATIONS } from "./database.ts";

export const OWN = "a".repeat(24);
export const FOREIGN = "b".repeat(24);
export const UNKNOWN = "c".repeat(24);

/** Whose they are, and under which subdomain. */
const INSTANCES = [
  { id: OWN, clerkId: "alice", subdomain: "u-aaaaaaaaaa" },
  { id: FOREIGN, clerkId: "bob", subdomain: "u-bbbbbbbbbb" },
];
export const subdomainOf = (id: string) => INSTANCES.find((instance) => instance.id === id)?.subdomain ?? "";

/** Everything that reached a gateway: the path and the headers, over HTTP or as an upgrade. */
type Arrival = {
  kind: "http" | "upgrade";
  instance: string;
  url: string;
  headers: IncomingHttpHeaders;
};

/** Where everything is stored; several fronts may share it, as the processes of one deployment do. */
export interface House {
  readonly url: string;
  readonly database: Database;
  readonly keyRing: KeyRing;
}

export interface Front {
  readonly port: number;
  /** The second port, for gateways' own pages. */
  readonly instancePort: number;
  readonly arrivals: Arrival[];
  /** Paths that came to Next's handler. */
  readonly pages: string[];
  /** Paths of upgrades that were left to Next. */
  readonly pageUpgrades: string[];
  readonly routes: RouteTable;
  readonly policy: OriginPolicy;
  readonly origins: InstanceOrigins;
  readonly gate: InstanceGate;
  readonly house: House;
}

export interface FrontOptions {
  readonly identify?: Identify;
  readonly house?: House;
  /** Default: on the second port. */
  readonly instanceOrigins?: InstanceOriginsConfig;
  readonly isSessionActive?: SessionCheck;
  /** Default: launches are not counted, because the tests of a file share a database. */
  readonly limitLaunches?: true;
  readonly now?: () => number;
  /** How what is done every minute is repeated. */
  readonly repeat?: InstanceGateOptions["repeat"];
  /** What alice's and bob's gateways answer over HTTP. Default: what they were sent, as HTML. */
  readonly gateway?: RequestListener;
  readonly route?: Partial<Route>;
  /** What Next answers. Default: the policy that it was given. */
  readonly page?: string;
  /** Where the gate listens for news, when that is not the database itself. */
  readonly newsUrl?: string;
  readonly sessions?: RemoteSessions;
  /** Of remote sessions. */
  readonly sessionLog?: Logger;
}

/** Says who is asking by the `authorization` header: `Bearer alice`, or `Bearer alice/sess_2`. */
export const identifyByBearer: Identify = (headers) => {
  const [, clerkId, sessionId] = /^Bearer (\w+)(?:\/(\w+))?$/.exec(headers.get("authorization") ?? "") ?? [];
  if (!clerkId) return Promise.resolve(null);
  const expiresAt = Date.now() + 60_000;
  return Promise.resolve({ kind: "clerk", clerkId, sessionId: sessionId ?? `sess_${clerkId}`, expiresAt });
};

/** Alice is the one person at this machine. */
export const identifyAsAlice: Identify = () =>
  Promise.resolve({ kind: "local", clerkId: "alice", sessionId: "local", expiresAt: Infinity });

let shared: Promise<House> | undefined;

/** A database in which alice and bob have an instance each; one for all tests of a file that change nothing in it. */
function sharedHouse(): Promise<House> {
  shared ??= newHouse();
  return shared;
}

export async function newHouse(emptyDatabaseUrl?: string): Promise<House> {
  const url = emptyDatabaseUrl ?? (await emptyDatabase());
  await migrate(url, MIGRATIONS);
  const database = connectDatabase({ url });
  const keyRing = parseKeyRing(`k1:${randomBytes(32).toString("base64")}`);
  for (const { id, clerkId, subdomain } of INSTANCES)
    await ensureUserWithInstance(database, clerkId, (ownerId) => ({
      ...newInstance(ownerId, { driver: "process", product: "demo" }, keyRing),
      ...newToken({ userId: ownerId, instanceId: id }, keyRing),
      id,
      subdomain,
    }));
  return { url, database, keyRing };
}

/** The real dispatcher, proxy and access rules on real ports, before two gateways: alice's and bob's. */
export async function startFront(options: FrontOptions = {}): Promise<Front> {
  const { instanceOrigins = { kind: "port", port: null, publicOrigin: null } } = options;
  const house = options.house ?? (await sharedHouse());
  const arrivals: Arrival[] = [];
  const [app, beside] = [createServer(hardenedServerOptions()), createServer(hardenedServerOptions())];
  const [port, instancePort] = [await listenAnywhere(app), await listenAnywhere(beside)];
  const policy = createOriginPolicy({ publicOrigin: null, host: "localhost", port });
  const appOrigin = policy.originOf(undefined);
  const origins = createInstanceOrigins({ config: instanceOrigins, appOrigin, port: instancePort });
  const routes = createRouteTable({
    paths: [{ prefix: "/i/", id: INSTANCE_ID }],
    hosts: origins.hostRules,
  });
  for (const { id } of INSTANCES) {
    const origin = `http://127.0.0.1:${await startGateway(id, arrivals, options.gateway)}`;
    const usual = { prefix: "strip", forwarded: "none", state: { status: "ready" } } as const;
    routes.set({ id, target: { origin }, ...usual, ...options.route });
  }
  const { sessions = NO_SESSIONS, sessionLog = createLog("silent").logger } = options;
  const { opened, message, ended } = createSessionLog(sessionLog);
  const proxy = createProxy({
    ownCookies: ["__session*", "__client*", "__clerk*", ...OWN_COOKIES],
    onSocketOpen: opened,
    ...(message ? { onMessage: message } : {}),
    onAccess: ended,
  });
  const identify = options.identify ?? identifyByBearer;
  const gate = await openInstanceGate({
    ...house,
    databaseUrl: options.newsUrl ?? house.url,
    routes,
    proxy,
    streams: createEventStreams(),
    // Only its kind matters: who is asking is said by `identify`.
    identity: identify === identifyAsAlice ? { kind: "local" } : { kind: "clerk", clerk: NO_CLERK },
    identify,
    policy,
    origins,
    log: createLog("silent").logger,
    rateLimit: options.limitLaunches ? countedIn(house) : UNLIMITED,
    isSessionActive: options.isSessionActive ?? (() => Promise.resolve(true)),
    ...(options.now ? { now: options.now } : {}),
    ...(options.repeat ? { repeat: options.repeat } : {}),
  });
  const remote = createSessionRoutes({
    sessions,
    identify: gate.identify,
    policy,
    log: sessionLog,
  });
  const front = {
    port,
    instancePort,
    arrivals,
    pages: [],
    pageUpgrades: [],
    routes,
    policy,
    origins,
    gate,
    house,
  };
  serve([app, beside], proxy, front, remote, options.page);
  onTestFinished(async () => {
    for (const server of [app, beside]) {
      server.close();
      server.closeAllConnections();
    }
    await gate.close();
    await proxy.close();
  });
  return front;
}

const UNLIMITED: Pick<RateLimit, "take"> = { take: () => Promise.resolve(0) };

function countedIn({ url }: House): RateLimit {
  const rateLimit = createRateLimit(url);
  onTestFinished(() => rateLimit.close());
  return rateLimit;
}

const NO_CLERK = {
  publishableKey: "",
  secretKey: "",
  jwtKey: undefined,
  proxyUrl: undefined,
  jsUrl: undefined,
  uiUrl: undefined,
};

function serve(
  servers: ReturnType<typeof createServer>[],
  proxy: Proxy,
  front: Front,
  remote: SessionRoutes,
  page?: string,
): void {
  const { policy, origins, gate, pages, pageUpgrades } = front;
  const dispatcher = createDispatcher({
    proxy,
    policy,
    access: gate.access,
    remote,
    instanceOrigins: origins,
    signOuts: gate.signOuts,
    pages: withSessions(
      {
        handleRequest(req, res) {
          pages.push(req.url ?? "");
          if (page !== undefined) res.setHeader("content-type", "text/html");
          res.end(page ?? JSON.stringify({ policy: req.headers["content-security-policy"] }));
          return Promise.resolve();
        },
        handleUpgrade(req, socket) {
          pageUpgrades.push(req.url ?? "");
          socket.end("HTTP/1.1 204 No Content\r\n\r\n");
        },
      },
      remote,
    ),
    security: { production: true, secure: false, clerk: null },
    onError: (error) => {
      throw error;
    },
  });
  for (const server of servers) {
    server.on("request", dispatcher.handleRequest);
    server.on("upgrade", dispatcher.handleUpgrade);
  }
}

const echoBack: RequestListener = (req, res) => {
  res.setHeader("content-type", "text/html");
  req.pipe(res);
};

async function startGateway(
  instance: string,
  arrivals: Arrival[],
  answer: RequestListener = echoBack,
): Promise<number> {
  const server = createServer((req, res) => {
    arrivals.push({ kind: "http", instance, url: req.url ?? "", headers: req.headers });
    answer(req, res);
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
