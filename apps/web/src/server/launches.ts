import { LAUNCH_TICKET_LIFETIME_MS, launchPath } from "@automna/control-plane";
import type { LaunchGrant } from "@automna/control-plane/database";
import { endpoints } from "../api/endpoints.ts";
import type { AccessFacts } from "./access-facts.ts";
import type { RateLimit } from "./api/rate-limit.ts";
import type { InstanceOrigins } from "./instance-origins.ts";

/** Who wants to open what. */
interface LaunchRequest extends Omit<LaunchGrant, "path"> {
  /** Where in the gateway to go, as it was asked for. */
  readonly path: string;
  /** The origin under which this person uses the app. */
  readonly appOrigin: string;
}

export type LaunchOutcome =
  | { readonly status: "ready"; readonly url: string; readonly expiresInMs: number }
  /** There is no such instance, or it is somebody else's, or the sign-in is over. */
  | { readonly status: "not-found" }
  | { readonly status: "too-many"; readonly retryAfterMs: number }
  /** Gateways' own pages run nowhere here. */
  | { readonly status: "no-origin" };

/** Opens a gateway's own pages, by tickets that each let one person in once. */
export interface Launches {
  /** False where pages of gateways run nowhere. */
  readonly possible: boolean;
  launch(request: LaunchRequest): Promise<LaunchOutcome>;
  /** What a ticket grants at this instance, to the first who comes with it. */
  redeem(ticket: string, instanceId: string): Promise<LaunchGrant | null>;
}

export interface LaunchesOptions {
  readonly facts: AccessFacts;
  readonly origins: InstanceOrigins;
  readonly issue: (grant: LaunchGrant) => Promise<string>;
  readonly redeem: (ticket: string, instanceId: string) => Promise<LaunchGrant | null>;
  readonly rateLimit: Pick<RateLimit, "take">;
}

export function createLaunches(options: LaunchesOptions): Launches {
  const { facts, origins, issue, rateLimit } = options;

  /** The person's instance; nothing, if anything that they need for it is gone. */
  async function owned({ instanceId, clerkId, sessionId }: Omit<LaunchGrant, "path">) {
    const instance = await facts.instance(instanceId);
    if (!instance || instance.clerkId !== clerkId) return undefined;
    return (await facts.isSessionOver(sessionId)) ? undefined : instance;
  }

  return {
    possible: origins.exist,
    async launch({ appOrigin, ...asked }) {
      const instance = await owned(asked);
      if (!instance) return { status: "not-found" };
      const origin = origins.originFor(instance.subdomain, appOrigin);
      if (origin === null) return { status: "no-origin" };
      const retryAfterMs = await rateLimit.take(asked.clerkId, "launch", endpoints.launch.rate);
      if (retryAfterMs > 0) return { status: "too-many", retryAfterMs };
      const ticket = await issue({ ...asked, path: launchPath(asked.path) });
      const root = origins.hostRules.length > 0 ? "/" : `/i/${instance.id}/`;
      return {
        status: "ready",
        url: `${origin}${root}?token=${ticket}`,
        expiresInMs: LAUNCH_TICKET_LIFETIME_MS,
      };
    },
    async redeem(ticket, instanceId) {
      const grant = await options.redeem(ticket, instanceId);
      return grant && (await owned(grant)) ? grant : null;
    },
  };
}
