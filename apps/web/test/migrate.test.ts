import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { migrate } from "@automna/control-plane/database";
import { expect, test } from "vitest";
import { emptyDatabase, MIGRATIONS, withClient } from "./support/database.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** Prisma's own command line, with the schema engine of this repository. */
async function prisma(databaseUrl: string, ...args: string[]): Promise<{ exitCode: number; output: string }> {
  const command = promisify(execFile)(
    process.execPath,
    [join(ROOT, "node_modules/prisma/build/index.js"), ...args],
    {
      cwd: ROOT,
      env: { ...process.env, DATABASE_URL: databaseUrl, CHECKPOINT_DISABLE: "1", NO_COLOR: "1" },
    },
  );
  return command.then(
    ({ stdout, stderr }) => ({ exitCode: 0, output: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      exitCode: error.code,
      output: error.stdout + error.stderr,
    }),
  );
}

/** A folder with the real migrations and one more. */
async function withMigration(name: string, sql: string): Promise<string> {
  const folder = join(await temporaryFolder(), "migrations");
  await cp(MIGRATIONS, folder, { recursive: true });
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, "migration.sql"), sql);
  return folder;
}

test("the first start applies every migration, and the next ones none", async () => {
  const url = await emptyDatabase();
  const first = await migrate(url, MIGRATIONS);
  expect(first.applied.length).toBeGreaterThan(0);
  expect(await migrate(url, MIGRATIONS)).toEqual({ applied: [], unknown: [] });
});

test("Prisma's command line finds the records as if it had made them", async () => {
  const url = await emptyDatabase();
  await migrate(url, MIGRATIONS);
  expect(await prisma(url, "migrate", "status")).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining("up to date"),
  });
  expect(await prisma(url, "migrate", "deploy")).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining("No pending migrations"),
  });
});

test("a database that Prisma's command line migrated is up to date here", async () => {
  const url = await emptyDatabase();
  expect(await prisma(url, "migrate", "deploy")).toMatchObject({ exitCode: 0 });
  expect(await migrate(url, MIGRATIONS)).toEqual({ applied: [], unknown: [] });
});

test("the migrations produce exactly prisma/schema.prisma", async () => {
  const url = await emptyDatabase();
  const { exitCode, output } = await prisma(
    url,
    "migrate",
    "diff",
    "--from-migrations=prisma/migrations",
    "--to-schema=prisma/schema.prisma",
    "--exit-code",
  );
  expect(output).toContain("No difference detected");
  expect(exitCode).toBe(0);
});

test("of starters that race, one applies and the others find nothing to do", async () => {
  const url = await emptyDatabase();
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => migrate(url, MIGRATIONS)));
  expect(outcomes.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
});

test("a migration that fails is recorded, leaves nothing behind, and stops every later start", async () => {
  const url = await emptyDatabase();
  const folder = await withMigration(
    "99990101000000_bad",
    "CREATE TABLE half (n int); SELECT nothing FROM nowhere;",
  );
  await expect(migrate(url, folder)).rejects.toMatchObject({
    code: "failed",
    message: expect.stringContaining("99990101000000_bad"),
  });
  await expect(migrate(url, folder)).rejects.toMatchObject({ code: "failed-earlier" });
  const { rows } = await withClient(url, (client) => client.query("SELECT to_regclass('half') AS half"));
  expect(rows).toEqual([{ half: null }]);
  expect((await prisma(url, "migrate", "resolve", "--rolled-back", "99990101000000_bad")).output).not.toBe(
    "",
  );
});

test("a migration that was changed after it was applied is refused", async () => {
  const url = await emptyDatabase();
  const folder = await withMigration("99990101000000_more", "CREATE TABLE more (n int);");
  await migrate(url, folder);
  await writeFile(join(folder, "99990101000000_more", "migration.sql"), "CREATE TABLE more (n bigint);");
  await expect(migrate(url, folder)).rejects.toMatchObject({ code: "changed" });
});

test("an older version starts on a newer database, and says which migrations it does not know", async () => {
  const url = await emptyDatabase();
  await migrate(url, await withMigration("99990101000000_newer", "CREATE TABLE newer (n int);"));
  expect(await migrate(url, MIGRATIONS)).toEqual({ applied: [], unknown: ["99990101000000_newer"] });
});
