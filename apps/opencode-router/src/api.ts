import type { IncomingMessage, ServerResponse } from "node:http";

import { backendJson, timestamp } from "./backend-json.ts";
import type { BackendJson } from "./backend-json.ts";
import type { EventLog, LoggedEvent } from "./event-log.ts";
import type { Backend, Registry } from "./registry.ts";
import { resolveByName, resolveByPath } from "./resolve.ts";
import type { LockedPort } from "./scanner.ts";

export interface ApiContext {
  readonly registry: Registry;
  readonly events: EventLog;
  readonly username: string;
  readonly locked: () => readonly LockedPort[];
  /** Origin under which a caller reaches this router. */
  readonly baseUrl: (req: IncomingMessage) => string;
}

/** Every endpoint below `/api`. The documentation is checked against this list. */
export const API_PATHS = [
  "/api/health",
  "/api/backends",
  "/api/resolve",
  "/api/events",
  "/api/needs-password",
] as const;

/** Keeps tunnels and proxies from taking a quiet stream for a dead one, in milliseconds. */
const HEARTBEAT_MS = 15_000;
/** A listener that reads slower than this many bytes behind is let go; it comes back and gets what it missed. */
const MAX_BEHIND = 1_048_576;

/** Answers a request below `/api`. */
export function handleApi(
  context: ApiContext,
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
): void {
  if (!API_PATHS.some((known) => known === path)) {
    return sendJson(req, res, 404, { error: "not_found", detail: `There is no ${path}. See /api/backends.` });
  }
  if (req.method !== "GET" && req.method !== "HEAD") {
    const detail = `${path} answers GET only.`;
    return sendJson(req, res, 405, { error: "method_not_allowed", detail }, { allow: "GET, HEAD" });
  }
  const json = (backend: Backend): BackendJson =>
    backendJson(backend, context.username, context.baseUrl(req));
  switch (path) {
    case "/api/health":
      return sendJson(req, res, 200, {
        healthy: true,
        username: context.username,
        backends: context.registry.size,
      });
    case "/api/backends":
      return sendJson(req, res, 200, context.registry.list().map(json));
    case "/api/needs-password":
      return sendJson(req, res, 200, context.locked());
    case "/api/resolve":
      return resolve(context, req, res, json);
    default:
      return stream(context, req, res, json);
  }
}

function resolve(
  { registry }: ApiContext,
  req: IncomingMessage,
  res: ServerResponse,
  json: (backend: Backend) => BackendJson,
): void {
  const url = req.url ?? "";
  const query = new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : "");
  const path = query.get("path");
  const name = query.get("name");
  const asked = path || name;
  if (!asked) {
    const detail = "Ask with ?path=/folder/of/project or ?name=project.";
    return sendJson(req, res, 400, { error: "bad_request", detail });
  }
  const backends = registry.list();
  const found = path ? resolveByPath(backends, path) : resolveByName(backends, asked);
  if (found) return sendJson(req, res, 200, json(found));
  const detail = "No running OpenCode server matches. /api/backends lists those that run.";
  return sendJson(req, res, 404, { error: "not_found", query: asked, detail });
}

function stream(
  { registry, events }: ApiContext,
  req: IncomingMessage,
  res: ServerResponse,
  json: (backend: Backend) => BackendJson,
): void {
  res.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  if (req.method === "HEAD") {
    res.end();
    return;
  }
  const send = (text: string): void => {
    if (res.writableLength > MAX_BEHIND) res.destroy();
    else res.write(text);
  };
  const sendEvent = ({ id, change }: LoggedEvent): void =>
    send(`id: ${id}\nevent: ${change.kind}\ndata: ${JSON.stringify(json(change.backend))}\n\n`);
  const header = req.headers["last-event-id"];
  const replay = events.since(typeof header === "string" ? header : undefined, registry.list());
  if (replay.kind === "events") {
    send(":\n\n");
    for (const event of replay.events) sendEvent(event);
  } else {
    const list = JSON.stringify(replay.backends.map(json));
    send(`id: ${replay.id}\nevent: snapshot\ndata: ${list}\n\n`);
  }
  const unsubscribe = events.subscribe({
    onEvent: sendEvent,
    onScan: (at) => send(`event: scan\ndata: ${JSON.stringify({ at: timestamp(at) })}\n\n`),
  });
  const heartbeat = setInterval(() => send(":\n\n"), HEARTBEAT_MS);
  res.on("close", () => {
    clearInterval(heartbeat);
    unsubscribe();
  });
}

/** Writes a JSON answer; nothing of it may be kept by a cache. */
export function sendJson(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `${JSON.stringify(value)}\n`;
  res.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  res.end(req.method === "HEAD" ? undefined : body);
}
