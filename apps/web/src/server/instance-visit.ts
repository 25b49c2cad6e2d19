import type { IncomingMessage } from "node:http";
import { isLaunchTicket } from "@automna/control-plane";
import { type Decision, prefersHtml } from "@automna/proxy";
import type { MaybeLater } from "./access-facts.ts";
import type { AccessRules } from "./instance-access.ts";
import { type Asked, forward, NOT_FOUND, notFoundPage, seeOther, whenKnown } from "./instance-decision.ts";
import type { InstanceSite } from "./instance-origins.ts";
import { isPageVisit, type RequestKind, ticketIn } from "./instance-request.ts";
import { SESSION_SEEN_MS } from "./session-watch.ts";
import type { Verdict } from "./verdict.ts";

/** A visit ends after this, and starts again from the app. */
const VISIT_MS = 12 * 3_600_000;

/**
 * What becomes of a request on an origin where gateways' own pages run. The app's session is not there; what counts is
 * the verdict that a ticket was swapped for.
 */
export function createInstanceVisits(
  rules: AccessRules,
): (req: IncomingMessage, kind: RequestKind, site: InstanceSite) => MaybeLater<Decision> {
  const { routes, policy, facts, launches, visits, watch, now } = rules;

  async function swap({ req, kind, instance }: Asked, ticket: string, site: InstanceSite) {
    const grant = kind === "http" && req.method === "GET" ? await launches.redeem(ticket, instance.id) : null;
    if (!grant) return refusal(req);
    const { sessionId, path } = grant;
    const cookie = visits.give(site, instance, { sessionId, binding: "", until: now() + VISIT_MS });
    const route = await routes.lookup({ by: "path", name: instance.id });
    const isPrefixed = site.subdomain === null || route?.prefix === "keep";
    const location = `${site.origin}${isPrefixed ? `/i/${instance.id}` : ""}${path}`;
    return seeOther(location, { "set-cookie": cookie });
  }

  async function recheck(asked: Asked, verdict: Verdict, site: InstanceSite): Promise<Decision> {
    const { sessionId, expiresAt: until } = verdict;
    const checkedAt = await watch.seen(sessionId);
    if (checkedAt === null) return refusal(asked.req);
    const renewed = visits.give(site, asked.instance, { sessionId, binding: "", until, checkedAt });
    return forward(asked, routes, "instance", verdict, renewed);
  }

  /** A person is told how to get in; everybody else gets what they get on the app's origin. */
  function refusal(req: IncomingMessage): Decision {
    const isRead = isPageVisit(req) && prefersHtml(req.headers.accept);
    return isRead ? notFoundPage(policy.originOf(undefined)) : NOT_FOUND;
  }

  return (req, kind, site) => {
    const key = routes.identify({ url: req.url ?? "", host: req.headers.host });
    if (!key) return refusal(req);
    const ticket = ticketIn(key);
    // Strangers cost the database nothing.
    if (ticket === null ? !visits.mayBeIn(req.headers.cookie) : !isLaunchTicket(ticket)) return refusal(req);
    const found = key.by === "host" ? facts.instanceAt(key.name) : facts.instance(key.name);
    return whenKnown(found, (instance) => {
      const isElsewhere = site.subdomain !== null && site.subdomain !== instance?.subdomain;
      if (!instance || isElsewhere) return refusal(req);
      const asked = { req, kind, key, instance };
      if (ticket !== null) return swap(asked, ticket, site);
      const verdict = visits.find(site, instance, req.headers.cookie);
      if (!verdict || verdict.binding !== "") return refusal(req);
      return whenKnown(facts.isSessionOver(verdict.sessionId), (isOver) => {
        if (isOver) return refusal(req);
        const isOld = verdict.checkedAt + SESSION_SEEN_MS <= now();
        return isOld ? recheck(asked, verdict, site) : forward(asked, routes, "instance", verdict);
      });
    });
  };
}
