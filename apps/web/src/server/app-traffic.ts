import type { IncomingMessage } from "node:http";
import { isLaunchTicket } from "@automna/control-plane";
import type { LaunchGrant } from "@automna/control-plane/database";
import type { Decision, RouteKey } from "@automna/proxy";
import type { MaybeLater } from "./access-facts.ts";
import { type Identity, identityHeaders } from "./identify.ts";
import type { AccessRules } from "./instance-access.ts";
import { type Asked, forward, NOT_FOUND, pathAsked, seeOther, whenKnown } from "./instance-decision.ts";
import { isPageVisit, NO_DOCUMENTS, type RequestKind, ticketIn } from "./instance-request.ts";
import { createBindingReader } from "./verdict.ts";

/** A session's token is renewed every minute, and the verdict that is bound to it with it. */
const VERDICT_MS = 60_000;

const markCookie = (cookie: string | null): Record<string, string> =>
  cookie ? { "set-cookie": cookie } : {};

/**
 * What becomes of a request to `/i/{id}` on the app's origin: the app's session counts, traffic is carried, and a page
 * is sent to the origin where gateways' pages run.
 */
export function createAppTraffic(
  rules: AccessRules,
): (req: IncomingMessage, kind: RequestKind) => MaybeLater<Decision> {
  const { routes, policy, facts, launches, verdicts, now } = rules;
  const bindingOf = createBindingReader();

  async function launch(req: IncomingMessage, grant: LaunchGrant): Promise<Decision> {
    const appOrigin = policy.originOf(req.headers.host);
    const outcome = await launches.launch({ ...grant, appOrigin });
    switch (outcome.status) {
      case "ready":
        return seeOther(outcome.url, markCookie(rules.signOuts.mark(grant.sessionId, appOrigin)));
      case "not-found":
        return NOT_FOUND;
      case "too-many": {
        const message = "Too many windows were opened. Wait a moment, then try again.";
        const { retryAfterMs } = outcome;
        return { kind: "refuse", status: 429, code: "rate-limited", retryAfterMs, message };
      }
      case "no-origin": {
        const { status, code, detail: message } = NO_DOCUMENTS;
        return { kind: "refuse", status, code, message };
      }
    }
  }

  async function swap({ req, kind, instance }: Asked, ticket: string): Promise<Decision> {
    if (kind !== "http" || req.method !== "GET") return NOT_FOUND;
    const grant = await launches.redeem(ticket, instance.id);
    return grant ? launch(req, grant) : NOT_FOUND;
  }

  /** Who asks comes before what for: strangers cost the database nothing. */
  async function decideByIdentity(req: IncomingMessage, kind: RequestKind, key: RouteKey): Promise<Decision> {
    const url = `${policy.originOf(req.headers.host)}${req.url ?? ""}`;
    const identity = await rules.identify(identityHeaders(req.headers), url);
    if (!identity) return NOT_FOUND;
    const { clerkId, sessionId } = identity;
    const instance = await facts.instance(key.name);
    if (instance?.clerkId !== clerkId) return NOT_FOUND;
    if (isPageVisit(req))
      return launch(req, { instanceId: instance.id, clerkId, sessionId, path: pathAsked(key) });
    const asked = { req, kind, key, instance };
    return forward(asked, routes, "app", identity, verdictCookieFor(asked, identity));
  }

  /** Asking who the one local user is costs less than a cookie. */
  function verdictCookieFor({ req, instance }: Asked, { kind, sessionId, expiresAt }: Identity) {
    if (kind === "local") return undefined;
    const until = Math.min(now() + VERDICT_MS, expiresAt);
    const site = { origin: policy.originOf(req.headers.host), subdomain: null };
    return verdicts.give(site, instance, { sessionId, binding: bindingOf(req), until });
  }

  /** What was decided before, if it still holds. */
  function decideByVerdict(asked: Asked): MaybeLater<Decision> {
    const { req, kind, key, instance } = asked;
    const site = { origin: policy.originOf(req.headers.host), subdomain: null };
    const verdict = verdicts.find(site, instance, req.headers.cookie);
    if (!verdict || verdict.binding !== bindingOf(req)) return decideByIdentity(req, kind, key);
    return whenKnown(facts.isSessionOver(verdict.sessionId), (isOver) =>
      isOver ? NOT_FOUND : forward(asked, routes, "app", verdict),
    );
  }

  return (req, kind) => {
    const key = routes.identify({ url: req.url ?? "", host: undefined });
    if (!key) return NOT_FOUND;
    const ticket = ticketIn(key);
    if (ticket !== null && !isLaunchTicket(ticket)) return NOT_FOUND;
    if (ticket === null && (isPageVisit(req) || !verdicts.mayBeIn(req.headers.cookie)))
      return decideByIdentity(req, kind, key);
    return whenKnown(facts.instance(key.name), (instance) => {
      if (!instance) return NOT_FOUND;
      const asked = { req, kind, key, instance };
      return ticket === null ? decideByVerdict(asked) : swap(asked, ticket);
    });
  };
}
