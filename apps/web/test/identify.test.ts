import { createSign, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createIdentify, LOCAL_USER } from "../src/server/identify.ts";

const ORIGIN = "https://chat.example.com";
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const identify = createIdentify(
  {
    kind: "clerk",
    clerk: {
      // Live keys: a development instance would also want its browser cookie.
      publishableKey: `pk_live_${Buffer.from("clerk.local.test$").toString("base64")}`,
      secretKey: "sk_live_unused",
      jwtKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
      proxyUrl: undefined,
      jsUrl: undefined,
      uiUrl: undefined,
    },
  },
  [ORIGIN],
);

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A session token as Clerk's servers sign it. */
function session(claims: Record<string, unknown> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const signed = [
    encode({ alg: "RS256", kid: "ins_local", typ: "JWT", cat: "cl_B7d4PD111AAA" }),
    encode({
      sub: "user_alice",
      sid: "sess_1",
      iss: "https://clerk.local.test",
      azp: ORIGIN,
      iat: now - 5,
      nbf: now - 15,
      exp: now + 60,
      sts: "active",
      v: 2,
      fva: [0, -1],
      ...claims,
    }),
  ].join(".");
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
}

const bearer = (token: string) =>
  identify(new Headers({ authorization: `Bearer ${token}` }), `${ORIGIN}/i/x/`);
const cookie = (token: string) => {
  const issued = Math.floor(Date.now() / 1000) - 5;
  return identify(new Headers({ cookie: `__session=${token}; __client_uat=${issued}` }), `${ORIGIN}/i/x/`);
};

describe("with Clerk", () => {
  test("a signed session is its user, as a cookie and as a bearer token, without asking any server", async () => {
    const alice = { kind: "clerk", clerkId: "user_alice" };
    expect(await bearer(session())).toEqual(alice);
    expect(await cookie(session())).toEqual(alice);
  });

  test.each([
    ["expired", { exp: Math.floor(Date.now() / 1000) - 60 }],
    ["not valid yet", { nbf: Math.floor(Date.now() / 1000) + 600 }],
    ["made for another app's origin", { azp: "https://evil.example" }],
    ["without a user", { sub: undefined }],
  ])("a session that is %s is nobody", async (_, claims) => {
    expect(await bearer(session(claims))).toBeNull();
    expect(await cookie(session(claims))).toBeNull();
  });

  test("a session with a changed signature or changed content is nobody", async () => {
    const [head, , signature] = session().split(".");
    const forged = `${head}.${encode({ sub: "user_bob", exp: 9999999999 })}.${signature}`;
    expect(await bearer(forged)).toBeNull();
    expect(await bearer(`${session().slice(0, -8)}AAAAAAAA`)).toBeNull();
  });

  test("no session is nobody", async () => {
    expect(await identify(new Headers(), `${ORIGIN}/`)).toBeNull();
    expect(await bearer("not-a-token")).toBeNull();
  });
});

test("without Clerk everybody is the local user", async () => {
  const local = createIdentify({ kind: "local" }, []);
  expect(await local(new Headers(), "http://localhost:3001/")).toEqual({
    kind: "local",
    clerkId: LOCAL_USER,
  });
});
