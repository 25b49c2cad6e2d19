import { randomBytes } from "node:crypto";
import {
  type KeyRing,
  lookupHashes,
  newGatewayToken,
  type RandomBytes,
  seal,
  type SecretBinding,
} from "../credentials.ts";
import type { SealedToken } from "../lifecycle.ts";
import type { NewInstance } from "./instances.ts";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const SUBDOMAIN_LETTERS = 10;

/** 24 lower-case hex characters. */
export function newInstanceId(random: RandomBytes = randomBytes): string {
  return Buffer.from(random(12)).toString("hex");
}

/** `u-` and 10 base32 letters: a DNS label that says nothing about its owner. */
export function newSubdomain(random: RandomBytes = randomBytes): string {
  return `u-${Array.from(random(SUBDOMAIN_LETTERS), (byte) => BASE32[byte % BASE32.length]).join("")}`;
}

/** A new token for an instance, as it is stored. */
export function newToken(
  binding: SecretBinding,
  keyRing: KeyRing,
  random: RandomBytes = randomBytes,
): SealedToken {
  const token = newGatewayToken(random);
  return {
    sealedToken: seal(keyRing, token, binding, random),
    tokenHash: lookupHashes(keyRing, token)[0],
  };
}

/** Names for an instance that does not exist yet, and a token that only its owner's row can open. */
export function newInstance(
  ownerId: string,
  kind: Pick<NewInstance, "driver" | "product" | "image" | "policy">,
  keyRing: KeyRing,
  random: RandomBytes = randomBytes,
): NewInstance {
  const id = newInstanceId(random);
  return {
    ...kind,
    id,
    subdomain: newSubdomain(random),
    ...newToken({ userId: ownerId, instanceId: id }, keyRing, random),
  };
}
