import { spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { parseHealth } from "./identity.ts";
import { probeLoopback } from "./probe.ts";

/** What a launcher tells the person in front of it. */
export type LaunchEvent =
  | { readonly kind: "skip"; readonly directory: string; readonly reason: string }
  | { readonly kind: "start" | "ready"; readonly directory: string; readonly port: number }
  | { readonly kind: "error" | "end"; readonly directory: string; readonly message: string }
  | { readonly kind: "restart"; readonly directory: string; readonly inMs: number };

export interface LauncherOptions {
  /** Started as `<command> serve --port N` in the folder. */
  readonly command: string;
  /** Both ends included. */
  readonly scanStart: number;
  readonly scanEnd: number;
  /** Ports that are never given away, such as the router's own. */
  readonly reserved: ReadonlySet<number>;
  /** Folders that have a server already. */
  readonly isServed: (directory: string) => Promise<boolean>;
  readonly onEvent: (event: LaunchEvent) => void;
  /** What becomes of a server that somebody else stopped. One that crashed is always started again. */
  readonly whenStopped?: "restart" | "forget";
  /** How long a server has to become healthy, in milliseconds. Default 30,000. */
  readonly readyMs?: number;
  /** The first pause before a restart, in milliseconds; it doubles up to 30 times that. Default 1,000. */
  readonly backoffMs?: number;
  /** How long a server has to stop before it is killed, in milliseconds. Default 3,000. */
  readonly killAfterMs?: number;
}

export interface Launcher {
  /** Starts a server in each folder, one port each; resolves when all are ready or have failed once. */
  start(directories: readonly string[]): Promise<void>;
  /** Stops all of them, whole process groups, and does not start them again. */
  stop(): Promise<void>;
  /** Servers that this launcher keeps running. */
  readonly count: number;
  /** Resolves when the last server was forgotten. */
  readonly ended: Promise<void>;
}

interface Managed {
  readonly directory: string;
  port: number;
  failures: number;
  pid: number | undefined;
  exited: Promise<unknown>;
}

interface ServerEnd {
  readonly kind: "stopped" | "crashed" | "missing";
  readonly message: string;
}

/** How a process ends that was asked to. */
const STOPPED: ReadonlySet<NodeJS.Signals | number> = new Set(["SIGTERM", "SIGINT", "SIGHUP", 0, 130, 143]);

/** A server that ran this long was fine: its next failure is a first one. */
const HEALTHY_RUN_MS = 60_000;

/** Starts `opencode serve` in project folders and keeps it running. */
export function createLauncher(options: LauncherOptions): Launcher {
  const { readyMs = 30_000, backoffMs = 1_000, killAfterMs = 3_000, onEvent } = options;
  const ended = Promise.withResolvers<void>();
  const managed = new Map<string, Managed>();
  const stopping = new AbortController();

  /** Gives a folder its port; `undefined` if it gets none. */
  async function place(directory: string): Promise<Managed | undefined> {
    const reason = await reasonToSkip(directory);
    if (reason !== undefined) {
      onEvent({ kind: "skip", directory, reason });
      return undefined;
    }
    const port = await freePort(directory);
    if (port === undefined) return undefined;
    const server: Managed = { directory, port, failures: 0, pid: undefined, exited: Promise.resolve() };
    managed.set(directory, server);
    return server;
  }

  async function reasonToSkip(directory: string): Promise<string | undefined> {
    if (managed.has(directory)) return "it is named twice";
    const found = await stat(directory).catch(() => undefined);
    if (!found?.isDirectory()) return "it is not a folder";
    return (await options.isServed(directory)) ? "it has a running server" : undefined;
  }

  async function freePort(directory: string, preferred?: number): Promise<number | undefined> {
    const given = new Set(
      [...managed.values()].filter((one) => one.directory !== directory).map((one) => one.port),
    );
    if (preferred !== undefined && !(await isBusy(preferred))) return preferred;
    for (let port = options.scanStart; port <= options.scanEnd; port += 1) {
      if (given.has(port) || options.reserved.has(port) || (await isBusy(port))) continue;
      return port;
    }
    const range = `${options.scanStart} to ${options.scanEnd}`;
    const message = `No port from ${range} is free. Stop a server, or widen the range with --scan-end.`;
    onEvent({ kind: "error", directory, message });
    return undefined;
  }

  /** Starts the process; resolves when it answers, or has ended first. */
  async function run(server: Managed): Promise<void> {
    const { directory, port } = server;
    onEvent({ kind: "start", directory, port });
    const startedAt = performance.now();
    const child = spawn(options.command, ["serve", "--port", String(port)], {
      cwd: directory,
      detached: true,
      stdio: "ignore",
    });
    server.pid = child.pid;
    const end = new Promise<ServerEnd>((done) => {
      child.on("error", (error) => done({ kind: "missing", message: explain(error, options.command) }));
      child.on("exit", (code, signal) => {
        const kind = STOPPED.has(signal ?? code ?? 0) ? "stopped" : "crashed";
        done({ kind, message: `It ended with ${signal ?? `code ${code}`}.` });
      });
    }).finally(() => (server.pid = undefined));
    const over = new AbortController();
    server.exited = afterwards(server, end, over);
    void server.exited.then((forgotten) =>
      forgotten ? forget(server) : restart(server, performance.now() - startedAt),
    );
    const ready = await becomesHealthy(port, readyMs, AbortSignal.any([over.signal, stopping.signal]));
    if (ready === "healthy") onEvent({ kind: "ready", directory, port });
    if (ready === "timeout") {
      const message = `It does not answer on port ${port} after ${readyMs / 1_000} s. Start it by hand to see why.`;
      onEvent({ kind: "error", directory, message });
    }
  }

  /** Resolves with `true` if the server is to be forgotten. */
  async function afterwards(
    { directory }: Managed,
    end: Promise<ServerEnd>,
    over: AbortController,
  ): Promise<boolean> {
    const { kind, message } = await end;
    over.abort();
    const forgotten = options.whenStopped === "forget" && kind !== "crashed";
    if (!stopping.signal.aborted) {
      onEvent({ kind: forgotten && kind === "stopped" ? "end" : "error", directory, message });
    }
    return forgotten;
  }

  function forget({ directory }: Managed): void {
    managed.delete(directory);
    if (managed.size === 0) ended.resolve();
  }

  async function restart(server: Managed, ranMs: number): Promise<void> {
    if (stopping.signal.aborted) return;
    if (ranMs > HEALTHY_RUN_MS) server.failures = 0;
    const inMs = backoffMs * Math.min(30, 2 ** server.failures);
    server.failures += 1;
    onEvent({ kind: "restart", directory: server.directory, inMs });
    const waited = await delay(inMs, true, { signal: stopping.signal }).catch(() => false);
    if (!waited) return;
    const port = await freePort(server.directory, server.port);
    if (port === undefined || stopping.signal.aborted) return;
    server.port = port;
    await run(server);
  }

  async function stopOne(server: Managed): Promise<void> {
    const { pid } = server;
    if (pid === undefined) return;
    signalGroup(pid, "SIGTERM");
    const gone = await Promise.race([
      server.exited.then(() => true),
      delay(killAfterMs, false, { ref: false }),
    ]);
    // What it started itself may still be there when it is gone.
    signalGroup(pid, "SIGKILL");
    if (!gone) await server.exited;
  }

  return {
    async start(directories) {
      const starts: Promise<void>[] = [];
      for (const directory of directories) {
        const server = await place(resolve(directory));
        if (server && !stopping.signal.aborted) starts.push(run(server));
      }
      await Promise.all(starts);
    },
    async stop() {
      stopping.abort();
      await Promise.all([...managed.values()].map(stopOne));
      managed.clear();
    },
    get count() {
      return managed.size;
    },
    ended: ended.promise,
  };
}

function explain(error: Error, command: string): string {
  const missing = "code" in error && error.code === "ENOENT";
  return missing
    ? `There is no program "${command}". Install OpenCode, or name it with --opencode-command.`
    : `"${command}" could not be started: ${error.message}`;
}

/** A dial that nobody refuses within 2 s counts as busy. */
function isBusy(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: 2_000 });
    const finish = (busy: boolean): void => {
      socket.destroy();
      answer(busy);
    };
    socket.on("connect", () => finish(true));
    socket.on("timeout", () => finish(true));
    socket.on("error", () => finish(false));
  });
}

async function becomesHealthy(
  port: number,
  withinMs: number,
  signal: AbortSignal,
): Promise<"healthy" | "timeout" | "cancelled"> {
  const until = performance.now() + withinMs;
  while (performance.now() < until) {
    if (signal.aborted) return "cancelled";
    const answer = await probeLoopback({ port, path: "/global/health", timeoutMs: 800 });
    // A server with a password is up too.
    if (answer?.status === 401 || (answer?.status === 200 && parseHealth(answer.body ?? "")))
      return "healthy";
    await delay(100, undefined, { signal }).catch(() => undefined);
  }
  return "timeout";
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The whole group is gone already: nothing is left to signal.
  }
}
