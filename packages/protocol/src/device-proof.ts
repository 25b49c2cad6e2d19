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

/**
 * A stored identity that cannot be used: `malformed` when the key is damaged, `mismatch` when it belongs to another device.
 * Generate a new one and pair it again.
 *
 * @example
 * ```ts
 * import { DeviceIdentityError, generateDeviceIdentity, importDeviceIdentity } from "@automna/protocol";
 *
 * const stored = { version: 1, deviceId: "", publicKey: "", seed: "AAAA" } as const;
 * const identity = await importDeviceIdentity(stored).catch((error: unknown) => {
 *   if (error instanceof DeviceIdentityError) return generateDeviceIdentity();
 *   throw error;
 * });
 * identity.publicKey.length; // 43
 * ```
 */
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
 * import { generateDeviceIdentity } from "@automna/protocol";
 *
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
 * @throws {@link DeviceIdentityError} when the key is damaged or does not belong to the stored public key, as a rejection
 *
 * @example
 * ```ts
 * import { generateDeviceIdentity, importDeviceIdentity } from "@automna/protocol";
 *
 * const first = await generateDeviceIdentity();
 * const kept = JSON.stringify(first.export());
 * const again = await importDeviceIdentity(JSON.parse(kept));
 * again.deviceId === first.deviceId; // true
 * ```
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

/**
 * The text of a version 2 device signature, which both gateways accept. {@link signConnect} signs it; it is here for
 * identities that live elsewhere, in a keystore for instance.
 *
 * @example
 * ```ts
 * import { connectSignaturePayload } from "@automna/protocol";
 *
 * const challenge = { nonce: "n1", ts: 1_700_000_000_000 };
 * const client = { clientId: "webchat", clientMode: "webchat", role: "operator" };
 * const scopes = ["operator.read", "operator.write"];
 * connectSignaturePayload("d1", { ...client, scopes, token: "t", challenge });
 * // "v2|d1|webchat|webchat|operator|operator.read,operator.write|1700000000000|t|n1"
 * ```
 */
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
 * difference and a browser's clock may be off by more. {@link buildSignedConnectParams} does this for a whole `connect`.
 *
 * @example
 * ```ts
 * import { buildConnectParams, generateDeviceIdentity, signConnect } from "@automna/protocol";
 *
 * const identity = await generateDeviceIdentity();
 * const params = buildConnectParams({ auth: { kind: "token", token: "t" } });
 * const { role, scopes, client } = params;
 * const input = { clientId: client.id, clientMode: client.mode, role, scopes, token: "t" };
 * const device = await signConnect(identity, { ...input, challenge: { nonce: "n1", ts: 1_700_000_000_000 } });
 * device.signedAt; // 1_700_000_000_000
 * ```
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
