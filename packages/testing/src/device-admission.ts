import { BROWSER_IDS, refuse } from "./admission-claim.ts";
import type { Claim, Refused } from "./admission-claim.ts";
import type { Core, Device } from "./core.ts";
import { deviceIdOf, signatureFits, signedText } from "./device-signature.ts";
import { announcePaired, askPairing, covers, pair } from "./devices.ts";
import type { DeviceClaim } from "./devices.ts";
import { numberAt, stringAt } from "./json.ts";
import type { JsonObject } from "./json.ts";

export function checkDevice(core: Core, claim: Claim, device: JsonObject): DeviceClaim | Refused {
  const details = (code: string, reason: string) => (core.version === 4 ? { code, reason } : undefined);
  const id = stringAt(device, "id") ?? "";
  const publicKey = stringAt(device, "publicKey") ?? "";
  const signedAt = numberAt(device, "signedAt") ?? 0;
  const nonce = stringAt(device, "nonce");
  if (deviceIdOf(publicKey) !== id)
    return refuse(
      "device identity mismatch",
      details("DEVICE_AUTH_DEVICE_ID_MISMATCH", "device-id-mismatch"),
    );
  const tolerance = core.version === 3 ? 600_000 : 120_000;
  if (Math.abs(core.clock.now() - signedAt) > tolerance)
    return refuse(
      "device signature expired",
      details("DEVICE_AUTH_SIGNATURE_EXPIRED", "device-signature-stale"),
    );
  // Version 3 lets a local client sign without the nonce.
  if (nonce === undefined && !claim.local) return refuse("device nonce required");
  if (nonce !== undefined && nonce !== claim.nonce)
    return refuse("device nonce mismatch", details("DEVICE_AUTH_NONCE_MISMATCH", "device-nonce-mismatch"));
  const shared = { clientId: claim.clientId, clientMode: claim.mode };
  const parts = {
    ...shared,
    deviceId: id,
    role: claim.role,
    scopes: claim.asked,
    signedAt,
    token: stringAt(claim.auth, "token") ?? stringAt(claim.auth, "deviceToken") ?? "",
  };
  const texts = nonce === undefined ? [signedText("v1", parts, [])] : [signedText("v2", parts, [nonce])];
  if (core.version === 4 && nonce !== undefined)
    texts.push(
      signedText("v3", parts, [
        nonce,
        claim.platform.trim().toLowerCase(),
        claim.deviceFamily.trim().toLowerCase(),
      ]),
    );
  const fits =
    !core.settings.verifySignatures || signatureFits(publicKey, stringAt(device, "signature") ?? "", texts);
  if (!fits)
    return refuse("device signature invalid", details("DEVICE_AUTH_SIGNATURE_INVALID", "device-signature"));
  return { id, publicKey, ...shared, platform: claim.platform, scopes: claim.asked };
}

export function requirePairing(core: Core, claim: Claim, device: DeviceClaim): Device | Refused {
  const known = core.disk.devices.get(device.id);
  if (known && covers(known, device.scopes)) return known;
  const borrowed = core.version === 4 && claim.origin !== undefined && !BROWSER_IDS.has(claim.clientId);
  if (core.settings.pairing === "silent" && claim.local && !borrowed) {
    const paired = pair(core, device);
    announcePaired(core, core.random.uuid(), device.id, "approved");
    return paired;
  }
  const { requestId } = askPairing(core, device);
  if (core.version === 3) return refuse("pairing required", { requestId }, { code: "NOT_PAIRED" });
  const reason = known ? "scope-upgrade" : "not-paired";
  const message = known
    ? "pairing required: scope upgrade is not approved yet"
    : "pairing required: device is not approved yet";
  const details = {
    code: "PAIRING_REQUIRED",
    reason,
    requestId,
    remediationHint: "Approve this device from the pending pairing requests.",
    deviceId: device.id,
    requestedRole: claim.role,
    requestedScopes: [...device.scopes],
  };
  return refuse(message, details, { code: "NOT_PAIRED" });
}
