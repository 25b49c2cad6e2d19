import type { IncomingMessage } from "node:http";

import type { ClientInfo } from "./forwarded.ts";
import { forwardedHeaders } from "./forwarded.ts";
import { copyRequestHeaders } from "./headers.ts";
import type { PreparedRoute } from "./prepared-route.ts";
import type { RouteMatch } from "./route.ts";

/** The target an upstream is asked for: byte for byte what the client sent, but for prefix and base path. */
export function upstreamPath({ route, basePath }: PreparedRoute, { prefix, rest }: RouteMatch): string {
  if (route.prefix === "keep") return basePath + prefix + rest;
  const slash = rest === "" || rest.startsWith("?") ? "/" : "";
  return basePath + slash + rest;
}

/** The headers an upstream gets, framing and `Upgrade` apart, as a flat list of names and values. */
export function upstreamRequestHeaders(
  req: IncomingMessage,
  match: RouteMatch & { readonly requestHeaders?: Readonly<Record<string, string>> },
  prepared: PreparedRoute,
  client: ClientInfo,
  requestId: string,
): string[] {
  const own = match.requestHeaders;
  const keepsHost = match.route.hostHeader === "client" && req.headers.host !== undefined;
  const into = ["host", keepsHost ? (req.headers.host ?? "") : prepared.hostHeader];
  const ownNames = own && new Set(Object.keys(own).map((name) => name.toLowerCase()));
  copyRequestHeaders(into, req.rawHeaders, req.headers, prepared.headerPolicy, ownNames);
  if (match.route.forwarded !== "none") {
    const prefix = match.route.prefix === "keep" ? "" : match.prefix;
    const written = forwardedHeaders(client, prefix, match.route.loopbackClientAs);
    for (const text of written) into.push(text);
  }
  into.push("x-request-id", requestId);
  const fixed = prepared.requestHeaders;
  for (let index = 0; index < fixed.length; index += 2) {
    const name = fixed[index] ?? "";
    if (!ownNames?.has(name.toLowerCase())) into.push(name, fixed[index + 1] ?? "");
  }
  if (own) for (const [name, value] of Object.entries(own)) into.push(name, value);
  return into;
}
