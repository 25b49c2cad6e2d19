import { readFile, readdir, readlink, stat } from "node:fs/promises";
import { basename, join } from "node:path";

/** A running `opencode serve`. */
export interface ServeProcess {
  readonly pid: number;
  readonly directory: string;
}

/**
 * `true` for the arguments of an `opencode serve`, started directly or through an interpreter. A program that only
 * mentions those words, such as an editor or a grep, is none.
 */
export function isServeCommand(argv: readonly string[]): boolean {
  return [0, 1].some(
    (at) => /^opencode(\.exe|\.js)?$/.test(basename(argv[at] ?? "")) && argv[at + 1] === "serve",
  );
}

/**
 * Every `opencode serve` of one user.
 *
 * @param proc Where the system shows its processes.
 * @throws Error where there is no such folder, as on macOS.
 */
export async function findServeProcesses(uid: number, proc = "/proc"): Promise<ServeProcess[]> {
  const names = await readdir(proc).catch((cause: unknown) => {
    throw new Error(
      `This needs ${proc}, which this system does not have. Use the router's own folders instead.`,
      {
        cause,
      },
    );
  });
  const found = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => inspect(join(proc, name), Number(name), uid)),
  );
  return found.filter((one) => one !== undefined);
}

/** A process may end, or be somebody else's, while it is looked at: then it is none of ours. */
async function inspect(folder: string, pid: number, uid: number): Promise<ServeProcess | undefined> {
  try {
    if ((await stat(folder)).uid !== uid) return undefined;
    const argv = (await readFile(join(folder, "cmdline"), "utf8")).split("\0");
    return isServeCommand(argv) ? { pid, directory: await readlink(join(folder, "cwd")) } : undefined;
  } catch {
    return undefined;
  }
}
