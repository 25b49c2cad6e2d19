import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";

/** Prisma's schema engine takes the same lock: a start and a `prisma migrate deploy` exclude each other. */
const MIGRATION_LOCK = 72_707_369;
const LOCK_TIMEOUT_MS = 60_000;

/** As Prisma's schema engine makes it, so that its CLI can take over at any time. */
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

export type MigrationErrorCode = "busy" | "failed-earlier" | "changed" | "failed";

export class MigrationError extends Error {
  override readonly name = "MigrationError";
  readonly code: MigrationErrorCode;
  constructor(code: MigrationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type MigrationOutcome = {
  /** Names of the migrations that this call applied, in order. */
  applied: string[];
  /** Recorded in the database but not in the folder: a newer version of the app was here. */
  unknown: string[];
};

type Migration = { name: string; sql: string; checksum: string };
type RecordedMigration = { migration_name: string; checksum: string; finished_at: Date | null };

/**
 * Brings a database up to date, as `prisma migrate deploy` would and with the same records, without
 * the CLI. Callers may race: one applies, the others wait and find nothing left to do.
 *
 * @param url PostgreSQL connection string.
 * @param directory The folder that holds one `<name>/migration.sql` for each migration.
 * @throws MigrationError
 */
export async function migrate(url: string, directory: string): Promise<MigrationOutcome> {
  const migrations = await readMigrations(directory);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // The lock belongs to this session, and goes with it.
    await takeLock(client);
    await client.query(CREATE_TABLE);
    const recorded = await readRecords(client);
    const pending = migrations.filter((migration) => isPending(migration, recorded));
    for (const migration of pending) await apply(client, migration);
    const known = new Set(migrations.map(({ name }) => name));
    return {
      applied: pending.map(({ name }) => name),
      unknown: recorded.map((record) => record.migration_name).filter((name) => !known.has(name)),
    };
  } finally {
    await client.end();
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

async function takeLock(client: pg.Client): Promise<void> {
  await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
  try {
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
  } catch (cause) {
    throw new MigrationError(
      "busy",
      "Another process has been migrating this database for a minute. Wait for it to end, then start again.",
      { cause },
    );
  }
  await client.query("RESET lock_timeout");
}

async function readRecords(client: pg.Client): Promise<RecordedMigration[]> {
  const { rows } = await client.query<RecordedMigration>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY started_at',
  );
  const broken = rows.find((row) => row.finished_at === null);
  if (!broken) return rows;
  throw new MigrationError(
    "failed-earlier",
    `Migration ${broken.migration_name} failed in an earlier run. Repair the database, then tell Prisma with ` +
      `"prisma migrate resolve --applied ${broken.migration_name}" or "--rolled-back".`,
  );
}

function isPending({ name, checksum }: Migration, recorded: RecordedMigration[]): boolean {
  const record = recorded.find((row) => row.migration_name === name);
  if (!record) return true;
  if (record.checksum === checksum) return false;
  throw new MigrationError(
    "changed",
    `Migration ${name} was changed after it had been applied. Restore the file, and put the change into a new migration.`,
  );
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    checksum,
    name,
  ]);
  try {
    // Without parameters: several statements in one message, which PostgreSQL runs as one transaction.
    await client.query(sql);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    await client.query('UPDATE "_prisma_migrations" SET logs = $2 WHERE id = $1', [id, reason]);
    throw new MigrationError("failed", `Migration ${name} failed: ${reason}. Nothing of it was applied.`, {
      cause,
    });
  }
  await client.query(
    'UPDATE "_prisma_migrations" SET finished_at = now(), applied_steps_count = applied_steps_count + 1 WHERE id = $1',
    [id],
  );
}
