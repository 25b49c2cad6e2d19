import type { RealGateway } from "./gateways.ts";
import { BACKEND_CLIENT, connectRaw, type RawGateway } from "./raw-gateway.ts";

/** Approves the one device that waits under this request, as `openclaw devices approve` at the gateway's machine. */
export async function approveRequest(gateway: RealGateway, requestId: string): Promise<void> {
  const operator = await connectOperator(gateway);
  await operator.request("device.pair.approve", { requestId });
  await operator.close();
}

/** The devices that are let in. */
export async function pairedDevices(gateway: RealGateway): Promise<readonly string[]> {
  const operator = await connectOperator(gateway);
  const { paired } = await operator.request("device.pair.list", {});
  await operator.close();
  return ((Array.isArray(paired) ? paired : []) as { deviceId: string }[]).map(({ deviceId }) => deviceId);
}

/** Approves every device that waits for it, as the gateway's operator would; the ids of those devices. */
export async function approvePairing(gateway: RealGateway): Promise<readonly string[]> {
  const operator = await connectOperator(gateway);
  const { pending } = await operator.request("device.pair.list", {});
  const waiting = (Array.isArray(pending) ? pending : []) as { requestId: string; deviceId: string }[];
  for (const { requestId } of waiting) await operator.request("device.pair.approve", { requestId });
  await operator.close();
  return waiting.map(({ deviceId }) => deviceId);
}

async function connectOperator({ url, token }: RealGateway): Promise<RawGateway> {
  const { gateway } = await connectRaw(url, { token, client: BACKEND_CLIENT, scopes: ["operator.admin"] });
  return gateway;
}
