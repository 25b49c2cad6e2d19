import type { Layer } from "./access-log.ts";
import type { Decision } from "./route.ts";

/** Why the proxy answered by itself. Stable words, also the `outcome` of the access record. */
export type FailureCode =
  | "bad-request"
  | "url-too-long"
  | "headers-too-large"
  | "request-timeout"
  | "upgrade-required"
  | "not-found"
  | "refused"
  | "rate-limited"
  | "too-many-connections"
  | "draining"
  | "revoked"
  | "route-starting"
  | "route-stopped"
  | "route-error"
  | "circuit-open"
  | "upstream-refused"
  | "upstream-reset"
  | "upstream-invalid"
  | "connect-timeout"
  | "first-byte-timeout"
  | "internal-error";

/** One failure, as told to the client: what happened, where, and what to do next. */
export interface Failure {
  readonly code: FailureCode | (string & {});
  readonly status: number;
  readonly layer: Layer;
  readonly requestId: string;
  readonly message: string;
  readonly routeId?: string;
  readonly retryAfterMs?: number;
}

export interface RenderedFailure {
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const STATUS: Readonly<Record<FailureCode, number>> = {
  "bad-request": 400,
  "url-too-long": 414,
  "headers-too-large": 431,
  "request-timeout": 408,
  "upgrade-required": 426,
  "not-found": 404,
  refused: 403,
  "rate-limited": 429,
  "too-many-connections": 503,
  draining: 503,
  revoked: 403,
  "route-starting": 503,
  "route-stopped": 503,
  "route-error": 503,
  "circuit-open": 503,
  "upstream-refused": 502,
  "upstream-reset": 502,
  "upstream-invalid": 502,
  "connect-timeout": 504,
  "first-byte-timeout": 504,
  "internal-error": 500,
};

const MESSAGE: Readonly<Record<FailureCode, string>> = {
  "bad-request": "The request is not well-formed HTTP. Correct it and send it again.",
  "url-too-long": "The address is too long. Send less in the query.",
  "headers-too-large": "The request headers are too large. Clear this site's cookies and try again.",
  "request-timeout": "The request arrived too slowly. Try again on a better connection.",
  "upgrade-required": "This address speaks WebSocket version 13. Connect with that version.",
  "not-found": "There is nothing at this address. Check it, or open it from the start page.",
  refused: "This request is not allowed. Sign in, or ask the owner.",
  "rate-limited": "Too many attempts. Wait a moment, then try again.",
  "too-many-connections": "Too many connections are open here. Close some, then try again.",
  draining: "This server is being replaced. Try again now: another one answers.",
  revoked: "Access has ended. Sign in again, or ask the owner.",
  "route-starting": "It is starting. This page can be tried again in a moment.",
  "route-stopped": "It is stopped. Start it, then try again.",
  "route-error": "It could not be started. Look at its state on the dashboard.",
  "circuit-open": "It failed several times in a row and is being given a pause. Try again in a moment.",
  "upstream-refused": "It does not accept connections. It may be restarting: try again in a moment.",
  "upstream-reset": "It closed the connection before answering. Try again.",
  "upstream-invalid": "Its answer is not well-formed HTTP. Look at its log.",
  "connect-timeout": "It could not be reached in time. Check that it is running and reachable.",
  "first-byte-timeout": "It accepted the request but did not answer in time. Try again.",
  "internal-error": "The proxy could not handle this request. Try again; the request id finds it in the log.",
};

/** Fills in status and message of a failure that the proxy itself found. */
export function describeFailure(
  code: FailureCode,
  context: Pick<Failure, "layer" | "requestId"> & Partial<Omit<Failure, "code">>,
): Failure {
  return {
    ...context,
    code,
    status: context.status ?? STATUS[code],
    message: context.message ?? MESSAGE[code],
  };
}

/** What a refusal of the app says: its own body, or the usual document if it gave none. */
export function renderRefusal(
  decision: Extract<Decision, { kind: "refuse" }>,
  context: Pick<Failure, "layer" | "requestId">,
  render: (failure: Failure) => RenderedFailure,
): RenderedFailure {
  const { status, code, message, routeId, retryAfterMs, headers, body } = decision;
  if (body !== undefined) {
    return typeof body === "string"
      ? { contentType: "text/plain; charset=utf-8", body, headers: headers ?? {} }
      : { contentType: "application/json", body: JSON.stringify(body), headers: headers ?? {} };
  }
  const rendered = render({
    ...context,
    code: code ?? (status === 404 ? "not-found" : "refused"),
    status,
    message: message ?? MESSAGE[status === 404 ? "not-found" : "refused"],
    ...(routeId === undefined ? {} : { routeId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  return { ...rendered, headers: { ...rendered.headers, ...headers } };
}

/** A problem document (RFC 9457), or a small HTML page for those who prefer one. */
export function renderFailure(failure: Failure, accept: string | undefined): RenderedFailure {
  if (prefersHtml(accept)) return { contentType: "text/html; charset=utf-8", body: renderPage(failure) };
  const { code, status, message, layer, requestId, retryAfterMs } = failure;
  const problem = { title: code, status, detail: message, code, layer, requestId, retryAfterMs };
  return { contentType: "application/problem+json", body: JSON.stringify(problem) };
}

/** `true` if an `Accept` header ranks HTML above JSON, as a browser that opens a page does. */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const html = qualityOf(accept, "text/html");
  return html > 0 && html > qualityOf(accept, "application/json");
}

function qualityOf(accept: string, type: string): number {
  for (const entry of accept.toLowerCase().split(",")) {
    const [name, ...parameters] = entry.split(";").map((part) => part.trim());
    if (name !== type) continue;
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    const value = quality === undefined ? 1 : Number(quality.slice(2));
    return Number.isFinite(value) ? value : 0;
  }
  return 0;
}

function renderPage({ status, message, code, layer, requestId, retryAfterMs }: Failure): string {
  const refresh =
    retryAfterMs === undefined ? "" : `<meta http-equiv="refresh" content="${seconds(retryAfterMs)}">`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${status}</title>
<meta name="viewport" content="width=device-width">${refresh}
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem}small{color:#666}</style>
</head><body><h1>${status}</h1><p>${escapeHtml(message)}</p>
<p><small>${escapeHtml(code)} · ${layer} · ${escapeHtml(requestId)}</small></p></body></html>`;
}

/** Whole seconds for `Retry-After`, never below one. */
export function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
