import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";

function fromBase64url(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
      char.charCodeAt(0),
    );
  } catch {
    return undefined;
  }
}

/** Hex SHA-256 of the raw public key: the only valid id of a device with that key. */
export function deviceIdOf(publicKey: string): string | undefined {
  const raw = fromBase64url(publicKey);
  if (!raw || raw.length !== 32) return undefined;
  return Array.from(sha256(raw), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a device signs, before the version's own tail. */
export type SignedParts = {
  deviceId: string;
  clientId: string;
  clientMode: string;
  role: string;
  scopes: readonly string[];
  signedAt: number;
  token: string;
};

export function signedText(version: "v1" | "v2" | "v3", parts: SignedParts, tail: readonly string[]): string {
  return [
    version,
    parts.deviceId,
    parts.clientId,
    parts.clientMode,
    parts.role,
    parts.scopes.join(","),
    String(parts.signedAt),
    parts.token,
    ...tail,
  ].join("|");
}

/** Does `signature` (base64url) of any of `texts` belong to `publicKey`? */
export function signatureFits(publicKey: string, signature: string, texts: readonly string[]): boolean {
  const key = fromBase64url(publicKey);
  const sig = fromBase64url(signature);
  if (!key || key.length !== 32 || !sig || sig.length !== 64) return false;
  return texts.some((text) => {
    try {
      return ed25519.verify(sig, new TextEncoder().encode(text), key);
    } catch {
      return false;
    }
  });
}
