import { createHmac } from "node:crypto";
import { sameSecret } from "../credentials.ts";

const PREFIX = "automna";
const FORM = /^automna-([0-9a-f]{24})-[A-Za-z0-9_-]{43}$/;

/**
 * What a gateway shows to the relay. It follows from the gateway's token and ends with it, and the token cannot be read
 * back from it.
 */
export function relayKeyOf(instanceId: string, token: string): string {
  const proof = createHmac("sha256", token).update(`model-relay ${instanceId}`).digest("base64url");
  return `${PREFIX}-${instanceId}-${proof}`;
}

/** The instance that a key says it is of; `null` for what is no such key. Proves nothing. */
export function instanceOfRelayKey(key: string): string | null {
  return FORM.exec(key)?.[1] ?? null;
}

/** Whether it is the key of the instance that has one of these tokens. */
export function isRelayKey(key: string, instanceId: string, tokens: readonly string[]): boolean {
  return tokens.some((token) => sameSecret(key, relayKeyOf(instanceId, token)));
}
