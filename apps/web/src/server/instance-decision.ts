import type { IncomingMessage } from "node:http";
import type { InstanceAccessRecord, LaunchGrant } from "@automna/control-plane/database";
import type { Decision, Route, RouteKey, RouteTable } from "@automna/proxy";
import type { MaybeLater } from "./access-facts.ts";
import { type Grantee, grantName } from "./access-revocation.ts";
import { faceOf, type InstanceFace } from "./instance-face.ts";
import type { RequestKind } from "./instance-request.ts";

/** A request that asks for an instance that exists. */
export interface Asked {
  readonly req: IncomingMessage;
  readonly kind: RequestKind;
  readonly key: RouteKey;
  readonly instance: InstanceAccessRecord;
}

const NO_STORE = { "cache-control": "no-store" };

/** One answer for an id that does not exist, is somebody else's, or is nobody's business: who asks learns nothing. */
export const NOT_FOUND: Decision = {
  kind: "refuse",
  status: 404,
  code: "instance-not-found",
  headers: NO_STORE,
  body: { error: "Instance not found or not running" },
};

/** The same for a person who opens a page, with what to do next. */
export function notFoundPage(appOrigin: string): Decision {
  return {
    kind: "refuse",
    status: 404,
    code: "instance-not-found",
    headers: NO_STORE,
    message: `Instance not found or not running. Open it again from ${appOrigin}/.`,
  };
}

export const ACCESS_UNKNOWN: Decision = {
  kind: "refuse",
  status: 503,
  code: "access-unknown",
  retryAfterMs: 2_000,
  headers: NO_STORE,
  message: "Who may use this gateway cannot be looked up at the moment. Try again soon.",
};

export function seeOther(location: string, headers: Readonly<Record<string, string>> = {}): Decision {
  return {
    kind: "refuse",
    status: 303,
    code: "launched",
    headers: { location, ...NO_STORE, ...headers },
    body: "",
  };
}

/** Where in the gateway a page visit goes, for the launch that it becomes. */
export function pathAsked({ rest }: Pick<RouteKey, "rest">): LaunchGrant["path"] {
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Forwards to one face of the instance, if there is anything to forward to. */
export function forward(
  { key, instance }: Asked,
  routes: Pick<RouteTable, "lookup">,
  face: InstanceFace,
  by: Grantee,
  newCookie?: string,
): MaybeLater<Decision> {
  const toRoute = (route: Route | undefined): Decision => {
    if (!route) return NOT_FOUND;
    // A gateway that knows its base path is asked for it also where the host alone names it.
    const prefix = key.by === "host" && route.prefix === "keep" ? `/i/${instance.id}` : key.prefix;
    return {
      kind: "forward",
      route: faceOf(face, route),
      prefix,
      rest: key.rest,
      grant: grantName(by),
      ...(newCookie === undefined ? {} : { responseHeaders: { "set-cookie": newCookie } }),
    };
  };
  return whenKnown(routes.lookup({ by: "path", name: instance.id }), toRoute);
}

/** Goes on at once where that is possible: most decisions need no promise. */
export function whenKnown<T, R>(value: MaybeLater<T>, then: (value: T) => MaybeLater<R>): MaybeLater<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}
