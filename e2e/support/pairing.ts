import type { RealGateway } from "./gateways.ts";
import { BACKEND_CLIENT, connectRaw } from "./raw-gateway.ts";

/** Approves every device that waits for it, as the gateway's operator would; the ids of those devices. */
export async function approvePairing(gateway: RealGateway): Promise<readonly string[]> {
  const { gateway: operator } = await connectRaw(gateway.url, {
    token: gateway.token,
    client: BACKEND_CLIENT,
    scopes: ["operator.admin"],
  });
  const { pending } = await operator.request("device.pair.list", {});
  const waiting = (Array.isArray(pending) ? pending : []) as { requestId: string; deviceId: string }[];
  for (const { requestId } of waiting) await operator.request("device.pair.approve", { requestId });
  await operator.close();
  return waiting.map(({ deviceId }) => deviceId);
}
