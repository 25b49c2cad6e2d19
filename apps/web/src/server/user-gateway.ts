import type { GatewayView } from "./gateways.ts";
import type { provisioningGateway, readyGateway } from "../api/user.ts";
import type * as v from "valibot";
import { problemResponse } from "./problem.ts";

/** What `GET /api/user/gateway` answers: 200 when `status` is `ready`, 202 while it is `provisioning`. */
type UserGateway = v.InferOutput<typeof readyGateway> | v.InferOutput<typeof provisioningGateway>;

const SESSION_KEY = "main";
const RETRY_AFTER_MS = 500;

/**
 * Tells a person where their gateway is and by what token it lets them in. The answer holds a secret, so that no cache
 * and no other origin gets it.
 *
 * @param origin The one that the browser used.
 */
export function userGatewayAnswer(view: GatewayView, origin: string, now: number): Response {
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
    case "stopped":
      return problemResponse({
        status: 409,
        code: "gateway-stopped",
        title: "The gateway is stopped",
        detail: "The gateway is stopped. POST /api/user/gateway/wake starts it.",
      });
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
