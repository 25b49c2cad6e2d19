import { createHash, createPublicKey, verify } from "node:crypto";

import { describe, expect, test } from "vitest";

import {
  buildSignedConnectParams,
  connectSignaturePayload,
  DeviceIdentityError,
  generateDeviceIdentity,
  importDeviceIdentity,
  type DeviceCrypto,
  type StoredDeviceIdentity,
} from "../src/index.ts";

// RFC 8032, section 7.1, test 1.
const SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const SIGNATURE_OF_NOTHING =
  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

const CHALLENGE = { nonce: "9bbd6729-5fa1-44f1-8626-1d9a2dc120ca", ts: 1_795_204_486_683 };

const noEd25519: Pick<SubtleCrypto, "importKey"> = {
  importKey: () => Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError")),
};

const SOURCES: [name: string, source: DeviceCrypto][] = [
  ["WebCrypto", {}],
  ["the portable implementation, outside secure contexts", { subtle: undefined }],
  [
    "the portable implementation, where WebCrypto has no Ed25519",
    { subtle: Object.assign(Object.create(crypto.subtle), noEd25519) },
  ],
];

function hexToBase64Url(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64url");
}

const STORED: StoredDeviceIdentity = {
  version: 1,
  deviceId: createHash("sha256").update(Buffer.from(PUBLIC_KEY, "hex")).digest("hex"),
  publicKey: hexToBase64Url(PUBLIC_KEY),
  seed: hexToBase64Url(SEED),
};

function verifies(publicKey: string, text: string, signature: string): boolean {
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey }, format: "jwk" });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64url"));
}

describe.each(SOURCES)("with %s", (_name, source) => {
  test("a known key gives the known public key, device id and signature", async () => {
    const identity = await importDeviceIdentity(STORED, source);
    expect(identity.publicKey).toBe(hexToBase64Url(PUBLIC_KEY));
    expect(identity.deviceId).toBe(STORED.deviceId);
    expect(await identity.sign("")).toBe(hexToBase64Url(SIGNATURE_OF_NOTHING));
  });

  test("a new key survives being stored, and node verifies what it signs", async () => {
    const identity = await generateDeviceIdentity(source);
    const stored: StoredDeviceIdentity = JSON.parse(JSON.stringify(identity.export()));
    const again = await importDeviceIdentity(stored, source);
    const signature = await again.sign("über|7");
    expect(signature).toBe(await identity.sign("über|7"));
    expect(verifies(identity.publicKey, "über|7", signature)).toBe(true);
    expect(verifies(identity.publicKey, "über|8", signature)).toBe(false);
  });

  test("the connect proof covers what the frame sends", async () => {
    const identity = await importDeviceIdentity(STORED, source);
    const scopes = ["operator.read", "operator.write"];
    const options = { auth: { kind: "token", token: "test-token" }, scopes } as const;
    const { device } = await buildSignedConnectParams(options, identity, CHALLENGE);
    expect(device).toMatchObject({ id: STORED.deviceId, nonce: CHALLENGE.nonce, signedAt: CHALLENGE.ts });
    const signed = `v2|${STORED.deviceId}|webchat|webchat|operator|operator.read,operator.write|1795204486683|test-token|${CHALLENGE.nonce}`;
    expect(verifies(STORED.publicKey, signed, device?.signature ?? "")).toBe(true);
  });
});

test("all implementations give the same signature", async () => {
  const signatures = await Promise.all(
    SOURCES.map(async ([, source]) => (await importDeviceIdentity(STORED, source)).sign("same|text")),
  );
  expect(new Set(signatures).size).toBe(1);
});

test("two new keys differ", async () => {
  const [a, b] = await Promise.all([generateDeviceIdentity(), generateDeviceIdentity()]);
  expect(a.deviceId).not.toBe(b.deviceId);
});

test("the signed text matches one that a real gateway accepted", () => {
  // The device proof of a recorded connect: id, key, text and signature of a key that was used once.
  const deviceId = "84c2d7ab16108058a7eee2c5d1e7bdada01d0f1648d230ff775061d4e5ceccf8";
  const text = connectSignaturePayload(deviceId, {
    clientId: "webchat",
    clientMode: "webchat",
    role: "operator",
    scopes: ["operator.admin"],
    token: "test-token",
    challenge: { nonce: "9bbd6729-5fa1-44f1-8626-1d9a2dc120ca", ts: 1_795_204_486_684 },
  });
  const signature = "PotdyvV-gV_8ooEVH8hHpPdn7qLZ3bgkqSC6nCMe9lKQVh9iA-gkuEc5r7E3m1FNRpnOF1BBux8y6UGiAQUkDw";
  expect(verifies("OiKXpvsIuaTzk_-bY-XMyO1A775O6lxSMa_VkjSXekw", text, signature)).toBe(true);
});

test("without a token the signed text ends with an empty field and the nonce", () => {
  const text = connectSignaturePayload("d", {
    clientId: "webchat",
    clientMode: "webchat",
    role: "operator",
    scopes: [],
    challenge: { nonce: "n", ts: 1 },
  });
  expect(text).toBe("v2|d|webchat|webchat|operator||1||n");
});

describe("a stored identity is refused", () => {
  test.each([
    ["malformed", { ...STORED, seed: "%%%" }],
    ["malformed", { ...STORED, seed: hexToBase64Url("00ff") }],
    ["mismatch", { ...STORED, deviceId: "00" }],
    ["mismatch", { ...STORED, publicKey: hexToBase64Url(SEED) }],
  ] as const)("as %s", async (code, stored) => {
    const attempt = importDeviceIdentity(stored);
    await expect(attempt).rejects.toBeInstanceOf(DeviceIdentityError);
    await expect(attempt).rejects.toMatchObject({ code, message: expect.not.stringContaining(stored.seed) });
  });
});
