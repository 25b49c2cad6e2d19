import { PAIRING_POLL_MS, type AdviceCode, type ConnectAdvice } from "./advice.ts";
import { isRecord, type GatewayErrorShape } from "./frames.ts";
import { readProtocolMismatch } from "./negotiation.ts";
import { adviseOnUnavailable } from "./unavailable-advice.ts";

/** The longest that version 4 locks an address out, milliseconds. */
const RATE_LIMIT_MS = 300_000;

/** Judges one kind of refusal. */
export type RefusalRule = (error: GatewayErrorShape, details: Record<string, unknown>) => ConnectAdvice;

function stop(code: AdviceCode, message: string): RefusalRule {
  return () => ({ action: "stop", code, message });
}

function refresh(code: AdviceCode, message: string): RefusalRule {
  return (_error, details) => ({
    action: "refresh-token",
    code,
    message,
    ...(details["canRetryWithDeviceToken"] === true && { canRetryWithDeviceToken: true }),
  });
}

const tokenMismatch = refresh(
  "token-mismatch",
  "The gateway does not accept this token. Enter the current token.",
);
const tokenMissing = refresh(
  "token-missing",
  "The gateway asks for a token. Enter the token of this gateway.",
);
const passwordMismatch = refresh(
  "password-mismatch",
  "The gateway does not accept this password. Enter it again.",
);
const passwordMissing = refresh("password-missing", "The gateway asks for a password. Enter it.");
const deviceTokenMismatch = refresh(
  "device-token-mismatch",
  "This device's own token is no longer valid. Enter the gateway's token or pair this device again.",
);
const scopeMismatch = stop(
  "scope-mismatch",
  "This device was approved for less than it asks for. Approve it again on the gateway with the new rights.",
);
const misconfigured = stop(
  "gateway-auth-misconfigured",
  "The gateway's sign-in settings do not fit this way to connect. Ask the gateway's operator to check gateway.auth.",
);
const signIn = refresh("unauthorized", "The gateway does not accept this sign-in. Sign in again.");

const unauthorized: RefusalRule = (error, details) => {
  const asksForOperator = details["recommendedNextStep"] === "review_auth_configuration";
  return asksForOperator ? misconfigured(error, details) : signIn(error, details);
};

const deviceIdentityRequired = stop(
  "device-identity-required",
  "The gateway asks for a device identity. Turn device pairing on, or add a token.",
);
const invalidConnect = stop(
  "invalid-connect",
  "The gateway did not understand this client. Update the client or the gateway.",
);
const originNotAllowed = stop(
  "origin-not-allowed",
  "The gateway does not allow this web address. Add it to gateway.controlUi.allowedOrigins on the gateway.",
);
const clientOutdated = stop("client-outdated", "The gateway was updated. Reload this page.");

const deviceProofRejected: RefusalRule = () => ({
  action: "retry",
  once: true,
  code: "device-proof-rejected",
  message: "The gateway rejected this device's signature. Trying once more with a fresh challenge.",
});

export const pairing: RefusalRule = (_error, details) => ({
  action: "pair",
  code: "pairing-required",
  message: "This device waits for approval. Approve it on the gateway; this page then connects by itself.",
  retryAfterMs: PAIRING_POLL_MS,
  ...(typeof details["requestId"] === "string" && { requestId: details["requestId"] }),
  ...(typeof details["reason"] === "string" && { reason: details["reason"] }),
});

const rateLimited: RefusalRule = (error) => ({
  action: "retry-after",
  code: "rate-limited",
  message:
    "Too many failed sign-ins: the gateway refuses everyone from this address for some minutes. Please wait.",
  retryAfterMs: error.retryAfterMs ?? RATE_LIMIT_MS,
});

export const protocolMismatch: RefusalRule = (error, details) => {
  if (details["reloadRequired"] === true) return clientOutdated(error, details);
  const expected = readProtocolMismatch(error)?.expectedProtocol;
  return {
    action: "stop",
    code: "protocol-mismatch",
    message:
      expected === undefined
        ? "The gateway and this client speak different protocol versions. Update the older one."
        : `The gateway speaks protocol ${expected}, which this client did not offer. Update the older one.`,
    ...(expected !== undefined && { expectedProtocol: expected }),
  };
};

const BY_DETAIL: Record<string, RefusalRule> = {
  AUTH_TOKEN_MISMATCH: tokenMismatch,
  AUTH_TOKEN_MISSING: tokenMissing,
  AUTH_PASSWORD_MISMATCH: passwordMismatch,
  AUTH_PASSWORD_MISSING: passwordMissing,
  AUTH_BOOTSTRAP_TOKEN_INVALID: unauthorized,
  AUTH_DEVICE_TOKEN_MISMATCH: deviceTokenMismatch,
  AUTH_SCOPE_MISMATCH: scopeMismatch,
  AUTH_RATE_LIMITED: rateLimited,
  AUTH_REQUIRED: tokenMissing,
  AUTH_UNAUTHORIZED: unauthorized,
  PAIRING_REQUIRED: pairing,
  DEVICE_IDENTITY_REQUIRED: deviceIdentityRequired,
  CONTROL_UI_DEVICE_IDENTITY_REQUIRED: deviceIdentityRequired,
  CONTROL_UI_ORIGIN_NOT_ALLOWED: originNotAllowed,
  CONTROL_UI_BUILD_MISMATCH: clientOutdated,
  CLIENT_VERSION_MISMATCH: clientOutdated,
  PROTOCOL_MISMATCH: protocolMismatch,
};

// Version 3 gives no detail codes. Its messages, which are also the close reasons, are all there is to judge by.
const BY_MESSAGE: readonly [RegExp, RefusalRule][] = [
  [/^pairing required/i, pairing],
  [/too many failed authentication attempts/i, rateLimited],
  [/device token scope mismatch/i, scopeMismatch],
  [/device token mismatch/i, deviceTokenMismatch],
  [/token mismatch/i, tokenMismatch],
  [/token missing/i, tokenMissing],
  [/password mismatch/i, passwordMismatch],
  [/password missing/i, passwordMissing],
  [/(token|password) not configured/i, misconfigured],
  [/^unauthorized/i, unauthorized],
  [/^origin not allowed/i, originNotAllowed],
  [/^protocol mismatch: control ui updated/i, clientOutdated],
  [/^protocol mismatch/i, protocolMismatch],
  [/^control ui requires|^device identity required/i, deviceIdentityRequired],
  [/^device (signature|nonce|identity mismatch|public key)/i, deviceProofRejected],
  [/^gateway starting|during gateway restart/i, adviseOnUnavailable],
  [/^invalid (connect|handshake|request frame|role)|^connect is only valid/i, invalidConnect],
];

function ruleForDetail(code: unknown): RefusalRule | undefined {
  if (typeof code !== "string") return undefined;
  const exact = Object.hasOwn(BY_DETAIL, code) ? BY_DETAIL[code] : undefined;
  if (exact !== undefined) return exact;
  if (code.startsWith("DEVICE_AUTH_")) return deviceProofRejected;
  return code.startsWith("AUTH") ? misconfigured : undefined;
}

function ruleForMessage(message: string): RefusalRule | undefined {
  return BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
}

/** The details object of an error, empty when there is none. */
export function detailsOf(error: GatewayErrorShape): Record<string, unknown> {
  return isRecord(error.details) ? error.details : {};
}

/** The rule for a refusal: by its detail code, or by its message where there is none. */
export function refusalRule(error: GatewayErrorShape): RefusalRule | undefined {
  return ruleForDetail(detailsOf(error)["code"]) ?? ruleForMessage(error.message);
}
