import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectDatabase, type Database } from "../../packages/control-plane/src/database/index.ts";
import { open, parseKeyRing } from "../../packages/control-plane/src/index.ts";
import type { App } from "./app.ts";
import type { Clerk } from "./clerk.ts";
import { filePlaces, type Place, type Secret } from "./secret-search.ts";

const databaseUrl = async ({ dataDir }: App): Promise<string> => {
  const [password, pidFile] = await Promise.all([
    readFile(join(dataDir, "postgres", "password"), "utf8"),
    readFile(join(dataDir, "postgres", "cluster", "postmaster.pid"), "utf8"),
  ]);
  return `postgresql://automna:${password.trim()}@127.0.0.1:${pidFile.split("\n")[3]}/automna`;
};

async function withDatabase<T>(of: App, work: (database: Database) => Promise<T>): Promise<T> {
  const database = connectDatabase({ url: await databaseUrl(of) });
  try {
    return await work(database);
  } finally {
    await database.$disconnect();
  }
}

/** In clear, of every agent that there was. */
export async function gatewayTokens(of: App): Promise<string[]> {
  const ring = parseKeyRing((await readFile(join(of.dataDir, "token-keys"), "utf8")).trim());
  const rows = await withDatabase(of, (database) =>
    database.instance.findMany({ select: { id: true, ownerId: true, sealedToken: true } }),
  );
  return rows.map(({ id, ownerId, sealedToken }) =>
    open(ring, sealedToken, { userId: ownerId ?? "", instanceId: id }),
  );
}

/** What an app with the container driver is given or makes, and keeps for as long as it is there. */
export async function secretsOf(of: App, service: Clerk): Promise<Secret[]> {
  const read = (...path: string[]) => readFile(join(of.dataDir, ...path), "utf8");
  const keys = (await read("token-keys")).trim().split(",");
  return [
    { name: "Clerk's secret key", literal: service.env["CLERK_SECRET_KEY"] ?? "" },
    { name: "the webhooks' secret", literal: service.env["CLERK_WEBHOOK_SIGNING_SECRET"] ?? "" },
    { name: "the database's password", literal: (await read("postgres", "password")).trim() },
    ...keys.map((key) => ({ name: "a sealing key", literal: key.split(":")[1] ?? "" })),
  ];
}

/** The database as it lies on the disk, with everything written out. */
export async function databasePlaces(of: App): Promise<Place[]> {
  await withDatabase(of, (database) => database.$executeRaw`CHECKPOINT`);
  return filePlaces(join(of.dataDir, "postgres", "cluster"), "the database");
}

/** Hands secrets to the app as files of a folder, so that its own environment holds none. */
export async function secretFiles(
  folder: string,
  secrets: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const named = Object.entries(secrets).map(async ([name, secret]) => {
    await writeFile(join(folder, name), secret, { mode: 0o600 });
    return [
      [`${name}_FILE`, join(folder, name)],
      [name, ""],
    ];
  });
  return Object.fromEntries((await Promise.all(named)).flat());
}
