import {
  PAIRING_POLL_MS,
  type AdviceCode,
  type CloseContext,
  type CloseInfo,
  type ConnectAdvice,
  type ShutdownNotice,
} from "./advice.ts";
import type { GatewayErrorShape } from "./frames.ts";

type Action = ConnectAdvice["action"];
type Row = readonly [code: AdviceCode, action: Action, says?: RegExp];

/**
 * What each refusal and close means. `says` is tried on the gateway's detail code (version 4), then on its message or
 * close reason: the dots stand for the blanks of the one and the underscores of the other. The first match counts.
 */
const ROWS: readonly Row[] = [
  ["pairing-required", "pair", /^pairing.required/i],
  ["rate-limited", "retry-after", /rate.limited|too many failed/i],
  ["scope-mismatch", "stop", /scope.mismatch/i],
  ["device-token-mismatch", "refresh-token", /device.token.mismatch/i],
  ["token-mismatch", "refresh-token", /token.mismatch/i],
  ["token-missing", "refresh-token", /token.missing|^auth.required/i],
  ["password-mismatch", "refresh-token", /password.mismatch/i],
  ["password-missing", "refresh-token", /password.missing/i],
  [
    "gateway-auth-misconfigured",
    "stop",
    /not.configured|^auth.(tailscale|identity|verified)|^authenticated/i,
  ],
  ["unauthorized", "refresh-token", /^unauthorized|^auth/i],
  ["origin-not-allowed", "stop", /origin.not.allowed/i],
  ["client-outdated", "stop", /control ui updated|build.mismatch|client.version/i],
  ["protocol-mismatch", "stop", /^protocol.mismatch/i],
  ["device-identity-required", "stop", /device.identity.required|^control ui requires/i],
  ["device-proof-rejected", "retry", /^device.(auth|signature|nonce|identity mismatch|public key)/i],
  ["gateway-starting", "retry-after", /^gateway starting|^startup-sidecars/i],
  ["gateway-restarting", "retry-after", /gateway.restart/i],
  ["invalid-connect", "stop", /^invalid (connect|handshake|request frame|role)|^connect is only valid/i],
  ["slow-consumer", "retry", /^slow consumer/i],
  ["gateway-unavailable", "retry-after"],
  ["gateway-stopped", "retry"],
  ["policy-changed", "retry"],
  ["frame-too-large", "retry"],
  ["tick-timeout", "retry"],
  ["handshake-timeout", "retry"],
  ["connection-lost", "retry"],
  ["connection-refused", "stop"],
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
export function detailsOf({ details }: GatewayErrorShape): Details {
  return typeof details === "object" ? { ...details } : {};
}

function toldBy(texts: readonly unknown[]): AdviceCode | undefined {
  for (const text of texts) {
    if (typeof text !== "string") continue;
    const row = ROWS.find(([, , says]) => says?.test(text));
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
  const [, action] = ROWS.find((row) => row[0] === code) ?? [code, "stop"];
  const expectedProtocol = details["expectedProtocol"];
  switch (action) {
    case "retry":
      return { code, action, ...(code === "device-proof-rejected" && { once: true }) };
    case "retry-after":
      return { code, action, retryAfterMs: error?.retryAfterMs ?? WAIT_MS[code] ?? UNAVAILABLE_MS };
    case "refresh-token": {
      const canRetryWithDeviceToken = details["canRetryWithDeviceToken"] === true;
      return { code, action, ...(canRetryWithDeviceToken && { canRetryWithDeviceToken }) };
    }
    case "pair":
      return {
        code,
        action,
        retryAfterMs: PAIRING_POLL_MS,
        requestId: text(details["requestId"]) ?? /\(requestId: ([^)]+)\)/.exec(error?.message ?? "")?.[1],
        reason: text(details["reason"]),
      };
    default:
      return { code, action, ...(typeof expectedProtocol === "number" && { expectedProtocol }) };
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
    return { action: "stop", code: "gateway-unavailable", detail: error.message };
  }
  return advise("gateway-unavailable", error);
}

/**
 * What to do after `connect` was refused. Judged by detail code, then by error code, and by the message only where the
 * gateway gives nothing else (version 3).
 *
 * @param close - the close that came with the refusal, where it is known already
 *
 * @example
 * ```ts
 * import { adviseOnConnectError } from "@automna/protocol";
 *
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
  return { action: "stop", code: "connection-refused", detail: error.message };
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
 *
 * @example
 * ```ts
 * import { adviseOnClose } from "@automna/protocol";
 *
 * const shutdown = { reason: "gateway restarting", restartExpectedMs: 1500 };
 * const advice = adviseOnClose({ code: 1012, reason: "service restart" }, { handshake: false, shutdown });
 * advice; // { action: "retry-after", code: "gateway-restarting", retryAfterMs: 1500 }
 * adviseOnClose({ code: 1006 }, { handshake: false }); // { action: "retry", code: "connection-lost" }
 * ```
 */
export function adviseOnClose(close: CloseInfo, context: CloseContext): ConnectAdvice {
  const { handshake, error, shutdown } = context;
  if (handshake && error !== undefined) return adviseOnConnectError(error, close);
  if (close.code === 1008 || close.code === 1013) return adviseOnReason(close, handshake);
  const code = BY_CLOSE_CODE[close.code];
  if (code !== undefined) return advise(code);
  if (shutdown !== undefined) return adviseOnShutdown(shutdown);
  // 1012 is sent for a stop as well as for a restart; only the notice before it tells them apart.
  if (close.code === 1012) return { action: "retry", code: "gateway-restarting" };
  return advise(close.code === 1000 && handshake ? "handshake-timeout" : "connection-lost");
}
