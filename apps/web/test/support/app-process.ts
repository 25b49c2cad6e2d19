import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { compileCache } from "../../../../scripts/compile-cache.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const WEB = join(import.meta.dirname, "../..");

export interface AppProcess {
  readonly port: number;
  /** Where `/metrics`, `/healthz` and `/readyz` are. */
  readonly ops: string;
  /** Everything that it has written so far. */
  readonly output: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Its exit status. */
  readonly exited: Promise<number | null>;
}

/**
 * The app in a process of its own, on a free port.
 *
 * @param script `server.ts`, the real thing, or the same with one stub in the place of Next.
 */
export async function startAppProcess(
  env: Readonly<Record<string, string>>,
  script: "server.ts" | "test/support/server-without-next.ts" = "server.ts",
): Promise<AppProcess> {
  const args = ["--import", join(WEB, "test/support/refuse-next.ts"), join(WEB, script)];
  const child = spawn(process.execPath, args, {
    env: {
      ...compileCache,
      NODE_ENV: "production",
      PATH: process.env["PATH"] ?? "",
      DATA_DIR: await temporaryFolder(),
      PORT: "0",
      OPS_PORT: "0",
      GATEWAY: "demo",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => resolve(code));
  });
  onTestFinished(async () => {
    // Orderly, so that no gateway of it outlives a test that failed.
    child.kill("SIGTERM");
    const impatience = setTimeout(() => child.kill("SIGKILL"), 15_000);
    await exited;
    clearTimeout(impatience);
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  let port = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const origin = /^> Automna (?:ready on|works for) (\S+)/.exec(line)?.[1];
    if (origin !== undefined) port = Number(new URL(origin).port);
    const metrics = /^ {2}Metrics: (\S+)\/metrics$/.exec(line)?.[1];
    if (metrics === undefined) continue;
    child.stdout.resume();
    return {
      port,
      ops: metrics,
      output: () => output,
      signal: (name) => child.kill(name),
      exited,
    };
  }
  throw new Error(`The app ended with status ${await exited}:\n${output}`);
}
