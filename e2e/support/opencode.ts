import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { freePort } from "../../scripts/free-port.ts";
import { compileCache } from "../../scripts/compile-cache.ts";
import { oneAtATime } from "../../scripts/one-at-a-time.ts";

const ROOT = join(import.meta.dirname, "../..");
const PACKAGE = join(ROOT, "e2e/gateways/opencode");
const STAMP = join(PACKAGE, "node_modules/.automna-install");

/** The real OpenCode program, installed in its locked version if it is not there yet. */
export async function opencodeProgram(): Promise<string> {
  await oneAtATime("install opencode", async () => {
    const lock = await readFile(join(PACKAGE, "package-lock.json"), "utf8");
    if ((await readFile(STAMP, "utf8").catch(() => "")) === lock) return;
    await promisify(execFile)("npm", ["ci"], { cwd: PACKAGE });
    await writeFile(STAMP, lock);
  });
  return join(PACKAGE, "node_modules/opencode-linux-x64/bin/opencode");
}

/** A home of its own for real servers, and project folders in it. */
export interface OpencodeHome {
  readonly root: string;
  /** Nothing of the person who runs the tests is read or written, and nothing is fetched. */
  readonly env: Readonly<Record<string, string>>;
  folder(name: string): Promise<string>;
  /** From now on started servers ask this OpenAI-compatible server, and no other. */
  useModel(baseUrl: string, model: string): Promise<void>;
  remove(): Promise<void>;
}

export async function createOpencodeHome(): Promise<OpencodeHome> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "opencode-home-")));
  const configFile = join(root, "opencode.json");
  await writeFile(configFile, "{}");
  return {
    root,
    env: {
      ...compileCache,
      PATH: process.env["PATH"] ?? "",
      HOME: root,
      XDG_CONFIG_HOME: join(root, "config"),
      XDG_DATA_HOME: join(root, "data"),
      XDG_CACHE_HOME: join(root, "cache"),
      XDG_STATE_HOME: join(root, "state"),
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_CONFIG: configFile,
    },
    async folder(name) {
      const folder = join(root, "projects", name);
      await mkdir(folder, { recursive: true });
      return folder;
    },
    async useModel(baseUrl, model) {
      const provider = {
        npm: "@ai-sdk/openai-compatible",
        options: { baseURL: baseUrl, apiKey: "of-this-test" },
        models: { [model]: {} },
      };
      const config = {
        provider: { scripted: provider },
        enabled_providers: ["scripted"],
        model: `scripted/${model}`,
        small_model: `scripted/${model}`,
      };
      await writeFile(configFile, JSON.stringify(config));
    },
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export interface RouterProcess {
  readonly port: number;
  readonly origin: string;
  readonly output: () => string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/**
 * The real `opencode-router` program with these arguments, once it listens.
 *
 * @param inside A command that runs another one somewhere else, such as in a namespace.
 */
export async function startRouterProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  inside: readonly string[] = [],
): Promise<RouterProcess> {
  const port = await freePort();
  const program = join(ROOT, "apps/opencode-router/bin/opencode-router.ts");
  const [command = "", ...rest] = [...inside, process.execPath, program, "--port", String(port), ...args];
  const child = spawn(command, rest, { env: { ...env } });
  let output = "";
  const listening = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes("Dashboard")) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("exit", () => reject(new Error(`The router ended at its start: ${output}`)));
  });
  await listening;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    output: () => output,
    stop: () => stopProcess(child),
  };
}

/** SIGTERM; resolves with the exit code. */
export async function stopProcess(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
  return child.exitCode;
}
