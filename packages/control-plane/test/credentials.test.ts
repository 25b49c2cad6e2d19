import { expect, test } from "vitest";
import {
  isSigned,
  lookupHashes,
  needsReseal,
  newGatewayToken,
  open,
  parseKeyRing,
  sameSecret,
  seal,
  sign,
} from "../src/index.ts";
import type { KeyRing } from "../src/index.ts";

const OWNER = { userId: "user-1", instanceId: "a".repeat(24) };
const OLD: KeyRing = [{ id: "2026a", key: Buffer.alloc(32, 1) }];
const ROTATED: KeyRing = [{ id: "2026b", key: Buffer.alloc(32, 2) }, ...OLD];

test("a token is 32 random bytes in base64url, another one each time", () => {
  const tokens = new Set(Array.from({ length: 100 }, () => newGatewayToken()));
  expect(tokens.size).toBe(100);
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test("what was sealed opens for the same owner and instance", () => {
  const sealed = seal(OLD, "a secret with ünicode", OWNER);
  expect(sealed).toMatch(/^v1\.2026a\.[\w-]{16}\.[\w-]{22}\.[\w-]+$/);
  expect(open(OLD, sealed, OWNER)).toBe("a secret with ünicode");
});

test("the same secret never looks the same twice", () => {
  expect(seal(OLD, "same", OWNER)).not.toBe(seal(OLD, "same", OWNER));
});

test.each([
  ["another user", { ...OWNER, userId: "user-2" }],
  ["another instance", { ...OWNER, instanceId: "b".repeat(24) }],
  ["the same letters divided otherwise", { userId: `user-1${"a".repeat(24)}`, instanceId: "" }],
])("a sealed secret does not open for %s", (_name, binding) => {
  const sealed = seal(OLD, "secret", OWNER);
  expect(() => open(OLD, sealed, binding)).toThrowError(expect.objectContaining({ code: "not-authentic" }));
});

test("every changed character is noticed", () => {
  const sealed = seal(OLD, "secret", OWNER);
  for (const index of [sealed.indexOf(".", 3) + 2, sealed.lastIndexOf(".") - 4, sealed.length - 3]) {
    const other = sealed[index] === "A" ? "B" : "A";
    const changed = sealed.slice(0, index) + other + sealed.slice(index + 1);
    expect(() => open(OLD, changed, OWNER)).toThrowError(expect.objectContaining({ code: "not-authentic" }));
  }
});

test("a shortened authentication tag is refused before anything is decrypted", () => {
  const [version, key, iv, tag = "", ciphertext] = seal(OLD, "secret", OWNER).split(".");
  const short = [version, key, iv, tag.slice(0, 8), ciphertext].join(".");
  expect(() => open(OLD, short, OWNER)).toThrowError(expect.objectContaining({ code: "malformed" }));
});

test.each(["", "plain text", "v2.a.b.c.d", "v1.2026a.x.y.z", "v1.2026a"])(
  "%j is not a sealed secret",
  (text) => {
    expect(() => open(OLD, text, OWNER)).toThrowError(expect.objectContaining({ code: "malformed" }));
  },
);

test("after a rotation old secrets still open and ask to be sealed again", () => {
  const old = seal(OLD, "secret", OWNER);
  expect(open(ROTATED, old, OWNER)).toBe("secret");
  expect(needsReseal(ROTATED, old)).toBe(true);
  expect(needsReseal(ROTATED, seal(ROTATED, "secret", OWNER))).toBe(false);
});

test("without its key a secret says which key is missing", () => {
  const sealed = seal(ROTATED, "secret", OWNER);
  expect(() => open(OLD, sealed, OWNER)).toThrowError(/"2026b"/);
});

test("a token stored before a rotation is found by one of its look-up hashes after it", () => {
  const [stored] = lookupHashes(OLD, "token");
  expect(lookupHashes(ROTATED, "token")).toContain(stored);
  expect(lookupHashes(ROTATED, "token")[0]).not.toBe(stored);
  expect(lookupHashes(ROTATED, "tokeN")).not.toContain(stored);
});

test("a signature holds for its text, also after a rotation, and cannot be made without a key", () => {
  const signature = sign(OLD, "text");
  expect(isSigned(OLD, "text", signature)).toBe(true);
  expect(isSigned(ROTATED, "text", signature)).toBe(true);
  expect(isSigned(OLD, "texT", signature)).toBe(false);
  expect(isSigned(OLD, "text", sign(ROTATED, "text"))).toBe(false);
  for (const forged of ["", ".", "2026a.", signature.slice(0, -1), lookupHashes(OLD, "text")[0]])
    expect(isSigned(OLD, "text", forged)).toBe(false);
});

test("secrets are equal or not, whatever their lengths", () => {
  expect(sameSecret("token", "token")).toBe(true);
  expect(sameSecret("token", "tokeN")).toBe(false);
  expect(sameSecret("token", "")).toBe(false);
});

test("a key ring is read newest first", () => {
  const [one, two] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];
  const ring = parseKeyRing(`b:${two.toString("base64")}, a:${one.toString("base64")}`);
  expect(ring.map(({ id }) => id)).toEqual(["b", "a"]);
  expect(open(ring, seal(ring, "secret", OWNER), OWNER)).toBe("secret");
});

test.each(["", "a", "a:c2hvcnQ=", "a b:", `a:${"A".repeat(43)}=,a:${"B".repeat(43)}=`])(
  "%j is not a key ring, and the error shows no key",
  (text) => {
    const attempt = () => parseKeyRing(text);
    expect(attempt).toThrowError(expect.objectContaining({ code: "key-ring-invalid" }));
    expect(attempt).not.toThrowError(/c2hvcnQ|AAAA/);
  },
);
