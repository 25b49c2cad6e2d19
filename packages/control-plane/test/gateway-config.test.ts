import { mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { authOf, gatewayConfig, identityOf, revisionOf, writeGatewayConfig } from "../src/index.ts";
import type { GatewayConfig, GatewayProduct, GatewaySettings, JsonValue } from "../src/index.ts";
import { instancePaths } from "../src/drivers/process/launch.ts";
import { settingsWith } from "./support/instances.ts";

const TOKEN = "gateway-token-of-this-test";
const INSTANCE = "0123456789abcdef01234567";
const MODEL_KEY = "model-key-of-this-test";
const LISTEN = { port: 19_005, bind: "loopback" } as const;
const ENDPOINT = {
  kind: "openai-compatible",
  baseUrl: "http://127.0.0.1:8000/v1",
  apiKey: MODEL_KEY,
  modelId: "local/one",
} as const;

const VOUCHED = {
  mode: "trusted-proxy",
  identity: "user-42",
  userHeader: "x-forwarded-user",
  scopes: ["operator.read", "operator.write"],
  control: "of-the-control-plane",
  allowLoopback: false,
} as const;

function configOf(product: GatewayProduct, change: Partial<GatewaySettings> = {}): GatewayConfig {
  const settings = settingsWith({ auth: { mode: "token", token: TOKEN }, ...change });
  return gatewayConfig(product, settings, LISTEN, instancePaths("/instances/one"));
}

function contentOf({ file }: GatewayConfig): JsonValue {
  if (file === null) throw new Error("There is no file.");
  return file.content;
}

test.each(["openclaw", "clawdbot"] as const)(
  "%s: no secret stands in the file, all of them in the environment",
  (product) => {
    const config = configOf(product, { model: ENDPOINT });
    expect(JSON.stringify(config.file)).not.toContain(TOKEN);
    expect(JSON.stringify(config.file)).not.toContain(MODEL_KEY);
    expect(Object.values(config.env)).toEqual(expect.arrayContaining([TOKEN, MODEL_KEY]));
    expect(config.secrets).toEqual([TOKEN, MODEL_KEY]);
  },
);

test("where it cannot write its configuration, openclaw reads the model's key from a file, and no variable holds it", () => {
  const settings = settingsWith({ auth: VOUCHED, model: ENDPOINT });
  const paths = { ...instancePaths("/instances/one"), configDir: "/run/automna" };
  const config = gatewayConfig("openclaw", settings, LISTEN, paths);
  expect(config.keyFile).toEqual({ path: "/run/automna/model-key", content: MODEL_KEY });
  expect(contentOf(config)).toMatchObject({
    secrets: {
      providers: { automna: { source: "file", path: "/run/automna/model-key", mode: "singleValue" } },
    },
    models: { providers: { custom: { apiKey: { source: "file", provider: "automna", id: "value" } } } },
  });
  expect(JSON.stringify([config.file, config.env])).not.toContain(MODEL_KEY);
  expect(config.secrets).toEqual([MODEL_KEY]);
});

test.each(["openclaw", "clawdbot"] as const)(
  "%s listens where it is told and lets in by token",
  (product) => {
    expect(contentOf(configOf(product))).toMatchObject({
      gateway: { mode: "local", port: 19_005, bind: "loopback", auth: { mode: "token" } },
    });
  },
);

test("openclaw is told the origins, the base path and the proxies; nothing is said of what is not set", () => {
  const content = contentOf(
    configOf("openclaw", {
      basePath: "/i/abc",
      allowedOrigins: ["http://localhost:3001"],
      trustedProxies: ["10.0.0.1"],
    }),
  );
  expect(content).toMatchObject({
    gateway: {
      trustedProxies: ["10.0.0.1"],
      controlUi: { basePath: "/i/abc", allowedOrigins: ["http://localhost:3001"] },
    },
  });
  const bare = JSON.stringify(contentOf(configOf("openclaw")));
  expect(bare).not.toContain("trustedProxies");
  expect(bare).not.toContain("basePath");
});

test("openclaw behind an authenticating router lets in its owner to chat, us to administer, and holds no token", () => {
  const config = configOf("openclaw", { auth: VOUCHED, trustedProxies: ["172.20.0.1"] });
  expect(contentOf(config)).toMatchObject({
    gateway: {
      auth: {
        mode: "trusted-proxy",
        identityScopes: {
          "user-42": ["operator.read", "operator.write"],
          "of-the-control-plane": ["operator.admin"],
        },
        trustedProxy: { userHeader: "x-forwarded-user", allowUsers: ["user-42", "of-the-control-plane"] },
      },
    },
  });
  expect(JSON.stringify(config)).not.toContain("allowLoopback");
  expect(config.env).not.toHaveProperty("OPENCLAW_GATEWAY_TOKEN");
});

test("what a product cannot do is refused before anything is written", () => {
  const auth = VOUCHED;
  const refusal = expect.objectContaining({ code: "auth-unsupported" });
  expect(() => configOf("clawdbot", { auth })).toThrowError(refusal);
  expect(() => configOf("demo", { auth })).toThrowError(refusal);
  expect(() => configOf("clawdbot", { localPairing: "approval" })).toThrowError(
    expect.objectContaining({ code: "pairing-unsupported" }),
  );
});

test.each([
  ["openclaw", "custom/local/one"],
  ["clawdbot", "openai/local/one"],
] as const)("%s answers from an OpenAI-compatible endpoint under the name %s", (product, primary) => {
  const content = contentOf(configOf(product, { model: ENDPOINT }));
  expect(content).toMatchObject({
    agents: { defaults: { model: { primary } } },
    models: {
      providers: { [primary.split("/")[0] ?? ""]: { baseUrl: ENDPOINT.baseUrl, api: "openai-completions" } },
    },
  });
});

test.each([
  ["openclaw", "openai", "OPENAI_API_KEY"],
  ["openclaw", "anthropic", "ANTHROPIC_API_KEY"],
  ["clawdbot", "openai", "OPENAI_API_KEY"],
  ["clawdbot", "anthropic", "ANTHROPIC_API_KEY"],
] as const)("%s with an own %s key uses the model that was asked for", (product, kind, variable) => {
  const config = configOf(product, { model: { kind, apiKey: MODEL_KEY, modelId: "model-x" } });
  expect(config.env[variable]).toBe(MODEL_KEY);
  expect(contentOf(config)).toMatchObject({
    agents: { defaults: { model: { primary: `${kind}/model-x` } } },
  });
});

test("a key of one provider never leaves the gateway with another provider's default model", () => {
  expect(
    JSON.stringify(contentOf(configOf("openclaw", { model: { kind: "anthropic", apiKey: MODEL_KEY } }))),
  ).toContain('"primary":"anthropic/');
  expect(
    JSON.stringify(contentOf(configOf("clawdbot", { model: { kind: "openai", apiKey: MODEL_KEY } }))),
  ).toContain('"primary":"openai/');
});

test("the demo gateway gets everything by environment", () => {
  const config = configOf("demo", { basePath: "/i/abc" });
  expect(config.file).toBeNull();
  expect(config.env).toMatchObject({
    AUTOMNA_GATEWAY_TOKEN: TOKEN,
    AUTOMNA_GATEWAY_BASE_PATH: "/i/abc",
    AUTOMNA_GATEWAY_STATE_DIR: "/instances/one/state",
    AUTOMNA_GATEWAY_ALLOWED_ORIGINS: "http://localhost:3001",
  });
});

test("the file is replaced whole, for its owner only, and no draft stays", async () => {
  const dir = await mkdtemp(join(tmpdir(), "automna-config-"));
  const write = (port: number) =>
    writeGatewayConfig(
      gatewayConfig("openclaw", settingsWith(), { port, bind: "loopback" }, instancePaths(dir)),
    );
  await Promise.all([write(19_001), write(19_002)]);
  const [name, ...others] = await readdir(join(dir, "state"));
  const path = join(dir, "state", name ?? "");
  expect(others).toEqual([]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const written: unknown = JSON.parse(await readFile(path, "utf8"));
  expect([19_001, 19_002]).toContain((written as { gateway: { port: number } }).gateway.port);
  await rm(dir, { recursive: true });
});

test("a directory that cannot be written is an error with a next step", async () => {
  const config = gatewayConfig("openclaw", settingsWith(), LISTEN, instancePaths("/dev/null/one"));
  await expect(writeGatewayConfig(config)).rejects.toMatchObject({ code: "write-failed" });
});

test("the revision changes with every setting and with nothing else", () => {
  const settings = settingsWith({ model: ENDPOINT, basePath: "/i/abc" });
  const { model, basePath, ...rest } = settings;
  const reordered: GatewaySettings = { ...rest, basePath, model };
  const revision = revisionOf("openclaw", settings);
  expect(revisionOf("openclaw", reordered)).toBe(revision);
  const others = [
    revisionOf("clawdbot", settings),
    revisionOf("openclaw", settings, "2026.9.7"),
    revisionOf("openclaw", { ...settings, auth: { mode: "token", token: "another" } }),
    revisionOf("openclaw", { ...settings, model: { ...ENDPOINT, apiKey: null } }),
  ];
  expect(new Set([revision, ...others]).size).toBe(others.length + 1);
});

test("the revision of one that the router vouches for leaves out what it takes over as it runs, and nothing else", () => {
  const settings = settingsWith({ auth: VOUCHED, model: ENDPOINT });
  const revision = revisionOf("openclaw", settings);
  const auth = { ...VOUCHED, control: "another-name" };
  expect(revisionOf("openclaw", { ...settings, auth, model: { ...ENDPOINT, apiKey: "another" } })).toBe(
    revision,
  );
  const others = [
    revisionOf("openclaw", { ...settings, auth: { ...VOUCHED, identity: "user-43" } }),
    revisionOf("openclaw", { ...settings, model: { ...ENDPOINT, modelId: "local/two" } }),
    revisionOf("openclaw", { ...settings, model: { ...ENDPOINT, apiKey: null } }),
    revisionOf("openclaw", { ...settings, model: { kind: "openai", apiKey: "one" } }),
    revisionOf("openclaw", { ...settings, model: { kind: "openai", apiKey: "two" } }),
  ];
  expect(new Set([revision, ...others]).size).toBe(others.length + 1);
});

test.each([
  ["docker", "openclaw", "trusted-proxy"],
  ["swarm", "openclaw", "trusted-proxy"],
  ["process", "openclaw", "token"],
  ["docker", "clawdbot", "token"],
  ["docker", "demo", "token"],
] as const)("driver %s, %s: its owner is let in by %s", (driver, product, mode) => {
  const auth = authOf({ driver, product, id: INSTANCE }, TOKEN);
  expect(auth.mode).toBe(mode);
  expect(identityOf(auth)).toEqual(
    mode === "token" ? undefined : { header: "x-forwarded-user", value: INSTANCE },
  );
  expect(JSON.stringify(auth)).not.toContain("operator.admin");
  if (auth.mode === "token") return;
  // It follows from the token, which no browser and no gateway of this kind has.
  const others = [
    authOf({ driver, product, id: INSTANCE }, "another"),
    authOf({ driver, product, id: "f".repeat(24) }, TOKEN),
  ];
  for (const other of others) expect(other).not.toMatchObject({ control: auth.control });
  expect(auth.control).toHaveLength(43);
});
