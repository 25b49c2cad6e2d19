import { expect, test } from "vitest";
import { createRedactor, isSensitiveKey } from "../src/index.ts";

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

test("ordinary text stays as it is", () => {
  const line = "listening on ws://127.0.0.1:19000, 12 tokens used, ticket office closed";
  expect(createRedactor(["short"]).text(line)).toBe(line);
});

test("a secret inside a longer one leaves nothing of either", () => {
  const redactor = createRedactor(["abcdefgh", "abcdefgh-ijklmnop"]);
  expect(redactor.text("abcdefgh-ijklmnop abcdefgh")).toBe("[redacted] [redacted]");
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
