import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError } from "../src/config-error.ts";
import { environment } from "../src/config.ts";
import { SECRET_VARIABLES, withoutSecrets, withSecretFiles } from "../src/secret-files.ts";

const files: Readonly<Record<string, string>> = { "/run/secrets/keys": "k1:the-key\n", "/empty": "\n" };

function readFrom(path: string): string {
  const content = files[path];
  if (content === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
  return content;
}

test("a secret in a file counts as if its variable were set, without the newline at its end", () => {
  expect(withSecretFiles({ PORT: "1", TOKEN_KEYS_FILE: "/run/secrets/keys" }, readFrom)).toMatchObject({
    PORT: "1",
    TOKEN_KEYS: "k1:the-key",
  });
});

test("an empty file, like an empty variable, sets nothing", () => {
  expect(withSecretFiles({ ANTHROPIC_API_KEY_FILE: "/empty", TOKEN_KEYS_FILE: "" }, readFrom)).toMatchObject({
    ANTHROPIC_API_KEY: "",
  });
});

test("what cannot be read, and what is set twice, is told at once and names no secret", () => {
  const env = {
    DATABASE_URL_FILE: "/gone",
    TOKEN_KEYS_FILE: "/run/secrets/keys",
    TOKEN_KEYS: "k2:other-key",
  };
  const problems = problemsOf(() => withSecretFiles(env, readFrom));
  expect(problems).toEqual([
    expect.stringContaining("DATABASE_URL_FILE names /gone, which cannot be read (ENOENT)"),
    "Set TOKEN_KEYS or TOKEN_KEYS_FILE, not both.",
  ]);
  expect(problems.join()).not.toMatch(/the-key|other-key/);
});

test("a program that needs no secret is given none", () => {
  expect(
    withoutSecrets({ NODE_ENV: "test", PATH: "/bin", CLERK_SECRET_KEY: "sk", TOKEN_KEYS_FILE: "/keys" }),
  ).toEqual({
    NODE_ENV: "test",
    PATH: "/bin",
    TOKEN_KEYS_FILE: "/keys",
  });
});

test("docs/configuration.md names every variable that may stand in a file, and each is one that the app reads", async () => {
  const page = await readFile(join(import.meta.dirname, "../../../docs/configuration.md"), "utf8");
  const section = page.split(/^## /m).find((part) => part.startsWith("Secrets in files")) ?? "";
  const named = [...section.matchAll(/`([A-Z_]+)_FILE`/g)].map(([, name]) => name);
  expect(named).toEqual([...SECRET_VARIABLES]);
  expect(Object.keys(environment.entries)).toEqual(expect.arrayContaining([...SECRET_VARIABLES]));
});

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
