import { spawnSync } from "node:child_process";

/** Twice what tests write at a time, images of containers included: what runs wants memory too. */
const ENOUGH_KB = 12 * 1024 ** 2;

const MOUNT = 'mount -t tmpfs -o mode=1777 tmpfs "$0" && exec "$@"';

/**
 * The command that runs another one for which the files of a folder are in memory, if this machine lets it and has enough of
 * that: databases, engines and gateways wait for a disk again and again. Nobody else sees the files, and they go when the
 * last process that the command leaves has ended.
 *
 * @param folder An empty one.
 */
export function withFilesInMemory(
  command: readonly string[],
  folder: string,
  enoughKb = ENOUGH_KB,
): readonly string[] {
  const inMemory = (inside: readonly string[]) => ["--mount", "sh", "-c", MOUNT, folder, ...inside];
  const isPossible =
    process.platform === "linux" &&
    process.availableMemory() / 1_024 >= enoughKb &&
    spawnSync("unshare", inMemory(["true"]), { stdio: "ignore" }).status === 0;
  return isPossible ? ["unshare", ...inMemory(command)] : command;
}
