import { readFileSync } from "node:fs";
import { type Config, readConfig } from "../config.ts";
import { withSecretFiles } from "../secret-files.ts";
import { createLog, type Log } from "./log.ts";
import { type PreparePages, type RunningServer, startServer } from "./start-server.ts";

/** After requests and sockets had their time to end: a gateway gets ten seconds. */
const STOP_TIMEOUT_MS = 30_000;

/**
 * The whole life of a process: reads the environment, starts, tells whoever started it, and stops in an orderly way on
 * SIGTERM or SIGINT with status 0.
 *
 * @param root Folder that a relative `DATA_DIR` starts from.
 */
export async function runServer(
  env: NodeJS.ProcessEnv,
  root: string,
  preparePages?: PreparePages,
): Promise<void> {
  try {
    const config = readConfig(
      withSecretFiles(env, (path) => readFileSync(path, "utf8")),
      root,
    );
    const log = createLog(config.logLevel);
    const starting = startServer(config, log, preparePages);
    // A signal that comes during the start is obeyed after it: nothing may be left half started.
    stopOnSignals(async () => (await starting).close(), log, config.drain.graceMs + STOP_TIMEOUT_MS);
    process.stdout.write(announcement(config, await starting));
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  }
}

function announcement({ role }: Config, { origin, opsPort, notes }: RunningServer): string {
  const first = role === "worker" ? `> Automna works for ${origin}` : `> Automna ready on ${origin}`;
  const operations = opsPort === null ? [] : [`Metrics: http://localhost:${opsPort}/metrics`];
  return `${[first, ...notes, ...operations].join("\n  ")}\n`;
}

function stopOnSignals(stop: () => Promise<void>, { logger }: Log, timeoutMs: number): void {
  let stoppingSince: number | null = null;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (stoppingSince !== null) {
        // One wish to stop may arrive twice, from the process group and from a parent. A second Ctrl+C is impatience.
        if (signal === "SIGINT" && Date.now() - stoppingSince > 1000) process.exit(1);
        return;
      }
      stoppingSince = Date.now();
      setTimeout(() => process.exit(1), timeoutMs).unref();
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, "the stop was not orderly");
          process.exit(1);
        },
      );
    });
}

/** What was foreseen has a code, and a message that says what to do; anything else needs its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? error.message : (error.stack ?? error.message);
}
