import type { IncomingMessage } from "node:http";

import { isDropped } from "./headers.ts";
import type { RequestHeaderPolicy } from "./headers.ts";
import type { AnswerHeaders } from "./response-head.ts";

/** Fields that change how a message is read, or for whom: RFC 9110 section 6.5.1 keeps them out of trailers. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "host",
  "set-cookie",
  "trailer",
  "transfer-encoding",
]);

/** The trailers that may follow an answer's body. */
export function answerTrailers(trailers: AnswerHeaders): [string, string][] {
  const kept: [string, string][] = [];
  for (const [name, value] of Object.entries(trailers)) {
    if (value === undefined || FORBIDDEN.has(name)) continue;
    for (const one of typeof value === "string" ? [value] : value) kept.push([name, one]);
  }
  return kept;
}

/**
 * The names in a request's `Trailer` header that may be sent to an upstream. None, if its body is not sent in chunks.
 * An upstream may put trailers among its headers, so what no client may say as a header it may not say here either.
 */
export function announcedTrailers(
  { headers }: Pick<IncomingMessage, "headers">,
  { dropped }: RequestHeaderPolicy,
  ownHeaders: Readonly<Record<string, string>> = {},
): readonly string[] {
  const { trailer, connection = "" } = headers;
  if (trailer === undefined || headers["transfer-encoding"] === undefined) return [];
  const withheld = new Set([...FORBIDDEN, ...connection.toLowerCase().split(/[\s,]+/)]);
  for (const name of Object.keys(ownHeaders)) withheld.add(name.toLowerCase());
  return trailer
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name))
    .filter((name) => !isDropped(name, dropped) && !isDropped(name, withheld));
}

/** The trailers of a request that were announced, names in the client's spelling. Known once its body has ended. */
export function requestTrailers(
  { rawTrailers }: Pick<IncomingMessage, "rawTrailers">,
  announced: readonly string[],
): [string, string][] {
  const kept: [string, string][] = [];
  for (let index = 0; index < rawTrailers.length; index += 2) {
    const name = rawTrailers[index] ?? "";
    if (announced.includes(name.toLowerCase())) kept.push([name, rawTrailers[index + 1] ?? ""]);
  }
  return kept;
}
