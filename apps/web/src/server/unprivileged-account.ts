import { execFile, spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { chown } from "node:fs/promises";
import { promisify } from "node:util";

/** How to run a program that refuses to run as root. */
export type Account = {
  spawn(start: typeof spawn, file: string, argv: string[], options: SpawnOptions): ChildProcess;
  /** Owner for files that the program must be able to change; null when it is whoever we are. */
  owner: { uid: number; gid: number } | null;
};

const NAMESPACE = ["--user", "--map-user=65534", "--map-group=65534", "--"];

/**
 * Whoever we are, unless that is root. Then a user namespace in which root looks like `nobody` and
 * still reads what root can; where namespaces are shut off, the real `nobody`, which needs every
 * folder above the files to be passable. Null when neither can be had.
 */
export async function unprivilegedAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0)
    return { spawn: (start, file, argv, options) => start(file, argv, options), owner: null };
  const execute = promisify(execFile);
  const namespaces = await execute("unshare", [...NAMESPACE, "true"]).then(
    () => true,
    () => false,
  );
  if (namespaces)
    return {
      spawn: (start, file, argv, options) => start("unshare", [...NAMESPACE, file, ...argv], options),
      owner: null,
    };
  try {
    const uid = Number((await execute("id", ["-u", "nobody"])).stdout);
    const gid = Number((await execute("id", ["-g", "nobody"])).stdout);
    return {
      spawn: (start, file, argv, options) => start(file, argv, { ...options, uid, gid }),
      owner: { uid, gid },
    };
  } catch {
    return null;
  }
}

/** Hands files to the account, when it is another user. */
export async function adoptable(account: Account, ...files: string[]): Promise<void> {
  const { owner } = account;
  if (owner) await Promise.all(files.map((file) => chown(file, owner.uid, owner.gid)));
}

/** Runs a program to its end and collects what it printed. */
export function run(
  account: Account,
  file: string,
  argv: string[],
): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = account.spawn(spawn, file, argv, { cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? -1, output }));
  });
}
