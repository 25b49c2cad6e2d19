import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { compileCache } from "../../scripts/compile-cache.ts";
import { CACHE_DIR, gatewayInstallDir, installGateways, type RealProduct } from "./install-gateways.ts";
import type { ModelServer } from "./model-server.ts";

const root = join(import.meta.dirname, "..", "..");
const START_LIMIT_MS = 600_000;

export interface AppOptions {
  readonly gateway: RealProduct | "demo";
  readonly model?: Pick<ModelServer, "baseUrl">;
  /** Next's development server with hot reload. */
  readonly dev?: boolean;
  /**
   * A process whose network it has instead of this machine's, such as one of a container: so a test that runs no image
   * of the app puts it where its container would be.
   */
  readonly networkOf?: number;
  /** More environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The whole app as `npm start` runs it, with a data folder of its own. */
export interface App {
  /** What it printed as its address. */
  readonly origin: string;
  readonly dataDir: string;
  /** Everything that it has written so far. */
  readonly output: () => string;
  /** Orderly stop; resolves with its exit status. */
  stop(): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startApp({
  gateway,
  model,
  dev = false,
  networkOf,
  env = {},
}: AppOptions): Promise<App> {
  const dataDir = await mkdtemp(join(tmpdir(), "automna-app-"));
  await mkdir(CACHE_DIR, { recursive: true });
  await symlink(CACHE_DIR, join(dataDir, "cache"));
  if (gateway !== "demo") {
    await installGateways(() => undefined, [gateway]);
    await mkdir(join(dataDir, "gateways"));
    await symlink(gatewayInstallDir(gateway), join(dataDir, "gateways", gateway));
  }
  const start = [process.execPath, join(root, "scripts", "start.ts"), ...(dev ? ["--dev"] : [])];
  const [program = "", ...args] =
    networkOf === undefined ? start : await inNetworkOf(networkOf, dataDir, start);
  const child = spawn(program, args, {
    cwd: root,
    env: {
      ...compileCache,
      PATH: process.env["PATH"] ?? "",
      HOME: dataDir,
      DATA_DIR: dataDir,
      GATEWAY: gateway,
      PORT: "0",
      // A loaded machine takes its time; nothing here is a measure of speed.
      START_TIMEOUT_MS: "600000",
      ...(model ? { OPENAI_BASE_URL: model.baseUrl, OPENAI_API_KEY: "key-of-the-scripted-model" } : {}),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => resolve(code));
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const stop = () => {
    child.kill("SIGTERM");
    return exited;
  };
  const dispose = async () => {
    await stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const origin = await Promise.race([
      readyLine(child.stdout),
      exited.then((code) => Promise.reject(new Error(`The app ended with status ${code}:\n${output}`))),
      timeout().then(() => Promise.reject(new Error(`The app did not become ready:\n${output}`))),
    ]);
    return { origin, dataDir, output: () => output, stop, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Names are asked of the container's own resolver, as inside of it. Needs root. */
async function inNetworkOf(pid: number, dataDir: string, start: readonly string[]): Promise<string[]> {
  const resolver = join(dataDir, "resolv.conf");
  await writeFile(resolver, "nameserver 127.0.0.11\noptions ndots:0\n");
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  return [
    "nsenter",
    `--net=/proc/${pid}/ns/net`,
    "unshare",
    "--mount",
    "sh",
    "-c",
    script,
    resolver,
    ...start,
  ];
}

async function readyLine(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const origin = /^> Automna (?:ready on|works for) (\S+)/.exec(line)?.[1];
    if (origin !== undefined) return origin;
  }
  // Its end says more than the end of its output.
  return new Promise<never>(() => undefined);
}

function timeout(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, START_LIMIT_MS).unref();
  });
}
