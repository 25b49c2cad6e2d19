import { join } from "node:path";
import { ConfigError, readConfig } from "./src/config.ts";
import { createLog } from "./src/server/log.ts";
import { startServer } from "./src/server/start-server.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Longer than any orderly stop: a gateway gets ten seconds, requests thirty. */
const STOP_TIMEOUT_MS = 60_000;

process.env["NEXT_TELEMETRY_DISABLED"] = "1";
process.env["CLERK_TELEMETRY_DISABLED"] = "1";

async function main(): Promise<void> {
  const config = readConfig(process.env, ROOT);
  const log = createLog(config.logLevel);
  const server = await startServer(config, log);
  process.stdout.write(`> Automna ready on ${server.origin}\n`);
  for (const note of server.notes) process.stdout.write(`  ${note}\n`);

  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      // Whoever asks twice does not want to wait.
      if (stopping) process.exit(1);
      stopping = true;
      setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
      server.close().then(
        () => process.exit(0),
        (error: unknown) => {
          log.logger.error({ err: error }, "the stop was not orderly");
          process.exit(1);
        },
      );
    });
}

main().catch((error: unknown) => {
  // A mistake in the configuration needs its sentence, not a stack.
  const known = error instanceof ConfigError || (error instanceof Error && "code" in error);
  process.stderr.write(`${known && error instanceof Error ? error.message : inspect(error)}\n`);
  process.exit(1);
});

function inspect(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
