import { createSign, generateKeyPairSync } from "node:crypto";
import type { ClerkConfig } from "../../src/identity-variables.ts";

/** Clerk without its servers: keys for the app, and sessions signed as theirs are. */
export interface ClerkInstance {
  readonly config: ClerkConfig & { readonly jwtKey: string };
  session(userId: string, origin: string, claims?: Record<string, unknown>): string;
  /** The cookies with which a browser carries a session. */
  cookies(session: string): string;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const seconds = () => Math.floor(Date.now() / 1000);

export function createClerkInstance(): ClerkInstance {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    config: {
      // Live keys: a development instance would also want its browser cookie.
      publishableKey: `pk_live_${Buffer.from("clerk.local.test$").toString("base64")}`,
      secretKey: "sk_live_unused_by_these_tests",
      jwtKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
      proxyUrl: undefined,
      jsUrl: undefined,
      uiUrl: undefined,
    },
    session(userId, origin, claims = {}) {
      const now = seconds();
      const usual = {
        sub: userId,
        sid: "sess_1",
        iss: "https://clerk.local.test",
        azp: origin,
        v: 2,
        fva: [0, -1],
      };
      const times = { iat: now - 5, nbf: now - 15, exp: now + 60, sts: "active" };
      const head = encode({ alg: "RS256", kid: "ins_local", typ: "JWT", cat: "cl_B7d4PD111AAA" });
      const signed = `${head}.${encode({ ...usual, ...times, ...claims })}`;
      return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
    },
    cookies: (session) => `__session=${session}; __client_uat=${seconds() - 5}`,
  };
}
