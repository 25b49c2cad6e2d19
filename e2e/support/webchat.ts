import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { compileCache } from "../../scripts/compile-cache.ts";
import { buildWebchatIfStale } from "../../scripts/webchat-build.ts";
import { stopProcess } from "./opencode.ts";

const PROGRAM = join(import.meta.dirname, "../../apps/webchat/bin/automna-webchat.ts");

type Environment = Readonly<Record<string, string>>;

/** The real `automna-webchat` program, in a home of its own. */
export interface WebchatProcess {
  readonly child: ChildProcess;
  /** `http://127.0.0.1:<port>/webchat/`, as it printed it. */
  readonly baseUrl: string;
  readonly home: string;
  readonly discoveryFile: string;
  /** Everything that it wrote. */
  readonly output: () => string;
  /** A fresh link, from the program itself. */
  link(): Promise<string>;
  /** A fresh token, bought with the key in the discovery file. */
  token(): Promise<string>;
  stop(): Promise<number | null>;
}

function spawnWebchat(
  args: readonly string[],
  env: Environment,
): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return { child, output: () => output };
}

/** Resolves with the address that it prints. */
function printedAddress(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const [, address] = /^Web chat +(http:\S+)$/m.exec(output()) ?? [];
      if (address !== undefined) resolve(address);
    };
    child.stdout?.on("data", look);
    child.once("exit", () => reject(new Error(`automna-webchat ended at its start: ${output()}`)));
  });
}

/** Starts the program and waits for its address. */
export async function startWebchatProcess(
  args: readonly string[],
  secrets: Environment = {},
): Promise<WebchatProcess> {
  await buildWebchatIfStale();
  const home = await mkdtemp(join(tmpdir(), "automna-webchat-home-"));
  const env = { ...compileCache, PATH: process.env["PATH"] ?? "", HOME: home, ...secrets };
  const { child, output } = spawnWebchat(args, env);
  const baseUrl = await printedAddress(child, output);
  const discoveryFile = join(home, ".automna", "webchat.json");
  const ssh = args.includes("--ssh") ? args : [];
  return {
    child,
    baseUrl,
    home,
    discoveryFile,
    output,
    async link() {
      const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, "--url", ...ssh], { env });
      return stdout.trim();
    },
    async token() {
      const { key } = JSON.parse(await readFile(discoveryFile, "utf8")) as { key: string };
      const answer = await fetch(new URL("token", baseUrl), {
        method: "POST",
        headers: { authorization: `Bearer ${key}` },
      });
      return ((await answer.json()) as { token: string }).token;
    },
    async stop() {
      const code = await stopProcess(child);
      await rm(home, { recursive: true, force: true });
      return code;
    },
  };
}

/** Runs the program with this home until it ends by itself. */
export async function runWebchat(
  args: readonly string[],
  home: string,
): Promise<{ stdout: string; stderr: string }> {
  const env = { ...compileCache, PATH: process.env["PATH"] ?? "", HOME: home };
  return promisify(execFile)(process.execPath, [PROGRAM, ...args], { env });
}
