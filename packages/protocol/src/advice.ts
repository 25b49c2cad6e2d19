import type { GatewayErrorShape } from "./frames.ts";

/** Stable reason of an advice, for programs and translations. */
export type AdviceCode =
  | "token-mismatch"
  | "token-missing"
  | "password-mismatch"
  | "password-missing"
  | "device-token-mismatch"
  | "scope-mismatch"
  | "unauthorized"
  | "gateway-auth-misconfigured"
  | "rate-limited"
  | "pairing-required"
  | "device-identity-required"
  | "device-proof-rejected"
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

/** What every advice tells; `adviceSentence` puts it into words. */
export type Told = {
  code: AdviceCode;
  /** The gateway's own words, where no code says more. */
  detail?: string;
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
