import { BROWSER_IDS, refuse } from "./admission-claim.ts";
import type { Admitted, Claim, Refused } from "./admission-claim.ts";
import { authDetails, lockedOut, noteFailure } from "./auth-lockout.ts";
import type { Core } from "./core.ts";
import { checkDevice, requirePairing } from "./device-admission.ts";
import { covers } from "./devices.ts";
import type { DeviceClaim } from "./devices.ts";
import { stringAt } from "./json.ts";

export function admitV4(core: Core, claim: Claim): Admitted | Refused {
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
