import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import { createProxy, hardenServer, hardenedServerOptions, prefersHtml } from "@automna/proxy";
import type { Decision, Failure, Proxy, RenderedFailure, Route } from "@automna/proxy";

import type { Access, AccessCheck } from "./access.ts";
import { handleApi, sendJson } from "./api.ts";
import type { ApiContext } from "./api.ts";
import { backendJson } from "./backend-json.ts";
import { dashboardPage, loginPage } from "./pages.ts";
import type { Page } from "./pages.ts";
import type { Backend } from "./registry.ts";
import { destinationOf } from "./routing.ts";
import type { Destination } from "./routing.ts";
import { hostLabel } from "./slug.ts";

export interface HttpServerOptions extends ApiContext {
  readonly access: AccessCheck;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Something went wrong that no client can be told. */
  readonly onError: (error: unknown) => void;
}

export interface HttpServer {
  readonly server: Server;
  /** Lets requests finish for `graceMs`, tells WebSockets to reconnect, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

type Refusal = Extract<Decision, { kind: "refuse" }>;

/** The router's own pages and API, and the forwarding of everything else. Opens no port by itself. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const proxy = createProxy({
    ownCookies: [options.access.cookie.name],
    // A prompt that is waited for has its first byte when the model is done: the client knows how long it waits.
    timeouts: { firstByteMs: 0, connectMs: 5_000 },
    renderFailure: renderBackendFailure,
    onError: options.onError,
  });
  const server = createServer(hardenedServerOptions({ headersMs: 30_000, keepAliveMs: 120_000 }));
  server.on("request", (req, res) => handleRequest(options, proxy, req, res));
  server.on("upgrade", (req: IncomingMessage, socket: Duplex, head: Buffer) =>
    proxy.handleUpgrade(req, socket, head, () => decideUpgrade(options, req)),
  );
  hardenServer(server);
  return {
    server,
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await proxy.drain({ graceMs, spreadMs: Math.min(1_000, graceMs) });
      await proxy.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function handleRequest(
  options: HttpServerOptions,
  proxy: Proxy,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  const target = destination(options, req);
  const access = options.access(req);
  if (target.kind === "login" && (access.kind === "allowed" || access.status === 401)) {
    return void logIn(options, req, res).catch(options.onError);
  }
  if (access.kind === "refused") return refuse(req, res, access);
  const decision = decideProject(options, req, target);
  if (decision) return proxy.handleRequest(req, res, decision);
  if (target.kind === "api") return handleApi(options, req, res, target.path);
  if ((req.method === "GET" || req.method === "HEAD") && wantsPage(req))
    return sendDashboard(options, req, res);
  sendJson(req, res, 404, { error: "not_found", detail: `There is no project here. See /api/backends.` });
}

function decideUpgrade(options: HttpServerOptions, req: IncomingMessage): Decision {
  const access = options.access(req);
  if (access.kind === "refused") {
    return { kind: "refuse", status: access.status, code: access.code, message: access.message };
  }
  return decideProject(options, req, destination(options, req)) ?? { kind: "refuse", status: 404 };
}

/** Where a request for a project goes; `undefined` if it asks for none. */
function decideProject(
  { registry, username, access }: HttpServerOptions,
  req: IncomingMessage,
  target: Destination,
): Decision | undefined {
  const keepAuthorization = !access.hasBearer(req);
  if (target.kind === "host") {
    const backend = registry.list().find(({ slug }) => hostLabel(slug, username) === target.label);
    if (!backend) return noProject(target.label);
    return { kind: "forward", route: routeOf(backend, keepAuthorization), prefix: "", rest: req.url ?? "/" };
  }
  if (target.kind !== "slug") return undefined;
  const backend = registry.get(target.slug);
  if (!backend) return undefined;
  if (!target.rest.startsWith("/")) return toFolder(target.slug, target.rest);
  return {
    kind: "forward",
    route: routeOf(backend, keepAuthorization),
    prefix: `/${backend.slug}`,
    rest: target.rest,
  };
}

function routeOf(backend: Backend, keepAuthorization: boolean): Route {
  return {
    id: backend.slug,
    target: { origin: `http://127.0.0.1:${backend.port}` },
    state: { status: "ready" },
    rewrite: { headers: true },
    keepAuthorization,
  };
}

function noProject(label: string): Refusal {
  const message = `No running project has the host name ${label}.local. The dashboard lists those that run.`;
  return { kind: "refuse", status: 404, code: "not-found", message };
}

/** Relative addresses of a page need the slash. 308 keeps method and body. */
function toFolder(slug: string, rest: string): Refusal {
  return { kind: "refuse", status: 308, headers: { location: `/${slug}/${rest}` }, body: "" };
}

function destination({ username }: HttpServerOptions, req: IncomingMessage): Destination {
  return destinationOf(req.url ?? "/", req.headers.host, username);
}

/** Names the project in what a client is told about a backend that does not answer. */
function renderBackendFailure(failure: Failure): RenderedFailure | undefined {
  if (failure.routeId === undefined || failure.layer === "request-received") return undefined;
  return {
    contentType: "text/plain; charset=utf-8",
    body: `Backend "${failure.routeId}": ${failure.message}\n`,
  };
}

function refuse(
  req: IncomingMessage,
  res: ServerResponse,
  access: Extract<Access, { kind: "refused" }>,
): void {
  if (access.status === 401 && wantsPage(req)) return sendPage(req, res, 401, loginPage(nonce(), false));
  const headers = access.status === 401 ? { "www-authenticate": "Bearer" } : undefined;
  sendJson(req, res, access.status, { error: access.code, detail: access.message }, headers);
}

async function logIn(
  { access }: HttpServerOptions,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (req.method !== "POST") return sendPage(req, res, 200, loginPage(nonce(), false));
  const form = await readForm(req);
  if (!access.isToken(form?.get("token") ?? "")) return sendPage(req, res, 401, loginPage(nonce(), true));
  const { name, value } = access.cookie;
  res.writeHead(303, {
    location: "/",
    "cache-control": "no-store",
    "set-cookie": `${name}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000`,
  });
  res.end();
}

async function readForm(req: IncomingMessage): Promise<URLSearchParams | undefined> {
  let text = "";
  for await (const chunk of req) {
    text += String(chunk);
    if (text.length > 4_096) return undefined;
  }
  return new URLSearchParams(text);
}

function sendDashboard(options: HttpServerOptions, req: IncomingMessage, res: ServerResponse): void {
  const port = req.socket.localPort ?? 80;
  const view = {
    username: options.username,
    backends: options.registry.list().map((backend) => ({
      ...backendJson(backend, options.username, options.baseUrl(req)),
      answering: backend.answering,
    })),
    locked: options.locked(),
    portSuffix: port === 80 ? "" : `:${port}`,
    now: options.now(),
  };
  sendPage(req, res, 200, dashboardPage(view, nonce()));
}

function sendPage(req: IncomingMessage, res: ServerResponse, status: number, { html, headers }: Page): void {
  res.writeHead(status, { ...headers, "content-length": Buffer.byteLength(html) });
  res.end(req.method === "HEAD" ? undefined : html);
}

/** A browser, or a client such as curl that opens the start page and takes anything. */
function wantsPage(req: IncomingMessage): boolean {
  const { accept } = req.headers;
  const anything = accept === undefined || accept === "*/*";
  return prefersHtml(accept) || (anything && (req.url ?? "/").split("?", 1)[0] === "/");
}

function nonce(): string {
  return randomBytes(18).toString("base64url");
}
