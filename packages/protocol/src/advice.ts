import { isRecord, type GatewayErrorShape } from "./frames.ts";
import { readProtocolMismatch } from "./negotiation.ts";

/**
 * Why a connection was refused or lost. Stable: translations and tests hang on it.
 *
 * - about the credentials: `token-wrong`, `token-missing`, `scope-mismatch`, `auth-misconfigured`, `rate-limited`
 * - about the device: `device-required`, `device-rejected`, `pairing-required`
 * - about the client: `origin-not-allowed`, `protocol-mismatch`, `client-rejected`
 * - about the gateway: `starting`, `restarting`, `stopped`, `dropped`, `slow-consumer`, `frame-too-large`,
 *   `policy-changed`, `silent`, `unavailable`
 */
export type AdviceCode =
  | "token-wrong"
  | "token-missing"
  | "scope-mismatch"
  | "auth-misconfigured"
  | "rate-limited"
  | "device-required"
  | "device-rejected"
  | "pairing-required"
  | "origin-not-allowed"
  | "protocol-mismatch"
  | "client-rejected"
  | "starting"
  | "restarting"
  | "stopped"
  | "dropped"
  | "slow-consumer"
  | "frame-too-large"
  | "policy-changed"
  | "silent"
  | "unavailable";

/**
 * What the client must do now. `message` says to the person what happened and what to do.
 *
 * - `retry`: reconnect with backoff.
 * - `retry-after`: reconnect after `retryAfterMs`, not earlier.
 * - `refresh-token`: ask for credentials once more, try once, and stop if they are refused too. Repeating a wrong token
 *   locks out the right one for five minutes (version 4: the 11th within a minute).
 * - `pair`: somebody must approve this device; look again slowly (10 to 30 s) or on demand.
 * - `stop`: nothing will change by itself; wait for the person or for new settings.
 */
export type Advice = { readonly code: AdviceCode; readonly message: string } & (
  | { readonly action: "retry" }
  | { readonly action: "retry-after"; readonly retryAfterMs: number }
  | { readonly action: "refresh-token" }
  | { readonly action: "pair"; readonly requestId: string | null }
  | { readonly action: "stop" }
);

/** How a socket was closed. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
}

/** The payload of the `shutdown` event that comes before an orderly close. */
export interface ShutdownNotice {
  /** Milliseconds; `null` for a gateway that does not say that it comes back. */
  readonly restartExpectedMs: number | null;
}

type Action = { action: "retry" } | { action: "refresh-token" } | { action: "stop" };

const SENTENCES: Record<AdviceCode, string> = {
  "token-wrong": "The gateway did not accept the access token. Sign in again or enter the current token.",
  "token-missing": "The gateway asks for an access token and none was sent. Enter the gateway's token.",
  "scope-mismatch":
    "This device was approved for fewer rights than the chat asks for. Approve it again on the gateway.",
  "auth-misconfigured":
    "The gateway did not accept this way of signing in. Check its authentication settings and those of the proxy in front of it.",
  "rate-limited": "The gateway refuses sign-ins for a while because too many failed. The chat tries again by itself.",
  "device-required": "The gateway only lets known devices in, and this browser has no device key. Turn the device identity on.",
  "device-rejected": "The gateway did not accept this device's signature. Reload the page to try with a fresh one.",
  "pairing-required": "This device is not approved yet. Approve it on the gateway; the chat then connects by itself.",
  "origin-not-allowed":
    "The gateway does not accept connections from this web address. Add it to gateway.controlUi.allowedOrigins.",
  "protocol-mismatch": "The gateway speaks a protocol version that this chat does not know. Update the chat or the gateway.",
  "client-rejected": "The gateway refused this client's handshake. Update the chat or the gateway.",
  starting: "The gateway is starting. The chat connects as soon as it is up.",
  restarting: "The gateway is restarting. The chat reconnects by itself.",
  stopped: "The gateway was stopped. The chat reconnects when it runs again.",
  dropped: "The connection to the gateway was lost. The chat reconnects by itself.",
  "slow-consumer": "The gateway closed the connection because this page read too slowly. The chat reconnects by itself.",
  "frame-too-large": "The gateway closed the connection because a message was too large for it.",
  "policy-changed": "The gateway's access rules changed. The chat signs in again by itself.",
  silent: "Nothing was heard from the gateway for too long. The chat reconnects by itself.",
  unavailable: "The gateway is not available right now. The chat tries again by itself.",
};

/** The English sentence for a code; other languages translate by the code. */
export function adviceSentence(code: AdviceCode): string {
  return SENTENCES[code];
}

function advise(code: AdviceCode, action: Action["action"]): Advice {
  return { code, message: SENTENCES[code], action };
}

function adviseWait(code: AdviceCode, retryAfterMs: number): Advice {
  return { code, message: SENTENCES[code], action: "retry-after", retryAfterMs };
}

function detail(error: GatewayErrorShape, key: string): string | null {
  const value = isRecord(error.details) ? error.details[key] : undefined;
  return typeof value === "string" ? value : null;
}

/** Refusals that version 4 names in `details.code`. */
const BY_DETAIL: Readonly<Record<string, (error: GatewayErrorShape) => Advice>> = {
  AUTH_TOKEN_MISMATCH: () => advise("token-wrong", "refresh-token"),
  AUTH_PASSWORD_MISMATCH: () => advise("token-wrong", "refresh-token"),
  AUTH_DEVICE_TOKEN_MISMATCH: () => advise("token-wrong", "refresh-token"),
  AUTH_TOKEN_MISSING: () => advise("token-missing", "refresh-token"),
  AUTH_PASSWORD_MISSING: () => advise("token-missing", "refresh-token"),
  AUTH_SCOPE_MISMATCH: () => advise("scope-mismatch", "stop"),
  AUTH_UNAUTHORIZED: () => advise("auth-misconfigured", "stop"),
  AUTH_RATE_LIMITED: (error) => adviseWait("rate-limited", error.retryAfterMs ?? LOCKOUT_MS),
  PAIRING_REQUIRED: advisePairing,
  DEVICE_IDENTITY_REQUIRED: () => advise("device-required", "stop"),
  CONTROL_UI_DEVICE_IDENTITY_REQUIRED: () => advise("device-required", "stop"),
  CONTROL_UI_ORIGIN_NOT_ALLOWED: () => advise("origin-not-allowed", "stop"),
  PROTOCOL_MISMATCH: () => advise("protocol-mismatch", "stop"),
};

/** Version 4's lock-out after ten wrong tokens in a minute. */
const LOCKOUT_MS = 300_000;
const UNAVAILABLE_MS = 1_000;

function advisePairing(error: GatewayErrorShape): Advice {
  return {
    code: "pairing-required",
    message: SENTENCES["pairing-required"],
    action: "pair",
    requestId: detail(error, "requestId"),
  };
}

/** Refusals that version 3 tells apart by their text only. */
const BY_TEXT: readonly (readonly [pattern: RegExp, advice: (error: GatewayErrorShape) => Advice])[] = [
  [/too many failed/i, (error) => adviseWait("rate-limited", error.retryAfterMs ?? LOCKOUT_MS)],
  [/\b(?:token|password) missing\b/i, () => advise("token-missing", "refresh-token")],
  [/\b(?:token|password) mismatch\b/i, () => advise("token-wrong", "refresh-token")],
  [/^unauthorized/i, () => advise("auth-misconfigured", "stop")],
  [/origin not allowed/i, () => advise("origin-not-allowed", "stop")],
  [/pairing required/i, advisePairing],
  [/device identity required|secure context/i, () => advise("device-required", "stop")],
  // A fresh challenge can cure a stale signature, once; the connection counts the tries.
  [/^device (?:signature|nonce|identity|public key)/i, () => advise("device-rejected", "retry")],
  [/starting/i, (error) => adviseWait("starting", error.retryAfterMs ?? UNAVAILABLE_MS)],
];

/**
 * What to do about a refused `connect`. Judged by `details.code` first, then by `code`, and by the message only
 * where version 3 gives nothing else.
 *
 * @example
 * ```ts
 * const advice = adviseOnConnectError(response.error);
 * if (advice.action === "pair") showPairing(advice.requestId);
 * ```
 */
export function adviseOnConnectError(error: GatewayErrorShape): Advice {
  const detailCode = detail(error, "code");
  const known = detailCode === null ? undefined : BY_DETAIL[detailCode];
  if (known) return known(error);
  if (detailCode?.startsWith("DEVICE_AUTH_")) return advise("device-rejected", "retry");
  if (readProtocolMismatch(error) !== null) return advise("protocol-mismatch", "stop");
  if (error.code === "UNAVAILABLE") return adviseUnavailable(error);
  const told = BY_TEXT.find(([pattern]) => pattern.test(error.message));
  if (told) return told[1](error);
  if (error.code === "NOT_PAIRED") return advisePairing(error);
  if (error.retryable === true) return adviseWait("unavailable", error.retryAfterMs ?? UNAVAILABLE_MS);
  return advise("client-rejected", "stop");
}

function adviseUnavailable(error: GatewayErrorShape): Advice {
  const wait = error.retryAfterMs ?? UNAVAILABLE_MS;
  switch (detail(error, "reason")) {
    case "startup-sidecars":
      return adviseWait("starting", wait);
    case "gateway-restarting":
      return adviseWait("restarting", wait);
    default:
      return error.retryable === false ? advise("unavailable", "stop") : adviseWait("unavailable", wait);
  }
}

/** The smallest wait after an announced restart; the gateway needs at least this long. */
const RESTART_LEAST_MS = 500;

/**
 * What to do about a closed socket. The refusal of `connect` (`error`) says more than the close code, so it wins; the
 * code alone suffices when the refusal was lost.
 *
 * @param shutdown - the notice that came before; only it tells a restart from a stop, 1012 is sent for both
 */
export function adviseOnClose(close: CloseInfo, error?: GatewayErrorShape, shutdown?: ShutdownNotice): Advice {
  if (error) return adviseOnConnectError(error);
  switch (close.code) {
    case 1002:
      return advise("protocol-mismatch", "stop");
    case 1008:
      return adviseOnPolicyClose(close.reason);
    case 1009:
      return advise("frame-too-large", "retry");
    case 1012:
      return adviseOnRestart(shutdown);
    case 1013:
      return adviseWait(/restart/i.test(close.reason) ? "restarting" : "starting", UNAVAILABLE_MS);
    case 4000:
      return advise("silent", "retry");
    case 4001:
      return advise("policy-changed", "retry");
    default:
      return shutdown ? adviseOnRestart(shutdown) : advise("dropped", "retry");
  }
}

function adviseOnPolicyClose(reason: string): Advice {
  if (/slow consumer/i.test(reason)) return advise("slow-consumer", "retry");
  if (reason === "") return advise("dropped", "retry");
  return adviseOnConnectError({ code: "INVALID_REQUEST", message: reason });
}

function adviseOnRestart(shutdown: ShutdownNotice | undefined): Advice {
  if (!shutdown) return advise("restarting", "retry");
  if (shutdown.restartExpectedMs === null) return advise("stopped", "retry");
  return adviseWait("restarting", Math.max(RESTART_LEAST_MS, shutdown.restartExpectedMs));
}

/** What a refused request (not `connect`) means for the caller. */
export type RequestAdvice =
  | { readonly action: "retry-after"; readonly retryAfterMs: number }
  | { readonly action: "missing-scope"; readonly scope: string }
  | { readonly action: "unsupported" }
  | { readonly action: "conflict" }
  | { readonly action: "fail" };

/**
 * What to do about a refused request: wait and repeat, ask for a scope, leave the feature away (`unsupported`), or
 * show the refusal. `conflict`: the idempotency key was used for other input, so the message under it is stored.
 */
export function adviseOnRequestError(error: GatewayErrorShape): RequestAdvice {
  const scope = detail(error, "missingScope") ?? /^missing scope: (\S+)/.exec(error.message)?.[1];
  if (scope) return { action: "missing-scope", scope };
  if (detail(error, "reason") === "chat-request-conflict") return { action: "conflict" };
  if (error.code === "UNAVAILABLE" && error.retryable !== false) {
    return { action: "retry-after", retryAfterMs: error.retryAfterMs ?? UNAVAILABLE_MS };
  }
  if (/^unknown method/i.test(error.message)) return { action: "unsupported" };
  return { action: "fail" };
}
