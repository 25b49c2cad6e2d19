import type { IncomingMessage } from "node:http";

/** The headers by which a browser says where a request comes from. */
export interface RequestSource {
  readonly origin?: string | undefined;
  readonly "sec-fetch-site"?: string | string[] | undefined;
}

/**
 * Whether a page of ours made this request, or no page at all: a program holds no session that a foreign page could
 * ride on. An address that a person opened does not count; {@link isFromOwnPage} lets that through.
 *
 * @param isOwnOrigin Decides about an `Origin` header.
 *
 * @example
 * ```ts
 * const headers = { origin: "https://evil.example" };
 * console.log(isSentByOwnPage(headers, (origin) => origin === "https://chat.example"));
 * ```
 */
export function isSentByOwnPage(
  { origin, "sec-fetch-site": site }: RequestSource,
  isOwnOrigin: (origin: string) => boolean,
): boolean {
  if (origin !== undefined && !isOwnOrigin(origin)) return false;
  return site === undefined || site === "same-origin";
}

/**
 * Whether a request comes from a page of ours, from a person who opened an address, or from no page at all. What a
 * foreign page starts by itself does not: its requests, sockets, forms and frames.
 *
 * Only browsers say where a request comes from, so this protects people with a browser, and replaces no sign-in.
 *
 * @param isOwnOrigin Decides about an `Origin` header.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 *
 * createServer((req, res) => {
 *   const own = isFromOwnPage(req, (origin) => origin === `http://${req.headers.host}`);
 *   res.writeHead(own ? 200 : 403).end();
 * });
 * ```
 */
export function isFromOwnPage(
  { headers, method }: Pick<IncomingMessage, "headers" | "method">,
  isOwnOrigin: (origin: string) => boolean,
): boolean {
  if (headers.origin !== undefined) return isOwnOrigin(headers.origin);
  if (headers["sec-fetch-site"] === "none" || isSentByOwnPage(headers, isOwnOrigin)) return true;
  const isOpened = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  return isOpened && method === "GET";
}
