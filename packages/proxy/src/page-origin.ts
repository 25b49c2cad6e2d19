import type { IncomingMessage } from "node:http";

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
  const site = headers["sec-fetch-site"] ?? "none";
  if (site === "none" || site === "same-origin") return true;
  const isOpened = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  return isOpened && method === "GET";
}
