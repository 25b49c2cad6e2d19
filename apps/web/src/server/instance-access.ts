import type { IncomingMessage } from "node:http";
import type { Decision, RouteTable } from "@automna/proxy";
import type { AccessFacts, MaybeLater } from "./access-facts.ts";
import { createAppTraffic } from "./app-traffic.ts";
import type { Identify } from "./identify.ts";
import { ACCESS_UNKNOWN } from "./instance-decision.ts";
import type { InstanceSite } from "./instance-origins.ts";
import type { RequestKind } from "./instance-request.ts";
import { createInstanceVisits } from "./instance-visit.ts";
import type { Launches } from "./launches.ts";
import type { OriginPolicy } from "./origin-policy.ts";
import type { SessionWatch } from "./session-watch.ts";
import type { SignOuts } from "./sign-outs.ts";
import type { Verdicts } from "./verdicts.ts";

/** Whether the sender of a request may have the gateway that it asks for. */
export interface InstanceAccess {
  /** True when the request's path belongs to an instance, existing or not. */
  claims(req: IncomingMessage): boolean;
  /** On the app's origin. Everything is decided before the gateway hears of the request. */
  decideOnApp(req: IncomingMessage, kind: RequestKind): MaybeLater<Decision>;
  /** On an origin where gateways' own pages run. */
  decideOnInstance(req: IncomingMessage, kind: RequestKind, site: InstanceSite): MaybeLater<Decision>;
}

/** What the rules are made of. */
export interface AccessRules {
  readonly routes: RouteTable;
  readonly identify: Identify;
  readonly watch: Pick<SessionWatch, "seen">;
  readonly policy: OriginPolicy;
  readonly facts: AccessFacts;
  readonly launches: Launches;
  /** For the app's origin. */
  readonly verdicts: Verdicts;
  /** For origins of gateways' own pages. */
  readonly visits: Verdicts;
  readonly signOuts: SignOuts;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const PREFIX = "/i/";

/** The rules by which a request reaches a gateway. */
export function createInstanceAccess(rules: AccessRules, onError: (error: unknown) => void): InstanceAccess {
  const onApp = createAppTraffic(rules);
  const onInstance = createInstanceVisits(rules);

  /** Not to know is no permission. */
  function guarded(decide: () => MaybeLater<Decision>): MaybeLater<Decision> {
    const refuse = (error: unknown): Decision => {
      onError(error);
      return ACCESS_UNKNOWN;
    };
    try {
      const decision = decide();
      return decision instanceof Promise ? decision.catch(refuse) : decision;
    } catch (error) {
      return refuse(error);
    }
  }

  return {
    claims: ({ url = "" }) => url === "/i" || url.startsWith("/i?") || url.startsWith(PREFIX),
    decideOnApp: (req, kind) => guarded(() => onApp(req, kind)),
    decideOnInstance: (req, kind, site) => guarded(() => onInstance(req, kind, site)),
  };
}
