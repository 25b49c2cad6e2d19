import { join } from "node:path";
import { readConfig } from "./src/config.ts";
import { createLog, type Log } from "./src/server/log.ts";
import { startServer } from "./src/server/start-server.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Longer than any orderly stop: a gateway gets ten seconds, requests thirty. */
const STOP_TIMEOUT_MS = 60_000;

process.env["NEXT_TELEMETRY_DISABLED"] = "1";
process.env["CLERK_TELEMETRY_DISABLED"] = "1";

async function main(): Promise<void> {
  const config = readConfig(process.env, ROOT);
  const log = createLog(config.logLevel);
  const starting = startServer(config, log);
  // A signal that comes during the start is obeyed after it: nothing may be left half started.
  stopOnSignals(async () => (await starting).close(), log);
  const { origin, notes } = await starting;
  process.stdout.write(`${[`> Automna ready on ${origin}`, ...notes].join("\n  ")}\n`);
}

function stopOnSignals(stop: () => Promise<void>, { logger }: Log): void {
  let stoppingSince: number | null = null;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (stoppingSince !== null) {
        // One wish to stop may arrive twice, from the process group and from a parent. A second Ctrl+C is impatience.
        if (signal === "SIGINT" && Date.now() - stoppingSince > 1000) process.exit(1);
        return;
      }
      stoppingSince = Date.now();
      setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
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

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
