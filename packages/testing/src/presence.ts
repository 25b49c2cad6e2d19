import type { Client, Core } from "./core.ts";
import type { Json, JsonObject } from "./json.ts";

/** The gateway's own row and one per device or instance. */
export function presenceList(core: Core): Json[] {
  const own =
    core.version === 3
      ? { version: "unknown", platform: "linux", deviceFamily: "Linux", modelIdentifier: "x64" }
      : {
          version: core.settings.serverVersion,
          platform: "linux",
          deviceFamily: "Linux",
          instanceId: core.memory.bootId,
        };
  const text = `Gateway: fake (127.0.0.1) · app ${own.version} · mode gateway · reason self`;
  const self = {
    host: "fake",
    ip: "127.0.0.1",
    ...own,
    mode: "gateway",
    reason: "self",
    text,
    ts: core.clock.now(),
  };
  return [self, ...core.memory.presence.values()];
}

export const stateVersion = (core: Core): JsonObject => ({
  presence: core.memory.presenceVersion,
  health: core.memory.healthVersion,
});

export function emitPresence(core: Core): void {
  core.memory.presenceVersion++;
  core.emit(
    "presence",
    { presence: presenceList(core) },
    { scope: "operator.read" },
    { stateVersion: stateVersion(core) },
  );
}

export function announceClient(
  core: Core,
  client: Client,
  described: { version: string; platform: string },
): void {
  if (!client.presenceKey) return;
  const now = core.clock.now();
  const device = client.deviceId ? { deviceId: client.deviceId } : {};
  const shared = {
    host: client.clientId,
    version: described.version,
    platform: described.platform,
    mode: client.mode,
    ...device,
    roles: ["operator"],
    reason: "connect",
    ts: now,
  };
  const row: JsonObject =
    core.version === 3
      ? {
          ...shared,
          scopes: [...client.scopes],
          ...(client.presenceKey === client.connId ? {} : { instanceId: client.presenceKey }),
          text: `Node: ${client.clientId} · mode ${client.mode}`,
        }
      : {
          ...shared,
          ...(client.scopes.length ? { scopes: [...client.scopes] } : {}),
          clientId: client.clientId,
          user: {
            id: client.profileId,
            identity: { type: "profile", id: client.profileId },
            avatarUrl: "/api/users/gateway-owner/avatar?v=1",
          },
          onlineSince: now,
          text: `Node: unknown · mode ${client.mode}`,
        };
  core.memory.presence.set(client.presenceKey, row);
}

export function clientLeft(core: Core, client: Client): void {
  if (!client.presenceKey) return;
  const stillThere = [...core.clients].some(
    (other) => other !== client && other.presenceKey === client.presenceKey,
  );
  const row = core.memory.presence.get(client.presenceKey);
  if (row && !stillThere)
    core.memory.presence.set(client.presenceKey, { ...row, reason: "disconnect", ts: core.clock.now() });
  emitPresence(core);
}

/** Version 4 shows who has been active lately, at most once a minute. */
export function touchPresence(core: Core, client: Client): void {
  if (core.version === 3 || !client.presenceKey) return;
  const row = core.memory.presence.get(client.presenceKey);
  const last = row?.["lastActivityAt"];
  if (!row || (typeof last === "number" && core.clock.now() - last < 60_000)) return;
  core.memory.presence.set(client.presenceKey, {
    ...row,
    lastActivityAt: core.clock.now(),
    ts: core.clock.now(),
  });
  core.later(0, () => emitPresence(core));
}
