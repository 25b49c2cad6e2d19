import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Output } from "./test-groups.ts";

const root = join(import.meta.dirname, "..");

interface Images {
  readonly gateways?: readonly string[];
  readonly app?: boolean;
}

/**
 * Gets what images of containers are made of, for tests that reach nothing outside: Debian's minimal system, the
 * installations of real gateways, and the app's. What is there is not fetched again.
 */
export async function fetchForImages(
  output: Output,
  { gateways = [], app = false }: Images = {},
): Promise<void> {
  if (gateways.length > 0) await run(output, join("e2e", "support", "install-gateways.ts"));
  await run(output, join("deploy", "gateway-image", "build.ts"), "--fetch", ...gateways);
  if (app) await run(output, join("deploy", "app-image", "build.ts"), "--fetch");
}

async function run(output: Output, script: string, ...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: ["ignore", output, output],
  });
  const [status]: (number | null)[] = await once(child, "exit");
  if (status !== 0) throw new Error(`${script} ended with status ${status}; what it needs is in its output.`);
}
