import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { RemoteConfig } from "./config.ts";
import { parseDiscovery, removeDiscovery, writeDiscovery, type Discovery } from "./discovery.ts";
import { discoveryArguments, tunnelArguments } from "./ssh-arguments.ts";
import { readBaseUrl } from "./web-chat-client.ts";

/** What a tunnel tells. Never a secret. */
export type TunnelEvent =
  | { readonly kind: "up"; readonly target: string; readonly remotePort: number; readonly url: string }
  | { readonly kind: "down"; readonly target: string; readonly reason: string; readonly retryMs: number }
  | { readonly kind: "ssh"; readonly line: string };

/** How long a tunnel may take until the web chat answers through it, milliseconds. */
const OPEN_MS = 30_000;
const POLL_MS = 100;
/** How often an open tunnel is looked at, and how often it may fail to answer. */
const WATCH_MS = 10_000;
const WATCH_FAILURES = 2;
const RETRY_MS = { first: 500, most: 15_000 } as const;
const DISCOVERY_BYTES = 64 * 1024;

/** Where a tunnel to this machine is written down, for the next one who wants it. */
export function tunnelFile({ tunnelFolder, target, remotePort, remoteDiscoveryFile }: RemoteConfig): string {
  const name = JSON.stringify([target, remotePort, remoteDiscoveryFile]);
  return join(tunnelFolder, `${createHash("sha256").update(name).digest("hex").slice(0, 16)}.json`);
}

/** A port of 127.0.0.1 that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A tunnel to the web chat of another machine, opened again whenever it drops, always on the same port here. */
export class SshTunnel {
  readonly #remote: RemoteConfig;
  readonly #onEvent: (event: TunnelEvent) => void;
  readonly #stopping = new AbortController();
  #written: Discovery | null = null;
  #failures = 0;

  constructor(remote: RemoteConfig, onEvent: (event: TunnelEvent) => void) {
    this.#remote = remote;
    this.#onEvent = onEvent;
  }

  /**
   * Keeps the tunnel up until {@link stop}.
   *
   * @param onUp told each time that the web chat answers through the tunnel
   */
  async run(onUp: (discovery: Discovery) => void): Promise<void> {
    const localPort = this.#remote.port === 0 ? await freePort() : this.#remote.port;
    while (!this.#isStopping()) {
      const reason = await this.#once(localPort, onUp).catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      );
      if (this.#isStopping()) break;
      const retryMs = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** this.#failures);
      this.#failures += 1;
      this.#onEvent({ kind: "down", target: this.#remote.target, reason, retryMs });
      await delay(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
    if (this.#written !== null) await removeDiscovery(tunnelFile(this.#remote), this.#written);
  }

  stop(): void {
    this.#stopping.abort();
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** One tunnel's life. @returns why it ended */
  async #once(localPort: number, onUp: (discovery: Discovery) => void): Promise<string> {
    const found = await this.#discover();
    const remotePort = this.#remote.remotePort ?? found?.port;
    if (remotePort === undefined) {
      return "There is no discovery file over there. Start automna-webchat on that machine, or give --remote-port.";
    }
    const ssh = this.#spawn(tunnelArguments(this.#remote, localPort, remotePort));
    const ended = once(ssh, "exit");
    const key = found?.key ?? "";
    try {
      const url = await this.#answered({ port: localPort, key }, ssh);
      if (url === null) return "No web chat answered through the tunnel. Check that it runs, and its port.";
      const discovery = {
        pid: process.pid,
        port: localPort,
        baseUrl: url,
        sessionKey: found?.sessionKey ?? "",
        key,
      };
      this.#written = discovery;
      this.#failures = 0;
      await writeDiscovery(tunnelFile(this.#remote), discovery);
      this.#onEvent({ kind: "up", target: this.#remote.target, remotePort, url });
      onUp(discovery);
      return await this.#watched(discovery, ssh);
    } finally {
      if (ssh.exitCode === null && ssh.signalCode === null) {
        ssh.kill("SIGTERM");
        await ended;
      }
    }
  }

  #spawn(args: readonly string[]): ChildProcess {
    const ssh = spawn(this.#remote.sshCommand, args, {
      stdio: ["ignore", "pipe", "pipe"],
      signal: this.#stopping.signal,
    });
    ssh.stderr?.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n"))
        if (line.trim() !== "") this.#onEvent({ kind: "ssh", line: line.trim() });
    });
    ssh.on("error", () => undefined);
    return ssh;
  }

  async #discover(): Promise<Discovery | null> {
    const ssh = this.#spawn(discoveryArguments(this.#remote));
    let text = "";
    ssh.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      if (text.length < DISCOVERY_BYTES) text += piece;
    });
    const [code] = await Promise.race([once(ssh, "close"), failedToStart(ssh, this.#remote.sshCommand)]);
    if (code === 255)
      throw new Error(`ssh could not connect to ${this.#remote.target}. Its message is above.`);
    return parseDiscovery(text);
  }

  async #answered(web: { port: number; key: string }, ssh: ChildProcess): Promise<string | null> {
    const until = Date.now() + OPEN_MS;
    while (Date.now() < until && isRunning(ssh) && !this.#isStopping()) {
      const url = await readBaseUrl(web);
      if (url !== null) return url;
      await delay(POLL_MS);
    }
    return null;
  }

  /** The tunnel may stand while nobody answers at its end: a web chat that was started again has another port. */
  async #watched(web: Discovery, ssh: ChildProcess): Promise<string> {
    const over = new AbortController();
    ssh.once("exit", () => over.abort());
    for (let failures = 0; isRunning(ssh) && failures < WATCH_FAILURES;) {
      await delay(WATCH_MS, undefined, { signal: over.signal }).catch(() => undefined);
      if (!isRunning(ssh)) break;
      failures = (await readBaseUrl(web)) === null ? failures + 1 : 0;
    }
    return isRunning(ssh)
      ? "The web chat does not answer through the tunnel any more."
      : "The tunnel dropped.";
  }
}

function isRunning({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

async function failedToStart(child: ChildProcess, command: string): Promise<never> {
  const [error] = (await once(child, "error")) as [Error];
  if (error.name === "AbortError") throw error;
  throw new Error(
    `"${command}" could not be started. Install OpenSSH, or name the program with --ssh-command.`,
  );
}
