import { isRecord, type GatewayErrorShape } from "./frames.ts";
import { readProtocolMismatch } from "./negotiation.ts";

/** Stable reason of an advice, for programs and translations. */
export type AdviceCode =
  | "token-mismatch"
  | "token-missing"
  | "password-mismatch"
  | "device-token-mismatch"
  | "scope-mismatch"
  | "unauthorized"
  | "gateway-auth-misconfigured"
  | "rate-limited"
  | "pairing-required"
  | "device-identity-required"
  | "device-proof-rejected"
  | "device-key-invalid"
  | "origin-not-allowed"
  | "protocol-mismatch"
  | "client-outdated"
  | "invalid-connect"
  | "gateway-starting"
  | "gateway-restarting"
  | "gateway-stopped"
  | "gateway-unavailable"
  | "policy-changed"
  | "slow-consumer"
  | "frame-too-large"
  | "tick-timeout"
  | "handshake-timeout"
  | "connection-lost"
  | "connection-refused"
  | "missing-scope"
  | "unknown-method"
  | "idempotency-conflict"
  | "agent-timeout"
  | "not-linked"
  | "invalid-request";

type Told = {
  code: AdviceCode;
  /** A sentence for the person: what happened and what to do. English; translate by `code`. */
  message: string;
};

/**
 * What the client must do after a connection was refused or lost.
 *
 * - `retry`: connect again with backoff. With `once`, a second refusal of the same kind means stop.
 * - `retry-after`: wait at least `retryAfterMs`, then connect again.
 * - `refresh-token`: ask the token provider for another credential; without one, or with the same one, stop.
 * - `pair`: somebody must approve this device; look again every `retryAfterMs`, or when the person asks.
 * - `stop`: nothing but a change by a person helps.
 */
export type ConnectAdvice = Told &
  (
    | { action: "retry"; once?: true }
    | { action: "retry-after"; retryAfterMs: number }
    | {
        action: "refresh-token";
        /** The gateway would accept this device's own token instead: worth one try. */
        canRetryWithDeviceToken?: boolean;
      }
    | { action: "pair"; retryAfterMs: number; requestId?: string; reason?: string }
    | { action: "stop"; expectedProtocol?: number; missingScope?: string }
  );

/** What the client must do with a refused request on a live connection. */
export type RequestAdvice = Exclude<ConnectAdvice, { action: "refresh-token" }>;

/** A WebSocket close. */
export type CloseInfo = { code: number; reason?: string };

/** The payload of the `shutdown` event that came before a close, if one did. */
export type ShutdownNotice = { reason: string; restartExpectedMs?: number };

/** What is known beside a close. */
export type CloseContext = {
  /** True until hello-ok. */
  handshake: boolean;
  /** The error of the refused `connect`, when its answer arrived. */
  error?: GatewayErrorShape | undefined;
  shutdown?: ShutdownNotice | undefined;
};

/** How often an unapproved device looks again, milliseconds. */
export const PAIRING_POLL_MS = 15_000;

const STARTING_MS = 500;
const RESTARTING_MS = 1_000;
const RATE_LIMIT_MS = 300_000;

type Rule = (error: GatewayErrorShape, details: Record<string, unknown>) => ConnectAdvice;

function stop(code: AdviceCode, message: string): Rule {
  return () => ({ action: "stop", code, message });
}

function refresh(code: AdviceCode, message: string): Rule {
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
const deviceTokenMismatch = refresh(
  "device-token-mismatch",
  "This device's own token is no longer valid. Enter the gateway's token or pair this device again.",
);
const unauthorized = refresh("unauthorized", "The gateway does not accept this sign-in. Sign in again.");
const scopeMismatch = stop(
  "scope-mismatch",
  "This device was approved for less than it asks for. Approve it again on the gateway with the new rights.",
);
const misconfigured = stop(
  "gateway-auth-misconfigured",
  "The gateway's sign-in settings do not fit this way to connect. Ask the gateway's operator to check gateway.auth.",
);
const deviceIdentityRequired = stop(
  "device-identity-required",
  "The gateway asks for a device identity. Turn device pairing on, or add a token.",
);
const deviceKeyInvalid = stop(
  "device-key-invalid",
  "The gateway cannot use this device's key. Reset this device's identity and pair it again.",
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

const deviceProofRejected: Rule = () => ({
  action: "retry",
  once: true,
  code: "device-proof-rejected",
  message: "The gateway rejected this device's signature. Trying once more with a fresh challenge.",
});

const pairing: Rule = (_error, details) => ({
  action: "pair",
  code: "pairing-required",
  message: "This device waits for approval. Approve it on the gateway; this page then connects by itself.",
  retryAfterMs: PAIRING_POLL_MS,
  ...(typeof details["requestId"] === "string" && { requestId: details["requestId"] }),
  ...(typeof details["reason"] === "string" && { reason: details["reason"] }),
});

const rateLimited: Rule = (error) => ({
  action: "retry-after",
  code: "rate-limited",
  message:
    "Too many failed sign-ins: the gateway refuses everyone from this address for some minutes. Please wait.",
  retryAfterMs: error.retryAfterMs ?? RATE_LIMIT_MS,
});

const protocolMismatch: Rule = (error, details) => {
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

function unavailable(error: GatewayErrorShape, details: Record<string, unknown>): ConnectAdvice {
  const reason = details["reason"];
  if (reason === "startup-sidecars" || /^gateway starting/i.test(error.message)) {
    return {
      action: "retry-after",
      code: "gateway-starting",
      message: "The gateway is starting. Connecting as soon as it is ready.",
      retryAfterMs: error.retryAfterMs ?? STARTING_MS,
    };
  }
  if (reason === "gateway-restarting" || /during gateway restart/i.test(error.message)) {
    return {
      action: "retry-after",
      code: "gateway-restarting",
      message: "The gateway is restarting. Connecting as soon as it is back.",
      retryAfterMs: error.retryAfterMs ?? RESTARTING_MS,
    };
  }
  if (error.retryable === false) {
    return { action: "stop", code: "gateway-unavailable", message: `The gateway refused: ${error.message}` };
  }
  return {
    action: "retry-after",
    code: "gateway-unavailable",
    message: "The gateway cannot answer right now. Trying again.",
    retryAfterMs: error.retryAfterMs ?? RESTARTING_MS,
  };
}

const BY_DETAIL: Record<string, Rule> = {
  AUTH_TOKEN_MISMATCH: tokenMismatch,
  AUTH_TOKEN_MISSING: tokenMissing,
  AUTH_PASSWORD_MISMATCH: passwordMismatch,
  AUTH_PASSWORD_MISSING: refresh("token-missing", "The gateway asks for a password. Enter it."),
  AUTH_BOOTSTRAP_TOKEN_INVALID: unauthorized,
  AUTH_DEVICE_TOKEN_MISMATCH: deviceTokenMismatch,
  AUTH_SCOPE_MISMATCH: scopeMismatch,
  AUTH_RATE_LIMITED: rateLimited,
  AUTH_REQUIRED: tokenMissing,
  AUTH_UNAUTHORIZED: unauthorized,
  PAIRING_REQUIRED: pairing,
  DEVICE_IDENTITY_REQUIRED: deviceIdentityRequired,
  CONTROL_UI_DEVICE_IDENTITY_REQUIRED: deviceIdentityRequired,
  DEVICE_AUTH_DEVICE_ID_MISMATCH: deviceKeyInvalid,
  DEVICE_AUTH_PUBLIC_KEY_INVALID: deviceKeyInvalid,
  CONTROL_UI_ORIGIN_NOT_ALLOWED: originNotAllowed,
  CONTROL_UI_BUILD_MISMATCH: clientOutdated,
  CLIENT_VERSION_MISMATCH: clientOutdated,
  PROTOCOL_MISMATCH: protocolMismatch,
};

// Version 3 gives no detail codes. Its messages, which are also the close reasons, are all there is to judge by.
const BY_MESSAGE: readonly [RegExp, Rule][] = [
  [/^pairing required/i, pairing],
  [/too many failed authentication attempts/i, rateLimited],
  [/device token scope mismatch/i, scopeMismatch],
  [/device token mismatch/i, deviceTokenMismatch],
  [/token mismatch/i, tokenMismatch],
  [/token missing/i, tokenMissing],
  [/password mismatch/i, passwordMismatch],
  [/password missing/i, refresh("token-missing", "The gateway asks for a password. Enter it.")],
  [/(token|password) not configured/i, misconfigured],
  [/^unauthorized/i, unauthorized],
  [/^origin not allowed/i, originNotAllowed],
  [/^protocol mismatch/i, protocolMismatch],
  [/^control ui requires|^device identity required/i, deviceIdentityRequired],
  [/^device (identity mismatch|public key invalid)/i, deviceKeyInvalid],
  [/^device (signature|nonce)/i, deviceProofRejected],
  [/^gateway starting|during gateway restart/i, unavailable],
  [/^invalid (connect|handshake|request frame|role)|^connect is only valid/i, invalidConnect],
];

function ruleForDetail(code: unknown): Rule | undefined {
  if (typeof code !== "string") return undefined;
  const exact = Object.hasOwn(BY_DETAIL, code) ? BY_DETAIL[code] : undefined;
  if (exact !== undefined) return exact;
  if (code.startsWith("DEVICE_AUTH_")) return deviceProofRejected;
  return code.startsWith("AUTH") ? misconfigured : undefined;
}

function ruleForMessage(message: string): Rule | undefined {
  return BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
}

function detailsOf(error: GatewayErrorShape): Record<string, unknown> {
  return isRecord(error.details) ? error.details : {};
}

/**
 * What to do after `connect` was refused. Judged by detail code, then by error code, and by the message only where the
 * gateway gives nothing else (version 3).
 *
 * @example
 * ```ts
 * const advice = adviseOnConnectError({ code: "NOT_PAIRED", message: "pairing required" });
 * advice.action; // "pair"
 * ```
 */
export function adviseOnConnectError(error: GatewayErrorShape, close?: CloseInfo): ConnectAdvice {
  const details = detailsOf(error);
  const rule = ruleForDetail(details["code"]) ?? ruleForMessage(error.message);
  if (rule !== undefined) return rule(error, details);
  if (error.code === "UNAVAILABLE") return unavailable(error, details);
  if (error.code === "NOT_PAIRED") return pairing(error, details);
  if (error.retryAfterMs !== undefined || close?.code === 1013) return unavailable(error, details);
  return {
    action: "stop",
    code: "connection-refused",
    message: `The gateway refused the connection: ${error.message}`,
  };
}

function adviseOnShutdown(shutdown: ShutdownNotice | undefined): ConnectAdvice {
  if (shutdown?.restartExpectedMs !== undefined) {
    return {
      action: "retry-after",
      code: "gateway-restarting",
      message: "The gateway is restarting. Connecting as soon as it is back.",
      retryAfterMs: Math.max(STARTING_MS, shutdown.restartExpectedMs),
    };
  }
  return {
    action: "retry",
    code: "gateway-stopped",
    message: "The gateway was stopped. Connecting as soon as it runs again.",
  };
}

function retry(code: AdviceCode, message: string): ConnectAdvice {
  return { action: "retry", code, message };
}

function adviseOnPolicyClose(close: CloseInfo, context: CloseContext): ConnectAdvice {
  const reason = close.reason ?? "";
  if (/^slow consumer/i.test(reason) || (reason === "" && !context.handshake)) {
    return retry("slow-consumer", "This page fell behind, so the gateway cut the connection. Reconnecting.");
  }
  const requestId = /\(requestId: ([^)]+)\)/.exec(reason)?.[1];
  const error = {
    code: "UNKNOWN",
    message: reason,
    ...(requestId !== undefined && { details: { requestId } }),
  };
  const rule = ruleForMessage(reason);
  if (rule !== undefined) return rule(error, detailsOf(error));
  return {
    action: "stop",
    code: "connection-refused",
    message: "The gateway refused the connection. Check the token.",
  };
}

/**
 * What to do after a close. The error of a refused `connect` decides when it arrived; without it the close code and
 * reason suffice.
 *
 * @param close - code and reason of the close event (partysocket reports 1000 for a failed attempt)
 * @param context - whether hello-ok had come, and what came before the close
 */
export function adviseOnClose(close: CloseInfo, context: CloseContext): ConnectAdvice {
  if (context.handshake && context.error !== undefined) return adviseOnConnectError(context.error, close);
  switch (close.code) {
    case 1002:
      return protocolMismatch({ code: "UNKNOWN", message: "protocol mismatch" }, {});
    case 1008:
      return adviseOnPolicyClose(close, context);
    case 1009:
      return retry(
        "frame-too-large",
        "A message was larger than the gateway accepts. Send less or smaller files.",
      );
    case 1012:
      return adviseOnShutdown(context.shutdown);
    case 1013:
      return unavailable({ code: "UNAVAILABLE", message: close.reason ?? "" }, {});
    case 4000:
      return retry("tick-timeout", "The gateway fell silent. Reconnecting.");
    case 4001:
      return retry("policy-changed", "The gateway's settings changed. Reconnecting.");
    default:
      if (context.shutdown !== undefined) return adviseOnShutdown(context.shutdown);
      return close.code === 1000 && context.handshake
        ? retry("handshake-timeout", "The gateway closed before the handshake was done. Trying again.")
        : retry("connection-lost", "The connection was lost. Reconnecting.");
  }
}

function missingScope(error: GatewayErrorShape, details: Record<string, unknown>): RequestAdvice | null {
  const scope = details["missingScope"] ?? /^missing scope: (\S+)/i.exec(error.message)?.[1];
  if (typeof scope !== "string" && error.code !== "FORBIDDEN") return null;
  const named = typeof scope === "string" ? scope : undefined;
  return {
    action: "stop",
    code: "missing-scope",
    message: `This connection may not do that${named === undefined ? "" : `: it lacks ${named}`}. Connect with more rights.`,
    ...(named !== undefined && { missingScope: named }),
  };
}

/**
 * What to do with a request that a live connection refused.
 *
 * `retry` and `retry-after` are only for reads and for `chat.send` with its own idempotency key.
 */
export function adviseOnRequestError(error: GatewayErrorShape): RequestAdvice {
  const details = detailsOf(error);
  const forbidden = missingScope(error, details);
  if (forbidden !== null) return forbidden;
  if (details["reason"] === "chat-request-conflict") {
    return {
      action: "stop",
      code: "idempotency-conflict",
      message: "Another message was already sent under this id. Send it again as a new message.",
    };
  }
  if (/^unknown method/i.test(error.message)) {
    return {
      action: "stop",
      code: "unknown-method",
      message: "This gateway cannot do that. Update the gateway.",
    };
  }
  switch (error.code) {
    case "UNAVAILABLE":
      return requestUnavailable(error, details);
    case "NOT_PAIRED":
      return requestPairing(details);
    case "NOT_LINKED":
      return {
        action: "stop",
        code: "not-linked",
        message: "The gateway is not linked to that channel. Link it first.",
      };
    case "AGENT_TIMEOUT":
      return {
        action: "retry",
        code: "agent-timeout",
        message: "The agent took too long to answer. Try again.",
      };
    default:
      if (error.retryable === true || error.retryAfterMs !== undefined)
        return requestUnavailable(error, details);
      return { action: "stop", code: "invalid-request", message: `The gateway refused: ${error.message}` };
  }
}

function requestUnavailable(error: GatewayErrorShape, details: Record<string, unknown>): RequestAdvice {
  const advice = unavailable(error, details);
  return advice.action === "refresh-token"
    ? { action: "stop", code: advice.code, message: advice.message }
    : advice;
}

function requestPairing(details: Record<string, unknown>): RequestAdvice {
  return {
    action: "pair",
    code: "pairing-required",
    message: "The other device is not paired with this gateway. Pair it first.",
    retryAfterMs: PAIRING_POLL_MS,
    ...(typeof details["requestId"] === "string" && { requestId: details["requestId"] }),
  };
}
