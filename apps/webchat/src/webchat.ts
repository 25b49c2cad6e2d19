import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import type { Duplex } from "node:stream";

import { hardenedServerOptions, hardenServer } from "@automna/proxy";

import { refuseForeign, type Refusal } from "./access.ts";
import { removeDiscovery, writeDiscovery, type Discovery } from "./discovery.ts";
import type { FrameRelay } from "./frame-relay.ts";
import { openGatewayLink, type GatewayOptions } from "./gateway-link.ts";
import { createGatewayNews, type GatewayNews } from "./gateway-news.ts";
import { listenOnLoopback } from "./listen.ts";
import { LiveSockets } from "./live-socket.ts";
import { readPageFiles } from "./page-files.ts";
import { answerRequest, authorise, readTarget, sessionOf, type WebchatContext } from "./routes.ts";
import { sendRefusal } from "./http-answers.ts";
import { SessionChats } from "./session-chats.ts";
import { TokenDesk } from "./token-desk.ts";

/** What a web chat tells its host. Never a secret. */
export type WebchatEvent =
  | { readonly kind: "listening"; readonly port: number; readonly url: string }
  | GatewayNews
  | { readonly kind: "refused"; readonly status: number; readonly method: string; readonly path: string }
  | { readonly kind: "error"; readonly message: string };

/** What {@link startWebchat} takes. */
export interface WebchatOptions {
  readonly gateway: GatewayOptions;
  /** The session that the page opens, in any spelling. Default `main`. */
  readonly sessionKey?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** How long a token is taken, milliseconds. Default 15 minutes. */
  readonly tokenMs?: number;
  /** How long a call waits for its run, milliseconds. Default 10 minutes. */
  readonly rpcLimitMs?: number;
  /** How long a request waits for the gateway, milliseconds. Default 8 seconds. */
  readonly gatewayWaitMs?: number;
  /** Default `true`. `false`: every user of this machine may use the chat. */
  readonly needsToken?: boolean;
  /** Where the port and the key are written (mode 0600). Default: nowhere. */
  readonly discoveryFile?: string;
  /** Where the built page is. Default: in this package. */
  readonly pageFolder?: string;
  readonly onEvent?: (event: WebchatEvent) => void;
}

/** A web chat that listens. */
export interface RunningWebchat {
  readonly port: number;
  /** `http://127.0.0.1:<port>/webchat/` */
  readonly baseUrl: string;
  /** A link that opens the chat once, within a minute. Hand it to a person, never to a log. */
  launchUrl(): string;
  close(): Promise<void>;
}

const PAGE_FOLDER = join(import.meta.dirname, "..", "dist", "page");
const TOKEN_MS = 15 * 60_000;
const RPC_MS = 10 * 60_000;
const GATEWAY_WAIT_MS = 8_000;

/** Starts a web chat for one gateway on this machine's loopback addresses. Rejects if the port cannot be had. */
export async function startWebchat(options: WebchatOptions): Promise<RunningWebchat> {
  const { sessionKey = "main", onEvent = () => undefined, discoveryFile } = options;
  const files = await readPageFiles(options.pageFolder ?? PAGE_FOLDER);
  const newsOf = createGatewayNews(options.gateway.url);
  const link = openGatewayLink(options.gateway, (state) => onEvent(newsOf(state)));
  const chats = new SessionChats(link);
  const desk = new TokenDesk({ tokenMs: options.tokenMs ?? TOKEN_MS });
  let port = 0;
  const context: WebchatContext = {
    desk,
    needsToken: options.needsToken ?? true,
    files,
    link,
    chats,
    relays: new Map<string, FrameRelay>(),
    sessionKey,
    rpcLimitMs: options.rpcLimitMs ?? RPC_MS,
    gatewayWaitMs: options.gatewayWaitMs ?? GATEWAY_WAIT_MS,
    port: () => port,
  };
  const sockets = new LiveSockets(chats);
  const servers = [
    createHttpServer(context, sockets, onEvent),
    createHttpServer(context, sockets, onEvent),
  ] as const;
  const stop = async (): Promise<void> => {
    for (const relay of context.relays.values()) relay.close(1012, "service restart");
    sockets.close();
    chats.close();
    link.close();
    await Promise.all(servers.map(closeServer));
  };
  let discovery: Discovery;
  try {
    port = await listenOnLoopback(...servers, options.port ?? 0);
    const baseUrl = `http://127.0.0.1:${port}/webchat/`;
    discovery = { pid: process.pid, port, baseUrl, sessionKey, key: desk.ownerKey };
    if (discoveryFile !== undefined) await writeDiscovery(discoveryFile, discovery);
  } catch (error) {
    await stop();
    throw error;
  }
  const { baseUrl } = discovery;
  onEvent({ kind: "listening", port, url: baseUrl });
  return {
    port,
    baseUrl,
    launchUrl: () => `${baseUrl}#token=${desk.issueTicket().secret}`,
    async close() {
      if (discoveryFile !== undefined) await removeDiscovery(discoveryFile, discovery);
      await stop();
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    return server.closeAllConnections();
  });
}

function createHttpServer(
  context: WebchatContext,
  sockets: LiveSockets,
  onEvent: (event: WebchatEvent) => void,
): Server {
  const server = createServer(hardenedServerOptions());
  hardenServer(server);
  server.on("request", (req, res) => {
    answerRequest(context, req, res).catch((error: unknown) => {
      onEvent({ kind: "error", message: error instanceof Error ? error.message : String(error) });
      const message = "Something went wrong inside of the web chat. Its log says what.";
      if (!res.headersSent) sendRefusal(res, { status: 500, code: "internal", message });
      else res.destroy();
    });
    res.once("close", () => {
      if (res.statusCode !== 401 && res.statusCode !== 403) return;
      const { path } = readTarget(req);
      onEvent({ kind: "refused", status: res.statusCode, method: req.method ?? "", path });
    });
  });
  server.on("upgrade", (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const { path, query } = readTarget(req);
    const session = admitSocket(context, req, path, query);
    if (typeof session === "string") return sockets.accept(req, socket, head, session);
    onEvent({ kind: "refused", status: session.status, method: "GET", path });
    refuseSocket(socket, session);
  });
  return server;
}

function admitSocket(
  context: WebchatContext,
  req: IncomingMessage,
  path: string,
  query: URLSearchParams,
): string | Refusal {
  const foreign = refuseForeign(req);
  if (foreign !== null) return foreign;
  if (path !== "/webchat/socket")
    return { status: 404, code: "not-found", message: "There is no such socket." };
  const caller = authorise(context, req, query);
  return "code" in caller ? caller : sessionOf(query, context.sessionKey);
}

function refuseSocket(socket: Duplex, { status, code, message }: Refusal): void {
  const body = `${JSON.stringify({ ok: false, error: message, code })}\n`;
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
