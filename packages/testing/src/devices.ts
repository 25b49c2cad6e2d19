import type { Core, Device, PendingPairing } from "./core.ts";
import { invalid, reply } from "./gateway-error.ts";
import type { Reply } from "./gateway-error.ts";
import type { Json, JsonObject } from "./json.ts";
import { hasScope } from "./scopes.ts";

export type DeviceClaim = {
  id: string;
  publicKey: string;
  clientId: string;
  clientMode: string;
  platform: string;
  scopes: readonly string[];
};

/** Are `scopes` within what was approved for `device`? */
export const covers = (device: Device, scopes: readonly string[]): boolean =>
  scopes.every((scope) => hasScope(device.scopes, scope));

/** Pairs a device, or widens its approval. */
export function pair(core: Core, claim: DeviceClaim): Device {
  const known = core.disk.devices.get(claim.id);
  const scopes = [...new Set([...(known?.scopes ?? []), ...claim.scopes])];
  const now = core.clock.now();
  const token = core.version === 3 ? core.random.hex(32) : core.random.base64url(43);
  const device: Device = known
    ? { ...known, scopes }
    : { ...claim, scopes, createdAtMs: now, token, tokenScopes: [...claim.scopes], issuedAtMs: now };
  core.disk.devices.set(claim.id, device);
  return device;
}

/** The token for this connect. Version 3 issues a new one whenever the scopes differ. */
export function tokenFor(
  core: Core,
  device: Device,
  scopes: readonly string[],
): { token: string; issuedAtMs: number } {
  const wanted = [...scopes].toSorted().join();
  if (core.version === 3 && [...device.tokenScopes].toSorted().join() !== wanted) {
    device.token = core.random.hex(32);
    device.issuedAtMs = core.clock.now();
    device.tokenScopes = [...scopes];
  }
  if (core.version === 4) device.tokenScopes = [...new Set([...device.tokenScopes, ...scopes])];
  return { token: device.token, issuedAtMs: device.issuedAtMs };
}

/** The open request of a device, made if need be. */
export function askPairing(core: Core, claim: DeviceClaim): PendingPairing {
  const open = [...core.disk.pendingPairings.values()].find((item) => item.deviceId === claim.id);
  if (open) return open;
  const request: PendingPairing = {
    requestId: core.random.uuid(),
    deviceId: claim.id,
    publicKey: claim.publicKey,
    clientId: claim.clientId,
    clientMode: claim.clientMode,
    platform: claim.platform,
    scopes: [...claim.scopes],
    ts: core.clock.now(),
  };
  core.disk.pendingPairings.set(request.requestId, request);
  core.emit("device.pair.requested", pendingRow(request), { scope: "operator.pairing" });
  return request;
}

const pendingRow = (request: PendingPairing): JsonObject => ({
  ...request,
  role: "operator",
  silent: false,
  isRepair: false,
});

/** Version 3 also counts the silent pairing of a new device as an event. */
export function announcePaired(
  core: Core,
  requestId: string,
  deviceId: string,
  decision: "approved" | "rejected",
): void {
  core.emit(
    "device.pair.resolved",
    { requestId, deviceId, decision, ts: core.clock.now() },
    { scope: "operator.pairing" },
  );
}

export function approveDevice(core: Core, requestId: string): Reply {
  const request = core.disk.pendingPairings.get(requestId);
  if (!request) return invalid("unknown requestId");
  core.disk.pendingPairings.delete(requestId);
  const { deviceId, publicKey, clientId, clientMode, platform, scopes } = request;
  const device = pair(core, { id: deviceId, publicKey, clientId, clientMode, platform, scopes });
  announcePaired(core, requestId, deviceId, "approved");
  return reply({ requestId, device: pairedRow(device) });
}

export function rejectDevice(core: Core, requestId: string): Reply {
  const request = core.disk.pendingPairings.get(requestId);
  if (!request) return invalid("unknown requestId");
  core.disk.pendingPairings.delete(requestId);
  announcePaired(core, requestId, request.deviceId, "rejected");
  return reply({ requestId, deviceId: request.deviceId });
}

function pairedRow(device: Device): JsonObject {
  const { token, tokenScopes, issuedAtMs, id, ...shown } = device;
  const tokens = token ? [{ role: "operator", scopes: tokenScopes, createdAtMs: issuedAtMs }] : [];
  return {
    deviceId: id,
    ...shown,
    role: "operator",
    roles: ["operator"],
    approvedAtMs: device.createdAtMs,
    tokens,
  };
}

export function listDevices(core: Core): JsonObject {
  return {
    pending: [...core.disk.pendingPairings.values()].map((request): Json => pendingRow(request)),
    paired: [...core.disk.devices.values()].map((device): Json => pairedRow(device)),
  };
}
