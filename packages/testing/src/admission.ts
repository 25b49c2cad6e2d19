import type { Core, Device } from "./core.ts";
import { announcePaired, askPairing, covers, pair } from "./devices.ts";
import type { DeviceClaim } from "./devices.ts";
import { deviceIdOf, signatureFits, signedText } from "./device-signature.ts";
import type { WireError } from "./gateway-error.ts";
import { numberAt, objectAt, stringAt, stringsAt } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Peer } from "./options.ts";

export type Admitted = {
  scopes: string[];
  device: Device | undefined;
  method: "token" | "password" | "trusted-proxy" | "device-token";
  profileId: string;
};
export type Refused = { error: WireError; code: number; reason: string };

const LOOPBACK = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
const WINDOW_MS = 60_000;
const LOCKOUT_MS = 300_000;
const MAX_FAILURES = 10;

function refuse(message: string, details?: JsonObject, error: Partial<WireError> = {}, code = 1008): Refused {
  return {
    error: { code: "INVALID_REQUEST", message, ...(details ? { details } : {}), ...error },
    code,
    reason: message,
  };
}

type Claim = {
  peer: Peer;
  clientId: string;
  mode: string;
  platform: string;
  deviceFamily: string;
  role: string;
  asked: string[];
  auth: JsonObject;
  device: JsonObject | undefined;
  local: boolean;
  origin: string | undefined;
  nonce: string;
};

/** Judges a well-formed `connect` the way each product does. */
export function admit(core: Core, params: JsonObject, peer: Peer, nonce: string): Admitted | Refused {
  const client = objectAt(params, "client") ?? {};
  const claim: Claim = {
    peer,
    clientId: stringAt(client, "id") ?? "",
    mode: stringAt(client, "mode") ?? "",
    platform: stringAt(client, "platform") ?? "",
    deviceFamily: stringAt(client, "deviceFamily") ?? "",
    role: stringAt(params, "role") ?? "operator",
    asked: stringsAt(params, "scopes") ?? [],
    auth: objectAt(params, "auth") ?? {},
    device: objectAt(params, "device"),
    local: LOOPBACK.has(peer.address ?? "127.0.0.1"),
    origin: peer.headers?.["origin"],
    nonce,
  };
  const low = numberAt(params, "minProtocol") ?? 0;
  const high = numberAt(params, "maxProtocol") ?? 0;
  if (low > core.version || high < core.version)
    return refuse("protocol mismatch", protocolDetails(core, low, high), {}, 1002);
  if (claim.role !== "operator" && claim.role !== "node") return refuse("invalid role");
  return core.version === 3 ? admitV3(core, claim) : admitV4(core, claim);
}

function protocolDetails(core: Core, low: number, high: number): JsonObject {
  if (core.version === 3) return { expectedProtocol: 3 };
  return {
    code: "PROTOCOL_MISMATCH",
    clientMinProtocol: low,
    clientMaxProtocol: high,
    expectedProtocol: 4,
    minimumProbeProtocol: 3,
  };
}

// ---------------------------------------------------------------- version 3

function admitV3(core: Core, claim: Claim): Admitted | Refused {
  const token = stringAt(claim.auth, "token") ?? "";
  const scopes = claim.asked.length ? [...claim.asked] : ["operator.admin"];
  if (!claim.device) {
    if (claim.clientId === "clawdbot-control-ui")
      return refuse("control ui requires HTTPS or localhost (secure context)");
    // An arbitrary token next to the password is enough to get past this check; the password is judged below.
    if (token === "") return refuse("device identity required", undefined, { code: "NOT_PAIRED" });
  }
  const claimed = claim.device && checkDevice(core, claim, claim.device);
  if (claimed && "error" in claimed) return claimed;
  const method = secretV3(core, claim, token, scopes, claimed);
  if (typeof method !== "string") return method;
  if (!claimed) return { scopes, device: undefined, method, profileId: "" };
  const paired = requirePairing(core, claim, { ...claimed, scopes });
  return "error" in paired ? paired : { scopes: scopes.toSorted(), device: paired, method, profileId: "" };
}

function secretV3(
  core: Core,
  claim: Claim,
  token: string,
  scopes: readonly string[],
  device: DeviceClaim | undefined,
): Admitted["method"] | Refused {
  const { auth } = core.settings;
  const hint =
    claim.clientId.includes("control-ui") || claim.mode === "webchat"
      ? "open a tokenized dashboard URL or paste token in Control UI settings"
      : "provide gateway auth token";
  if (auth.mode === "password") {
    if (stringAt(claim.auth, "password") === auth.password) return "password";
    return refuse(
      `unauthorized: gateway password ${stringAt(claim.auth, "password") ? "mismatch" : "missing"} (enter the password in Control UI settings)`,
    );
  }
  const expected = auth.mode === "token" ? auth.token : undefined;
  if (token !== "" && token === expected) return "token";
  const known = device && core.disk.devices.get(device.id);
  if (known && token === known.token && covers(known, scopes)) return "device-token";
  return refuse(`unauthorized: gateway token ${token === "" ? "missing" : "mismatch"} (${hint})`);
}

// ---------------------------------------------------------------- version 4

const BROWSER_IDS = new Set(["webchat", "webchat-ui", "openclaw-control-ui"]);

function admitV4(core: Core, claim: Claim): Admitted | Refused {
  const { auth } = core.settings;
  const refusedOrigin = checkOrigin(core, claim);
  if (refusedOrigin) return refusedOrigin;
  if (auth.mode === "trusted-proxy") return admitByProxy(claim, auth.userHeader, auth.users);
  const token = stringAt(claim.auth, "token") ?? "";
  const secret =
    token || (stringAt(claim.auth, "password") ?? "") || (stringAt(claim.auth, "deviceToken") ?? "");
  if (!claim.device) {
    if (claim.clientId === "openclaw-control-ui")
      return refuse("control ui requires device identity (use HTTPS or localhost secure context)", {
        code: "CONTROL_UI_DEVICE_IDENTITY_REQUIRED",
      });
    if (secret === "")
      return refuse("device identity required", { code: "DEVICE_IDENTITY_REQUIRED" }, { code: "NOT_PAIRED" });
  }
  const claimed = claim.device && checkDevice(core, claim, claim.device);
  if (claimed && "error" in claimed) return claimed;
  const limited = lockedOut(core, claim);
  if (limited) return limited;
  const method = secretV4(core, claim, secret, claimed);
  if (typeof method !== "string") return method;
  // From the gateway's own pages the Control UI must be of the gateway's build.
  if (
    claim.clientId === "openclaw-control-ui" &&
    claim.origin?.endsWith(`//${claim.peer.headers?.["host"] ?? ""}`)
  )
    return reloadRequired(core);
  if (!claimed)
    return { scopes: backendScopes(claim), device: undefined, method, profileId: "gateway-owner" };
  if (isTool(claim))
    return { scopes: [...claim.asked], device: undefined, method, profileId: "gateway-owner" };
  const paired = requirePairing(core, claim, { ...claimed, scopes: claim.asked });
  return "error" in paired
    ? paired
    : { scopes: [...claim.asked], device: paired, method, profileId: "gateway-owner" };
}

/** Local server-side tools need no device; a browser that borrows their id does. */
function isTool(claim: Claim): boolean {
  const tool =
    (claim.clientId === "gateway-client" && claim.mode === "backend") ||
    (claim.clientId === "cli" && claim.mode === "cli");
  return tool && claim.local && claim.origin === undefined;
}

const backendScopes = (claim: Claim): string[] => (isTool(claim) ? [...claim.asked] : []);

function admitByProxy(
  claim: Claim,
  header: string,
  users: Record<string, readonly string[]>,
): Admitted | Refused {
  const user = claim.peer.headers?.[header.toLowerCase()];
  const granted = user === undefined ? undefined : users[user];
  if (user === undefined || !granted)
    return refuse("unauthorized: trusted proxy user missing", {
      code: "AUTH_TRUSTED_PROXY_USER_MISSING",
      authReason: "trusted_proxy_user_missing",
    });
  if (claim.device)
    return refuse(
      "pairing required: device is not approved yet",
      { code: "PAIRING_REQUIRED", reason: "not-paired" },
      { code: "NOT_PAIRED" },
    );
  return {
    scopes: claim.asked.filter((scope) => granted.includes(scope)),
    device: undefined,
    method: "trusted-proxy",
    profileId: user,
  };
}

function reloadRequired(core: Core): Refused {
  const message = "protocol mismatch: Control UI updated; reload this page to continue";
  return refuse(
    message,
    {
      code: "PROTOCOL_MISMATCH",
      gatewayBuildId: `${core.settings.serverVersion}-release`,
      reloadRequired: true,
    },
    { code: "UNAVAILABLE", retryable: false },
  );
}

function checkOrigin(core: Core, claim: Claim): Refused | undefined {
  if (!BROWSER_IDS.has(claim.clientId) && claim.origin === undefined) return undefined;
  if (originAllowed(core, claim)) return undefined;
  const message =
    "origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)";
  return refuse(message, {
    code: "CONTROL_UI_ORIGIN_NOT_ALLOWED",
    reason: claim.origin && claim.origin !== "null" ? "origin not allowed" : "origin missing or invalid",
  });
}

function originAllowed(core: Core, claim: Claim): boolean {
  const { origin } = claim;
  if (core.settings.allowedOrigins.includes("*")) return true;
  if (!origin || origin === "null") return false;
  if (core.settings.allowedOrigins.includes(origin)) return true;
  const host = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
  if (!host) return false;
  const name = host.replace(/:\d+$/, "");
  const isLoopback = name === "localhost" || name === "127.0.0.1" || name === "[::1]";
  return isLoopback && (claim.local || host === claim.peer.headers?.["host"]);
}

function secretV4(
  core: Core,
  claim: Claim,
  secret: string,
  device: DeviceClaim | undefined,
): Admitted["method"] | Refused {
  const { auth } = core.settings;
  const expected = auth.mode === "token" ? auth.token : auth.mode === "password" ? auth.password : undefined;
  if (secret !== "" && secret === expected) return auth.mode === "password" ? "password" : "token";
  const browser = BROWSER_IDS.has(claim.clientId);
  if (secret === "") {
    const hint = browser
      ? "paste in Control UI settings or openclaw doctor --generate-gateway-token; restart"
      : "provide gateway auth token";
    return refuse(
      `unauthorized: gateway token missing (${hint})`,
      authDetails("AUTH_TOKEN_MISSING", "token_missing", false, "update_auth_configuration"),
    );
  }
  const known = device && core.disk.devices.get(device.id);
  if (known && secret === known.token) {
    if (covers(known, claim.asked)) return "device-token";
    return refuse(
      "unauthorized: device token scope mismatch (re-pair or approve scope upgrade)",
      authDetails("AUTH_SCOPE_MISMATCH", "scope_mismatch", false, "review_auth_configuration"),
    );
  }
  noteFailure(core, claim);
  const hint = browser
    ? "open the dashboard URL and paste the token in Control UI settings"
    : "provide gateway auth token";
  const retry = device !== undefined;
  return refuse(
    `unauthorized: gateway token mismatch (${hint})`,
    authDetails(
      "AUTH_TOKEN_MISMATCH",
      "token_mismatch",
      retry,
      retry ? "retry_with_device_token" : "update_auth_credentials",
    ),
  );
}

const authDetails = (
  code: string,
  authReason: string,
  canRetryWithDeviceToken: boolean,
  recommendedNextStep: string,
): JsonObject => ({ code, authReason, canRetryWithDeviceToken, recommendedNextStep });

/** Browsers on loopback are counted per origin, everyone else per address. */
const limiterKey = (claim: Claim): string =>
  claim.local && claim.origin ? claim.origin : (claim.peer.address ?? "127.0.0.1");

function lockedOut(core: Core, claim: Claim): Refused | undefined {
  const entry = core.memory.authFailures.get(limiterKey(claim));
  const left = (entry?.lockedUntil ?? 0) - core.clock.now();
  if (left <= 0) return undefined;
  const message = "unauthorized: too many failed authentication attempts (retry later)";
  return refuse(message, authDetails("AUTH_RATE_LIMITED", "rate_limited", false, "wait_then_retry"), {
    retryable: true,
    retryAfterMs: left,
  });
}

function noteFailure(core: Core, claim: Claim): void {
  const now = core.clock.now();
  const key = limiterKey(claim);
  const times = [
    ...(core.memory.authFailures.get(key)?.times ?? []).filter((at) => now - at < WINDOW_MS),
    now,
  ];
  core.memory.authFailures.set(key, {
    times,
    lockedUntil: times.length >= MAX_FAILURES ? now + LOCKOUT_MS : 0,
  });
}

// ---------------------------------------------------------------- devices, both versions

function checkDevice(core: Core, claim: Claim, device: JsonObject): DeviceClaim | Refused {
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

function requirePairing(core: Core, claim: Claim, device: DeviceClaim): Device | Refused {
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
