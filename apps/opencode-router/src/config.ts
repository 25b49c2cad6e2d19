import { parseDuration } from "./duration.ts";

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

interface FlagDescription {
  readonly name: string;
  readonly kind: "text" | "number" | "duration" | "boolean";
  /** As the documentation prints it. */
  readonly default: string;
  readonly about: string;
}

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

/** Reads arguments (without program names) as Go's flag package does: flags first, then project folders. */
export function readInvocation(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  osUser: string,
): Invocation {
  const problems: string[] = [];
  const { given, rest, help } = splitArguments(args, problems);
  if (help) return { kind: "help", text: helpText() };
  const read = createReader(given, problems);
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
    publicUrl: read.origin("public-url"),
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

function splitArguments(
  args: readonly string[],
  problems: string[],
): { given: Map<string, string>; rest: string[]; help: boolean } {
  const given = new Map<string, string>();
  let index = 0;
  for (; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--") {
      index += 1;
      break;
    }
    if (!arg.startsWith("-") || arg === "-") break;
    const [name = "", ...values] = arg.replace(/^--?/, "").split("=");
    if (name === "help" || name === "h") return { given, rest: [], help: true };
    const flag = FLAGS.find((candidate) => candidate.name === name);
    if (!flag) {
      problems.push(`--${name} is not a flag of this program: see --help.`);
      continue;
    }
    if (values.length > 0) given.set(name, values.join("="));
    else if (flag.kind === "boolean") given.set(name, "true");
    else if (index + 1 < args.length) given.set(name, args[(index += 1)] ?? "");
    else problems.push(`--${name} needs a value: write --${name}=${flag.default}.`);
  }
  return { given, rest: args.slice(index), help: false };
}

function createReader(given: ReadonlyMap<string, string>, problems: string[]) {
  function read<T>(name: FlagName, fallback: T, parse: (text: string) => T | undefined, expected: string): T {
    const text = given.get(name);
    if (text === undefined) return fallback;
    const value = parse(text);
    if (value !== undefined) return value;
    problems.push(`--${name} must be ${expected}${name === "token" ? "" : `, not "${text}"`}.`);
    return fallback;
  }
  const whole = (max: number) => (text: string) => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    return value >= 1 && value <= max ? value : undefined;
  };
  return {
    port: (name: FlagName, fallback: number) => read(name, fallback, whole(65_535), "a port from 1 to 65535"),
    count: (name: FlagName, fallback: number, max: number) =>
      read(name, fallback, whole(max), `a whole number from 1 to ${max}`),
    text(name: FlagName, fallback: string): string {
      const value = read(name, fallback, (text) => text.trim() || undefined, "something");
      if (value === "") problems.push(`--${name} is empty: give it a value.`);
      return value;
    },
    boolean: (name: FlagName, fallback: boolean) =>
      read(name, fallback, (text) => BOOLEANS.get(text.toLowerCase()), "true or false"),
    duration(name: FlagName, fallback: number, min: number): number {
      const parse = (text: string): number | undefined => {
        const ms = parseDuration(text);
        return ms !== undefined && ms >= min && ms <= MAX_DURATION_MS ? ms : undefined;
      };
      const least = min >= 1_000 ? `${min / 1_000}s` : `${min}ms`;
      return read(name, fallback, parse, `a duration of at least ${least}, such as 5s, 800ms or 1m30s`);
    },
    origin(name: FlagName): string | undefined {
      return read<string | undefined>(name, undefined, parseOrigin, "an address such as https://dev.example");
    },
  };
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["t", true],
  ["1", true],
  ["false", false],
  ["f", false],
  ["0", false],
]);

/** The longest time a timer can wait for. */
const MAX_DURATION_MS = 2 ** 31 - 1;

function parseOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const plain = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  return /^https?:$/.test(url.protocol) && plain && url.password === "" ? url.origin : undefined;
}

function helpText(): string {
  const lines = FLAGS.map((flag) => `  --${flag.name.padEnd(18)}${flag.about} (${flag.default})`);
  const variables = ENVIRONMENT.map(({ name, about }) => `  ${name.padEnd(26)}${about}`);
  return [
    "Usage: opencode-router [flags] [project folder...]",
    "",
    "Finds the OpenCode servers of this machine and routes to them. Serves the folders that are named.",
    "",
    ...lines,
    "",
    "Environment:",
    ...variables,
    "",
  ].join("\n");
}
