import { expect, test } from "vitest";
import { createRedactor, isSensitiveKey, withoutMinted } from "../src/index.ts";

const SECRET = "kX9/+abcDEF123==";

test.each([
  ["as it is", SECRET],
  ["in a URL", encodeURIComponent(SECRET)],
  ["in JSON", JSON.stringify({ a: `"${SECRET}"` })],
  ["in base64", Buffer.from(SECRET).toString("base64")],
  ["in base64url", Buffer.from(SECRET).toString("base64url")],
])("a known secret is replaced %s", (_name, text) => {
  const redacted = createRedactor([SECRET]).text(`before ${text} after`);
  expect(redacted).toContain("[redacted]");
  expect(redacted).not.toContain(text.replaceAll(/[{}"]|^a:/g, ""));
  expect(redacted).toMatch(/^before .*after$/);
});

test.each([
  "Authorization: Bearer abcdefghij",
  'authorization":"Bearer abcdefghij"',
  "GET /i/1/?token=abcdefghij&x=1",
  '{"gatewayToken":"abcdefghij"}',
  "api_key=abcdefghij",
  "x-api-key: abcdefghij",
  "password=abcdefghij",
])("a secret nobody announced is replaced by its name: %s", (line) => {
  const redacted = createRedactor().text(line);
  expect(redacted).not.toContain("abcdefghij");
  expect(redacted).toContain("[redacted]");
});

const OLD = "8-MwEWGfgpc_Y3N2CYYCGr7UBPLZhX2k07fZ8RvIvTo";
const NEW = "cmGoWsxElIQujiYACPK7Lj9DRAnLT4K89ekYbI7YKKw";

test.each([
  `[reload] config change detected; evaluating reload (gateway.auth.identityScopes.${OLD}, gateway.auth.identityScopes.${NEW}, gateway.auth.trustedProxy.allowUsers)`,
  `[ws] authenticated user connected conn=d6c8bc4c-9c02-41b6-929c-f3d1ea5e3b47 user=${NEW}`,
  `refused automna-6b43dd70e1a29155d83acb56-${OLD}`,
])("what we mint is known by its form, whoever shows the line: %s", (line) => {
  const shown = withoutMinted(line);
  expect(shown).toContain("[redacted]");
  for (const secret of [OLD, NEW]) expect(shown).not.toContain(secret);
  expect(shown.slice(0, 8)).toBe(line.slice(0, 8));
});

test("what is as long and was not minted stays as it is", () => {
  const line = `conn=d6c8bc4c-9c02-41b6-929c-f3d1ea5e3b47 ${"0".repeat(64)} ${"a-long-word-".repeat(4).slice(0, 43)}`;
  expect(withoutMinted(line)).toBe(line);
});

test("ordinary text stays as it is", () => {
  const line = "listening on ws://127.0.0.1:19000, 12 tokens used, ticket office closed";
  expect(createRedactor(["short"]).text(line)).toBe(line);
});

test("a secret inside a longer one leaves nothing of either", () => {
  const redactor = createRedactor(["abcdefgh", "abcdefgh-ijklmnop"]);
  expect(redactor.text("abcdefgh-ijklmnop abcdefgh")).toBe("[redacted] [redacted]");
});

test("of secrets that overlap in a text, the longest goes whole", () => {
  const redactor = createRedactor(["abcdefgh12", "gh1234567890"]);
  expect(redactor.text("abcdefgh1234567890")).toBe("abcdef[redacted]");
});

test("secrets that begin alike are each replaced, among thousands of others", () => {
  const redactor = createRedactor();
  for (let agent = 0; agent < 20_000; agent++) redactor.add(`agents-token-${agent}-of-20000`);
  expect(redactor.text("a agents-token-17-of-20000 b agents-token-19999-of-20000 c")).toBe(
    "a [redacted] b [redacted] c",
  );
});

test("a secret added later is replaced from then on", () => {
  const redactor = createRedactor();
  redactor.add("later-secret");
  expect(redactor.text("later-secret")).toBe("[redacted]");
});

test("in objects, sensitive fields and literals go, the rest stays", () => {
  const redacted = createRedactor(["literal-secret"]).value({
    headers: { Authorization: "Bearer x", "Set-Cookie": ["a=b"], host: "localhost" },
    note: "found literal-secret here",
    apiKey: null,
    count: 3,
    list: [{ auth_token: "x" }],
  });
  expect(redacted).toEqual({
    headers: { Authorization: "[redacted]", "Set-Cookie": "[redacted]", host: "localhost" },
    note: "found [redacted] here",
    apiKey: null,
    count: 3,
    list: [{ auth_token: "[redacted]" }],
  });
});

test("names are compared without case and separators", () => {
  expect(["api-key", "apiKey", "API_KEY", "X-Api-Key"].every(isSensitiveKey)).toBe(true);
  expect(["tokens", "keyboard", "author"].some(isSensitiveKey)).toBe(false);
});
