import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { withoutSecrets } from "../secret-files.ts";
import { EmbeddedPostgresError } from "./embedded-postgres-error.ts";
import { acquireStartLock, isAlive } from "./start-lock.ts";
import { type Account, adoptable, run, unprivilegedAccount } from "./unprivileged-account.ts";

const SUPERUSER = "automna";
const DATABASE = "automna";
const START_TIMEOUT_MS = 60_000;

export type EmbeddedPostgres = {
  /** Connection string with the password; never to be logged. */
  url: string;
  /** True when a server that an earlier process had left running was taken over. */
  adopted: boolean;
  pid: number;
  stop(): Promise<void>;
};

export type EmbeddedPostgresOptions = {
  /** Folder for the cluster, its password and its log; made when missing. */
  directory: string;
  /** Server settings beside the embedded ones, as in postgresql.conf. */
  settings?: Record<string, string>;
};

type Paths = { directory: string; cluster: string; password: string; log: string };
type Running = { pid: number; port: number };

const pathsIn = (directory: string): Paths => ({
  directory,
  cluster: join(directory, "cluster"),
  password: join(directory, "password"),
  log: join(directory, "server.log"),
});

/**
 * Starts the PostgreSQL that comes from npm, or takes over the one that an earlier process left
 * running on the same folder. It listens on loopback only, has no Unix socket, and wants the random
 * password that lies beside the cluster (mode 0600): other users of this machine do not get in.
 *
 * @throws EmbeddedPostgresError that says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const paths = pathsIn(options.directory);
  const binaries = await findBinaries();
  const account = await unprivilegedAccount();
  if (!account)
    throw new EmbeddedPostgresError(
      "root",
      "PostgreSQL refuses to run as root, and neither a user namespace nor the user `nobody` can be used here. " +
        "Start Automna as an ordinary user, or set DATABASE_URL to a PostgreSQL that is already running.",
    );
  const release = await acquireStartLock(`${options.directory}.lock`, 2 * START_TIMEOUT_MS);
  try {
    if (!existsSync(paths.cluster)) await initialise(paths, binaries.initdb, account);
    const password = (await readFile(paths.password, "utf8")).trim();
    const left = await findRunning(paths, password);
    const running =
      left ?? (await start(paths, binaries.postgres, account, password, options.settings ?? {}));
    await ensureDatabase(running.port, password);
    return {
      url: urlFor(running.port, password, DATABASE),
      adopted: left !== null,
      pid: running.pid,
      stop: () => stop(running.pid),
    };
  } finally {
    await release();
  }
}

type Binaries = { initdb: string; postgres: string };

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const found: Partial<Binaries> = await import(name);
    if (found.initdb && found.postgres) return { initdb: found.initdb, postgres: found.postgres };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      "no-binaries",
      `There is no PostgreSQL for this machine (${name} is not installed). Set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
  throw new EmbeddedPostgresError("no-binaries", `${name} names no initdb and postgres. Set DATABASE_URL.`);
}

/** Builds the whole folder under another name and renames it, so that a half-made one is never used. */
async function initialise(paths: Paths, initdb: string, account: Account): Promise<void> {
  const draft = pathsIn(`${paths.directory}.${randomBytes(6).toString("hex")}`);
  await mkdir(draft.directory, { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft.password, randomBytes(32).toString("base64url"), { mode: 0o600 });
    await adoptable(account, draft.directory, draft.password);
    const argv = ["-D", draft.cluster, "-U", SUPERUSER, `--pwfile=${draft.password}`, "-A", "scram-sha-256"];
    argv.push(
      "-E",
      "UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-instructions",
    );
    const result = await run(account, initdb, argv);
    if (result.exitCode !== 0)
      throw new EmbeddedPostgresError(
        "init-failed",
        `The database could not be created in ${paths.directory}: ${result.output.trim()}. ` +
          "Make the folder writable, or choose another one with DATA_DIR.",
      );
    await rename(draft.directory, paths.directory).catch((error: unknown) => {
      // Somebody else finished first: theirs is as good.
      if (!existsSync(paths.cluster)) throw error;
    });
  } finally {
    await rm(draft.directory, { recursive: true, force: true });
  }
}

async function start(
  paths: Paths,
  postgres: string,
  account: Account,
  password: string,
  settings: Record<string, string>,
): Promise<Running> {
  // Three attempts: the free port may be taken in between, and a postmaster that died hard leaves
  // shared memory that the next one refuses until its last child is gone.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const log = await open(paths.log, "w", 0o600);
    const server = account.spawn(spawn, postgres, serverArguments(paths.cluster, port, settings), {
      cwd: "/",
      // Its own process group: Ctrl+C in the terminal stops the app, and the app stops its database last.
      detached: true,
      // It lives as long as the app, and its environment is as readable: it needs nothing of what is secret.
      env: withoutSecrets(process.env),
      stdio: ["ignore", log.fd, log.fd],
    });
    await log.close();
    if (await answers(server, port, password)) {
      server.unref();
      return { pid: server.pid ?? 0, port };
    }
    if (attempt === 3) {
      const output = await readFile(paths.log, "utf8").catch(() => "");
      throw new EmbeddedPostgresError(
        "start-failed",
        `PostgreSQL did not start in ${paths.directory}: ${output.slice(-2000).trim()}`,
      );
    }
    await sleep(700);
  }
}

function serverArguments(cluster: string, port: number, settings: Record<string, string>): string[] {
  const all = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    shared_buffers: "32MB",
    max_connections: "50",
    ...settings,
  };
  return [
    "-D",
    cluster,
    "-p",
    String(port),
    ...Object.entries(all).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
  ];
}

/** Waits until the server lets us in; false when it exited first. */
async function answers(server: ChildProcess, port: number, password: string): Promise<boolean> {
  const ended = new AbortController();
  server.once("exit", () => ended.abort());
  server.once("error", () => ended.abort());
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!ended.signal.aborted && Date.now() < deadline) {
    if (await accepts(port, password)) return true;
    await sleep(25);
  }
  server.kill("SIGQUIT");
  return false;
}

/** The server of an earlier process on this cluster, once it answers; null when there is none. */
async function findRunning(paths: Paths, password: string): Promise<Running | null> {
  const file = await readFile(join(paths.cluster, "postmaster.pid"), "utf8").catch(() => "");
  // Line 1 is the process id, line 4 the port (PostgreSQL, miscadmin.h).
  const lines = file.split("\n");
  const running = { pid: Number(lines[0]), port: Number(lines[3]) };
  if (!Number.isInteger(running.pid) || running.pid <= 0 || !running.port) return null;
  // It may be recovering, or shutting down, or the number may belong to another process by now.
  for (let attempt = 0; attempt < 100 && isAlive(running.pid); attempt++) {
    if (await accepts(running.port, password)) return running;
    await sleep(50);
  }
  return null;
}

async function stop(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  // "Fast shutdown": open transactions are rolled back, and the next start needs no recovery.
  process.kill(pid, "SIGINT");
  const deadline = Date.now() + 20_000;
  while (isAlive(pid) && Date.now() < deadline) await sleep(15);
  if (isAlive(pid)) process.kill(pid, "SIGQUIT");
}

const urlFor = (port: number, password: string, database: string) =>
  `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;

async function accepts(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: urlFor(port, password, "postgres"),
    connectionTimeoutMillis: 2000,
  });
  // A socket that breaks between two events would otherwise be an uncaught error.
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function ensureDatabase(port: number, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlFor(port, password, "postgres") });
  await client.connect();
  try {
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(DATABASE)}`);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
