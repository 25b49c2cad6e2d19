import { randomBytes } from "node:crypto";
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Proxy } from "@automna/proxy";
import type { SessionRoutes } from "../remote-sessions/session-routes.ts";
import type { InstanceAccess } from "./instance-access.ts";
import type { InstanceOrigins, InstanceSite } from "./instance-origins.ts";
import { problemOnApp, problemOnInstance, WRONG_ORIGIN } from "./instance-request.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import { type Problem, renderProblem } from "./problem.ts";
import {
  contentSecurityPolicy,
  GATEWAY_CONTENT_POLICY,
  gatewayPageHeaders,
  securityHeaders,
  type SecurityHeaderOptions,
} from "./security-headers.ts";
import type { SignOuts } from "./sign-outs.ts";

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
  /** Sockets to people's machines. */
  readonly remote: Pick<SessionRoutes, "claims" | "decide">;
  readonly policy: OriginPolicy;
  readonly instanceOrigins: InstanceOrigins;
  readonly signOuts: Pick<SignOuts, "sighted" | "end">;
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
/** Such a target names a host of its own beside the `Host` header; only a proxy that we are not is asked so. */
const NO_PATH: Problem = {
  status: 400,
  code: "target-not-a-path",
  title: "Bad request",
  detail:
    "The request asks for something that is no path. Send the path alone, and the host in the Host header.",
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
  const { pages, proxy, access, remote, policy, instanceOrigins, security } = options;
  const ownHeaders = securityHeaders(security);
  const pageHeaders = Object.entries(ownHeaders);
  /** A list, because headers that are set one by one make `node:http` take its slow way. No gateway can set them. */
  const trafficHeaders = Object.entries({
    ...ownHeaders,
    "content-security-policy": GATEWAY_CONTENT_POLICY,
  }).flat();
  const gatewayHeaders = Object.entries(gatewayPageHeaders(security));

  /** On an origin where gateways' own pages run there is nothing else. */
  function answerVisit(req: IncomingMessage, res: ServerResponse, site: InstanceSite): void {
    for (const [name, value] of gatewayHeaders) res.setHeader(name, value);
    const problem = problemOnInstance(req, site.origin);
    if (problem) return refuse(res, problem);
    proxy.handleRequest(req, res, () => access.decideOnInstance(req, "http", site));
  }

  /** What a sign-in had opened is closed before the page without it is shown. */
  async function noticeSignOut(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const over = options.signOuts.sighted(req.headers);
    if (!over) return;
    try {
      await options.signOuts.end(over.sessionId);
      res.setHeader("set-cookie", over.forgetCookie);
    } catch (error) {
      // The cookie stays, and so the next page tries again.
      options.onError(error);
    }
  }

  async function answerPage(req: IncomingMessage, res: ServerResponse): Promise<void> {
    await noticeSignOut(req, res);
    await pages.handleRequest(req, res);
  }

  return {
    handleRequest(req, res) {
      if (!req.url?.startsWith("/")) return refuse(res, NO_PATH);
      const site = instanceOrigins.siteOf(req.headers.host);
      if (site) return answerVisit(req, res, site);
      if (!policy.allowsHost(req.headers.host)) return refuse(res, WRONG_HOST, ownHeaders);
      if (access.claims(req)) {
        const problem = problemOnApp(req, policy);
        if (problem) return refuse(res, problem, ownHeaders);
        return proxy.handleRequest(req, res, () => access.decideOnApp(req, "http"), trafficHeaders);
      }
      for (const [name, value] of pageHeaders) res.setHeader(name, value);
      givePolicy(req, res, security);
      answerPage(req, res).catch((error: unknown) => {
        options.onError(error);
        res.destroy();
      });
    },

    handleUpgrade(req, socket, head) {
      destroyOnError(socket);
      if (!req.url?.startsWith("/")) return refuseUpgrade(socket, NO_PATH);
      const site = instanceOrigins.siteOf(req.headers.host);
      if (site) {
        if (problemOnInstance(req, site.origin)) return refuseUpgrade(socket, WRONG_ORIGIN);
        return proxy.handleUpgrade(req, socket, head, () => access.decideOnInstance(req, "upgrade", site));
      }
      if (!policy.allowsHost(req.headers.host)) return refuseUpgrade(socket, WRONG_HOST);
      const { origin } = req.headers;
      if (origin !== undefined && !policy.allowsOrigin(origin)) return refuseUpgrade(socket, WRONG_ORIGIN);
      if (access.claims(req))
        return proxy.handleUpgrade(req, socket, head, () => access.decideOnApp(req, "upgrade"));
      if (remote.claims(req)) return proxy.handleUpgrade(req, socket, head, () => remote.decide(req));
      if (req.url?.startsWith("/_next/")) return pages.handleUpgrade(req, socket, head);
      refuseUpgrade(socket, NO_SUCH_SOCKET);
    },
  };
}

/**
 * Until somebody takes the socket over, an error on it has no other listener. Apart from the upgrade's other closures,
 * which would keep the request alive as long as the socket.
 */
function destroyOnError(socket: Duplex): void {
  socket.on("error", () => socket.destroy());
}

/** Next takes the nonce for its scripts from the request's copy of the header that the response will carry. */
function givePolicy(req: IncomingMessage, res: ServerResponse, security: SecurityHeaderOptions): void {
  const value = contentSecurityPolicy(randomBytes(16).toString("base64"), security);
  req.headers["content-security-policy"] = value;
  res.setHeader("content-security-policy", value);
}

function refuse(res: ServerResponse, problem: Problem, own: Readonly<Record<string, string>> = {}): void {
  const { headers, body } = renderProblem(problem);
  // The body of the refused request is not read: the connection cannot be used again.
  res.writeHead(problem.status, { ...own, ...headers, connection: "close" }).end(body);
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
