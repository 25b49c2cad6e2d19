import type { ConnectChallenge } from "./hello.ts";

/** The `device` field of a connect frame. */
export type DeviceProof = {
  /** Hex SHA-256 of the raw public key. */
  id: string;
  /** The raw 32 bytes, base64url. */
  publicKey: string;
  /** Ed25519 over {@link connectSignaturePayload}, base64url. */
  signature: string;
  /** Milliseconds, the challenge's clock. */
  signedAt: number;
  nonce: string;
};

/** A device key in the form in which it is kept. `seed` is the secret: store it where only this origin can read it. */
export type StoredDeviceIdentity = {
  version: 1;
  deviceId: string;
  /** Base64url of the raw public key. */
  publicKey: string;
  /** Base64url of the 32-byte Ed25519 seed. */
  seed: string;
};

/** A device that can prove itself. */
export type DeviceIdentity = {
  readonly deviceId: string;
  readonly publicKey: string;
  /** Signs the UTF-8 bytes of a text; base64url. */
  sign(text: string): Promise<string>;
  /** For persistence; {@link importDeviceIdentity} reads it back. */
  export(): StoredDeviceIdentity;
};

/** Where the cryptography comes from; the platform's own by default. */
export type DeviceCrypto = {
  /** `undefined` outside secure contexts: then the portable implementation is loaded. */
  subtle?: SubtleCrypto | undefined;
  randomBytes?: (length: number) => Uint8Array;
};

/** A stored identity that cannot be used. Generate a new one and pair it again. */
export class DeviceIdentityError extends Error {
  override readonly name = "DeviceIdentityError";
  readonly code: "malformed" | "mismatch";

  constructor(code: "malformed" | "mismatch", message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Makes a new Ed25519 device key. WebCrypto where it has Ed25519, else a portable implementation that is loaded then
 * (plain-HTTP pages have no `crypto.subtle` at all).
 *
 * @example
 * ```ts
 * const identity = await generateDeviceIdentity();
 * localStorage.setItem("device", JSON.stringify(identity.export()));
 * ```
 */
export async function generateDeviceIdentity(source: DeviceCrypto = {}): Promise<DeviceIdentity> {
  const { generateKey } = await import("./device-keys.ts");
  return generateKey(source);
}

/**
 * Reads back what {@link DeviceIdentity.export} gave.
 *
 * @throws {@link DeviceIdentityError} when the key is damaged or does not belong to the stored public key
 */
export async function importDeviceIdentity(
  stored: StoredDeviceIdentity,
  source: DeviceCrypto = {},
): Promise<DeviceIdentity> {
  const { importKey } = await import("./device-keys.ts");
  return importKey(stored, source);
}

/** What a device signs for a connection. */
export type ConnectSignatureInput = {
  clientId: string;
  clientMode: string;
  role: string;
  /** Exactly the scopes that the frame sends, in that order. */
  scopes: readonly string[];
  /** The `auth.token` of the frame. */
  token?: string | undefined;
  challenge: ConnectChallenge;
};

/** The text of a version 2 device signature, which both gateways accept. */
export function connectSignaturePayload(deviceId: string, input: ConnectSignatureInput): string {
  return [
    "v2",
    deviceId,
    input.clientId,
    input.clientMode,
    input.role,
    input.scopes.join(","),
    String(input.challenge.ts),
    input.token ?? "",
    input.challenge.nonce,
  ].join("|");
}

/**
 * The device proof for one connection. It is dated by the challenge, because version 4 tolerates only two minutes of
 * difference and a browser's clock may be off by more.
 */
export async function signConnect(
  identity: DeviceIdentity,
  input: ConnectSignatureInput,
): Promise<DeviceProof> {
  const signature = await identity.sign(connectSignaturePayload(identity.deviceId, input));
  return {
    id: identity.deviceId,
    publicKey: identity.publicKey,
    signature,
    signedAt: input.challenge.ts,
    nonce: input.challenge.nonce,
  };
}
