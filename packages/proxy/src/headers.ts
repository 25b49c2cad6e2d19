import type { IncomingHttpHeaders } from "node:http";

/** Meant for one connection only (RFC 9110 section 7.6.1), in requests and in answers. */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
] as const;

/** Written anew for the upstream: framing by the engine, the rest by `forwarded.ts`. */
const REWRITTEN = [
  "host",
  "content-length",
  "expect",
  "trailer",
  "http2-settings",
  "forwarded",
  "x-real-ip",
  "x-request-id",
  "x-client-ip",
  "x-cluster-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "x-original-url",
  "x-rewrite-url",
] as const;

const RESPONSE_HOP_BY_HOP: ReadonlySet<string> = new Set(HOP_BY_HOP);

/** Names no client may pass on, and cookies that stay with us. Prepared once per route. */
export interface RequestHeaderPolicy {
  readonly dropped: ReadonlySet<string>;
  readonly ownCookies: CookiePredicate;
  /** What becomes of names in a client's spelling that were seen before. */
  readonly fates: Map<string, HeaderFate>;
}

type HeaderFate = "drop" | "keep" | "cookie";
/** Browsers send a few dozen names; a client that makes up more does not grow the memory. */
const MOST_FATES = 256;

export type CookiePredicate = (name: string) => boolean;

export function requestHeaderPolicy(options: {
  readonly drop: Iterable<string>;
  readonly keepAuthorization: boolean;
  readonly ownCookies: CookiePredicate;
}): RequestHeaderPolicy {
  const dropped = new Set<string>([...HOP_BY_HOP, ...REWRITTEN]);
  for (const name of options.drop) dropped.add(name.toLowerCase());
  if (!options.keepAuthorization) dropped.add("authorization");
  return { dropped, ownCookies: options.ownCookies, fates: new Map() };
}

/** Matches exact cookie names, and beginnings where an entry ends in `*`. */
export function cookieNames(entries: readonly string[]): CookiePredicate {
  const exact = new Set(entries.filter((entry) => !entry.endsWith("*")));
  const beginnings = entries.filter((entry) => entry.endsWith("*")).map((entry) => entry.slice(0, -1));
  if (entries.length === 0) return () => false;
  return (name) => exact.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
}

/**
 * Appends the end-to-end headers of a request to a flat list, names in the client's spelling, duplicates apart.
 * `extra` names are dropped as well, because this request sets them.
 */
export function copyRequestHeaders(
  into: string[],
  rawHeaders: readonly string[],
  headers: IncomingHttpHeaders,
  policy: RequestHeaderPolicy,
  extra: ReadonlySet<string> | undefined,
): void {
  const listed = connectionOptions(headers.connection);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const rawName = rawHeaders[index] ?? "";
    const fate = policy.fates.get(rawName) ?? fateOf(rawName, policy);
    if (fate === "drop" || ((listed || extra) && isWithheld(rawName.toLowerCase(), listed, extra))) continue;
    const value = rawHeaders[index + 1] ?? "";
    if (fate === "cookie") {
      const kept = withoutCookies(value, policy.ownCookies);
      if (kept !== "") into.push(rawName, kept);
    } else {
      into.push(rawName, value);
    }
  }
  if (headers.te !== undefined && /(?:^|,)\s*trailers\s*(?:,|$)/i.test(String(headers.te)))
    into.push("te", "trailers");
}

function fateOf(rawName: string, { dropped, fates }: RequestHeaderPolicy): HeaderFate {
  const name = rawName.toLowerCase();
  const fate = isDropped(name, dropped) ? "drop" : name === "cookie" ? "cookie" : "keep";
  if (fates.size < MOST_FATES) fates.set(rawName, fate);
  return fate;
}

function isWithheld(
  name: string,
  listed: readonly string[] | undefined,
  extra: ReadonlySet<string> | undefined,
): boolean {
  return (listed?.includes(name) ?? false) || (extra !== undefined && isDropped(name, extra));
}

/** Some servers read `X_Forwarded_For` as `X-Forwarded-For`, so underscores count as hyphens here. */
export function isDropped(name: string, dropped: ReadonlySet<string>): boolean {
  if (dropped.has(name)) return true;
  if (name.charCodeAt(0) === 120 && name.startsWith("x-forwarded-")) return true;
  return name.includes("_") && isDropped(name.replaceAll("_", "-"), dropped);
}

/** Which names a `Connection` header lists, besides the common ones that name no header. */
function connectionOptions(connection: string | string[] | undefined): string[] | undefined {
  if (connection === undefined || connection === "keep-alive" || connection === "close") return undefined;
  const text = Array.isArray(connection) ? connection.join(",") : connection;
  return text.split(",").map((option) => option.trim().toLowerCase());
}

/** A `Cookie` header without the cookies that are ours. Empty if none is left. */
export function withoutCookies(cookie: string, isOwn: CookiePredicate): string {
  const pairs = cookie.split(";");
  const kept = pairs.filter((pair) => !isOwn(cookieName(pair)));
  return kept.length === pairs.length ? cookie : kept.join(";").trim();
}

/** The name in `name=value`, without the blanks around it. */
export function cookieName(pair: string): string {
  const equals = pair.indexOf("=");
  return (equals === -1 ? pair : pair.slice(0, equals)).trim();
}

/** Changes one answer header: the new value, several values, or `undefined` to drop it. */
export type ResponseHeaderEdit = (name: string, value: string) => string | undefined;

/** The end-to-end headers of an answer as a flat list, duplicates apart. Names come in lower case. */
export function copyResponseHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  dropped: ReadonlySet<string>,
  edit: ResponseHeaderEdit | undefined,
): string[] {
  const into: string[] = [];
  const listed = connectionOptions(headers["connection"]);
  for (const name in headers) {
    if (RESPONSE_HOP_BY_HOP.has(name) || dropped.has(name) || listed?.includes(name)) continue;
    const value = headers[name];
    if (typeof value === "string") push(into, name, value, edit);
    else if (value !== undefined) for (const one of value) push(into, name, one, edit);
  }
  return into;
}

function push(into: string[], name: string, value: string, edit: ResponseHeaderEdit | undefined): void {
  const edited = edit ? edit(name, value) : value;
  if (edited !== undefined) into.push(name, edited);
}
