import type { KeyRing, ProbeTarget, Resume } from "@automna/control-plane";
import type { InstanceRecord } from "@automna/control-plane/database";
import type { Suspension } from "@automna/control-plane/jobs";
import * as v from "valibot";
import { controlTarget } from "./control-target.ts";
import { withControl } from "./gateway-control.ts";

const prepared = v.variant("status", [
  v.object({ status: v.literal("ready"), suspensionId: v.string() }),
  v.object({ status: v.literal("draining"), suspensionId: v.string() }),
  v.object({ status: v.literal("busy") }),
]);

/** The same for every process: who asks again gets the same suspension, and can end it. */
const REQUEST = { requestId: "automna-idle", terminalPolicy: "preserve" } as const;
const PREPARE = "gateway.suspend.prepare";

/**
 * Asks a gateway to take no more work, unless it is at some. It forgets that after two minutes by itself, so that
 * whoever asks stops it soon.
 */
async function suspendGateway(
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<"suspended" | "busy" | "unsupported"> {
  return withControl(target, signal, async (control) => {
    if (!control.lists(PREPARE)) return "unsupported";
    const answer = v.parse(prepared, await control.request(PREPARE, REQUEST));
    return answer.status === "ready" ? "suspended" : "busy";
  });
}

/** Ends that. Does nothing to a gateway that takes work. */
export const resumeGateway: Resume = (target, signal) =>
  withControl(target, signal, async (control) => {
    if (control.suspension === undefined || control.suspension === "accepting") return;
    const answer = v.parse(prepared, await control.request(PREPARE, REQUEST));
    if (answer.status === "busy") return;
    await control.request("gateway.suspend.resume", { suspensionId: answer.suspensionId });
  });

/** Longer than a healthy gateway needs to answer; a dead one must not hold up the others. */
const PATIENCE_MS = 5_000;

/** For idle gateways. Only OpenClaw knows suspension; one that does not answer is stopped as it is. */
export function createSuspension(keyRing: KeyRing, onError: (error: unknown) => void): Suspension {
  const targetOf = (instance: InstanceRecord) =>
    instance.product === "openclaw" ? controlTarget(instance, keyRing) : null;
  return {
    async suspend(instance) {
      try {
        const target = targetOf(instance);
        return target ? await suspendGateway(target, AbortSignal.timeout(PATIENCE_MS)) : "unsupported";
      } catch (error) {
        onError(error);
        return "unsupported";
      }
    },
    async resume(instance) {
      const target = targetOf(instance);
      if (target) await resumeGateway(target, AbortSignal.timeout(PATIENCE_MS)).catch(onError);
    },
  };
}
