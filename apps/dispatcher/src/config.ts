import { createFlagReader, helpText, readArguments } from "@automna/cli";
import type { FlagDescription } from "@automna/cli";
import { join, resolve } from "node:path";

/** What the dispatcher runs with. Times are in milliseconds. */
export interface DispatcherConfig {
  readonly source: SourceConfig;
  /** Origin of the router. */
  readonly router: string;
  readonly routerToken: string | undefined;
  /** For OpenCode servers that ask for a password. */
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly tag: string;
  readonly model: string | undefined;
  readonly pollIntervalMs: number;
  readonly leaseMs: number;
  readonly runTimeoutMs: number;
  readonly concurrency: number;
  /** Folder of the ledger. */
  readonly state: string;
  /** Ends when the tasks of one poll are done. */
  readonly once: boolean;
}

type SourceConfig =
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "ticktick"; readonly origin: string; readonly token: string };

export type Invocation =
  | { readonly kind: "run"; readonly config: DispatcherConfig }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

export const FLAGS = [
  { name: "source", kind: "text", default: "folder", about: "Where tasks come from: folder or ticktick" },
  {
    name: "router",
    kind: "text",
    default: "http://localhost:8080",
    about: "Address of the opencode-router",
  },
  { name: "tag", kind: "text", default: "autocode", about: "Tag of the tasks that are dispatched" },
  {
    name: "model",
    kind: "text",
    default: "none",
    about: "Model for tasks that name none, as provider/model",
  },
  { name: "poll-interval", kind: "duration", default: "5m", about: "Time between two polls, at least 1s" },
  {
    name: "lease",
    kind: "duration",
    default: "5m",
    about: "A prompt that may have been sent is sent again after this, at least 1s",
  },
  { name: "run-timeout", kind: "duration", default: "2h", about: "A run that takes longer has failed" },
  { name: "concurrency", kind: "number", default: "3", about: "Projects worked on at a time" },
  { name: "state", kind: "text", default: "~/.local/state/automna-dispatch", about: "Folder of the ledger" },
  { name: "once", kind: "boolean", default: "false", about: "End when the tasks of one poll are done" },
  {
    name: "ticktick-url",
    kind: "text",
    default: "https://api.ticktick.com",
    about: "Address of TickTick's Open API",
  },
] as const satisfies readonly FlagDescription[];

type FlagName = (typeof FLAGS)[number]["name"];

/** Environment variables that are read. Secrets are here only: arguments can be seen by every user of a machine. */
export const ENVIRONMENT = [
  { name: "TICKTICK_TOKEN", about: "OAuth access token of the TickTick account, for --source=ticktick" },
  { name: "OPENCODE_ROUTER_TOKEN", about: "Token of a router on another machine" },
  { name: "OPENCODE_SERVER_PASSWORD", about: "Password of the OpenCode servers, if they ask for one" },
  { name: "OPENCODE_SERVER_USERNAME", about: "User name beside that password, default opencode" },
  { name: "XDG_STATE_HOME", about: "Where the ledger's folder is, default ~/.local/state" },
] as const;

const HELP = helpText({
  usage: "automna-dispatch [flags] [task folder]",
  about: "Hands tasks to the OpenCode servers that the router finds, and closes them when they are done.",
  flags: FLAGS,
  environment: ENVIRONMENT,
});

/** Reads arguments (without program names): flags first, then the task folder, by default `tasks`. */
export function readInvocation(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Invocation {
  const problems: string[] = [];
  const { given, rest, help } = readArguments(args, FLAGS, problems);
  if (help) return { kind: "help", text: HELP };
  const read = createFlagReader<FlagName>(given, problems);
  const stateHome = env["XDG_STATE_HOME"] || join(home, ".local/state");
  const config: DispatcherConfig = {
    source: readSource(),
    router: read.origin("router", "http://localhost:8080"),
    routerToken: env["OPENCODE_ROUTER_TOKEN"] || undefined,
    credentials: credentialsOf(env),
    tag: read.text("tag", "autocode"),
    model: given.has("model") ? read.text("model", "none") : undefined,
    pollIntervalMs: read.duration("poll-interval", 300_000, 1_000),
    leaseMs: read.duration("lease", 300_000, 1_000),
    runTimeoutMs: read.duration("run-timeout", 7_200_000, 1_000),
    concurrency: read.count("concurrency", 3, 100),
    state: resolve(read.text("state", join(stateHome, "automna-dispatch"))),
    once: read.boolean("once", false),
  };

  function readSource(): SourceConfig {
    const parse = (text: string) => (["folder", "ticktick"] as const).find((kind) => kind === text);
    const kind = read.read("source", "folder" as const, parse, "folder or ticktick");
    const origin = read.origin("ticktick-url", "https://api.ticktick.com");
    if (kind === "folder") {
      if (rest.length > 1) problems.push(`Name one task folder, not ${rest.length}: flags come before it.`);
      return { kind, folder: resolve(rest[0] ?? "tasks") };
    }
    if (rest.length > 0) problems.push(`--source=ticktick takes no task folder: leave "${rest[0]}" out.`);
    const token = env["TICKTICK_TOKEN"] || "";
    if (token === "") problems.push("--source=ticktick needs the account's token: set TICKTICK_TOKEN.");
    if (!isPrivate(origin)) {
      problems.push(`--ticktick-url=${origin} would carry the token in the clear: use https.`);
    }
    return { kind, origin, token };
  }

  return problems.length === 0 ? { kind: "run", config } : { kind: "invalid", problems };
}

/** Nobody on the way can read what is sent there. */
function isPrivate(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

function credentialsOf(env: Readonly<Record<string, string | undefined>>): DispatcherConfig["credentials"] {
  const password = env["OPENCODE_SERVER_PASSWORD"];
  return password ? { username: env["OPENCODE_SERVER_USERNAME"] || "opencode", password } : undefined;
}

/** Every secret of a configuration, as it could stand in a text. */
export function secretsOf({ source, routerToken, credentials }: DispatcherConfig): string[] {
  const pair = credentials && btoa(`${credentials.username}:${credentials.password}`);
  const token = source.kind === "ticktick" ? source.token : undefined;
  return [token, routerToken, credentials?.password, pair].filter((secret) => secret !== undefined);
}
