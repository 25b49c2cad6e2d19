import { buildConnectParams, type ConnectOptions, type ConnectParams } from "./connect.ts";
import { signConnect, type DeviceIdentity } from "./device-proof.ts";
import type { ConnectChallenge } from "./hello.ts";

/**
 * {@link buildConnectParams} with a device proof over exactly the fields that are sent. A change of any of them afterwards
 * makes the gateway refuse the signature.
 *
 * @param challenge - the connection's own challenge; its clock, not the browser's, dates the signature
 *
 * @example
 * ```ts
 * import { buildSignedConnectParams, encodeRequest, generateDeviceIdentity, parseChallenge } from "@automna/protocol";
 *
 * const identity = await generateDeviceIdentity();
 * const challenge = parseChallenge(frame.payload);
 * if (!challenge.ok) throw new Error(challenge.reason);
 * const params = await buildSignedConnectParams({ auth: { kind: "token", token } }, identity, challenge.value);
 * socket.send(encodeRequest("connect-1", "connect", params));
 * ```
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
