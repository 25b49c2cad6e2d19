import type { AdviceCode, Told } from "./advice.ts";

const SENTENCES: Readonly<Record<AdviceCode, string>> = {
  "pairing-required":
    "This device waits for approval. Approve it on the gateway; this page then connects by itself.",
  "rate-limited": "Too many failed sign-ins: the gateway refuses this address for some minutes. Please wait.",
  "scope-mismatch": "This device was approved for less than it asks for. Approve it again on the gateway.",
  "device-token-mismatch":
    "This device's own token is no longer valid. Enter the gateway's token or pair this device again.",
  "token-mismatch": "The gateway does not accept this token. Enter the current token.",
  "token-missing": "The gateway asks for a token. Enter the token of this gateway.",
  "password-mismatch": "The gateway does not accept this password. Enter it again.",
  "password-missing": "The gateway asks for a password. Enter it.",
  "gateway-auth-misconfigured":
    "The gateway's sign-in settings do not fit this way to connect. Ask its operator to check gateway.auth.",
  unauthorized: "The gateway does not accept this sign-in. Sign in again.",
  "origin-not-allowed":
    "The gateway does not allow this web address. Add it to gateway.controlUi.allowedOrigins there.",
  "client-outdated": "The gateway was updated. Reload this page.",
  "protocol-mismatch": "The gateway and this client speak different protocol versions. Update the older one.",
  "device-identity-required":
    "The gateway asks for a device identity. Turn device pairing on, or add a token.",
  "device-proof-rejected":
    "The gateway rejected this device's signature. Trying once more with a fresh challenge.",
  "gateway-starting": "The gateway is starting. Connecting as soon as it is ready.",
  "gateway-restarting": "The gateway is restarting. Connecting as soon as it is back.",
  "invalid-connect": "The gateway did not understand this client. Update the client or the gateway.",
  "slow-consumer": "This page fell behind, so the gateway cut the connection. Reconnecting.",
  "gateway-unavailable": "The gateway cannot answer right now. Trying again.",
  "gateway-stopped": "The gateway was stopped. Connecting as soon as it runs again.",
  "policy-changed": "The gateway's settings changed. Reconnecting.",
  "frame-too-large": "A message was larger than the gateway accepts. Send less or smaller files.",
  "tick-timeout": "The gateway fell silent. Reconnecting.",
  "handshake-timeout": "The gateway closed before the handshake was done. Trying again.",
  "connection-lost": "The connection was lost. Reconnecting.",
  "connection-refused": "The gateway refused the connection. Check the token and the gateway's log.",
  "missing-scope": "This connection may not do that. Connect with more rights.",
  "unknown-method": "This gateway cannot do that. Update the gateway.",
  "idempotency-conflict": "Another message was already sent under this id. Send it again as a new message.",
  "agent-timeout": "The agent took too long. Try again.",
  "not-linked": "The gateway is not linked to that channel. Link it first.",
  "invalid-request": "The gateway refused the request.",
};

/**
 * A sentence for the person: what happened and what to do. English; translate by `code`. It lives apart from the advice,
 * so that a page with words of its own does not load these.
 *
 * @example
 * ```ts
 * import { adviceSentence, adviseOnConnectError } from "@automna/protocol";
 *
 * adviceSentence(adviseOnConnectError({ code: "NOT_PAIRED", message: "pairing required" }));
 * // "This device waits for approval. Approve it on the gateway; this page then connects by itself."
 * ```
 */
export function adviceSentence(advice: Told & { expectedProtocol?: number; missingScope?: string }): string {
  const { code, detail, expectedProtocol, missingScope } = advice;
  if (missingScope !== undefined) {
    return `This connection may not do that: it lacks ${missingScope}. Connect with more rights.`;
  }
  if (detail !== undefined) return `The gateway refused: ${detail}`;
  const wanted = expectedProtocol === undefined ? "" : ` The gateway wants protocol ${expectedProtocol}.`;
  return SENTENCES[code] + wanted;
}
