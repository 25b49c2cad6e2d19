import type { Admitted } from "./admission-claim.ts";
import { defaultAgent, mainSessionKey } from "./core.ts";
import type { Client, Core } from "./core.ts";
import { tokenFor } from "./devices.ts";
import { healthPayload } from "./health.ts";
import type { JsonObject } from "./json.ts";
import { listedMethods } from "./methods.ts";
import { hasScope } from "./scopes.ts";
import { presenceList, stateVersion } from "./presence.ts";

const EVENTS_BOTH = [
  "connect.challenge",
  "agent",
  "chat",
  "presence",
  "tick",
  "shutdown",
  "health",
  "device.pair.requested",
  "device.pair.resolved",
  "exec.approval.requested",
  "exec.approval.resolved",
];
const EVENTS_V4 = [
  "session.message",
  "sessions.changed",
  "update.available",
  "question.requested",
  "question.resolved",
];

/** The payload of hello-ok. Method and event lists name only what the fake imitates. */
export function hello(core: Core, client: Client, admitted: Admitted): JsonObject {
  const features = {
    methods: listedMethods(core),
    events: [...EVENTS_BOTH, ...(core.version === 4 ? EVENTS_V4 : [])],
  };
  const tick = { tickIntervalMs: core.settings.timing.tickMs };
  const defaults = {
    defaultAgentId: defaultAgent(core),
    mainKey: "main",
    mainSessionKey: mainSessionKey(core),
    scope: "per-sender",
  };
  const base = {
    presence: presenceList(core),
    health: core.version === 3 || core.memory.warm ? healthPayload(core) : {},
    stateVersion: stateVersion(core),
    uptimeMs: core.clock.now() - core.memory.startedAtMs,
  };
  const issued = admitted.device ? tokenFor(core, admitted.device, admitted.scopes) : undefined;
  if (core.version === 3) {
    return {
      type: "hello-ok",
      protocol: 3,
      server: { version: core.settings.serverVersion, host: "fake", connId: client.connId },
      features,
      snapshot: {
        ...base,
        configPath: "/state/clawdbot.json",
        stateDir: "/state",
        sessionDefaults: defaults,
      },
      ...(issued
        ? {
            auth: {
              deviceToken: issued.token,
              role: "operator",
              scopes: [...admitted.scopes],
              issuedAtMs: issued.issuedAtMs,
            },
          }
        : {}),
      policy: { maxPayload: core.settings.limits.maxPayload, maxBufferedBytes: 1_572_864, ...tick },
    };
  }
  const reads = hasScope(client.scopes, "operator.read");
  const admin = client.scopes.includes("operator.admin");
  return {
    type: "hello-ok",
    protocol: 4,
    server: {
      version: core.settings.serverVersion,
      buildId: `${core.settings.serverVersion}-release`,
      bootId: core.memory.bootId,
      controlUiBuildSource: "bundled",
      connId: client.connId,
    },
    features: { ...features, capabilities: ["chat-send-routing-contract"] },
    snapshot: {
      ...base,
      suspension: { phase: "accepting" },
      appliedConfigHash: "hmac-sha256:v1:fake",
      sessionDefaults: { ...defaults, modelConfigured: true, ownership: "sole", selectionRequired: false },
      ...(reads && core.memory.warm ? { updateSchedule: { channel: "stable", autoEnabled: false } } : {}),
      ...(admin
        ? { configPath: "/state/openclaw.json", stateDir: "/state", authMode: core.settings.auth.mode }
        : {}),
    },
    ...(reads ? { controlUiWidgetKinds: [], controlUiLinkReaders: [] } : {}),
    pluginSurfaceUrls: {},
    auth: {
      method: admitted.method === "device-token" ? "device-token" : admitted.method,
      role: "operator",
      scopes: [...admitted.scopes],
      recoveryScope: core.random.base64url(43),
      ...(issued
        ? { recoveryMigrationAllowed: true, deviceToken: issued.token, issuedAtMs: issued.issuedAtMs }
        : {}),
    },
    policy: {
      maxPayload: core.settings.limits.maxPayload,
      maxBufferedBytes: 52_428_800,
      ...tick,
      attachments: { maxBytes: 19_464_192, maxImageBytes: 6_291_456 },
      allowedSessionVisibilities: ["shared", "read-only", "suggest", "draft"],
      hasMultipleSessionSharingIdentities: false,
    },
  };
}
