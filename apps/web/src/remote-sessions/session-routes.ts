import type { IncomingMessage, ServerResponse } from "node:http";
import { type Decision, hostName, type Route } from "@automna/proxy";
import { grantName } from "../server/access-revocation.ts";
import type { Pages } from "../server/dispatcher.ts";
import { type Identify, type Identity, identityHeaders } from "../server/identify.ts";
import type { Logger } from "../server/log.ts";
import type { OriginPolicy } from "../server/origin-policy.ts";
import { type RemoteSession, type RemoteSessions, SESSION_ID } from "./session-file.ts";
import { checkSession, type SessionHealth } from "./session-health.ts";
import { answerNovncFile, isNovncFile } from "./novnc-files.ts";
import { answerViewer } from "./viewer-page.ts";

/** The addresses of remote sessions: a list, each one's health, its viewer, and its socket. */
export interface SessionRoutes {
  /** True when the address is one of them, existing or not. */
  claims(req: IncomingMessage): boolean;
  handleRequest(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Where the upgrade of a viewer goes. */
  decide(req: IncomingMessage): Promise<Decision>;
}

export interface SessionRoutesOptions {
  readonly sessions: RemoteSessions;
  readonly identify: Identify;
  readonly policy: OriginPolicy;
  readonly log: Logger;
  readonly check?: (session: RemoteSession) => Promise<SessionHealth>;
}

interface OwnedSession {
  readonly session: RemoteSession;
  readonly asker: Identity;
}

const BASE = "/api/auth/session";
const ADDRESS = /^\/api\/auth\/session\/([^/?]+)(\/novnc(?:\/websock)?)?(?:\?.*)?$/;
/** One answer for a session that does not exist, is somebody else's, or is nobody's business. */
const NOT_FOUND = { error: "Session not found" };
const REFUSED: Decision = {
  kind: "refuse",
  status: 404,
  code: "session-not-found",
  headers: { "cache-control": "no-store" },
  body: NOT_FOUND,
};
/** Of a route to a session, before its id. */
export const SESSION_ROUTE_PREFIX = "session:";

/** The same pages, with the addresses of remote sessions before them. */
export function withSessions<P extends Pages>(pages: P, routes: SessionRoutes): P {
  return {
    ...pages,
    handleRequest: (req, res) =>
      routes.claims(req) ? routes.handleRequest(req, res) : pages.handleRequest(req, res),
  };
}

export function createSessionRoutes(options: SessionRoutesOptions): SessionRoutes {
  const { sessions, policy, log } = options;
  const checks = shareChecks(options.check ?? checkSession);

  /** Who asks, once it is certain that no other site's page made them. */
  function askerOf({ url = "", headers }: IncomingMessage): Promise<Identity | null> {
    return options.identify(identityHeaders(headers), `${policy.originOf(headers.host)}${url}`);
  }

  /** The owner check: null for an id that is malformed, unknown or somebody else's. */
  async function owned(id: string, req: IncomingMessage): Promise<OwnedSession | null> {
    const asker = SESSION_ID.test(id) ? await askerOf(req) : null;
    const session = asker && (await sessions.find(id));
    return asker && session?.owner === asker.clerkId ? { session, asker } : null;
  }

  async function answerList(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const asker = await askerOf(req);
    if (!asker) return answerJson(res, 401, { error: "Nobody is signed in" });
    const own = await sessions.ofOwner(asker.clerkId);
    answerJson(res, 200, { sessions: own.map(({ id, provider, label }) => ({ id, provider, label })) });
  }

  return {
    claims({ url = "" }) {
      return url === BASE || url.startsWith(`${BASE}/`) || url.startsWith(`${BASE}?`) || isNovncFile(url);
    },

    async handleRequest(req, res) {
      const { url = "", method, headers } = req;
      if (method !== "GET" && method !== "HEAD")
        return answerJson(res, 405, { error: "Only GET is served here" });
      // noVNC's own files are public; the viewer has no origin, and so asks for them as a stranger.
      if (isNovncFile(url)) return answerNovncFile(url, res);
      // Opened by hand, to look what is the matter, it is no page's request either.
      const { origin, "sec-fetch-site": site } = headers;
      if (!policy.sentByOwnPage(site === "none" ? { origin } : headers))
        return answerJson(res, 403, { error: "Only the app's own pages may ask" });
      if (url === BASE || url.startsWith(`${BASE}?`)) return answerList(req, res);
      const [, id = "", part] = ADDRESS.exec(url) ?? [];
      const found = await owned(id, req);
      if (!found) return answerJson(res, 404, NOT_FOUND);
      if (part === "/novnc") return answerViewer(res, policy.originOf(headers.host));
      if (part !== undefined)
        return answerJson(res, 426, { error: "This address speaks WebSocket" }, { upgrade: "websocket" });
      const { provider, label } = found.session;
      answerJson(res, 200, { id, provider, label, ...(await checks(found.session)) });
    },

    async decide(req) {
      const { url = "", headers } = req;
      const path = url.split("?", 1)[0];
      const { upgrade, connection, host } = headers;
      log.info({ path, upgrade, connection, host: hostName(host ?? "") }, "remote session: upgrade received");
      const [, id = "", part] = ADDRESS.exec(url) ?? [];
      const found = part === "/novnc/websock" ? await owned(id, req) : null;
      if (!found) return REFUSED;
      const { session, asker } = found;
      const route = routeTo(session);
      log.info(
        {
          path,
          session: id,
          target: route.target.origin,
          upgrade,
          connection,
          version: headers["sec-websocket-version"],
          key: headers["sec-websocket-key"] === undefined ? "absent" : "present",
          protocol: headers["sec-websocket-protocol"],
          extensions: headers["sec-websocket-extensions"],
        },
        "remote session: proxying WebSocket",
      );
      // Nothing of the browser's query goes on: a websockify with several machines chooses among them by it.
      return { kind: "forward", route, prefix: "", rest: session.path, grant: grantName(asker) };
    },
  };
}

function routeTo({ id, target, verifyCertificate }: RemoteSession): Route {
  return {
    id: `${SESSION_ROUTE_PREFIX}${id}`,
    target: {
      origin: target ?? "http://127.0.0.1:9",
      ...(verifyCertificate ? {} : { tls: { verify: false } }),
    },
    state:
      target === null
        ? { status: "starting", retryAfterMs: 2_000, message: "The machine is being made." }
        : { status: "ready" },
    dropRequestHeaders: ["cookie"],
    responseCookies: "drop",
    limits: { maxConnections: 16 },
  };
}

/** One look at a session at a time, however many ask; what was seen holds for a second. */
function shareChecks(check: (session: RemoteSession) => Promise<SessionHealth>, holdsMs = 1_000) {
  const looks = new Map<string, Promise<SessionHealth>>();
  return (session: RemoteSession): Promise<SessionHealth> => {
    const known = looks.get(session.id);
    if (known) return known;
    const look = check(session);
    looks.set(session.id, look);
    void look.finally(() => setTimeout(() => looks.delete(session.id), holdsMs).unref());
    return look;
  };
}

function answerJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  res.end(JSON.stringify(body));
}
