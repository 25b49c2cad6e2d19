import type { FailureCode } from "./failure.ts";
import type { RouteState } from "./route.ts";

/** Why a route takes no requests now, or `undefined` if it does. */
export function stateFailure(
  state: RouteState,
): { code: FailureCode; message: string | undefined; retryAfterMs: number } | undefined {
  switch (state.status) {
    case "ready":
      return undefined;
    case "starting":
      return { code: "route-starting", message: state.message, retryAfterMs: state.retryAfterMs ?? 2_000 };
    case "stopped":
      return { code: "route-stopped", message: state.message, retryAfterMs: state.retryAfterMs ?? 10_000 };
    case "error":
      return { code: "route-error", message: state.message, retryAfterMs: state.retryAfterMs ?? 10_000 };
  }
}
