import {
  DeviceIdentityError,
  type DeviceCrypto,
  type DeviceIdentity,
  type StoredDeviceIdentity,
} from "./device-proof.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Signer = { publicKey: Bytes; deviceId: string; sign(message: Bytes): Promise<Bytes> };

// RFC 8410: a PKCS#8 Ed25519 private key is this prefix and the 32-byte seed.
const PKCS8_PREFIX = [
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

function toBase64Url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Bytes {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function webCryptoSigner(subtle: SubtleCrypto, seed: Bytes): Promise<Signer | null> {
  try {
    const pkcs8 = Uint8Array.from([...PKCS8_PREFIX, ...seed]);
    const key = await subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
    const { x } = await subtle.exportKey("jwk", key);
    if (x === undefined) return null;
    const publicKey = fromBase64Url(x);
    return {
      publicKey,
      deviceId: toHex(new Uint8Array(await subtle.digest("SHA-256", publicKey))),
      sign: async (message) => new Uint8Array(await subtle.sign("Ed25519", key, message)),
    };
  } catch {
    // Safari before 17, Chromium before 137 and Firefox before 129 know WebCrypto but not Ed25519.
    return null;
  }
}

async function portableSigner(seed: Bytes): Promise<Signer> {
  const [ed25519, sha2] = await Promise.all([import("@noble/ed25519"), import("@noble/hashes/sha2.js")]);
  ed25519.hashes.sha512 = sha2.sha512;
  const publicKey = Uint8Array.from(ed25519.getPublicKey(seed));
  return {
    publicKey,
    deviceId: toHex(sha2.sha256(publicKey)),
    sign: async (message) => Uint8Array.from(ed25519.sign(message, seed)),
  };
}

async function identityFromSeed(seed: Bytes, source: DeviceCrypto): Promise<DeviceIdentity> {
  const subtle = "subtle" in source ? source.subtle : globalThis.crypto?.subtle;
  const signer = (subtle && (await webCryptoSigner(subtle, seed))) ?? (await portableSigner(seed));
  const { deviceId } = signer;
  const publicKey = toBase64Url(signer.publicKey);
  return {
    deviceId,
    publicKey,
    sign: async (text) => toBase64Url(await signer.sign(new TextEncoder().encode(text))),
    export: () => ({ version: 1, deviceId, publicKey, seed: toBase64Url(seed) }),
  };
}

function platformRandomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

export async function generateKey(source: DeviceCrypto): Promise<DeviceIdentity> {
  const seed = (source.randomBytes ?? platformRandomBytes)(32);
  return identityFromSeed(Uint8Array.from(seed), source);
}

function readSeed(stored: StoredDeviceIdentity): Bytes {
  try {
    const seed = fromBase64Url(stored.seed);
    if (seed.length === 32) return seed;
  } catch (cause) {
    throw new DeviceIdentityError(
      "malformed",
      "The stored device key is no base64url. Pair this device again.",
      {
        cause,
      },
    );
  }
  throw new DeviceIdentityError(
    "malformed",
    "The stored device key is not 32 bytes long. Pair this device again.",
  );
}

export async function importKey(stored: StoredDeviceIdentity, source: DeviceCrypto): Promise<DeviceIdentity> {
  const identity = await identityFromSeed(readSeed(stored), source);
  if (identity.publicKey === stored.publicKey && identity.deviceId === stored.deviceId) return identity;
  throw new DeviceIdentityError(
    "mismatch",
    "The stored device key belongs to another device. Pair this device again.",
  );
}
