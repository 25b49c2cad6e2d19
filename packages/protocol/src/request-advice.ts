import { PAIRING_POLL_MS, type AdviceCode, type RequestAdvice } from "./advice.ts";
import { adviseOnUnavailable, detailsOf } from "./connection-advice.ts";
import type { GatewayErrorShape } from "./frames.ts";

function stop(code: AdviceCode, message: string): RequestAdvice {
  return { action: "stop", code, message };
}

function missingScope(error: GatewayErrorShape): RequestAdvice | null {
  const scope = detailsOf(error)["missingScope"] ?? /^missing scope: (\S+)/i.exec(error.message)?.[1];
  if (typeof scope !== "string") {
    return error.code === "FORBIDDEN" ? stop("missing-scope", `The gateway refused: ${error.message}`) : null;
  }
  const message = `This connection may not do that: it lacks ${scope}. Connect with more rights.`;
  return { action: "stop", code: "missing-scope", message, missingScope: scope };
}

function unavailable(error: GatewayErrorShape): RequestAdvice {
  const advice = adviseOnUnavailable(error);
  return advice.action === "refresh-token" ? stop(advice.code, advice.message) : advice;
}

/**
 * What to do with a request that a live connection refused.
 *
 * `retry` and `retry-after` are only for reads and for `chat.send` with its own idempotency key.
 */
export function adviseOnRequestError(error: GatewayErrorShape): RequestAdvice {
  const forbidden = missingScope(error);
  if (forbidden !== null) return forbidden;
  if (detailsOf(error)["reason"] === "chat-request-conflict") {
    return stop(
      "idempotency-conflict",
      "Another message was already sent under this id. Send it again as a new message.",
    );
  }
  if (/^unknown method/i.test(error.message)) {
    return stop("unknown-method", "This gateway cannot do that. Update the gateway.");
  }
  switch (error.code) {
    case "NOT_PAIRED": {
      const message = "The other device is not paired with this gateway. Pair it first.";
      return { action: "pair", code: "pairing-required", message, retryAfterMs: PAIRING_POLL_MS };
    }
    case "NOT_LINKED":
      return stop("not-linked", "The gateway is not linked to that channel. Link it first.");
    case "AGENT_TIMEOUT":
      return { action: "retry", code: "agent-timeout", message: "The agent took too long. Try again." };
    case "UNAVAILABLE":
      return unavailable(error);
    default:
      if (error.retryable === true || error.retryAfterMs !== undefined) return unavailable(error);
      return stop("invalid-request", `The gateway refused: ${error.message}`);
  }
}
