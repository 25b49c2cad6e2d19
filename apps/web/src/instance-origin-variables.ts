import * as v from "valibot";
import { isLoopback } from "./loopback.ts";
import { HTTP, url, wholeNumber } from "./variable-kinds.ts";

const hostName = (about: string) =>
  v.pipe(
    v.string(),
    v.toLowerCase(),
    v.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, "must be a host name, such as agents.example.com"),
    v.description(about),
  );

/** Variables about where gateways' own pages run. */
export const instanceOriginVariables = {
  INSTANCE_DOMAIN: v.optional(
    hostName(
      "Domain under which every gateway's own pages have an origin of their own, `{subdomain}.INSTANCE_DOMAIN`. Needs wildcard DNS and TLS; `localhost` works on this machine.",
    ),
  ),
  INSTANCE_PORT: v.optional(
    wholeNumber(
      "Without `INSTANCE_DOMAIN`: the second port, for gateways' own pages. Unset: the one after `PORT`, else a free one.",
      0,
      65_535,
    ),
  ),
  INSTANCE_URL: v.optional(
    url(
      "Where browsers reach that second port, when it is not on this machine. Must have another host name than `PUBLIC_URL`.",
      HTTP,
    ),
  ),
};

/**
 * Where gateways' own pages run: each on a subdomain, all on a second port, or nowhere. `port` null: the one after the
 * app's, else a free one. `publicOrigin` null: this machine's own names.
 */
export type InstanceOriginsConfig =
  | { readonly kind: "subdomain"; readonly domain: string }
  | { readonly kind: "port"; readonly port: number | null; readonly publicOrigin: string | null }
  | { readonly kind: "none" };

interface Given {
  readonly INSTANCE_DOMAIN?: string | undefined;
  readonly INSTANCE_PORT?: number | undefined;
  readonly INSTANCE_URL?: string | undefined;
  readonly PUBLIC_URL?: string | undefined;
  readonly PORT: number;
}

export function instanceOriginsOf(env: Given): InstanceOriginsConfig {
  const { INSTANCE_DOMAIN: domain, INSTANCE_PORT: port, INSTANCE_URL: url, PUBLIC_URL } = env;
  if (domain) return { kind: "subdomain", domain };
  if (url) return { kind: "port", port: port ?? null, publicOrigin: new URL(url).origin };
  // Elsewhere nobody but the operator knows how a second port is reached.
  if (PUBLIC_URL && !isLoopback(new URL(PUBLIC_URL).hostname)) return { kind: "none" };
  return { kind: "port", port: port ?? null, publicOrigin: null };
}

/** A gateway's page must never be able to read a cookie of the app, and cookies do not tell ports apart. */
export function instanceOriginProblems(env: Given, local: boolean): string[] {
  const { INSTANCE_DOMAIN: domain, INSTANCE_PORT: port, PORT } = env;
  const url = env.INSTANCE_URL ? new URL(env.INSTANCE_URL) : null;
  const app = env.PUBLIC_URL ? new URL(env.PUBLIC_URL) : null;
  const problems: string[] = [];
  if (domain && (url || port !== undefined))
    problems.push("Set INSTANCE_DOMAIN, or INSTANCE_PORT and INSTANCE_URL, not both.");
  if (domain && local && domain !== "localhost" && !domain.endsWith(".localhost"))
    problems.push("INSTANCE_DOMAIN is not on this machine: without Clerk keys it must be localhost.");
  if (url && local && !isLoopback(url.hostname))
    problems.push(
      "INSTANCE_URL is not on this machine: that needs CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY.",
    );
  if (url && !local && url.protocol !== "https:" && !isLoopback(url.hostname))
    problems.push("INSTANCE_URL must start with https://: what lets people in would travel in clear.");
  if (url && (app?.hostname ?? "localhost") === url.hostname)
    problems.push("INSTANCE_URL must have another host name than the app: cookies do not tell ports apart.");
  if (port !== undefined && port !== 0 && port === PORT)
    problems.push("INSTANCE_PORT must be another port than PORT.");
  if (port !== undefined && !domain && !url && app && !isLoopback(app.hostname))
    problems.push("Set INSTANCE_URL to the address at which browsers reach INSTANCE_PORT.");
  return problems;
}
