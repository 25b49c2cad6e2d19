import type { ProvisioningPhase } from "../server/gateways.ts";

const TEXTS: Record<ProvisioningPhase, string> = {
  queued: "Waiting for its turn",
  pull: "Getting its image",
  prepare: "Preparing its folder and configuration",
  start: "Starting the gateway",
  trial: "Trying the new image beside the running one",
  "roll-back": "Going back to the image before",
  "await-ready": "Waiting until it lets us in",
  stop: "Stopping the earlier one",
  destroy: "Removing the earlier one",
  "look-again": "Looking at it again",
  "give-up": "Giving up",
};

/** A step of provisioning in words; a step that this page does not know yet is shown as it is. */
export function phaseText(phase: string): string {
  return Object.hasOwn(TEXTS, phase) ? TEXTS[phase as ProvisioningPhase] : phase;
}
