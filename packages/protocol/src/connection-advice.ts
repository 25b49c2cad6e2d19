import type { AdviceCode, CloseContext, CloseInfo, ConnectAdvice, ShutdownNotice } from "./advice.ts";
import type { GatewayErrorShape } from "./frames.ts";
import { detailsOf, pairing, protocolMismatch, refusalRule } from "./refusal-rules.ts";
import { adviseOnUnavailable, RESTARTING, STARTING_MS } from "./unavailable-advice.ts";

/**
 * What to do after `connect` was refused. Judged by detail code, then by error code, and by the message only where the
 * gateway gives nothing else (version 3).
 *
 * @example
 * ```ts
 * const advice = adviseOnConnectError({ code: "NOT_PAIRED", message: "pairing required" });
 * advice.action; // "pair"
 * ```
 */
export function adviseOnConnectError(error: GatewayErrorShape, close?: CloseInfo): ConnectAdvice {
  const details = detailsOf(error);
  const rule = refusalRule(error);
  if (rule !== undefined) return rule(error, details);
  if (error.code === "UNAVAILABLE") return adviseOnUnavailable(error, details);
  if (error.code === "NOT_PAIRED") return pairing(error, details);
  if (error.retryAfterMs !== undefined || close?.code === 1013) return adviseOnUnavailable(error, details);
  return {
    action: "stop",
    code: "connection-refused",
    message: `The gateway refused the connection: ${error.message}`,
  };
}

function adviseOnShutdown(shutdown: ShutdownNotice | undefined): ConnectAdvice {
  // 1012 is sent for a stop as well as for a restart; only the notice before it tells them apart.
  if (shutdown === undefined) return retry("gateway-restarting", RESTARTING);
  if (shutdown.restartExpectedMs === undefined) {
    return retry("gateway-stopped", "The gateway was stopped. Connecting as soon as it runs again.");
  }
  const retryAfterMs = Math.max(STARTING_MS, shutdown.restartExpectedMs);
  return { action: "retry-after", code: "gateway-restarting", message: RESTARTING, retryAfterMs };
}

function retry(code: AdviceCode, message: string): ConnectAdvice {
  return { action: "retry", code, message };
}

function adviseOnPolicyClose(close: CloseInfo, context: CloseContext): ConnectAdvice {
  const reason = close.reason ?? "";
  if (/^slow consumer/i.test(reason) || (reason === "" && !context.handshake)) {
    return retry("slow-consumer", "This page fell behind, so the gateway cut the connection. Reconnecting.");
  }
  const requestId = /\(requestId: ([^)]+)\)/.exec(reason)?.[1];
  const error = {
    code: "UNKNOWN",
    message: reason,
    ...(requestId !== undefined && { details: { requestId } }),
  };
  const rule = refusalRule(error);
  if (rule !== undefined) return rule(error, detailsOf(error));
  if (!context.handshake) return retry("connection-lost", "The gateway cut the connection. Reconnecting.");
  // A refusal whose reason is lost may be about the credentials, and repeating those locks everybody out (version 4).
  return {
    action: "stop",
    code: "connection-refused",
    message: "The gateway refused the connection. Check the token.",
  };
}

/**
 * What to do after a close. The error of a refused `connect` decides when it arrived; without it the close code and
 * reason suffice.
 *
 * @param close - code and reason of the close event (partysocket reports 1000 for a failed attempt)
 * @param context - whether hello-ok had come, and what came before the close
 */
export function adviseOnClose(close: CloseInfo, context: CloseContext): ConnectAdvice {
  if (context.handshake && context.error !== undefined) return adviseOnConnectError(context.error, close);
  switch (close.code) {
    case 1002:
      return protocolMismatch({ code: "UNKNOWN", message: "protocol mismatch" }, {});
    case 1008:
      return adviseOnPolicyClose(close, context);
    case 1009:
      return retry(
        "frame-too-large",
        "A message was larger than the gateway accepts. Send less or smaller files.",
      );
    case 1012:
      return adviseOnShutdown(context.shutdown);
    case 1013:
      return adviseOnUnavailable({ code: "UNAVAILABLE", message: close.reason ?? "" }, {});
    case 4000:
      return retry("tick-timeout", "The gateway fell silent. Reconnecting.");
    case 4001:
      return retry("policy-changed", "The gateway's settings changed. Reconnecting.");
    default:
      if (context.shutdown !== undefined) return adviseOnShutdown(context.shutdown);
      return close.code === 1000 && context.handshake
        ? retry("handshake-timeout", "The gateway closed before the handshake was done. Trying again.")
        : retry("connection-lost", "The connection was lost. Reconnecting.");
  }
}
