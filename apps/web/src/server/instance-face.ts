import { ORIGIN_WIDE_HEADERS, type Route } from "@automna/proxy";

/** The two ways in which a gateway is seen: as traffic of the app's origin, or as pages on an origin of its own. */
export type InstanceFace = "app" | "instance";

/** What the app says about its own origin, and no gateway may. */
const OWN_WORDS = [
  "access-control-allow-credentials",
  "access-control-allow-origin",
  "content-security-policy",
  "content-security-policy-report-only",
  "cross-origin-embedder-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "link",
  "permissions-policy",
  "refresh",
  "referrer-policy",
  "x-content-type-options",
  "x-frame-options",
];

/**
 * Gateways take these from a proxy for who somebody is and what they may do; what a browser says there is dropped.
 * `X-Forwarded-*`, which they also read, never comes through.
 */
const IDENTITY_HEADERS = [
  "remote-user",
  "tailscale-headers-info",
  "tailscale-user-login",
  "tailscale-user-name",
  "tailscale-user-profile-pic",
  "x-auth-request-email",
  "x-auth-request-user",
  "x-openclaw-scopes",
  "x-remote-user",
  "x-webauth-user",
];

/** What comes back depends on who asks, whatever the gateway says about it. */
const ABOUT_CACHES = { vary: "cookie" };
/** For a page: nobody but the gateway itself may frame it. Its own policy stands beside this one and holds too. */
const FRAMED_BY_ITSELF = { "content-security-policy": "frame-ancestors 'self'" };

/**
 * A gateway's route as one of its faces. Routes are values that are worked out once each, so that the same object is
 * returned for the same route.
 */
export function faceOf(face: InstanceFace, route: Route): Route {
  const known = FACES[face].get(route);
  if (known) return known;
  const made = face === "app" ? appFace(route) : instanceFace(route);
  FACES[face].set(route, made);
  return made;
}

const FACES = { app: new WeakMap<Route, Route>(), instance: new WeakMap<Route, Route>() };

function appFace(route: Route): Route {
  return {
    ...route,
    dropRequestHeaders: [...(route.dropRequestHeaders ?? []), ...IDENTITY_HEADERS],
    dropResponseHeaders: [...(route.dropResponseHeaders ?? []), ...ORIGIN_WIDE_HEADERS, ...OWN_WORDS],
    responseHeaders: { ...route.responseHeaders, ...ABOUT_CACHES },
    responseCookies: "drop",
  };
}

/**
 * `Clear-Site-Data` and `Strict-Transport-Security` reach beyond an origin, and where the path tells gateways apart the
 * origin is not one gateway's: what speaks for a whole origin is dropped here too.
 */
function instanceFace(route: Route): Route {
  return {
    ...route,
    dropRequestHeaders: [...(route.dropRequestHeaders ?? []), ...IDENTITY_HEADERS],
    dropResponseHeaders: [...(route.dropResponseHeaders ?? []), ...ORIGIN_WIDE_HEADERS],
    responseHeaders: { ...route.responseHeaders, ...ABOUT_CACHES, ...FRAMED_BY_ITSELF },
    responseCookies: "confine",
  };
}
