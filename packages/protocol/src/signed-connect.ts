import { buildConnectParams, type ConnectOptions, type ConnectParams } from "./connect.ts";
import { signConnect, type DeviceIdentity } from "./device-proof.ts";
import type { ConnectChallenge } from "./hello.ts";

/**
 * {@link buildConnectParams} with a device proof over exactly the fields that are sent.
 *
 * @param challenge - the connection's own challenge; its clock, not the browser's, dates the signature
 */
export async function buildSignedConnectParams(
  options: Omit<ConnectOptions, "device">,
  identity: DeviceIdentity,
  challenge: ConnectChallenge,
): Promise<ConnectParams> {
  const params = buildConnectParams(options);
  const device = await signConnect(identity, {
    clientId: params.client.id,
    clientMode: params.client.mode,
    role: params.role,
    scopes: params.scopes,
    token: params.auth?.token,
    challenge,
  });
  return { ...params, device };
}
