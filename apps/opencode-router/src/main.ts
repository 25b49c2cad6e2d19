import { hostname, networkInterfaces } from "node:os";

import { untilToldToStop } from "@automna/cli";

import type { RouterConfig } from "./config.ts";
import { readInvocation } from "./config.ts";
import type { LaunchEvent } from "./launcher.ts";
import { startRouter } from "./router.ts";
import type { RunningRouter } from "./router.ts";
import { slugify } from "./slug.ts";

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Runs the program until it is told to stop. Resolves with the exit code. */
export async function main(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  osUser: string,
  terminal: Terminal,
): Promise<number> {
  const invocation = readInvocation(args, env, osUser);
  if (invocation.kind === "help") {
    terminal.out(invocation.text);
    return 0;
  }
  if (invocation.kind === "invalid") {
    for (const problem of invocation.problems) terminal.err(`opencode-router: ${problem}\n`);
    return 1;
  }
  const { config } = invocation;
  const told = untilToldToStop(process);
  let router: RunningRouter;
  try {
    router = await startRouter(config, {
      machineNames: machineNames(),
      uid: process.getuid?.(),
      onLaunch: (event) => terminal.out(`${launchLine(event)}\n`),
      onLocked: ({ port, detail }) => terminal.err(`[needs password] port ${port}: ${detail}\n`),
      onError: (error) => terminal.err(`[error] ${messageOf(error)}\n`),
    });
  } catch (error) {
    terminal.err(`opencode-router: ${startFailure(error, config)}\n`);
    return 1;
  }
  terminal.out(banner(config, router));
  await told;
  terminal.out("Stopping…\n");
  await router.close();
  return 0;
}

/** What the program says once it listens. */
function banner(config: RouterConfig, { port, token }: RunningRouter): string {
  const owner = slugify(config.username);
  const everywhere = config.hostname === "0.0.0.0" || config.hostname === "::";
  const network = everywhere ? addresses().map((address) => `http://${address}:${port}/`) : [];
  const lines: [string, string][] = [
    ["Dashboard", `http://localhost:${port}/`],
    ["Network", everywhere ? network.join(" ") || "no address" : `${config.hostname} only`],
    ["API", `http://localhost:${port}/api/backends`],
    ["User", config.username],
    ["Domains", `http://{slug}-${owner}.local:${port}/`],
    ["Paths", `http://localhost:${port}/{slug}/`],
    ["mDNS", config.mdns ? `on${config.mdnsRedact ? ", redacted" : ""}` : "off"],
    ["Managed", `${config.directories.length} project folders`],
  ];
  if (config.insecureLan)
    lines.push(["Token", "none: everybody on the network may run code here (--insecure-lan)"]);
  else lines.push(["Token", config.token === undefined ? `${token} (for other machines)` : "as given"]);
  return `${lines.map(([name, value]) => `${name.padEnd(10)} ${value}`).join("\n")}\n`;
}

function launchLine(event: LaunchEvent): string {
  const { kind, directory } = event;
  switch (kind) {
    case "skip":
      return `[skip] ${directory}: ${event.reason}`;
    case "error":
    case "end":
      return `[${kind}] ${directory}: ${event.message}`;
    case "restart":
      return `[restart] ${directory}: in ${event.inMs / 1_000} s`;
    default:
      return `[${kind}] ${directory}: port ${event.port}`;
  }
}

function startFailure(error: unknown, config: RouterConfig): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `Port ${config.port} is in use. Choose another one with --port.`;
  if (code === "EACCES") return `Port ${config.port} needs more rights. Choose one above 1023 with --port.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return `This machine has no address ${config.hostname}. Choose another one with --hostname.`;
  }
  return messageOf(error);
}

function machineNames(): string[] {
  const name = hostname();
  return [name, `${name.split(".", 1)[0] ?? name}.local`];
}

function addresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .filter((info) => !info.internal && info.family === "IPv4")
    .map((info) => info.address);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
