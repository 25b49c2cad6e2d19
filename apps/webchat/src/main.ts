import { untilToldToStop } from "@automna/cli";

import { readInvocation, type RemoteConfig, type ServeConfig } from "./config.ts";
import { readDiscovery, type Discovery } from "./discovery.ts";
import { SshTunnel, tunnelFile, type TunnelEvent } from "./ssh-tunnel.ts";
import { readBaseUrl, readLink } from "./web-chat-client.ts";
import { startWebchat, type RunningWebchat, type WebchatEvent } from "./webchat.ts";

/** Where the program talks to. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A person reads `out`: links are printed without being asked for. */
  readonly isPerson: boolean;
}

const WAIT_FOR_LINK = "Print a link with: automna-webchat --url";

/** Runs the program until it is told to stop. Resolves with the exit code. */
export async function main(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  terminal: Terminal,
): Promise<number> {
  const invocation = readInvocation(args, env, home);
  switch (invocation.kind) {
    case "help":
      terminal.out(invocation.text);
      return 0;
    case "invalid":
      for (const problem of invocation.problems) terminal.err(`automna-webchat: ${problem}\n`);
      return 1;
    case "off":
      terminal.out("The web chat is turned off: webchat.enabled is false.\n");
      return 0;
    case "link":
      return printLink(
        invocation.remote ? tunnelFile(invocation.remote) : invocation.discoveryFile,
        terminal,
      );
    case "remote":
      return runRemote(invocation.config, terminal);
    default:
      return serve(invocation.config, terminal);
  }
}

async function printLink(file: string, terminal: Terminal): Promise<number> {
  const discovery = await readDiscovery(file);
  const link = discovery && (await readLink(discovery));
  if (link === null) {
    terminal.err("automna-webchat: No web chat of yours is running here. Start one: automna-webchat\n");
    return 1;
  }
  terminal.out(`${link}\n`);
  return 0;
}

async function serve(config: ServeConfig, terminal: Terminal): Promise<number> {
  const present = await readDiscovery(config.discoveryFile);
  const running = present && (await readBaseUrl(present));
  if (running) {
    terminal.err(
      `automna-webchat: One is running at ${running}. ${WAIT_FOR_LINK}, or start another with its own --discovery-file.\n`,
    );
    return 1;
  }
  const told = untilToldToStop(process);
  let webchat: RunningWebchat;
  try {
    webchat = await startWebchat({
      gateway: { url: config.gatewayUrl, token: config.gatewayToken },
      sessionKey: config.session,
      port: config.port,
      tokenMs: config.tokenMs,
      rpcLimitMs: config.rpcLimitMs,
      needsToken: config.needsToken,
      discoveryFile: config.discoveryFile,
      onEvent: (event) => terminal.err(`${eventLine(event)}\n`),
    });
  } catch (error) {
    terminal.err(`automna-webchat: ${startFailure(error, config.port)}\n`);
    return 1;
  }
  terminal.out(banner(config, webchat, terminal.isPerson));
  await told;
  await webchat.close();
  return 0;
}

function banner(config: ServeConfig, webchat: RunningWebchat, isPerson: boolean): string {
  const open = isPerson ? `${webchat.launchUrl()} (once, within a minute)` : WAIT_FOR_LINK;
  const lines: [string, string][] = [
    ["Web chat", webchat.baseUrl],
    ["Open", config.needsToken ? open : `${webchat.baseUrl} (every user of this machine: --insecure-local)`],
    ["Gateway", config.gatewayUrl],
    ["Discovery", config.discoveryFile],
  ];
  return `${lines.map(([name, value]) => `${name.padEnd(10)} ${value}`).join("\n")}\n`;
}

async function runRemote(config: RemoteConfig, terminal: Terminal): Promise<number> {
  const present = await readDiscovery(tunnelFile(config));
  const reused = present && (await readBaseUrl(present));
  if (present && reused) {
    terminal.err(`[tunnel] ${config.target}: the open one is used, ${reused}\n`);
    await printRemote(present, terminal);
    return 0;
  }
  const tunnel = new SshTunnel(config, (event) => terminal.err(`${tunnelLine(event)}\n`));
  void untilToldToStop(process).then(() => tunnel.stop());
  let isFirst = true;
  await tunnel.run((discovery) => {
    // The address stays the same: pages that are open go on by themselves.
    if (isFirst) void printRemote(discovery, terminal);
    isFirst = false;
  });
  return 0;
}

async function printRemote(discovery: Discovery, terminal: Terminal): Promise<void> {
  terminal.out(`${"Web chat".padEnd(10)} ${discovery.baseUrl}\n`);
  const link = terminal.isPerson && discovery.key !== "" ? await readLink(discovery) : null;
  if (link !== null) terminal.out(`${"Open".padEnd(10)} ${link} (once, within a minute)\n`);
}

function eventLine(event: WebchatEvent): string {
  switch (event.kind) {
    case "listening":
      return `[listening] port ${event.port}, ${event.url}`;
    case "gateway":
      return `[gateway] ${event.status}${event.sentence === undefined ? "" : `: ${event.sentence}`}`;
    case "refused":
      return `[refused] ${event.status} ${event.method} ${event.path}`;
    default:
      return `[error] ${event.message}`;
  }
}

function tunnelLine(event: TunnelEvent): string {
  switch (event.kind) {
    case "up":
      return `[tunnel] ${event.target}: port ${event.remotePort} over there is ${event.url} here`;
    case "down":
      return `[tunnel] ${event.target}: ${event.reason} Again in ${event.retryMs / 1_000} s.`;
    default:
      return `[ssh] ${event.line}`;
  }
}

function startFailure(error: unknown, port: number): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `Port ${port} is in use. Choose another one with --port, or leave it out.`;
  if (code === "EACCES") return `Port ${port} needs more rights. Choose one above 1023 with --port.`;
  return error instanceof Error ? error.message : String(error);
}
