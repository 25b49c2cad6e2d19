import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  createFlagReader,
  helpText,
  readArguments,
  type FlagDescription,
  type FlagReader,
} from "@automna/cli";

import { readSessionKey } from "./scope.ts";
import { readWebchatSettings, SettingsError, type WebchatSettings } from "./settings.ts";

/** What the program runs with. Times are in milliseconds. */
export interface ServeConfig {
  readonly gatewayUrl: string;
  readonly gatewayToken: string | null;
  readonly session: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly tokenMs: number;
  readonly rpcLimitMs: number;
  readonly needsToken: boolean;
  readonly discoveryFile: string;
}

export interface RemoteConfig {
  /** As `ssh` takes it: `user@host`, a name of its configuration, or `ssh://user@host:port`. */
  readonly target: string;
  readonly sshCommand: string;
  readonly sshConfig: string | null;
  /** `null`: as the discovery file over there says. */
  readonly remotePort: number | null;
  /** `null`: `.automna/webchat.json` in the home folder over there. */
  readonly remoteDiscoveryFile: string | null;
  /** 0 for a free one. */
  readonly port: number;
  /** Where the tunnels that are open are written down. */
  readonly tunnelFolder: string;
}

export type Invocation =
  | { readonly kind: "serve"; readonly config: ServeConfig }
  | { readonly kind: "remote"; readonly config: RemoteConfig }
  /** Print a link to a web chat, or to a tunnel, that is up. */
  | { readonly kind: "link"; readonly discoveryFile: string; readonly remote: RemoteConfig | null }
  | { readonly kind: "off" }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

export const FLAGS = [
  { name: "gateway", kind: "text", default: "ws://127.0.0.1:18789", about: "Address of the gateway" },
  { name: "gateway-token-file", kind: "text", default: "none", about: "File that holds the gateway's token" },
  { name: "session", kind: "text", default: "main", about: "Session that the page opens" },
  { name: "port", kind: "number", default: "random", about: "Port on 127.0.0.1 and ::1" },
  {
    name: "token-ttl",
    kind: "duration",
    default: "15m",
    about: "Time after which a token ends, at least 1s",
  },
  { name: "rpc-timeout", kind: "duration", default: "10m", about: "Time that a call waits for its run" },
  { name: "insecure-local", kind: "boolean", default: "false", about: "Let every user of this machine in" },
  {
    name: "discovery-file",
    kind: "text",
    default: "~/.automna/webchat.json",
    about: "File that tells its owner the port and a key",
  },
  { name: "config", kind: "text", default: "none", about: "JSON file with a webchat section" },
  { name: "url", kind: "boolean", default: "false", about: "Print a link to the running web chat, and end" },
  { name: "ssh", kind: "text", default: "none", about: "Open the web chat of another machine: user@host" },
  { name: "ssh-command", kind: "text", default: "ssh", about: "Program that is run for --ssh" },
  { name: "ssh-config", kind: "text", default: "none", about: "Configuration file that ssh reads" },
  {
    name: "remote-port",
    kind: "number",
    default: "discovery file",
    about: "Port of the web chat over there",
  },
  {
    name: "remote-discovery-file",
    kind: "text",
    default: "~/.automna/webchat.json",
    about: "Discovery file over there",
  },
] as const satisfies readonly FlagDescription[];

type FlagName = (typeof FLAGS)[number]["name"];

/** Environment variables that are read, the first that is set. Secrets belong here, or into a file. */
export const ENVIRONMENT = [
  { name: "AUTOMNA_GATEWAY_TOKEN", about: "The gateway's token" },
  { name: "OPENCLAW_GATEWAY_TOKEN", about: "The same, as OpenClaw names it" },
  { name: "CLAWDBOT_GATEWAY_TOKEN", about: "The same, as Clawdbot names it" },
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads arguments (without program names) and environment. */
export function readInvocation(args: readonly string[], env: Environment, home: string): Invocation {
  const problems: string[] = [];
  const { given, rest, help } = readArguments(args, FLAGS, problems);
  if (help) return { kind: "help", text: usage() };
  if (rest.length > 0) problems.push(`"${rest.join(" ")}" is no flag of this program: see --help.`);
  const read = createFlagReader<FlagName>(given, problems);
  const discoveryFile = read.text("discovery-file", join(home, ".automna", "webchat.json"));
  const remote = given.has("ssh") ? readRemote(read, given, home, problems) : null;
  const isLink = read.boolean("url", false);
  const settings = given.has("config") ? readSettings(given.get("config") ?? "", problems) : null;
  const serve =
    remote === null && !isLink ? readServe(read, given, env, settings, discoveryFile, problems) : null;
  if (problems.length > 0) return { kind: "invalid", problems };
  if (isLink) return { kind: "link", discoveryFile, remote };
  if (remote !== null) return { kind: "remote", config: remote };
  if (serve === null || settings?.enabled === false) return { kind: "off" };
  return { kind: "serve", config: serve };
}

function usage(): string {
  return helpText({
    usage: "automna-webchat [flags]",
    about:
      "A web chat for one gateway, on this machine's loopback addresses, or (--ssh) on another machine's.",
    flags: FLAGS,
    environment: ENVIRONMENT,
  });
}

function readServe(
  read: FlagReader<FlagName>,
  given: ReadonlyMap<string, string>,
  env: Environment,
  settings: WebchatSettings | null,
  discoveryFile: string,
  problems: string[],
): ServeConfig {
  const usual = `ws://127.0.0.1:${settings?.gatewayPort ?? 18_789}`;
  const gatewayUrl = read.read("gateway", usual, gatewayAddress, "an address such as ws://127.0.0.1:18789");
  const session = readSessionKey(read.text("session", "main"));
  if (session === null) problems.push('--session must be a session key such as "main".');
  return {
    gatewayUrl,
    gatewayToken: readToken(given.get("gateway-token-file"), env, problems),
    session: session ?? "main",
    port: given.has("port") ? read.port("port", 0) : (settings?.port ?? 0),
    tokenMs: read.duration("token-ttl", 15 * 60_000, 1_000),
    rpcLimitMs: read.duration("rpc-timeout", 10 * 60_000, 1_000),
    needsToken: !read.boolean("insecure-local", false),
    discoveryFile,
  };
}

/** Nothing secret may stand in an address: it is logged. */
function gatewayAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  return /^(?:wss?|https?):$/.test(url.protocol) && isPlain ? text : undefined;
}

function readToken(file: string | undefined, env: Environment, problems: string[]): string | null {
  if (file === undefined) return ENVIRONMENT.map(({ name }) => env[name]).find(Boolean) ?? null;
  try {
    const token = readFileSync(file, "utf8").trim();
    if (token !== "") return token;
    problems.push(`--gateway-token-file ${file} is empty: write the gateway's token into it.`);
  } catch {
    problems.push(`--gateway-token-file ${file} cannot be read: give a file that this user may read.`);
  }
  return null;
}

function readSettings(file: string, problems: string[]): WebchatSettings | null {
  try {
    const config: unknown = JSON.parse(readFileSync(file, "utf8"));
    return readWebchatSettings(config);
  } catch (error) {
    const why = error instanceof SettingsError ? error.message : "It cannot be read as JSON.";
    problems.push(`--config ${file}: ${why}`);
    return null;
  }
}

function readRemote(
  read: FlagReader<FlagName>,
  given: ReadonlyMap<string, string>,
  home: string,
  problems: string[],
): RemoteConfig {
  const target = read.text("ssh", "localhost");
  // What begins with a dash would be an option of ssh, and an option of ssh can run programs.
  if (!/^[^-\s][^\s]*$/.test(target)) problems.push("--ssh must be a machine such as user@host.");
  return {
    target,
    sshCommand: read.text("ssh-command", "ssh"),
    sshConfig: given.has("ssh-config") ? read.text("ssh-config", "none") : null,
    remotePort: given.has("remote-port") ? read.port("remote-port", 1) : null,
    remoteDiscoveryFile: given.has("remote-discovery-file")
      ? read.text("remote-discovery-file", "none")
      : null,
    port: given.has("port") ? read.port("port", 0) : 0,
    tunnelFolder: join(home, ".automna", "tunnels"),
  };
}
