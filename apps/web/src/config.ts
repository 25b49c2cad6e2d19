import { resolve } from "node:path";
import type { BucketRate } from "@automna/proxy";
import * as v from "valibot";
import {
  type ChatGatewayApprovalConfig,
  chatGatewayApprovalOf,
  chatGatewayProblems,
  chatGatewayVariables,
} from "./chat-gateway-variables.ts";
import { checkInput } from "./checked-input.ts";
import { ConfigError } from "./config-error.ts";
import {
  type ContainerConfig,
  containerConfigOf,
  containerEnvironment,
  containerProblems,
} from "./container-variables.ts";
import {
  type IdentityConfig,
  identityOf,
  identityProblems,
  identityVariables,
} from "./identity-variables.ts";
import {
  instanceOriginProblems,
  type InstanceOriginsConfig,
  instanceOriginsOf,
  instanceOriginVariables,
} from "./instance-origin-variables.ts";
import { type MeteringConfig, meteringOf, meteringVariables, relayProblems } from "./metering-variables.ts";
import { type ModelChoice, modelOf, modelVariables } from "./model-variables.ts";
import { HTTP, oneOf, text, url, wholeNumber } from "./variable-kinds.ts";
import { workConfig, workVariables } from "./work-variables.ts";
import { addresses, rate } from "./limit-variables.ts";

/** Every environment variable that the app reads; the table in docs/configuration.md is checked against it. */
export const environment = v.object({
  NODE_ENV: v.optional(
    oneOf("`production` serves the built app, anything else runs Next's development server.", [
      "production",
      "development",
      "test",
    ]),
    "development",
  ),
  ROLE: v.optional(
    oneOf(
      "What this process does: `web` pages and routing, `router` routing alone, `worker` the work on gateways alone, `all` everything. Any but `all` needs `DATABASE_URL`.",
      ["all", "web", "router", "worker"],
    ),
    "all",
  ),
  PORT: v.optional(wholeNumber("Port of the app; 0 takes a free one.", 0, 65_535), "3001"),
  HOST: v.optional(
    text("Address to listen on. Without Clerk keys only a loopback one is accepted."),
    "localhost",
  ),
  PUBLIC_URL: v.optional(
    url(
      "Where browsers reach the app; needed when that is not `http://localhost:PORT`. Sets whose pages may open sockets.",
      HTTP,
    ),
  ),
  ...instanceOriginVariables,
  TRUSTED_PROXIES: v.optional(
    addresses(
      "Addresses and ranges of the proxies in front, separated by commas. Only their `X-Forwarded-*` and `X-Request-Id` are believed.",
    ),
  ),
  OPS_PORT: v.optional(
    wholeNumber(
      "Port of `/metrics`, `/healthz` and `/readyz`; 0 takes a free one. Unset: no metrics are served.",
      0,
      65_535,
    ),
  ),
  OPS_HOST: v.optional(
    text("Address that the operations port listens on. Whoever reaches it may read the metrics."),
    "localhost",
  ),
  CLIENT_RATE: v.optional(
    rate(
      "Requests and sockets to gateways, and requests to the API, of one client address: how many a second, and how many at once.",
    ),
    "100:500",
  ),
  CLIENT_SOCKET_RATE: v.optional(rate("Attempts of one client address to open a socket."), "10:100"),
  INSTANCE_RATE: v.optional(rate("Requests and sockets to one gateway, whoever makes them."), "200:1000"),
  INSTANCE_CONNECTIONS: v.optional(
    wholeNumber("Most requests and sockets of one gateway at a time.", 1, 1_000_000),
    "1024",
  ),
  REMOTE_SESSIONS: v.optional(
    text("JSON file with people's machines that have a screen; docs/remote-sessions.md says what is in it."),
  ),
  DRAIN_SPREAD_MS: v.optional(
    wholeNumber(
      "At a stop sockets are told to reconnect at random moments within this time, in milliseconds. Default: 5000, and 0 without Clerk keys.",
      0,
      600_000,
    ),
  ),
  DRAIN_GRACE_MS: v.optional(
    wholeNumber(
      "What still runs this long after a stop began is cut, in milliseconds. Default: 30000, and 2000 without Clerk keys.",
      0,
      3_600_000,
    ),
  ),
  DATA_DIR: v.optional(text("Folder for the embedded database, gateways and generated keys."), ".data"),
  DATABASE_URL: v.optional(
    url("PostgreSQL to use. Unset: the app starts the PostgreSQL that comes from npm under `DATA_DIR`.", [
      "postgresql:",
      "postgres:",
    ]),
  ),
  TOKEN_KEYS: v.optional(
    text(
      "Keys that seal gateway tokens in the database, newest first. Unset with the embedded database: one is made and kept under `DATA_DIR`.",
    ),
  ),
  ...identityVariables,
  ...workVariables,
  GATEWAY: v.optional(
    oneOf(
      "Which gateway to run. `auto` takes the first that is installed: OpenClaw, Clawdbot, else the demo.",
      ["auto", "openclaw", "clawdbot", "demo"],
    ),
    "auto",
  ),
  GATEWAY_COMMAND: v.optional(
    text(
      "Command that starts a gateway, as in a terminal but without a shell. Holds `{port}`; may hold `{stateDir}` and `{configPath}`. `GATEWAY` says which product it is.",
    ),
  ),
  DEVICE_PAIRING: v.optional(
    oneOf(
      "What OpenClaw as a process of this machine does with a browser that it does not know: `silent` lets it in by the gateway's token, `approval` wants it approved, which the app does for the gateway's signed-in owner alone.",
      ["silent", "approval"],
    ),
    "silent",
  ),
  ...chatGatewayVariables,
  ...containerEnvironment.entries,
  ...modelVariables,
  ...meteringVariables,
  PATH: v.optional(
    text("Where installed gateways, and the programs that their agents call, are looked for."),
    "",
  ),
  HTTP_PROXY: v.optional(text("Passed on to gateways.")),
  HTTPS_PROXY: v.optional(text("Passed on to gateways.")),
  NO_PROXY: v.optional(text("Passed on to gateways, with the model relay's address.")),
  NODE_EXTRA_CA_CERTS: v.optional(text("Passed on to gateways.")),
  LOG_LEVEL: v.optional(
    oneOf("How much is logged.", ["silent", "fatal", "error", "warn", "info", "debug", "trace"]),
    "info",
  ),
});

/** Which gateway program to run, before anybody looked whether it is installed. */
export interface GatewayChoice {
  readonly product: "auto" | "openclaw" | "clawdbot" | "demo";
  /** A command line with `{port}` in it. */
  readonly command: string | null;
}

/** What a process does. */
export type Role = v.InferOutput<typeof environment>["ROLE"];

/** Who may try how often. null: no limit. */
interface RateConfig {
  readonly client: BucketRate | null;
  readonly clientSockets: BucketRate | null;
  readonly instance: BucketRate | null;
}

export interface Config extends ReturnType<typeof workConfig> {
  readonly production: boolean;
  readonly role: Role;
  readonly port: number;
  readonly host: string;
  /** Where metrics are served; null: nowhere. */
  readonly ops: { readonly host: string; readonly port: number } | null;
  /** Addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly rates: RateConfig;
  readonly instanceConnections: number;
  /** Absolute path of the file with remote sessions; null: there are none. */
  readonly remoteSessions: string | null;
  readonly drain: { readonly spreadMs: number; readonly graceMs: number };
  /** Origin without a trailing slash; null means `http://localhost:{port}`. */
  readonly publicOrigin: string | null;
  readonly instanceOrigins: InstanceOriginsConfig;
  /** Absolute. */
  readonly dataDir: string;
  /** null: start the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  /** null: generate one and keep it. */
  readonly tokenKeys: string | null;
  readonly identity: IdentityConfig;
  readonly gateway: GatewayChoice;
  readonly devicePairing: "silent" | "approval";
  /** Where `/chat?token=` leads; null: nowhere. */
  readonly chatGatewayUrl: string | null;
  /** null: the app approves nobody's browser there. */
  readonly chatGatewayApproval: ChatGatewayApprovalConfig | null;
  readonly driver: "process" | "docker" | "swarm";
  readonly containers: ContainerConfig;
  readonly model: ModelChoice;
  readonly metering: MeteringConfig;
  /** The value of `PATH`. */
  readonly searchPath: string;
  /** More environment for every gateway. */
  readonly gatewayEnvironment: Readonly<Record<string, string>>;
  readonly logLevel: v.InferOutput<typeof environment>["LOG_LEVEL"];
}

/**
 * Reads and validates the environment. An empty variable counts as unset.
 *
 * @param root Folder that a relative `DATA_DIR` starts from.
 * @throws ConfigError with every problem that was found.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>, root: string): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const checked = checkInput(environment, given, "The environment");
  if (!checked.ok) throw new ConfigError(checked.wrong.map((wrong) => `${wrong}.`));
  const problems = contradictions(checked.value);
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(checked.value, root);
}

type Environment = v.InferOutput<typeof environment>;

function toConfig(env: Environment, root: string): Config {
  const identity = identityOf(env);
  // Whoever is at this machine is leaving; people elsewhere reconnect to another server, not all at once.
  const [spreadMs, graceMs] = identity.kind === "local" ? [0, 2_000] : [5_000, 30_000];
  return {
    production: env.NODE_ENV === "production",
    role: env.ROLE,
    port: env.PORT,
    host: env.HOST,
    ops: env.OPS_PORT === undefined ? null : { host: env.OPS_HOST, port: env.OPS_PORT },
    trustedProxies: env.TRUSTED_PROXIES ?? [],
    rates: { client: env.CLIENT_RATE, clientSockets: env.CLIENT_SOCKET_RATE, instance: env.INSTANCE_RATE },
    instanceConnections: env.INSTANCE_CONNECTIONS,
    remoteSessions: env.REMOTE_SESSIONS ? resolve(root, env.REMOTE_SESSIONS) : null,
    drain: { spreadMs: env.DRAIN_SPREAD_MS ?? spreadMs, graceMs: env.DRAIN_GRACE_MS ?? graceMs },
    publicOrigin: env.PUBLIC_URL ? new URL(env.PUBLIC_URL).origin : null,
    instanceOrigins: instanceOriginsOf(env),
    dataDir: resolve(root, env.DATA_DIR),
    databaseUrl: env.DATABASE_URL ?? null,
    tokenKeys: env.TOKEN_KEYS ?? null,
    identity,
    ...workConfig(env),
    gateway: { product: env.GATEWAY, command: env.GATEWAY_COMMAND ?? null },
    devicePairing: env.DEVICE_PAIRING,
    chatGatewayUrl: env.CHAT_GATEWAY_URL ?? null,
    chatGatewayApproval: chatGatewayApprovalOf(env),
    driver: env.DRIVER,
    containers: containerConfigOf(env),
    model: modelOf(env),
    metering: meteringOf(env),
    searchPath: env.PATH,
    gatewayEnvironment: passedOn(env),
    logLevel: env.LOG_LEVEL,
  };
}

function passedOn({
  HTTP_PROXY,
  HTTPS_PROXY,
  NO_PROXY,
  NODE_EXTRA_CA_CERTS,
}: Environment): Record<string, string> {
  const entries = Object.entries({ HTTP_PROXY, HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

/** What no single variable can be blamed for. */
function contradictions(env: Environment): string[] {
  const isLocal = !env.CLERK_PUBLISHABLE_KEY && !env.CLERK_SECRET_KEY;
  const problems = [
    ...identityProblems(env),
    ...instanceOriginProblems(env, isLocal),
    ...containerProblems(env),
    ...relayProblems(env),
    ...chatGatewayProblems(env, isLocal),
  ];
  if (env.DATABASE_URL && !env.TOKEN_KEYS)
    problems.push(
      "Set TOKEN_KEYS: with a DATABASE_URL the keys that seal tokens are yours to keep. docs/configuration.md shows how to make one.",
    );
  if (env.ROLE !== "all" && !env.DATABASE_URL)
    problems.push(`Set DATABASE_URL: a process with ROLE=${env.ROLE} shares its database with others.`);
  if (env.ROLE === "web" && env.GATEWAY === "auto")
    problems.push("Set GATEWAY: which ones the workers have installed cannot be seen from ROLE=web.");
  if (env.GATEWAY === "demo" && env.GATEWAY_COMMAND)
    problems.push("Unset GATEWAY_COMMAND, or set GATEWAY to its product.");
  return problems;
}
