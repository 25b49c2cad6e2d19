import { CHAT_SCOPES } from "@automna/protocol";
import * as v from "valibot";
import { connectControl, type ControlTarget, GatewayControlError } from "./gateway-control.ts";

const PATIENCE_MS = 10_000;

const waitingList = v.object({
  pending: v.array(
    v.object({
      requestId: v.string(),
      role: v.optional(v.string()),
      roles: v.optional(v.array(v.string())),
      scopes: v.optional(v.array(v.string())),
    }),
  ),
});
type Waiting = v.InferOutput<typeof waitingList>["pending"][number];

/** Whether it wants no more than a chat needs; naming nothing may mean everything. */
export function isForChat({ role = "operator", roles = [], scopes = [] }: Waiting): boolean {
  const chat: readonly string[] = CHAT_SCOPES;
  return (
    [role, ...roles].every((asked) => asked === "operator") &&
    scopes.length > 0 &&
    scopes.every((scope) => chat.includes(scope))
  );
}

/**
 * Approves the one device that waits under this request to chat, over the control plane's own connection. Whoever else
 * waits goes on waiting: the gateway told the request's id to that device alone, and binds it to that device's key.
 *
 * @returns Whether it waited, and is approved now.
 */
export async function approveDevice(target: ControlTarget | null, requestId: string): Promise<boolean> {
  if (target === null) return false;
  const control = await connectControl(target, AbortSignal.timeout(PATIENCE_MS));
  try {
    const { pending } = v.parse(waitingList, await control.request("device.pair.list", {}));
    if (!pending.some((device) => device.requestId === requestId && isForChat(device))) return false;
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
