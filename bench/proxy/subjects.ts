import { fork, spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { nginxConfig } from "./nginx-config.ts";
import { childrenOf } from "./process-usage.ts";

/** One of those that are compared. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  /** The process whose CPU time and memory count. `undefined` for the backend itself. */
  readonly pid: number | undefined;
  /** By which it knows its visitor; the others take any. */
  readonly cookie?: string;
  /** Collects garbage, where there is a collector. */
  collect(): Promise<void>;
}

export interface Stage {
  readonly subjects: readonly Subject[];
  readonly load: ChildProcess;
  readonly stop: () => Promise<void>;
}

const NGINX = "/usr/sbin/nginx";

/**
 * Keeps a process and its threads on one processor, as far as the machine has two and can: what is measured on one,
 * the load and the upstream on the other. Without it, CPU time per request says more about the scheduler.
 */
function pin(pid: number | undefined, processor: 0 | 1): void {
  if (pid !== undefined) spawnSync("taskset", ["-acp", String(processor), String(pid)], { stdio: "ignore" });
}

async function startNode(
  name: string,
  file: URL,
  args: readonly string[],
  started: ChildProcess[],
): Promise<Subject> {
  const child = fork(file, args, { execArgv: ["--expose-gc"] });
  started.push(child);
  const [address] = (await once(child, "message")) as [{ port: number; cookie?: string }];
  return {
    name,
    ...address,
    pid: child.pid,
    async collect() {
      const done = once(child, "message");
      child.send("collect");
      await done;
    },
  };
}

async function startNginx(folder: string, upstreamPort: number, started: ChildProcess[]): Promise<Subject> {
  const port = await freePort();
  mkdirSync(join(folder, "nginx"), { recursive: true });
  const config = join(folder, "nginx", "nginx.conf");
  writeFileSync(config, nginxConfig(join(folder, "nginx"), port, `127.0.0.1:${upstreamPort}`));
  const child = spawn(NGINX, ["-c", config, "-p", folder, "-e", join(folder, "nginx", "error.log")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  started.push(child);
  await reachable(port);
  const worker = childrenOf(child.pid ?? 0)[0];
  return { name: "nginx", port, pid: worker, collect: async () => undefined };
}

/** Starts the backend, every subject before it, and the load generator. */
export async function startStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "bench-proxy-"));
  const started: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, "exit");
      if (child.connected) child.disconnect();
      else child.kill("SIGTERM");
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const backend = await startNode("direct", new URL("./backend.ts", import.meta.url), [], started);
    pin(backend.pid, 0);
    const origin = `http://127.0.0.1:${backend.port}`;
    const { resolve } = createRequire(new URL("../../packages/proxy/package.json", import.meta.url));
    const ours = (name: string, routes: number): Promise<Subject> =>
      startNode(
        name,
        new URL("./subject-ours.ts", import.meta.url),
        [origin, String(routes), join(folder, `${name}.log`)],
        started,
      );
    const subjects = [
      { ...backend, pid: undefined, collect: async () => undefined },
      await startNginx(folder, backend.port, started),
      await startNode(
        "httpxy",
        new URL("./subject-httpxy.ts", import.meta.url),
        [origin, resolve("httpxy")],
        started,
      ),
      await startNode(
        "floor",
        new URL("./subject-floor.ts", import.meta.url),
        [origin, resolve("undici")],
        started,
      ),
      await ours("ours", 10),
      await ours("ours-100k", 100_000),
    ];
    const load = fork(new URL("./load.ts", import.meta.url));
    started.push(load);
    pin(load.pid, 0);
    for (const { pid } of subjects) pin(pid, 1);
    return { subjects, load, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port was found.");
  return address.port;
}

async function reachable(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const socket = connect({ port, host: "127.0.0.1" });
    const ok = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (ok) return;
    await sleep(50);
  }
  throw new Error(`Nothing answers on port ${port}. Is ${NGINX} installed?`);
}
