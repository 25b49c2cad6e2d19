import type { IncomingMessage } from "node:http";

import type { FailureCode } from "./failure.ts";
import type { RouteMatch } from "./route.ts";

/** Why a request may not be forwarded. `undefined` from a guard means that it may. */
export interface GuardVerdict {
  readonly code: Extract<FailureCode, "bad-request" | "url-too-long" | "upgrade-required">;
  readonly message: string;
}

/** Fields that decide where a message ends or whom it is for. Nobody may declare them hop-by-hop. */
const NEVER_HOP_BY_HOP = new Set(["content-length", "host", "cookie", "authorization", "content-type"]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const DECIMAL = /^\d+$/;
/** Visible ASCII without `#`: RFC 9112 section 3.2 knows no fragment in a request target. */
const TARGET = /^[!"$-~]+$/;
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~%!$&'()*+,;=-]+)(?::\d{1,5})?$/;
const SOCKET_KEY = /^[+/0-9A-Za-z]{22}==$/;

/**
 * Checks what `node:http` leaves open: one origin-form target, one `Host`, one way to tell where the body ends.
 * Anything two servers could read differently is refused here, before a byte reaches an upstream.
 */
export function guardRequest(req: IncomingMessage, maxUrlBytes: number): GuardVerdict | undefined {
  const target = req.url ?? "";
  if (target.length > maxUrlBytes)
    return { code: "url-too-long", message: `The target exceeds ${maxUrlBytes} bytes.` };
  if (target.charCodeAt(0) !== 47) return bad("The request target must start with a slash.");
  if (!TARGET.test(target)) return bad("The request target holds characters that are not allowed there.");
  if (hasBackslashInPath(target)) return bad("The path must not hold a backslash.");
  if (req.method === "CONNECT" || req.method === "TRACE") return bad("This method is not forwarded.");
  if (req.httpVersionMajor !== 1) return bad("Only HTTP/1.0 and HTTP/1.1 are spoken here.");
  return guardFields(req);
}

function guardFields(req: IncomingMessage): GuardVerdict | undefined {
  const { headers, rawHeaders } = req;
  let hosts = 0;
  let lengths = 0;
  let codings = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
    else if (name.length === 14 && name.toLowerCase() === "content-length") lengths += 1;
    else if (name.length === 17 && name.toLowerCase() === "transfer-encoding") codings += 1;
  }
  if (hosts > 1) return bad("More than one Host header.");
  if (hosts === 0 && req.httpVersionMinor === 1) return bad("The Host header is missing.");
  if (!isHost(headers.host)) return bad("The Host header is not a host.");
  if (lengths + codings > 1) return bad("The end of the body is declared more than once.");
  if (lengths === 1 && !isLength(headers["content-length"])) return bad("Content-Length is not a number.");
  if (codings === 1 && headers["transfer-encoding"]?.toLowerCase() !== "chunked") {
    return bad("The only transfer coding accepted is chunked.");
  }
  if (codings === 1 && req.httpVersionMinor === 0) return bad("HTTP/1.0 has no transfer codings.");
  return guardConnection(headers.connection);
}

/** The last host that was one: mostly the next request names the same. */
let knownHost = "";

function isHost(host = ""): boolean {
  if (host === knownHost || host === "") return true;
  if (!HOST.test(host)) return false;
  knownHost = host;
  return true;
}

function isLength(value: string | undefined): boolean {
  return value !== undefined && DECIMAL.test(value) && Number.isSafeInteger(Number(value));
}

function guardConnection(connection: string | undefined): GuardVerdict | undefined {
  if (connection === undefined || connection === "keep-alive" || connection === "close") return undefined;
  for (const option of connection.toLowerCase().split(",")) {
    const name = option.trim();
    if (name === "") continue;
    if (!TOKEN.test(name)) return bad("The Connection header is not a list of names.");
    if (NEVER_HOP_BY_HOP.has(name)) return bad(`The Connection header must not name ${name}.`);
  }
  return undefined;
}

/** Checks a WebSocket opening handshake (RFC 6455 section 4.2.1) on top of {@link guardRequest}. */
export function guardUpgrade(req: IncomingMessage): GuardVerdict | undefined {
  const { headers } = req;
  if (req.method !== "GET") return bad("A WebSocket is opened with GET.");
  if (req.httpVersionMinor !== 1) return bad("A WebSocket needs HTTP/1.1.");
  if (!hasToken(headers.connection, "upgrade")) return bad("The Connection header does not name upgrade.");
  if (headers.upgrade?.trim().toLowerCase() !== "websocket")
    return bad("The Upgrade header is not websocket.");
  if (headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0") {
    return bad("A WebSocket handshake has no body.");
  }
  if (!SOCKET_KEY.test(headers["sec-websocket-key"] ?? ""))
    return bad("Sec-WebSocket-Key is not 16 bytes of base64.");
  if (headers["sec-websocket-version"] !== "13") {
    return { code: "upgrade-required", message: "Sec-WebSocket-Version must be 13." };
  }
  return undefined;
}

/**
 * With a base path, a target that climbs (`..`, in any spelling) could leave it and so reach what else lives at the
 * same origin. Without one there is nothing to leave, and the target is forwarded as it came.
 */
export function guardBasePath({ route, rest }: RouteMatch): GuardVerdict | undefined {
  const base = route.target.basePath ?? "";
  if (base === "" || base === "/") return undefined;
  const end = rest.indexOf("?");
  const path = (end === -1 ? rest : rest.slice(0, end)).replace(/%2f|%5c|\\/gi, "/").replace(/%2e/gi, ".");
  return /(?:^|\/)\.\.?(?:;[^/]*)?(?:\/|$)/.test(path)
    ? bad("The path must not hold dot segments.")
    : undefined;
}

/** `true` if a comma-separated header lists the token, in any case. */
export function hasToken(header: string | undefined, token: string): boolean {
  return header !== undefined && header.split(",").some((entry) => entry.trim().toLowerCase() === token);
}

function hasBackslashInPath(target: string): boolean {
  const backslash = target.indexOf("\\");
  if (backslash === -1) return false;
  const query = target.indexOf("?");
  return query === -1 || backslash < query;
}

function bad(message: string): GuardVerdict {
  return { code: "bad-request", message };
}
