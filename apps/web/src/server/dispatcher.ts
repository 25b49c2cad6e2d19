import { randomBytes } from "node:crypto";
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Proxy } from "@automna/proxy";
import type { InstanceAccess } from "./instance-access.ts";
import { isOwnRequest, type OriginPolicy, wantsActiveContent } from "./origin-policy.ts";
import { type Problem, renderProblem } from "./problem.ts";
import {
  contentSecurityPolicy,
  GATEWAY_CONTENT_POLICY,
  securityHeaders,
  type SecurityHeaderOptions,
} from "./security-headers.ts";

/** The pages and API of the app, as Next gives them. */
export interface Pages {
  handleRequest(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Next's own sockets: hot reload. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface DispatcherOptions {
  readonly pages: Pages;
  readonly proxy: Pick<Proxy, "handleRequest" | "handleUpgrade">;
  readonly access: InstanceAccess;
  readonly policy: OriginPolicy;
  readonly security: SecurityHeaderOptions;
  readonly onError: (error: unknown) => void;
}

/** What the server's port does with whatever arrives at it. */
export interface Dispatcher {
  readonly handleRequest: (req: IncomingMessage, res: ServerResponse) => void;
  readonly handleUpgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

const WRONG_HOST: Problem = {
  status: 421,
  code: "host-not-allowed",
  title: "Misdirected request",
  detail:
    "This server does not answer under that host name. Use the address that it printed at its start, or set PUBLIC_URL.",
};
const WRONG_ORIGIN: Problem = {
  status: 403,
  code: "origin-not-allowed",
  title: "Forbidden",
  detail: "A page of another origin sent this request. Only the app's own pages may.",
};
const NO_DOCUMENTS: Problem = {
  status: 403,
  code: "active-content-refused",
  title: "Forbidden",
  detail:
    "A gateway's own pages are not served on the app's origin, where they would act with your session. Use /chat.",
};
const NO_SUCH_SOCKET: Problem = {
  status: 404,
  code: "not-found",
  title: "Not found",
  detail: "No WebSocket is served at this address. A gateway's is at /i/{id}/.",
};

/**
 * Owns requests and upgrades: `/i/{id}` goes to the proxy before Next sees it, Next's own upgrades go to Next, and
 * what nobody claims gets a real answer.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { pages, proxy, access, policy, security } = options;
  const constantHeaders = Object.entries(securityHeaders(security));

  return {
    handleRequest(req, res) {
      for (const [name, value] of constantHeaders) res.setHeader(name, value);
      if (!policy.allowsHost(req.headers.host)) return refuse(res, WRONG_HOST);
      if (access.claims(req)) {
        const problem = instanceProblem(req, policy);
        if (problem) return refuse(res, problem);
        res.setHeader("content-security-policy", GATEWAY_CONTENT_POLICY);
        return proxy.handleRequest(req, res, () => access.decide(req));
      }
      givePolicy(req, res, security);
      pages.handleRequest(req, res).catch((error: unknown) => {
        options.onError(error);
        res.destroy();
      });
    },

    handleUpgrade(req, socket, head) {
      // Until somebody takes the socket over, an error on it has no other listener.
      socket.on("error", () => socket.destroy());
      if (!policy.allowsHost(req.headers.host)) return refuseUpgrade(socket, WRONG_HOST);
      const { origin } = req.headers;
      if (origin !== undefined && !policy.allowsOrigin(origin)) return refuseUpgrade(socket, WRONG_ORIGIN);
      if (access.claims(req)) return proxy.handleUpgrade(req, socket, head, () => access.decide(req));
      if (req.url?.startsWith("/_next/")) return pages.handleUpgrade(req, socket, head);
      refuseUpgrade(socket, NO_SUCH_SOCKET);
    },
  };
}

function instanceProblem({ headers }: IncomingMessage, policy: OriginPolicy): Problem | null {
  const fetchDestination = single(headers["sec-fetch-dest"]);
  if (wantsActiveContent({ fetchDestination, accept: headers.accept })) return NO_DOCUMENTS;
  const fetchSite = single(headers["sec-fetch-site"]);
  return isOwnRequest({ fetchSite, origin: headers.origin }, policy) ? null : WRONG_ORIGIN;
}

/** Next takes the nonce for its scripts from the request's copy of the header that the response will carry. */
function givePolicy(req: IncomingMessage, res: ServerResponse, security: SecurityHeaderOptions): void {
  const value = contentSecurityPolicy(randomBytes(16).toString("base64"), security);
  req.headers["content-security-policy"] = value;
  res.setHeader("content-security-policy", value);
}

function refuse(res: ServerResponse, problem: Problem): void {
  const { headers, body } = renderProblem(problem);
  // The body of the refused request is not read: the connection cannot be used again.
  res.writeHead(problem.status, { ...headers, connection: "close" }).end(body);
}

function refuseUpgrade(socket: Duplex, problem: Problem): void {
  const { headers, body } = renderProblem(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
