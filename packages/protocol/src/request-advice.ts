import { PAIRING_POLL_MS, type RequestAdvice } from "./advice.ts";
import type { GatewayErrorShape } from "./frames.ts";
import { detailsOf } from "./refusal-rules.ts";
import { adviseOnUnavailable } from "./unavailable-advice.ts";

function missingScope(error: GatewayErrorShape, details: Record<string, unknown>): RequestAdvice | null {
  const scope = details["missingScope"] ?? /^missing scope: (\S+)/i.exec(error.message)?.[1];
  if (typeof scope !== "string" && error.code !== "FORBIDDEN") return null;
  const named = typeof scope === "string" ? scope : undefined;
  return {
    action: "stop",
    code: "missing-scope",
    message: `This connection may not do that${named === undefined ? "" : `: it lacks ${named}`}. Connect with more rights.`,
    ...(named !== undefined && { missingScope: named }),
  };
}

/**
 * What to do with a request that a live connection refused.
 *
 * `retry` and `retry-after` are only for reads and for `chat.send` with its own idempotency key.
 */
export function adviseOnRequestError(error: GatewayErrorShape): RequestAdvice {
  const details = detailsOf(error);
  const forbidden = missingScope(error, details);
  if (forbidden !== null) return forbidden;
  if (details["reason"] === "chat-request-conflict") {
    return {
      action: "stop",
      code: "idempotency-conflict",
      message: "Another message was already sent under this id. Send it again as a new message.",
    };
  }
  if (/^unknown method/i.test(error.message)) {
    return {
      action: "stop",
      code: "unknown-method",
      message: "This gateway cannot do that. Update the gateway.",
    };
  }
  switch (error.code) {
    case "UNAVAILABLE":
      return adviseOnUnavailable(error, details);
    case "NOT_PAIRED":
      return requestPairing(details);
    case "NOT_LINKED":
      return {
        action: "stop",
        code: "not-linked",
        message: "The gateway is not linked to that channel. Link it first.",
      };
    case "AGENT_TIMEOUT":
      return {
        action: "retry",
        code: "agent-timeout",
        message: "The agent took too long to answer. Try again.",
      };
    default:
      if (error.retryable === true || error.retryAfterMs !== undefined)
        return adviseOnUnavailable(error, details);
      return { action: "stop", code: "invalid-request", message: `The gateway refused: ${error.message}` };
  }
}

function requestPairing(details: Record<string, unknown>): RequestAdvice {
  return {
    action: "pair",
    code: "pairing-required",
    message: "The other device is not paired with this gateway. Pair it first.",
    retryAfterMs: PAIRING_POLL_MS,
    ...(typeof details["requestId"] === "string" && { requestId: details["requestId"] }),
  };
}
