import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import type { Session } from "./people.ts";

/** Makes the short-lived token of a session. */
export type TokenSigner = (session: Session) => Promise<string>;

export interface Tokens {
  /** The public half, PEM: what an app checks sessions with. */
  readonly publicKey: string;
  readonly sign: TokenSigner;
  /** Cookies that a browser takes over by way of a redirect. */
  readonly signHandshake: (cookies: readonly string[]) => Promise<string>;
}

const KEY_ID = "ins_test";

/** @param issuer Address of the service, as the publishable key names it. */
export function createTokens(issuer: string): Tokens {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    sign: (session) => signSession(session, issuer, privateKey),
    signHandshake: (cookies) =>
      new SignJWT({ handshake: cookies })
        .setProtectedHeader({ alg: "RS256", kid: KEY_ID, typ: "JWT" })
        .setIssuedAt()
        .setExpirationTime("60s")
        .sign(privateKey),
  };
}

function signSession({ id, person, createdAt, origin }: Session, issuer: string, key: KeyObject) {
  const issuedAt = Math.floor(Date.now() / 1000);
  const minutes = Math.floor((Date.now() - createdAt) / 60_000);
  return new SignJWT({ azp: origin, fva: [minutes, -1], sid: id, sts: "active", v: 2 })
    .setProtectedHeader({ alg: "RS256", kid: KEY_ID, typ: "JWT", cat: "cl_B7d4PD111AAA" })
    .setSubject(person.id)
    .setIssuer(issuer)
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt - 10)
    .setExpirationTime(issuedAt + 60)
    .sign(key);
}
