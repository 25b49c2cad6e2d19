import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { expect, test } from "vitest";
import { ConfigError } from "../src/config-error.ts";
import { environment, readConfig } from "../src/config.ts";
import { isLoopback } from "../src/loopback.ts";

const CLERK = { CLERK_PUBLISHABLE_KEY: "pk_test_Y2xlcmsubG9jYWwudGVzdCQ", CLERK_SECRET_KEY: "sk_test_x" };
const HOSTED = { ...CLERK, HOST: "0.0.0.0", PUBLIC_URL: "https://chat.example.com" };
const ELSEWHERE = { CHAT_GATEWAY_URL: "wss://a.example.com", CHAT_GATEWAY_TOKEN: "the-token" };
const read = (env: Record<string, string>) => readConfig(env, "/srv/automna");

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    read(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test("an empty environment is a local app on port 3001 with everything embedded", () => {
  expect(read({})).toMatchObject({
    production: false,
    port: 3001,
    host: "localhost",
    publicOrigin: null,
    dataDir: "/srv/automna/.data",
    databaseUrl: null,
    identity: { kind: "local" },
    gateway: { product: "auto", command: null },
  });
});

test("an empty variable counts as unset", () => {
  expect(read({ PORT: "", DATABASE_URL: "", CLERK_SECRET_KEY: "" })).toEqual(read({}));
});

test("both Clerk keys make Clerk the identity", () => {
  expect(read({ ...CLERK, CLERK_JWT_KEY: "pem" }).identity).toMatchObject({
    kind: "clerk",
    clerk: { publishableKey: CLERK.CLERK_PUBLISHABLE_KEY, secretKey: "sk_test_x", jwtKey: "pem" },
  });
});

test("the app approves browsers on a gateway elsewhere for the owner that is named, or for the one at this machine", () => {
  const approval = { gatewayUrl: "wss://a.example.com", token: "the-token" };
  expect(read(ELSEWHERE).chatGatewayApproval).toEqual({ ...approval, ownerClerkId: null });
  const named = { ...CLERK, ...ELSEWHERE, CHAT_GATEWAY_OWNER: "user_1" };
  expect(read(named).chatGatewayApproval).toEqual({ ...approval, ownerClerkId: "user_1" });
  expect(read({ CHAT_GATEWAY_URL: "wss://a.example.com" })).toMatchObject({
    chatGatewayUrl: "wss://a.example.com",
    chatGatewayApproval: null,
  });
});

test("a gateway elsewhere is the same one however its address is written, unless the path is another", () => {
  const url = (address: string) => read({ CHAT_GATEWAY_URL: address }).chatGatewayUrl;
  for (const address of ["wss://a.example.com/", "wss://A.example.com", "wss://a.example.com:443/"])
    expect(url(address)).toBe("wss://a.example.com");
  expect(url("wss://a.example.com/agent/")).toBe("wss://a.example.com/agent/");
});

test.each([
  [{}, { kind: "port", port: null, publicOrigin: null }],
  [{ INSTANCE_PORT: "4000" }, { kind: "port", port: 4000, publicOrigin: null }],
  [{ INSTANCE_DOMAIN: "LocalHost" }, { kind: "subdomain", domain: "localhost" }],
  [HOSTED, { kind: "none" }],
  [
    { ...HOSTED, INSTANCE_DOMAIN: "agents.example.net" },
    { kind: "subdomain", domain: "agents.example.net" },
  ],
  [
    { ...HOSTED, INSTANCE_URL: "https://agents.example.net/", INSTANCE_PORT: "4000" },
    { kind: "port", port: 4000, publicOrigin: "https://agents.example.net" },
  ],
])("with %o gateways' own pages run on %o", (env, origins) => {
  expect(read(env).instanceOrigins).toEqual(origins);
});

test.each([
  [{ PORT: "80a" }, /^PORT must be a whole number/],
  [{ PORT: "65536" }, /^PORT must be at most 65535/],
  [{ NODE_ENV: "prod" }, /^NODE_ENV must be one of production/],
  [{ GATEWAY: "other" }, /^GATEWAY must be one of auto, openclaw/],
  [{ CHAT_GATEWAY_URL: "ws://agent.example.com" }, /^CHAT_GATEWAY_URL must start with wss:/],
  [{ CHAT_GATEWAY_URL: "https://agent.example.com" }, /^CHAT_GATEWAY_URL must start with ws:/],
  [{ CHAT_GATEWAY_TOKEN: "t" }, /^Set CHAT_GATEWAY_URL: CHAT_GATEWAY_TOKEN is/],
  [{ ...CLERK, ...ELSEWHERE }, /^Set CHAT_GATEWAY_OWNER to Clerk's id/],
  [{ ...ELSEWHERE, CHAT_GATEWAY_OWNER: "user_1" }, /^Unset CHAT_GATEWAY_OWNER: without Clerk keys/],
  [
    { ...CLERK, CHAT_GATEWAY_URL: "wss://a.example.com", CHAT_GATEWAY_OWNER: "user_1" },
    /^Set CHAT_GATEWAY_TOKEN_FILE: /,
  ],
  [{ MODEL_INPUT_PRICE: "cheap" }, /^MODEL_INPUT_PRICE must be a number/],
  [{ DATABASE_URL: "mysql://x/y" }, /^DATABASE_URL must start with postgresql:/],
  [{ PUBLIC_URL: "chat.example.com" }, /^PUBLIC_URL must be a URL/],
  [{ CLERK_SECRET_KEY: "sk" }, /Set both CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY, or neither/],
  [{ HOST: "0.0.0.0" }, /set HOST to localhost, or set CLERK_PUBLISHABLE_KEY/],
  [{ HOST: "192.168.1.5" }, /HOST is 192\.168\.1\.5/],
  [{ PUBLIC_URL: "https://chat.example.com" }, /PUBLIC_URL is not on this machine/],
  [{ ...CLERK, HOST: "0.0.0.0" }, /^Set PUBLIC_URL/],
  [{ ...CLERK, HOST: "0.0.0.0", PUBLIC_URL: "http://chat.example.com" }, /PUBLIC_URL must start with https/],
  [{ INSTANCE_DOMAIN: "https://x.example" }, /^INSTANCE_DOMAIN must be a host name/],
  [{ INSTANCE_DOMAIN: "agents.example.com" }, /INSTANCE_DOMAIN is not on this machine/],
  [{ INSTANCE_DOMAIN: "localhost", INSTANCE_PORT: "4000" }, /^Set INSTANCE_DOMAIN, or INSTANCE_PORT/],
  [{ INSTANCE_URL: "https://agents.example.com" }, /INSTANCE_URL is not on this machine/],
  [{ INSTANCE_URL: "http://localhost:4000" }, /INSTANCE_URL must have another host name/],
  [{ INSTANCE_PORT: "3001" }, /^INSTANCE_PORT must be another port/],
  [{ ...HOSTED, INSTANCE_PORT: "4000" }, /^Set INSTANCE_URL/],
  [{ ...HOSTED, INSTANCE_URL: "http://agents.example.com" }, /INSTANCE_URL must start with https/],
  [{ ...HOSTED, INSTANCE_URL: "https://chat.example.com:8443" }, /INSTANCE_URL must have another host/],
  [{ DATABASE_URL: "postgresql://db/x" }, /^Set TOKEN_KEYS/],
  [{ GATEWAY: "demo", GATEWAY_COMMAND: "gw {port}" }, /Unset GATEWAY_COMMAND/],
])("%o is refused with a sentence that says what to set", (env, sentence) => {
  expect(problemsOf(env)).toEqual([expect.stringMatching(sentence)]);
});

test("every problem is told at once, and no value of a secret", () => {
  const problems = problemsOf({ PORT: "x", LOG_LEVEL: "loud", DATABASE_URL: "mysql://u:hunter22@h/d" });
  expect(problems).toHaveLength(3);
  expect(problems.join()).not.toContain("hunter22");
});

test.each([
  ["localhost", true],
  ["127.0.0.1", true],
  ["127.8.9.10", true],
  ["::1", true],
  ["[::1]", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["127.0.0.1.example.com", false],
  ["localhost.example.com", false],
])("%s is loopback: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test("a swarm's variables become where its gateways stand and what is kept", () => {
  const env = {
    DRIVER: "swarm",
    MODEL_RELAY_URL: "http://10.0.0.6:3003",
    GATEWAY_NODES: "automna=gateways",
    GATEWAY_STATE: "shared",
    GATEWAY_SHARED_DIR: "/mnt/agents",
    ROUTER_ENGINES: "tcp://10.0.0.5:2375, tcp://10.0.0.6:2375",
  };
  expect(readConfig(env, "/app").containers.swarm).toEqual({
    nodes: { name: "automna", value: "gateways" },
    state: { kind: "shared", directory: "/mnt/agents" },
    encrypted: true,
    routerEngines: ["tcp://10.0.0.5:2375", "tcp://10.0.0.6:2375"],
  });
});

test.each([
  [{ GATEWAY_STATE: "shared" }, "Set GATEWAY_SHARED_DIR"],
  [{ GATEWAY_DISK_MB: "64" }, "Set GATEWAY_DISK_BY to quota or tmpfs"],
  [{ GATEWAY_NODES: "gateways" }, "GATEWAY_NODES must be a label and its value"],
  [{ GATEWAY: "openclaw" }, "Set MODEL_RELAY_URL: agents of a swarm ask models at"],
  [{ MODEL_RELAY_URL: "http://10.0.0.6:3003", GATEWAY_EGRESS: "internal" }, "Set GATEWAY_EGRESS to open"],
])("a swarm with %j is refused: %s", (env, problem) => {
  expect(() => readConfig({ DRIVER: "swarm", ...env }, "/app")).toThrow(problem);
});

test.each<Record<string, string>>([
  { GATEWAY: "demo" },
  {
    MODEL_RELAY_URL: "http://10.0.0.6:3003",
    ROLE: "router",
    DATABASE_URL: "postgresql://db/x",
    TOKEN_KEYS: "k:x",
  },
])("a swarm may keep agents within where this process gives them no model: %j", (env) => {
  const internal = { DRIVER: "swarm", GATEWAY_EGRESS: "internal", ...env };
  expect(problemsOf(internal).filter((problem) => problem.includes("GATEWAY_EGRESS"))).toEqual([]);
});

test("the table in docs/configuration.md lists every variable with its default and meaning", async () => {
  const page = await readFile(join(import.meta.dirname, "../../../docs/configuration.md"), "utf8");
  const rows = page.split("\n").flatMap((line) => {
    const [, name, fallback, about] = /^\| `([A-Z_]+)` *\| (.+?) *\| (.+?) *\|$/.exec(line) ?? [];
    return name ? [{ name, fallback, about }] : [];
  });
  const expected = Object.entries(environment.entries).map(([name, { wrapped, default: fallback }]) => ({
    name,
    fallback: fallback ? `\`${fallback}\`` : "unset",
    about: v.getDescription(wrapped),
  }));
  expect(rows).toEqual(expected);
});
