import {
  PAIRING_POLL_MS,
  type AdviceCode,
  type CloseContext,
  type CloseInfo,
  type ConnectAdvice,
  type ShutdownNotice,
} from "./advice.ts";
import { isRecord, type GatewayErrorShape } from "./frames.ts";

type Action = ConnectAdvice["action"];
type Row = readonly [code: AdviceCode, action: Action, sentence: string, says?: RegExp];

/**
 * What each refusal and close means. `says` is tried on the gateway's detail code (version 4), then on its message or
 * close reason: the dots stand for the blanks of the one and the underscores of the other. The first match counts.
 */
const ROWS: readonly Row[] = [
  [
    "pairing-required",
    "pair",
    "This device waits for approval. Approve it on the gateway; this page then connects by itself.",
    /^pairing.required/i,
  ],
  [
    "rate-limited",
    "retry-after",
    "Too many failed sign-ins: the gateway refuses this address for some minutes. Please wait.",
    /rate.limited|too many failed/i,
  ],
  [
    "scope-mismatch",
    "stop",
    "This device was approved for less than it asks for. Approve it again on the gateway.",
    /scope.mismatch/i,
  ],
  [
    "device-token-mismatch",
    "refresh-token",
    "This device's own token is no longer valid. Enter the gateway's token or pair this device again.",
    /device.token.mismatch/i,
  ],
  [
    "token-mismatch",
    "refresh-token",
    "The gateway does not accept this token. Enter the current token.",
    /token.mismatch/i,
  ],
  [
    "token-missing",
    "refresh-token",
    "The gateway asks for a token. Enter the token of this gateway.",
    /token.missing|^auth.required/i,
  ],
  [
    "password-mismatch",
    "refresh-token",
    "The gateway does not accept this password. Enter it again.",
    /password.mismatch/i,
  ],
  ["password-missing", "refresh-token", "The gateway asks for a password. Enter it.", /password.missing/i],
  [
    "gateway-auth-misconfigured",
    "stop",
    "The gateway's sign-in settings do not fit this way to connect. Ask its operator to check gateway.auth.",
    /not.configured|^auth.(tailscale|identity|verified)|^authenticated/i,
  ],
  [
    "unauthorized",
    "refresh-token",
    "The gateway does not accept this sign-in. Sign in again.",
    /^unauthorized|^auth/i,
  ],
  [
    "origin-not-allowed",
    "stop",
    "The gateway does not allow this web address. Add it to gateway.controlUi.allowedOrigins there.",
    /origin.not.allowed/i,
  ],
  [
    "client-outdated",
    "stop",
    "The gateway was updated. Reload this page.",
    /control ui updated|build.mismatch|client.version/i,
  ],
  [
    "protocol-mismatch",
    "stop",
    "The gateway and this client speak different protocol versions. Update the older one.",
    /^protocol.mismatch/i,
  ],
  [
    "device-identity-required",
    "stop",
    "The gateway asks for a device identity. Turn device pairing on, or add a token.",
    /device.identity.required|^control ui requires/i,
  ],
  [
    "device-proof-rejected",
    "retry",
    "The gateway rejected this device's signature. Trying once more with a fresh challenge.",
    /^device.(auth|signature|nonce|identity mismatch|public key)/i,
  ],
  [
    "gateway-starting",
    "retry-after",
    "The gateway is starting. Connecting as soon as it is ready.",
    /^gateway starting|^startup-sidecars/i,
  ],
  [
    "gateway-restarting",
    "retry-after",
    "The gateway is restarting. Connecting as soon as it is back.",
    /gateway.restart/i,
  ],
  [
    "invalid-connect",
    "stop",
    "The gateway did not understand this client. Update the client or the gateway.",
    /^invalid (connect|handshake|request frame|role)|^connect is only valid/i,
  ],
  [
    "slow-consumer",
    "retry",
    "This page fell behind, so the gateway cut the connection. Reconnecting.",
    /^slow consumer/i,
  ],
  ["gateway-unavailable", "retry-after", "The gateway cannot answer right now. Trying again."],
  ["gateway-stopped", "retry", "The gateway was stopped. Connecting as soon as it runs again."],
  ["policy-changed", "retry", "The gateway's settings changed. Reconnecting."],
  ["frame-too-large", "retry", "A message was larger than the gateway accepts. Send less or smaller files."],
  ["tick-timeout", "retry", "The gateway fell silent. Reconnecting."],
  ["handshake-timeout", "retry", "The gateway closed before the handshake was done. Trying again."],
  ["connection-lost", "retry", "The connection was lost. Reconnecting."],
  [
    "connection-refused",
    "stop",
    "The gateway refused the connection. Check the token and the gateway's log.",
  ],
];

/** How long to wait where the gateway names no time: its own suggestions as seen, and its longest lock-out. */
const WAIT_MS: Partial<Record<AdviceCode, number>> = { "rate-limited": 300_000, "gateway-starting": 500 };
const UNAVAILABLE_MS = 1_000;

const BY_CLOSE_CODE: Readonly<Record<number, AdviceCode>> = {
  1002: "protocol-mismatch",
  1009: "frame-too-large",
  4000: "tick-timeout",
  4001: "policy-changed",
};

type Details = Readonly<Record<string, unknown>>;

/** The details object of an error, empty when there is none. */
export function detailsOf(error: GatewayErrorShape): Details {
  return isRecord(error.details) ? error.details : {};
}

function toldBy(texts: readonly unknown[]): AdviceCode | undefined {
  for (const text of texts) {
    if (typeof text !== "string") continue;
    const row = ROWS.find(([, , , says]) => says?.test(text));
    if (row !== undefined) return row[0];
  }
  return undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The advice of a code, completed by what the error says. */
function advise(code: AdviceCode, error?: GatewayErrorShape): ConnectAdvice {
  const details = error === undefined ? {} : detailsOf(error);
  const [, action, message] = ROWS.find((row) => row[0] === code) ?? [code, "stop", ""];
  const expectedProtocol = details["expectedProtocol"];
  switch (action) {
    case "retry":
      return { code, message, action, ...(code === "device-proof-rejected" && { once: true }) };
    case "retry-after":
      return { code, message, action, retryAfterMs: error?.retryAfterMs ?? WAIT_MS[code] ?? UNAVAILABLE_MS };
    case "refresh-token": {
      const canRetryWithDeviceToken = details["canRetryWithDeviceToken"] === true;
      return { code, message, action, ...(canRetryWithDeviceToken && { canRetryWithDeviceToken }) };
    }
    case "pair":
      return {
        code,
        message,
        action,
        retryAfterMs: PAIRING_POLL_MS,
        requestId: text(details["requestId"]) ?? /\(requestId: ([^)]+)\)/.exec(error?.message ?? "")?.[1],
        reason: text(details["reason"]),
      };
    default:
      if (typeof expectedProtocol !== "number") return { code, message, action };
      return {
        code,
        message: `${message} The gateway wants protocol ${expectedProtocol}.`,
        action,
        expectedProtocol,
      };
  }
}

function codeOf(error: GatewayErrorShape): AdviceCode | undefined {
  const details = detailsOf(error);
  const code = toldBy([details["code"], error.code === "UNAVAILABLE" && details["reason"], error.message]);
  if (code === "protocol-mismatch" && details["reloadRequired"] === true) return "client-outdated";
  const isOperatorsMatter = details["recommendedNextStep"] === "review_auth_configuration";
  return code === "unauthorized" && isOperatorsMatter ? "gateway-auth-misconfigured" : code;
}

/** What to do while a gateway is up but not ready, on a connect and on a request alike. */
export function adviseOnUnavailable(error: GatewayErrorShape): ConnectAdvice {
  const code = codeOf(error);
  if (code === "gateway-starting" || code === "gateway-restarting") return advise(code, error);
  if (error.retryable === false) {
    return { action: "stop", code: "gateway-unavailable", message: `The gateway refused: ${error.message}` };
  }
  return advise("gateway-unavailable", error);
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
  const code = codeOf(error);
  if (code !== undefined) return advise(code, error);
  if (error.code === "NOT_PAIRED") return advise("pairing-required", error);
  if (error.code === "UNAVAILABLE" || error.retryAfterMs !== undefined || close?.code === 1013) {
    return adviseOnUnavailable(error);
  }
  return {
    action: "stop",
    code: "connection-refused",
    message: `The gateway refused the connection: ${error.message}`,
  };
}

function adviseOnShutdown({ restartExpectedMs }: ShutdownNotice): ConnectAdvice {
  if (restartExpectedMs === undefined) return advise("gateway-stopped");
  const advice = advise("gateway-restarting");
  return { ...advice, action: "retry-after", retryAfterMs: Math.max(500, restartExpectedMs) };
}

function adviseOnReason(close: CloseInfo, handshake: boolean): ConnectAdvice {
  const message = close.reason ?? "";
  const code = toldBy([message]);
  if (code !== undefined) return advise(code, { code: "UNKNOWN", message });
  if (close.code === 1013) return advise("gateway-unavailable");
  if (!handshake) return advise(message === "" ? "slow-consumer" : "connection-lost");
  // A refusal whose reason is lost may be about the credentials, and repeating those locks everybody out (version 4).
  return advise("connection-refused");
}

/**
 * What to do after a close. The error of a refused `connect` decides when it arrived; without it the close code and
 * reason suffice.
 *
 * @param close - code and reason of the close event (partysocket reports 1000 for a failed attempt)
 * @param context - whether hello-ok had come, and what came before the close
 */
export function adviseOnClose(close: CloseInfo, context: CloseContext): ConnectAdvice {
  const { handshake, error, shutdown } = context;
  if (handshake && error !== undefined) return adviseOnConnectError(error, close);
  if (close.code === 1008 || close.code === 1013) return adviseOnReason(close, handshake);
  const code = BY_CLOSE_CODE[close.code];
  if (code !== undefined) return advise(code);
  if (shutdown !== undefined) return adviseOnShutdown(shutdown);
  // 1012 is sent for a stop as well as for a restart; only the notice before it tells them apart.
  if (close.code === 1012) {
    const { message } = advise("gateway-restarting");
    return { action: "retry", code: "gateway-restarting", message };
  }
  return advise(close.code === 1000 && handshake ? "handshake-timeout" : "connection-lost");
}
