import { describe, expect, test } from "vitest";
import { createIdentify, LOCAL_USER } from "../src/server/identify.ts";
import { createClerkInstance } from "./support/clerk-instance.ts";

const ORIGIN = "https://chat.example.com";
const clerk = createClerkInstance();
const identify = createIdentify({ kind: "clerk", clerk: clerk.config }, [ORIGIN]);
const session = (claims: Record<string, unknown> = {}) => clerk.session("user_alice", ORIGIN, claims);

const bearer = (token: string) =>
  identify(new Headers({ authorization: `Bearer ${token}` }), `${ORIGIN}/i/x/`);
const cookie = (token: string) => identify(new Headers({ cookie: clerk.cookies(token) }), `${ORIGIN}/i/x/`);

describe("with Clerk", () => {
  test("a signed session is its user, as a cookie and as a bearer token, without asking any server", async () => {
    const exp = Math.floor(Date.now() / 1000) + 50;
    const alice = { kind: "clerk", clerkId: "user_alice", sessionId: "sess_1", expiresAt: exp * 1000 };
    expect(await bearer(session({ exp }))).toEqual(alice);
    expect(await cookie(session({ exp }))).toEqual(alice);
  });

  test.each([
    ["expired", { exp: Math.floor(Date.now() / 1000) - 60 }],
    ["not valid yet", { nbf: Math.floor(Date.now() / 1000) + 600 }],
    ["made for another app's origin", { azp: "https://evil.example" }],
    ["without a user", { sub: undefined }],
    ["without a sign-in", { sid: undefined }],
  ])("a session that is %s is nobody", async (_, claims) => {
    expect(await bearer(session(claims))).toBeNull();
    expect(await cookie(session(claims))).toBeNull();
  });

  test("a session with a changed signature or changed content is nobody", async () => {
    const [head, , signature] = session().split(".");
    const claims = Buffer.from(JSON.stringify({ sub: "user_bob", exp: 9_999_999_999 })).toString("base64url");
    const forged = `${head}.${claims}.${signature}`;
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
    sessionId: "local",
    expiresAt: Infinity,
  });
});
