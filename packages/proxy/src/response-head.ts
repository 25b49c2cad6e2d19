import { copyResponseHeaders } from "./headers.ts";
import type { CookiePredicate } from "./headers.ts";
import { takesHtmlBase } from "./html-base.ts";
import { responseHeaderEdit } from "./prefix-rewrite.ts";
import type { PreparedRoute } from "./prepared-route.ts";
import type { Decision, RouteMatch } from "./route.ts";

/** Headers of an answer as undici parses them: names in lower case, duplicates in a list. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What, besides the answer itself, decides what its head becomes. */
export interface ResponseScope {
  readonly prepared: PreparedRoute;
  readonly match: Extract<Decision, { kind: "forward" }>;
  readonly clientHost: string;
  readonly ownCookies: CookiePredicate;
  readonly requestId: string;
}

/** A request, as far as the head of its answer depends on it. */
export interface ResponseOccasion {
  readonly method: string;
  readonly httpVersionMinor: number;
  readonly status: number;
  /** The body will be rewritten, so its length and its digests no longer hold. */
  readonly rewritten: boolean;
}

const DIGESTS = new Set(["content-length", "content-md5", "digest", "content-digest", "accept-ranges"]);

/** The headers a client gets for an answer, as a flat list of names and values. */
export function responseHead(
  headers: AnswerHeaders,
  { prepared, match, clientHost, ownCookies, requestId }: ResponseScope,
  occasion: ResponseOccasion,
): string[] {
  const namesPlaces =
    headers["set-cookie"] ?? headers["location"] ?? headers["content-location"] ?? headers["refresh"];
  const edit =
    namesPlaces === undefined
      ? undefined
      : responseHeaderEdit(
          match.route,
          { prefix: match.prefix, targetOrigin: prepared.origin, basePath: prepared.basePath, clientHost },
          ownCookies,
        );
  let into = copyResponseHeaders(headers, prepared.droppedResponseHeaders, edit);
  if (occasion.status === 204) into = without(into, (name) => name === "content-length");
  if (occasion.rewritten) into = weakened(without(into, (name) => DIGESTS.has(name)));
  if (headers["trailer"] !== undefined && !takesTrailers(headers, occasion)) {
    into = without(into, (name) => name === "trailer");
  }
  into.push(...prepared.responseHeaders, "x-request-id", requestId);
  if (match.responseHeaders) into.push(...Object.entries(match.responseHeaders).flat());
  return into;
}

/** The headers of an informational answer. It has no body and can set no cookie. */
export function informationalHead(headers: AnswerHeaders, prepared: PreparedRoute): string[] {
  const into = copyResponseHeaders(headers, prepared.droppedResponseHeaders, undefined);
  return without(into, (name) => name === "set-cookie" || name === "content-length");
}

/** `true` if a base is to be written into this answer's body. */
export function wantsHtmlBase(
  status: number,
  headers: AnswerHeaders,
  { route, prefix }: RouteMatch,
): boolean {
  if (route.rewrite?.htmlBase !== true || prefix === "" || route.prefix === "keep") return false;
  const policies = headers["content-security-policy"] ?? [];
  return takesHtmlBase({
    status,
    contentType: firstOf(headers["content-type"]),
    contentEncoding: firstOf(headers["content-encoding"]),
    policies: typeof policies === "string" ? [policies] : policies,
  });
}

/** The first of several values. */
export function firstOf(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

/** `node:http` refuses a `Trailer` header on an answer that it does not send in chunks. */
function takesTrailers(
  headers: AnswerHeaders,
  { method, httpVersionMinor, status }: ResponseOccasion,
): boolean {
  if (httpVersionMinor === 0 || method === "HEAD" || status === 204 || status === 304) return false;
  return headers["content-length"] === undefined;
}

function without(list: readonly string[], isGone: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let index = 0; index < list.length; index += 2) {
    const name = list[index] ?? "";
    if (!isGone(name)) kept.push(name, list[index + 1] ?? "");
  }
  return kept;
}

/** A strong ETag names exact bytes, which are others now. */
function weakened(list: readonly string[]): string[] {
  return list.map((text, index) =>
    list[index - 1] === "etag" && index % 2 === 1 && text.startsWith('"') ? `W/${text}` : text,
  );
}
