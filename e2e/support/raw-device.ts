import { createHash, generateKeyPairSync, sign } from "node:crypto";

/** An Ed25519 identity as a browser profile would hold one. */
export interface RawDevice {
  readonly id: string;
  readonly publicKey: string;
  readonly sign: (text: string) => string;
}

export function newRawDevice(): RawDevice {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  if (x === undefined) throw new Error("The Ed25519 key has no public part.");
  return {
    id: createHash("sha256").update(Buffer.from(x, "base64url")).digest("hex"),
    publicKey: x,
    sign: (text) => sign(null, Buffer.from(text, "utf8"), privateKey).toString("base64url"),
  };
}
