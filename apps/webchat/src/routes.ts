import type { IncomingMessage, ServerResponse } from "node:http";

import { refuseForeign, type Refusal } from "./access.ts";
import { readCaller, redeemTicket, TOKEN_REQUIRED, type Caller } from "./authorization.ts";
import { FrameRelay } from "./frame-relay.ts";
import type { GatewayLink } from "./gateway-link.ts";
import { BODY_BYTES } from "./hello.ts";
import { BodyError, openEventAnswer, readJsonBody, sendJson, sendRefusal } from "./http-answers.ts";
import { readInfo } from "./info.ts";
import { plainMessages } from "./messages.ts";
import { sendPageFile, type PageFiles } from "./page-files.ts";
import { callAgent } from "./rpc.ts";
import { readRpcRequest } from "./rpc-request.ts";
import { readSessionKey } from "./scope.ts";
import { isHistorySettled, stateWhen, type SessionChats } from "./session-chats.ts";
import type { TokenDesk } from "./token-desk.ts";

/** What every answer is made of. */
export interface WebchatContext {
  readonly desk: TokenDesk;
  /** `false`: whoever reaches the port may use the chat. */
  readonly needsToken: boolean;
  readonly files: PageFiles;
  readonly link: GatewayLink;
  readonly chats: SessionChats;
  readonly relays: Map<string, FrameRelay>;
  /** The session of `/webchat/info`, and the default of everything else. */
  readonly sessionKey: string;
  readonly rpcLimitMs: number;
  /** How long a request waits for the gateway, milliseconds. */
  readonly gatewayWaitMs: number;
  readonly port: () => number;
}

/** Every endpoint. The documentation is checked against this list. */
export const ENDPOINTS = [
  "GET /webchat/*",
  "GET /webchat/info",
  "POST /webchat/session",
  "POST /webchat/token",
  "POST /webchat/ticket",
  "POST /webchat/rpc",
  "GET /webchat/history",
  "GET /webchat/stream",
  "POST /webchat/stream/{id}",
  "GET /webchat/socket",
] as const;

const SMALL_BODY = 16 * 1024;

const NOT_FOUND: Refusal = {
  status: 404,
  code: "not-found",
  message: "There is nothing here. Open /webchat/.",
};
const KEY_REQUIRED: Refusal = {
  status: 401,
  code: "key-missing",
  message:
    "This needs a key of the web chat: the one in its discovery file, or one that a link was swapped for.",
};

/** What a request asks for. */
interface Exchange {
  readonly context: WebchatContext;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
}

type Handler = (exchange: Exchange) => void | Promise<void>;

/** Splits a request target; its query is looked at here and never logged. */
export function readTarget(req: Pick<IncomingMessage, "url">): { path: string; query: URLSearchParams } {
  const [path = "/", query = ""] = (req.url ?? "/").split(/\?([^]*)/, 2);
  return { path, query: new URLSearchParams(query) };
}

/** The caller, or the refusal of whoever may not use the chat. */
export function authorise(
  { desk, needsToken }: Pick<WebchatContext, "desk" | "needsToken">,
  req: IncomingMessage,
  query: URLSearchParams,
): Caller | Refusal {
  const caller = readCaller(desk, req, query);
  if (caller.kind === "refused") return caller.refusal;
  return caller.kind === "token" || !needsToken ? caller : TOKEN_REQUIRED;
}

/** The session that a request names, the usual one if it names none, or a refusal. */
export function sessionOf(query: URLSearchParams, usual: string): string | Refusal {
  const given = query.get("session");
  const key = given === null ? usual : readSessionKey(given);
  return (
    key ?? { status: 400, code: "bad-request", message: `"session" must be a session key such as "main".` }
  );
}

function guarded(handler: (exchange: Exchange, session: string) => void | Promise<void>): Handler {
  return (exchange) => {
    const { context, req, res, query } = exchange;
    const caller = authorise(context, req, query);
    if ("code" in caller) return sendRefusal(res, caller);
    const session = sessionOf(query, context.sessionKey);
    if (typeof session !== "string") return sendRefusal(res, session);
    return handler(exchange, session);
  };
}

async function info({ context, req, res, query }: Exchange): Promise<void> {
  const caller = readCaller(context.desk, req, query);
  if (caller.kind === "refused") return sendRefusal(res, caller.refusal);
  sendJson(res, 200, await readInfo(context, req.headers.host ?? "", caller));
}

async function openSession({ context, req, res }: Exchange): Promise<void> {
  const body = await readJsonBody(req, SMALL_BODY);
  const ticket = typeof body === "object" && body !== null && "ticket" in body ? body.ticket : undefined;
  if (typeof ticket !== "string") {
    throw new BodyError(
      400,
      "bad-request",
      'Send { "ticket": ... }, what stands behind #token= in the link.',
    );
  }
  const redeemed = redeemTicket(context.desk, ticket);
  if ("code" in redeemed) return sendRefusal(res, redeemed);
  const token = context.desk.issueToken(redeemed.key);
  sendJson(res, 200, { ok: true, key: redeemed.key, token: token?.secret, expiresAt: token?.expiresAt });
}

function newToken({ context, req, res, query }: Exchange): void {
  const caller = readCaller(context.desk, req, query);
  if (caller.kind === "refused") return sendRefusal(res, caller.refusal);
  const token = caller.kind === "key" ? context.desk.issueToken(caller.key) : null;
  if (token === null) return sendRefusal(res, KEY_REQUIRED);
  sendJson(res, 200, { ok: true, token: token.secret, expiresAt: token.expiresAt });
}

function newTicket({ context, req, res, query }: Exchange): void {
  const caller = readCaller(context.desk, req, query);
  if (caller.kind === "refused") return sendRefusal(res, caller.refusal);
  if (caller.kind === "anonymous") return sendRefusal(res, TOKEN_REQUIRED);
  const { secret, expiresAt } = context.desk.issueTicket();
  const url = `http://${req.headers.host ?? ""}/webchat/#token=${secret}`;
  sendJson(res, 200, { ok: true, ticket: secret, expiresAt, url });
}

async function rpc({ context, req, res }: Exchange): Promise<void> {
  const request = readRpcRequest(await readJsonBody(req, BODY_BYTES));
  if ("code" in request) return sendRefusal(res, request);
  const { chats, link, rpcLimitMs: limitMs, gatewayWaitMs } = context;
  const options = { chats, link, limitMs, gatewayWaitMs };
  if (req.headers.accept?.includes("text/event-stream") !== true) {
    const result = await callAgent(options, request);
    return sendJson(res, result.ok || result.code !== "gateway-unreachable" ? 200 : 503, result);
  }
  const answer = openEventAnswer(res);
  const result = await callAgent(options, request, {
    started: (runId) => answer.send({ runId }, "started"),
    text: (text) => answer.send({ text }, "text"),
  });
  answer.send(result, "done");
  answer.end();
}

async function history({ context, res }: Exchange, session: string): Promise<void> {
  const { chat, release } = context.chats.acquire(session);
  try {
    const state = await stateWhen(chat, isHistorySettled, context.gatewayWaitMs);
    if (state?.history.status === "ready") {
      return sendJson(res, 200, { ok: true, sessionKey: state.sessionKey, messages: plainMessages(state) });
    }
    const why =
      state?.history.status === "failed" ? state.history.error.message : "The gateway cannot be reached.";
    sendRefusal(res, { status: 502, code: "history-unavailable", message: why });
  } finally {
    release();
  }
}

function stream({ context: { relays, link, gatewayWaitMs }, res }: Exchange, session: string): void {
  const answer = openEventAnswer(res);
  const relay = new FrameRelay(answer, link, session, gatewayWaitMs);
  relays.set(relay.id, relay);
  answer.onClose(() => relays.delete(relay.id));
  relay.start(`/webchat/stream/${relay.id}`);
}

async function frames({ context, req, res, path }: Exchange): Promise<void> {
  const relay = context.relays.get(path.slice("/webchat/stream/".length));
  const body = await readJsonBody(req, BODY_BYTES);
  if (relay === undefined) {
    return sendRefusal(res, {
      status: 410,
      code: "stream-over",
      message: "This stream is over. Open a new one.",
    });
  }
  const batch = readBatch(body);
  if (batch === null) throw new BodyError(400, "bad-request", 'Send { "first": number, "frames": [...] }.');
  relay.take(batch.first, batch.frames);
  res.writeHead(204, { "cache-control": "no-store" }).end();
}

function readBatch(body: unknown): { first: number; frames: readonly unknown[] } | null {
  if (typeof body !== "object" || body === null || !("first" in body) || !("frames" in body)) return null;
  const { first, frames } = body;
  return typeof first === "number" && Array.isArray(frames) ? { first, frames } : null;
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  "GET /webchat/info": info,
  "GET /info": info,
  "POST /webchat/session": openSession,
  "POST /webchat/token": newToken,
  "POST /webchat/ticket": newTicket,
  "POST /webchat/rpc": guarded(rpc),
  "GET /webchat/history": guarded(history),
  "GET /webchat/stream": guarded(stream),
};

function handlerOf(method: string, path: string): Handler | undefined {
  const name = `${method} ${path}`;
  if (Object.hasOwn(HANDLERS, name)) return HANDLERS[name];
  return method === "POST" && path.startsWith("/webchat/stream/") ? guarded(frames) : undefined;
}

function sendFile({ context, req, res, path }: Exchange): boolean {
  if (path === "/webchat") {
    res.writeHead(308, { location: "/webchat/", "content-length": 0 }).end();
    return true;
  }
  const name = path === "/" ? "" : path.startsWith("/webchat/") ? path.slice("/webchat/".length) : null;
  return name !== null && sendPageFile(context.files, name, req, res);
}

/** Answers a request, whatever comes. */
export async function answerRequest(
  context: WebchatContext,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const foreign = refuseForeign(req);
  if (foreign !== null) return sendRefusal(res, foreign);
  const exchange = { context, req, res, ...readTarget(req) };
  const method = req.method === "HEAD" ? "GET" : (req.method ?? "GET");
  try {
    const handler = handlerOf(method, exchange.path);
    if (handler !== undefined && req.method !== "HEAD") return await handler(exchange);
    if (method === "GET" && sendFile(exchange)) return;
    const isKnown = handlerOf("GET", exchange.path) ?? handlerOf("POST", exchange.path);
    const message = "This address is asked in another way. See the documentation of the web chat.";
    sendRefusal(res, isKnown ? { status: 405, code: "method-not-allowed", message } : NOT_FOUND);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    res.setHeader("connection", "close");
    sendRefusal(res, error.refusal);
  }
}
