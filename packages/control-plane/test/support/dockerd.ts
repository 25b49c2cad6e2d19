import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A Docker engine of a test's own: nothing of the machine's is touched, and it may be killed. */
export interface Dockerd {
  /** As `DOCKER_HOST`. */
  readonly host: string;
  /** SIGKILL, as when the engine crashes: its containers go on. */
  kill(): Promise<void>;
  /** Starts it again on the same data. */
  restart(): Promise<void>;
  /** Ends it with its containers and removes its data. */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 300_000;

/** A machine of its own, as far as networks and names go. */
interface Machine {
  /** Of a network namespace. */
  readonly namespace: string;
  readonly hostname: string;
}

interface DockerdOptions {
  /** Its containers run on through a restart; else it ends those that outlived its death. A swarm's cannot. */
  readonly liveRestore?: boolean;
  /** Default: this one. */
  readonly machine?: Machine;
}

export async function startDockerd({ liveRestore = false, machine }: DockerdOptions = {}): Promise<Dockerd> {
  const dir = await mkdtemp(join(tmpdir(), "automna-dockerd-"));
  const socket = join(dir, "docker.sock");
  const argv = Object.entries({
    "--data-root": join(dir, "data"),
    "--exec-root": join(dir, "exec"),
    "--pidfile": join(dir, "pid"),
    "--host": `unix://${socket}`,
    // The drivers make networks of their own; a docker0 would be fought over with another engine.
    "--bridge": "none",
  }).flat();
  if (liveRestore) argv.push("--live-restore");
  const command = machine === undefined ? ["dockerd", ...argv] : onMachine(machine, argv);
  let daemon = await launch(command, socket);
  return {
    host: `unix://${socket}`,
    async kill() {
      await end(daemon, "SIGKILL");
      await rm(join(dir, "pid"), { force: true });
      // Its containerd died with it; uncollected, that number would pass for a running one.
      await rm(join(dir, "exec", "containerd", "containerd.pid"), { force: true });
    },
    async restart() {
      daemon = await launch(command, socket);
    },
    async stop() {
      const left = await bridges(socket);
      await end(daemon, "SIGTERM");
      // The kernel keeps them, and with them the routes to their addresses.
      for (const bridge of left) spawnSync("ip", ["link", "delete", bridge], { stdio: "ignore" });
      await endContainerd(dir);
      await unmountAll(dir);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Not `ip netns exec`, which hides the cgroups. */
function onMachine({ namespace, hostname }: Machine, argv: readonly string[]): string[] {
  const script = 'hostname "$0" && exec dockerd "$@"';
  const inside = ["unshare", "--uts", "sh", "-c", script, hostname, ...argv];
  return ["nsenter", `--net=/var/run/netns/${namespace}`, ...inside];
}

async function launch([program = "", ...argv]: readonly string[], socket: string): Promise<ChildProcess> {
  const daemon = spawn(program, argv, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  daemon.stderr?.on("data", (text: Buffer) => {
    said = (said + text.toString()).slice(-4000);
  });
  for (const deadline = Date.now() + START_LIMIT_MS; !(await answers(socket)); await delay(100)) {
    if (daemon.exitCode === null && Date.now() < deadline) continue;
    daemon.kill("SIGKILL");
    throw new Error(`dockerd did not start:\n${said}`);
  }
  return daemon;
}

/** An engine that was killed leaves folders and namespaces mounted. */
async function unmountAll(dir: string): Promise<void> {
  const mounts = (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .flatMap((line) => line.split(" ")[1] ?? []);
  for (const mount of mounts.filter((path) => path.startsWith(`${dir}/`)).toReversed()) {
    spawnSync("umount", ["--lazy", mount], { stdio: "ignore" });
  }
}

/** The kernel's names of the engine's networks. */
function bridges(socketPath: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const filters = encodeURIComponent(JSON.stringify({ driver: ["bridge"] }));
    const asked = request({ socketPath, path: `/networks?filters=${filters}` }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => {
        const networks: readonly { Id: string; Name: string }[] =
          response.statusCode === 200 ? JSON.parse(body) : [];
        const own = networks.filter(({ Name }) => Name !== "bridge" && Name !== "docker_gwbridge");
        resolve(own.map(({ Id }) => `br-${Id.slice(0, 12)}`));
      });
    });
    // One that is dead already is not asked.
    asked.on("error", () => resolve([]));
    asked.end();
  });
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: "/_ping" }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on("error", () => resolve(false));
    asked.end();
  });
}

async function end(daemon: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const exited = once(daemon, "exit");
  daemon.kill(signal);
  await exited;
}

async function endContainerd(dir: string): Promise<void> {
  const pid = Number(
    await readFile(join(dir, "exec", "containerd", "containerd.pid"), "utf8").catch(() => ""),
  );
  try {
    if (pid > 1) process.kill(pid, "SIGKILL");
  } catch {
    // An engine that ended in an orderly way took it along.
  }
}
