import type { ConnectAdvice } from "@automna/protocol";

import { backoffDelay } from "./backoff.ts";
import type { SecondChances } from "./second-chances.ts";

export { adviseOnClose } from "@automna/protocol";

/** What is known besides a refusal. */
interface Circumstances {
  /** Attempts since the last stable connection. */
  readonly attempts: number;
  /** The connection could sign with a device, which it does when a gateway demands it. */
  readonly canDemandDevice: boolean;
  /** A number in [0, 1). */
  readonly random: number;
}

/**
 * Says how long to wait until the next attempt, milliseconds, and uses up the chance for it. `null`: there is none left.
 */
export function waitAfter(
  advice: Exclude<ConnectAdvice, { action: "pair" | "refresh-token" }>,
  chances: SecondChances,
  { attempts, canDemandDevice, random }: Circumstances,
): number | null {
  switch (advice.action) {
    case "retry":
      if (advice.once && chances.once.has(advice.code)) return null;
      if (advice.once) chances.once.add(advice.code);
      return backoffDelay(Math.max(1, attempts), random);
    case "retry-after":
      return advice.retryAfterMs + backoffDelay(attempts + 1, random);
    default:
      if (advice.code !== "device-identity-required" || !canDemandDevice || chances.deviceDemanded)
        return null;
      chances.deviceDemanded = true;
      return backoffDelay(1, random);
  }
}
