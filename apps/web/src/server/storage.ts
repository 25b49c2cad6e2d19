import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeyRing } from "@automna/control-plane";
import { connectDatabase, type Database, migrate } from "@automna/control-plane/database";
import pg from "pg";
import type { Config } from "../config.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import type { Log } from "./log.ts";
import { tokenKeys } from "./token-keys.ts";

/** The database, up to date, and the keys to what is sealed in it. */
export interface Storage {
  readonly database: Database;
  readonly keyRing: KeyRing;
  /** For connections beside the pool. Holds a password. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Another Automna runs on the same data folder. */
class DataDirInUseError extends Error {
  override readonly name = "DataDirInUseError";
  readonly code = "data-dir-in-use";
}

const MIGRATIONS = join(import.meta.dirname, "../../../../prisma/migrations");
/** Any number that nobody else uses for an advisory lock in the embedded database. */
const CLAIM_LOCK = 20_261_120;
/** An earlier Automna may be on its way out. */
const CLAIM_TIMEOUT_MS = 15_000;

type StorageConfig = Pick<Config, "databaseUrl" | "dataDir" | "tokenKeys"> & {
  /** How long to wait for another process to leave the data folder, in milliseconds. Default 15,000. */
  readonly claimTimeoutMs?: number;
};

/** Opens the configured PostgreSQL, or starts the embedded one, and applies the migrations. */
export async function openStorage(config: StorageConfig, log: Log): Promise<Storage> {
  const onWait = (message: string) => log.logger.warn(message);
  const server = config.databaseUrl === null ? await openEmbedded(config, onWait) : null;
  const url = server?.url ?? config.databaseUrl ?? "";
  log.redactor.add(decodeURIComponent(new URL(url).password));
  try {
    const { applied, unknown } = await migrate(url, MIGRATIONS);
    if (applied.length > 0) log.logger.info({ applied }, "migrations applied");
    if (unknown.length > 0) log.logger.warn({ unknown }, "the database knows migrations of a newer version");
    const keyRing = await tokenKeys(config.tokenKeys, config.dataDir);
    const database = connectDatabase({
      url,
      onConnectionLost: (error) => log.logger.warn({ err: error }, "database connection lost"),
    });
    return {
      database,
      keyRing,
      url,
      async close() {
        await database.$disconnect();
        await server?.close();
      },
    };
  } catch (error) {
    await server?.close();
    throw error;
  }
}

async function openEmbedded(
  { dataDir, claimTimeoutMs = CLAIM_TIMEOUT_MS }: StorageConfig,
  onWait: (message: string) => void,
): Promise<{ url: string; close: () => Promise<void> }> {
  const postgres = await startEmbeddedPostgres({ directory: join(dataDir, "postgres") });
  const release = await claim(postgres.url, dataDir, claimTimeoutMs, onWait);
  return {
    url: postgres.url,
    async close() {
      await release();
      await postgres.stop();
    },
  };
}

/**
 * Makes this process the only one on the data folder: a session of the database holds the claim, and a process that
 * dies leaves none behind.
 *
 * @param onWait Told once, as soon as somebody else is there.
 */
async function claim(
  url: string,
  dataDir: string,
  timeoutMs: number,
  onWait: (message: string) => void,
): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  let isWaiting = false;
  for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
    const { rows } = await client.query<{ held: boolean }>("SELECT pg_try_advisory_lock($1) AS held", [
      CLAIM_LOCK,
    ]);
    if (rows[0]?.held) return () => client.end();
    if (!isWaiting)
      onWait(
        `Another Automna runs on ${dataDir}. Waiting up to ${timeoutMs / 1_000} s, in case it is about to end.`,
      );
    isWaiting = true;
    if (Date.now() < deadline) continue;
    await client.end();
    throw new DataDirInUseError(
      `Another Automna already runs on ${dataDir}. Stop it, or choose another folder with DATA_DIR.`,
    );
  }
}
