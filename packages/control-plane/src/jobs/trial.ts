import { createHash } from "node:crypto";

/**
 * The id under which an upgrade tries the next image beside the running gateway. Always the same for one instance, so
 * that a worker that took over finds what its predecessor left.
 */
export function trialIdOf(instanceId: string): string {
  return createHash("sha256").update(`trial ${instanceId}`).digest("hex").slice(0, 24);
}
