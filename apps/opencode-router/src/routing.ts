import { hostName } from "@automna/proxy";

import { RESERVED_SLUGS, slugify } from "./slug.ts";

/** What a request asks this router for. */
export type Destination =
  | { readonly kind: "login" }
  | { readonly kind: "host"; readonly label: string }
  | { readonly kind: "api"; readonly path: string }
  | { readonly kind: "slug"; readonly slug: string; readonly rest: string }
  | { readonly kind: "other" };

/** Answered under every host, before any project sees it. */
export const LOGIN_PATH = "/.opencode-router/login";

/** Reads a raw request target and `Host` header. A project's host comes first, then the API, then slugs. */
export function destinationOf(url: string, host: string | undefined, username: string): Destination {
  const path = url.split("?", 1)[0] ?? "";
  if (path === LOGIN_PATH) return { kind: "login" };
  const name = hostName(host ?? "");
  const suffix = `-${slugify(username)}.local`;
  if (name.endsWith(suffix)) return { kind: "host", label: name.slice(0, -".local".length) };
  if (path === "/api" || path.startsWith("/api/")) return { kind: "api", path };
  const slug = /^\/([a-z0-9-]+)(?=[/?]|$)/.exec(url)?.[1];
  if (slug === undefined || RESERVED_SLUGS.has(slug)) return { kind: "other" };
  return { kind: "slug", slug, rest: url.slice(slug.length + 1) };
}
