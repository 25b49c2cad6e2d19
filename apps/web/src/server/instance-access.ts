import type { IncomingMessage } from "node:http";
import type { Decision, RouteTable } from "@automna/proxy";
import { type Identify, identityHeaders } from "./identify.ts";
import type { OriginPolicy } from "./origin-policy.ts";

/** What the address `/i/{id}` of a request asks for, and whether its sender may have it. */
export interface InstanceAccess {
  /** True when the request's path belongs to an instance, existing or not. */
  claims(req: IncomingMessage): boolean;
  /** Whether to forward it. Everything is decided before the gateway hears of the request. */
  decide(req: IncomingMessage): Promise<Decision>;
}

export interface InstanceAccessOptions {
  readonly routes: RouteTable;
  readonly identify: Identify;
  readonly policy: OriginPolicy;
  readonly isOwner: (instanceId: string, clerkId: string) => Promise<boolean>;
}

const PREFIX = "/i/";

/** 24 lower-case hex characters; nothing else is looked up. */
export const INSTANCE_ID = /^[0-9a-f]{24}$/;

/** One answer for an id that does not exist, is somebody else's, or is nobody's business: who asks learns nothing. */
const NOT_FOUND: Decision = {
  kind: "refuse",
  status: 404,
  code: "instance-not-found",
  headers: { "cache-control": "no-store" },
  body: { error: "Instance not found or not running" },
};

/** The rules by which a request reaches a gateway. */
export function createInstanceAccess({
  routes,
  identify,
  policy,
  isOwner,
}: InstanceAccessOptions): InstanceAccess {
  return {
    claims: ({ url = "" }) => url === "/i" || url.startsWith("/i?") || url.startsWith(PREFIX),

    async decide(req) {
      const { url = "", headers } = req;
      const key = routes.identify({ url, host: headers.host });
      if (!key) return NOT_FOUND;
      const identity = await identify(identityHeaders(headers), `${policy.originOf(headers.host)}${url}`);
      if (!identity) return NOT_FOUND;
      const route = (await isOwner(key.name, identity.clerkId)) ? await routes.lookup(key) : undefined;
      return route ? { kind: "forward", route, prefix: key.prefix, rest: key.rest } : NOT_FOUND;
    },
  };
}
