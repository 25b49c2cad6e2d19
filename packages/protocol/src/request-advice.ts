import { PAIRING_POLL_MS, type AdviceCode, type RequestAdvice } from "./advice.ts";
import { adviseOnUnavailable, detailsOf } from "./connection-advice.ts";
import type { GatewayErrorShape } from "./frames.ts";

function stop(code: AdviceCode, detail?: string): RequestAdvice {
  return { action: "stop", code, ...(detail !== undefined && { detail }) };
}

function missingScope(error: GatewayErrorShape): RequestAdvice | null {
  const scope = detailsOf(error)["missingScope"] ?? /^missing scope: (\S+)/i.exec(error.message)?.[1];
  if (typeof scope === "string") return { action: "stop", code: "missing-scope", missingScope: scope };
  return error.code === "FORBIDDEN" ? stop("missing-scope", error.message) : null;
}

function unavailable(error: GatewayErrorShape): RequestAdvice {
  const advice = adviseOnUnavailable(error);
  return advice.action === "refresh-token" ? stop(advice.code) : advice;
}

/**
 * What to do with a request that a live connection refused.
 *
 * `retry` and `retry-after` are only for reads and for `chat.send` with its own idempotency key.
 *
 * @example
 * ```ts
 * import { adviseOnRequestError } from "@automna/protocol";
 *
 * const busy = { code: "UNAVAILABLE", message: "gateway restarting", retryAfterMs: 1000 };
 * adviseOnRequestError(busy); // { action: "retry-after", code: "gateway-restarting", retryAfterMs: 1000 }
 * const forbidden = { code: "INVALID_REQUEST", message: "missing scope: operator.admin" };
 * adviseOnRequestError(forbidden); // { action: "stop", code: "missing-scope", missingScope: "operator.admin" }
 * ```
 */
export function adviseOnRequestError(error: GatewayErrorShape): RequestAdvice {
  const forbidden = missingScope(error);
  if (forbidden !== null) return forbidden;
  if (detailsOf(error)["reason"] === "chat-request-conflict") return stop("idempotency-conflict");
  if (/^unknown method/i.test(error.message)) return stop("unknown-method");
  switch (error.code) {
    case "NOT_PAIRED":
      return {
        action: "pair",
        code: "pairing-required",
        retryAfterMs: PAIRING_POLL_MS,
        detail: error.message,
      };
    case "NOT_LINKED":
      return stop("not-linked");
    case "AGENT_TIMEOUT":
      return { action: "retry", code: "agent-timeout" };
    case "UNAVAILABLE":
      return unavailable(error);
    default:
      if (error.retryable === true || error.retryAfterMs !== undefined) return unavailable(error);
      return stop("invalid-request", error.message);
  }
}
