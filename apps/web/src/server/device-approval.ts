import type { ProbeTarget } from "@automna/control-plane";
import * as v from "valibot";
import { connectControl, GatewayControlError } from "./gateway-control.ts";

const PATIENCE_MS = 10_000;
const waiting = v.object({ pending: v.array(v.object({ requestId: v.string() })) });

/**
 * Approves the one device that waits under this request, over the control plane's own connection. Whoever else waits
 * goes on waiting: the request's id was told to that device alone.
 *
 * @returns Whether it waited, and is approved now.
 */
export async function approveDevice(target: ProbeTarget | null, requestId: string): Promise<boolean> {
  if (target === null) return false;
  const control = await connectControl(target, AbortSignal.timeout(PATIENCE_MS));
  try {
    const { pending } = v.parse(waiting, await control.request("device.pair.list", {}));
    if (!pending.some((device) => device.requestId === requestId)) return false;
    await control.request("device.pair.approve", { requestId });
    return true;
  } catch (error) {
    // It was approved or went away between the two.
    if (error instanceof GatewayControlError && error.code === "INVALID_REQUEST") return false;
    throw error;
  } finally {
    control.close();
  }
}
