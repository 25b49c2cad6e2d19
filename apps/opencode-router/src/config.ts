import { createFlagReader, helpText, readArguments } from "@automna/cli";
import type { FlagDescription } from "@automna/cli";

/** What the router runs with. Times are in milliseconds. */
export interface RouterConfig {
  readonly port: number;
  readonly hostname: string;
  readonly username: string;
  readonly scanStart: number;
  readonly scanEnd: number;
  readonly scanIntervalMs: number;
  readonly scanConcurrency: number;
  readonly probeTimeoutMs: number;
  readonly staleAfterMs: number;
  readonly mdns: boolean;
  /** Leaves path and backend out of what is advertised. */
  readonly mdnsRedact: boolean;
  /** Advertises projects whose owner is somebody else or unknown too. */
  readonly mdnsAll: boolean;
  /** What peers from other machines must show; `undefined`: make one up. */
  readonly token: string | undefined;
  /** Lets peers from other machines in without a token. */
  readonly insecureLan: boolean;
  /** Origin under which the router is reached from outside, without a slash at its end. */
  readonly publicUrl: string | undefined;
  /** The program that is started as `<command> serve --port N`. */
  readonly command: string;
  /** Sent to OpenCode servers of this user that ask for a password. */
  readonly serverUsername: string;
  readonly serverPassword: string | undefined;
  /** Project folders to serve. */
  readonly directories: readonly string[];
}

export type Invocation =
  | { readonly kind: "run"; readonly config: RouterConfig }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

export const FLAGS = [
  { name: "port", kind: "number", default: "8080", about: "Port that the router listens on" },
  { name: "hostname", kind: "text", default: "0.0.0.0", about: "Address that the router binds to" },
  { name: "username", kind: "text", default: "OS user", about: "User name inside the host names" },
  { name: "scan-start", kind: "number", default: "30000", about: "First port of the scan" },
  { name: "scan-end", kind: "number", default: "31000", about: "Last port of the scan" },
  { name: "scan-interval", kind: "duration", default: "5s", about: "Time between two scans, at least 1s" },
  { name: "scan-concurrency", kind: "number", default: "20", about: "Ports probed at a time" },
  { name: "probe-timeout", kind: "duration", default: "800ms", about: "Time limit of one probe request" },
  { name: "stale-after", kind: "duration", default: "30s", about: "A silent backend is removed after this" },
  { name: "mdns", kind: "boolean", default: "true", about: "Advertise projects on the local network" },
  { name: "mdns-redact", kind: "boolean", default: "false", about: "Advertise neither path nor backend" },
  { name: "mdns-all", kind: "boolean", default: "false", about: "Advertise other users' projects too" },
  { name: "token", kind: "text", default: "random", about: "Token that peers from other machines must show" },
  { name: "insecure-lan", kind: "boolean", default: "false", about: "Let other machines in without a token" },
  { name: "public-url", kind: "text", default: "none", about: "Origin that callers from outside use" },
  {
    name: "opencode-command",
    kind: "text",
    default: "opencode",
    about: "Program started for project folders",
  },
] as const satisfies readonly FlagDescription[];

type FlagName = (typeof FLAGS)[number]["name"];

/** Environment variables that are read. Secrets belong here: arguments can be seen by every user of a machine. */
export const ENVIRONMENT = [
  { name: "OPENCODE_ROUTER_TOKEN", about: "The same as --token, out of sight of other users" },
  { name: "OPENCODE_SERVER_PASSWORD", about: "Password for this user's OpenCode servers" },
  { name: "OPENCODE_SERVER_USERNAME", about: "User name beside that password, default opencode" },
] as const;

const HELP = helpText({
  usage: "opencode-router [flags] [project folder...]",
  about: "Finds the OpenCode servers of this machine and routes to them. Serves the folders that are named.",
  flags: FLAGS,
  environment: ENVIRONMENT,
});

/** Reads arguments (without program names): flags first, then project folders. */
export function readInvocation(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  osUser: string,
): Invocation {
  const problems: string[] = [];
  const { given, rest, help } = readArguments(args, FLAGS, problems);
  if (help) return { kind: "help", text: HELP };
  const read = createFlagReader<FlagName>(given, problems, ["token"]);
  const config: RouterConfig = {
    port: read.port("port", 8080),
    hostname: read.text("hostname", "0.0.0.0"),
    username: read.text("username", osUser),
    scanStart: read.port("scan-start", 30_000),
    scanEnd: read.port("scan-end", 31_000),
    scanIntervalMs: read.duration("scan-interval", 5_000, 1_000),
    scanConcurrency: read.count("scan-concurrency", 20, 1_000),
    probeTimeoutMs: read.duration("probe-timeout", 800, 1),
    staleAfterMs: read.duration("stale-after", 30_000, 1),
    mdns: read.boolean("mdns", true),
    mdnsRedact: read.boolean("mdns-redact", false),
    mdnsAll: read.boolean("mdns-all", false),
    token: given.has("token") ? read.text("token", "") : env["OPENCODE_ROUTER_TOKEN"] || undefined,
    insecureLan: read.boolean("insecure-lan", false),
    publicUrl: read.origin("public-url", undefined),
    command: read.text("opencode-command", "opencode"),
    serverUsername: env["OPENCODE_SERVER_USERNAME"] || "opencode",
    serverPassword: env["OPENCODE_SERVER_PASSWORD"] || undefined,
    directories: rest,
  };
  if (config.scanEnd < config.scanStart) {
    problems.push(
      `--scan-end ${config.scanEnd} is below --scan-start ${config.scanStart}: name a range that goes up.`,
    );
  }
  if (config.token !== undefined && config.token.length < 16) {
    problems.push(
      "The token is shorter than 16 characters: choose a longer one, or leave it out to get one.",
    );
  }
  return problems.length === 0 ? { kind: "run", config } : { kind: "invalid", problems };
}
