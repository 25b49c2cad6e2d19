import { realpath } from "node:fs/promises";
import { resolve } from "node:path";

import { createLauncher } from "./launcher.ts";
import type { LaunchEvent } from "./launcher.ts";
import { findServeProcesses } from "./processes.ts";
import type { ServeProcess } from "./processes.ts";

export interface ScriptOptions {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly findProcesses?: (uid: number) => Promise<ServeProcess[]>;
}

export interface OcOptions extends ScriptOptions {
  readonly command: string;
  readonly uid: number;
  readonly scanStart?: number;
  readonly scanEnd?: number;
  /** Resolves when the servers are to be stopped. */
  readonly untilStopped: () => Promise<void>;
}

/** `oc`: serves folders that are not served yet, until it is stopped. Resolves with the exit code. */
export async function oc(directories: readonly string[], options: OcOptions): Promise<number> {
  const { scanStart = 30_000, scanEnd = 31_000, findProcesses = findServeProcesses } = options;
  if (directories.length === 0) {
    options.err(
      "Usage: oc <project folder...>\nStarts opencode serve in each folder, on ports 30000 to 31000.\n",
    );
    return 1;
  }
  const running = new Set((await findProcesses(options.uid)).map(({ directory }) => directory));
  let code = 0;
  const launcher = createLauncher({
    command: options.command,
    scanStart,
    scanEnd,
    reserved: new Set(),
    whenStopped: "forget",
    isServed: async (directory) => running.has(await realpath(directory)),
    onEvent(event) {
      if (event.kind === "error") code = 1;
      tell(event, options);
    },
  });
  const stopped = options.untilStopped();
  await Promise.race([launcher.start(directories.map((directory) => resolve(directory))), stopped]);
  if (launcher.count > 0) await Promise.race([stopped, launcher.ended]);
  await launcher.stop();
  return code;
}

/** `oc-kill`: asks every `opencode serve` of this user to end. Resolves with the exit code. */
export async function ocKill(
  options: ScriptOptions & {
    readonly uid: number;
    readonly kill: (pid: number) => void;
  },
): Promise<number> {
  const { findProcesses = findServeProcesses } = options;
  const processes = await findProcesses(options.uid);
  if (processes.length === 0) {
    options.out("No opencode serve is running. Nothing to stop.\n");
    return 0;
  }
  let stopped = 0;
  for (const { pid, directory } of processes) {
    try {
      options.kill(pid);
      stopped += 1;
      options.out(`[stop] ${pid} ${directory}\n`);
    } catch (error) {
      options.err(`[error] ${pid} ${directory}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  options.out(`${stopped} stopped.\n`);
  return stopped === processes.length ? 0 : 1;
}

function tell(event: LaunchEvent, { out, err }: ScriptOptions): void {
  const { kind, directory } = event;
  if (kind === "skip") out(`[skip] ${directory}: ${event.reason}\n`);
  if (kind === "start") out(`[start] ${directory} on port ${event.port}\n`);
  if (kind === "end") out(`[end] ${directory}: ${event.message}\n`);
  if (kind === "error") err(`[error] ${directory}: ${event.message}\n`);
}
