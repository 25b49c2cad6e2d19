import type { WebContext } from "./context.ts";
import type { GatewayView } from "./gateways.ts";
import { isOwnRequest } from "./origin-policy.ts";
import { problemResponse } from "./problem.ts";

/** What `GET /api/user/gateway` answers: 200 when `status` is `ready`, 202 while it is `provisioning`. */
type UserGateway =
  | {
      readonly status: "ready";
      /** `ws:` or `wss:` address; never holds a secret. */
      readonly gatewayUrl: string;
      /** The gateway's token; null where the router vouches for its owner. */
      readonly authToken: string | null;
      readonly sessionKey: string;
    }
  | {
      readonly status: "provisioning";
      readonly gatewayUrl: string;
      readonly authToken: null;
      readonly sessionKey: string;
      readonly phase: string;
      /** How long the phase has lasted, in milliseconds. */
      readonly elapsedMs: number;
      /** When to ask again, in milliseconds. */
      readonly retryAfterMs: number;
    };

const SESSION_KEY = "main";
const RETRY_AFTER_MS = 500;

/**
 * Tells the person who asks where their gateway is and by what token it lets them in. It also repairs: whoever has no
 * gateway, or one that does not run, gets one. The answer holds a secret, so that no cache and no other origin gets it.
 */
export async function userGatewayResponse(
  request: Request,
  context: Pick<WebContext, "identify" | "gateways" | "policy" | "reportError">,
  now: () => number = Date.now,
): Promise<Response> {
  const { identify, gateways, policy, reportError } = context;
  const { headers } = request;
  const source = {
    fetchSite: headers.get("sec-fetch-site") ?? undefined,
    origin: headers.get("origin") ?? undefined,
  };
  if (!isOwnRequest(source, policy))
    return problemResponse({
      status: 403,
      code: "origin-not-allowed",
      title: "Forbidden",
      detail: "A page of another origin sent this request. Only the app's own pages may.",
    });
  const identity = await identify(headers, request.url);
  if (!identity)
    return problemResponse({
      status: 401,
      code: "signed-out",
      title: "Unauthorized",
      detail: "Nobody is signed in. Sign in, then try again.",
    });
  try {
    const view = await gateways.ensure(identity.clerkId);
    return respond(view, policy.originOf(headers.get("host") ?? undefined), now());
  } catch (error) {
    reportError(error);
    return problemResponse({
      status: 503,
      code: "unavailable",
      title: "Service unavailable",
      detail:
        "Your agent could not be looked up. Trying again helps when the database is back; the server's log says more.",
    });
  }
}

function respond(view: GatewayView, origin: string, now: number): Response {
  const gatewayUrl = `${origin.replace(/^http/, "ws")}/i/${view.instanceId}/`;
  switch (view.status) {
    case "ready":
      return json(200, { status: "ready", gatewayUrl, authToken: view.authToken, sessionKey: SESSION_KEY });
    case "provisioning":
      return json(
        202,
        {
          status: "provisioning",
          gatewayUrl,
          authToken: null,
          sessionKey: SESSION_KEY,
          phase: view.phase,
          elapsedMs: Math.max(0, now - view.since),
          retryAfterMs: RETRY_AFTER_MS,
        },
        { "retry-after": String(Math.ceil(RETRY_AFTER_MS / 1000)) },
      );
    case "failed":
      return problemResponse({
        status: 503,
        code: view.failure.code,
        title: "The gateway does not run",
        detail: view.failure.message,
      });
  }
}

function json(status: number, body: UserGateway, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });
}
