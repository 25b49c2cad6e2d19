import type { RequestAdvice } from "./advice.ts";
import type { GatewayErrorShape } from "./frames.ts";

/** The gateway's own suggestions; used when it names none. Milliseconds. */
export const STARTING_MS = 500;
const RESTARTING_MS = 1_000;

export const RESTARTING = "The gateway is restarting. Connecting as soon as it is back.";

/** What to do while a gateway is up but not ready, on a connect and on a request alike. */
export function adviseOnUnavailable(
  error: GatewayErrorShape,
  details: Record<string, unknown>,
): RequestAdvice {
  const reason = details["reason"];
  if (reason === "startup-sidecars" || /^gateway starting/i.test(error.message)) {
    return {
      action: "retry-after",
      code: "gateway-starting",
      message: "The gateway is starting. Connecting as soon as it is ready.",
      retryAfterMs: error.retryAfterMs ?? STARTING_MS,
    };
  }
  if (reason === "gateway-restarting" || /during gateway restart/i.test(error.message)) {
    return {
      action: "retry-after",
      code: "gateway-restarting",
      message: RESTARTING,
      retryAfterMs: error.retryAfterMs ?? RESTARTING_MS,
    };
  }
  if (error.retryable === false) {
    return { action: "stop", code: "gateway-unavailable", message: `The gateway refused: ${error.message}` };
  }
  return {
    action: "retry-after",
    code: "gateway-unavailable",
    message: "The gateway cannot answer right now. Trying again.",
    retryAfterMs: error.retryAfterMs ?? RESTARTING_MS,
  };
}
