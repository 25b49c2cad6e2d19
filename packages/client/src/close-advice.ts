import { adviseOnClose, type ConnectAdvice, type ShutdownNotice } from "@automna/protocol";

import { backoffDelay } from "./backoff.ts";
import { devicePart } from "./chat-parts.ts";
import type { AttemptEnd } from "./connection-attempt.ts";
import type { WaitReason } from "./connection-state.ts";
import type { SecondChances } from "./second-chances.ts";

/** What a gateway says before it goes. */
const ANNOUNCED: ReadonlySet<ConnectAdvice["code"]> = new Set(["gateway-stopped", "gateway-restarting"]);

/** What the end of an attempt means. */
interface EndAdvice {
  readonly advice: ConnectAdvice;
  /** Why the next attempt waits, if one comes. */
  readonly reason: WaitReason;
  /** Why the gateway went away, in its own words, once it said so. */
  readonly announced: WaitReason | null;
}

/** @param former what the gateway announced before: attempts that reach nobody say nothing newer */
export function adviceAfter(
  { close, wasReady, error }: AttemptEnd,
  shutdown: ShutdownNotice | undefined,
  former: WaitReason | null,
): EndAdvice {
  if (error?.code === "CLIENT") {
    const code = devicePart.loaded === null ? "part-missing" : "client-failed";
    const reason = { code, detail: error.message } as const;
    return { advice: { action: "retry", code: "connection-lost" }, announced: former, reason };
  }
  const advice = adviseOnClose(close, { handshake: !wasReady, error: error ?? undefined, shutdown });
  const { code, detail } = advice;
  const reason: WaitReason = { code, ...(detail !== undefined && { detail }) };
  const announced = ANNOUNCED.has(code) ? reason : former;
  return { advice, announced, reason: code === "connection-lost" ? (announced ?? reason) : reason };
}

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
