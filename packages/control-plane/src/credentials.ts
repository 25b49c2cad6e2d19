import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

/** One key of the ring. `id` is written next to everything that the key sealed. */
export interface RingKey {
  /** 1 to 32 of `A-Z a-z 0-9 _ -`. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** Newest first: the first key seals, all of them open. */
export type KeyRing = readonly [RingKey, ...RingKey[]];

/** Whose secret it is. A sealed value opens only for the owner and instance that it was sealed for. */
export interface SecretBinding {
  readonly userId: string;
  readonly instanceId: string;
}

export type CredentialErrorCode = "key-ring-invalid" | "malformed" | "unknown-key" | "not-authentic";

/** A key ring or a sealed value cannot be used. Holds no secret. */
export class CredentialError extends Error {
  override readonly name = "CredentialError";
  readonly code: CredentialErrorCode;

  constructor(code: CredentialErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

export type RandomBytes = (count: number) => Uint8Array;

const VERSION = "v1";
const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** A gateway token: 32 random bytes, base64url, 43 characters. */
export function newGatewayToken(random: RandomBytes = randomBytes): string {
  return Buffer.from(random(KEY_BYTES)).toString("base64url");
}

/**
 * Reads `id:base64,id:base64`, newest first.
 *
 * @example
 * parseKeyRing("2026b:q83v…=,2026a:EjRW…=");
 */
export function parseKeyRing(text: string): KeyRing {
  const [first, ...rest] = text.split(",").map((entry) => parseRingKey(entry.trim()));
  if (first === undefined)
    throw new CredentialError("key-ring-invalid", `The key ring is empty. ${HOW_TO_MAKE}`);
  const ring: KeyRing = [first, ...rest];
  if (new Set(ring.map(({ id }) => id)).size !== ring.length) {
    throw new CredentialError(
      "key-ring-invalid",
      "Two keys of the ring have the same id. Rename one of them.",
    );
  }
  return ring;
}

/** Seals a secret with the newest key: `v1.{key id}.{iv}.{tag}.{ciphertext}`, the last three base64url. */
export function seal(
  ring: KeyRing,
  secret: string,
  binding: SecretBinding,
  random: RandomBytes = randomBytes,
): string {
  const [newest] = ring;
  const iv = random(IV_BYTES);
  const cipher = createCipheriv(CIPHER, derive(newest, "seal"), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(newest.id, binding));
  const ciphertext = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  const encoded = [iv, cipher.getAuthTag(), ciphertext].map((part) =>
    Buffer.from(part).toString("base64url"),
  );
  return [VERSION, newest.id, ...encoded].join(".");
}

/** Opens a sealed secret. Throws {@link CredentialError}; never tells a wrong owner from a changed byte. */
export function open(ring: KeyRing, sealed: string, binding: SecretBinding): string {
  const { keyId, iv, tag, ciphertext } = parseSealed(sealed);
  const key = ring.find(({ id }) => id === keyId);
  if (key === undefined) {
    throw new CredentialError(
      "unknown-key",
      `The secret was sealed with key "${keyId}", which the ring does not hold. Add that key after the newest one.`,
    );
  }
  try {
    const decipher = createDecipheriv(CIPHER, derive(key, "seal"), iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(additionalData(key.id, binding));
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new CredentialError(
      "not-authentic",
      "The sealed secret was changed, or belongs to another user or instance. Rotate the instance's token.",
      { cause },
    );
  }
}

/** Whether the secret is not sealed with the newest key, so that it should be sealed again. */
export function needsReseal(ring: KeyRing, sealed: string): boolean {
  return !sealed.startsWith(`${VERSION}.${ring[0].id}.`);
}

/**
 * The values under which a secret may be stored for look-up, the newest key's first: store the first, search for
 * all. Each is `{key id}.{HMAC-SHA-256, base64url}`; without the key nobody can test a guess.
 */
export function lookupHashes(ring: KeyRing, secret: string): readonly [string, ...string[]] {
  const hashOf = (key: RingKey) =>
    `${key.id}.${createHmac("sha256", derive(key, "lookup")).update(secret, "utf8").digest("base64url")}`;
  const [newest, ...older] = ring;
  return [hashOf(newest), ...older.map(hashOf)];
}

/**
 * Signs a text for this deployment: `{key id}.{HMAC-SHA-256, base64url}`, by the newest key. Whoever holds the ring can
 * tell that the text was written by another holder, and no one else can write one.
 */
export function sign(ring: KeyRing, text: string): string {
  return signatureBy(ring[0], text);
}

/** Whether {@link sign} made the signature for this text, by any key of the ring. */
export function isSigned(ring: KeyRing, text: string, signature: string): boolean {
  const keyId = signature.slice(0, signature.indexOf("."));
  const key = ring.find(({ id }) => id === keyId);
  return key !== undefined && sameSecret(signature, signatureBy(key, text));
}

function signatureBy(key: RingKey, text: string): string {
  return `${key.id}.${createHmac("sha256", derive(key, "sign")).update(text, "utf8").digest("base64url")}`;
}

/** Compares two secrets in a time that depends on neither content nor length. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text, "utf8").digest();
  return timingSafeEqual(digest(a), digest(b));
}

const HOW_TO_MAKE = "Each key is `id:` and 32 random bytes in base64, e.g. from `openssl rand -base64 32`.";

function parseRingKey(entry: string): RingKey {
  const [id = "", encoded = ""] = entry.split(/:(.*)/s);
  const key = Buffer.from(encoded, "base64");
  if (!KEY_ID.test(id) || key.length !== KEY_BYTES) {
    throw new CredentialError("key-ring-invalid", `A key of the ring is not usable. ${HOW_TO_MAKE}`);
  }
  return { id, key };
}

function parseSealed(sealed: string) {
  const [version, keyId, iv, tag, ciphertext, ...more] = sealed.split(".");
  const parts = [iv, tag, ciphertext].map((part) => Buffer.from(part ?? "", "base64url"));
  const [ivBytes, tagBytes, ciphertextBytes] = parts;
  if (
    version !== VERSION ||
    keyId === undefined ||
    ciphertext === undefined ||
    more.length > 0 ||
    ivBytes?.length !== IV_BYTES ||
    tagBytes?.length !== TAG_BYTES ||
    ciphertextBytes === undefined
  ) {
    throw new CredentialError("malformed", "The stored secret is not of the form v1.key.iv.tag.ciphertext.");
  }
  return { keyId, iv: ivBytes, tag: tagBytes, ciphertext: ciphertextBytes };
}

/** One ring key never serves two purposes. */
function derive(key: RingKey, purpose: "seal" | "lookup" | "sign"): Buffer {
  return Buffer.from(hkdfSync("sha256", key.key, "automna", purpose, KEY_BYTES));
}

function additionalData(keyId: string, { userId, instanceId }: SecretBinding): Buffer {
  return Buffer.from(JSON.stringify([VERSION, keyId, userId, instanceId]), "utf8");
}
