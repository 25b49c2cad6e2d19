import type { IncomingMessage } from "node:http";
import { isSentByOwnPage, type RouteKey } from "@automna/proxy";
import { type OriginPolicy, wantsActiveContent } from "./origin-policy.ts";
import type { Problem } from "./problem.ts";

/** How a request came: as one, or as the upgrade to a WebSocket. */
export type RequestKind = "http" | "upgrade";

export const WRONG_ORIGIN: Problem = {
  status: 403,
  code: "origin-not-allowed",
  title: "Forbidden",
  detail:
    "A page of another origin sent this request. Only the app's own pages may: open the app itself, then try again.",
};
export const NO_DOCUMENTS: Problem = {
  status: 403,
  code: "active-content-refused",
  title: "Forbidden",
  detail:
    "A gateway's own pages are not served on the app's origin, where they would act with your session. Use /chat.",
};

/** True when a browser wants to show what comes back as a page of its own, at the top of a tab. */
export function isPageVisit({ method, headers }: IncomingMessage): boolean {
  if (method !== "GET") return false;
  const destination = single(headers["sec-fetch-dest"]);
  if (destination !== undefined) return destination === "document";
  return headers.accept?.toLowerCase().includes("text/html") ?? false;
}

/** Why a request to a gateway on the app's origin is refused without looking who sent it; null: it is not. */
export function problemOnApp(req: IncomingMessage, policy: OriginPolicy): Problem | null {
  if (isPageVisit(req)) return null;
  const { headers } = req;
  const fetchDestination = single(headers["sec-fetch-dest"]);
  if (wantsActiveContent({ fetchDestination, accept: headers.accept })) return NO_DOCUMENTS;
  return policy.sentByOwnPage(headers) ? null : WRONG_ORIGIN;
}

/** The same on an origin of gateways' own pages. Links may lead there from anywhere; nothing else may. */
export function problemOnInstance(req: IncomingMessage, ownOrigin: string): Problem | null {
  if (req.headers.origin === undefined && isPageVisit(req)) return null;
  return isSentByOwnPage(req.headers, (origin) => origin === ownOrigin) ? null : WRONG_ORIGIN;
}

/** What `?token=` at the root of an instance holds; null without one. More than one is no ticket. */
export function ticketIn({ rest }: Pick<RouteKey, "rest">): string | null {
  const query = /^\/?\?(.*)$/s.exec(rest)?.[1];
  if (query === undefined || !query.includes("token")) return null;
  const tokens = new URLSearchParams(query).getAll("token");
  return tokens.length === 0 ? null : tokens.length === 1 ? (tokens[0] ?? "") : "";
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
