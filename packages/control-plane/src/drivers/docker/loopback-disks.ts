import { execFile } from "node:child_process";
import { mkdir, open, rename, rm, stat, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "../../clock.ts";
import { DriverError } from "../driver.ts";

const run = promisify(execFile);

/** One ext4 image file for each volume, so that a full disk is its owner's alone. Sparse: it takes what is used. */
export class LoopbackDisks {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Makes the disk unless it is there and mounts it; one that is smaller grows, none shrinks. No container may use it.
   * Resolves with a folder inside of it: a container whose disk is not mounted then fails to start instead of writing
   * beside it.
   */
  async mount(name: string, bytes: number): Promise<string> {
    const { image, mountPoint, data } = this.#pathsOf(name);
    try {
      await mkdir(mountPoint, { recursive: true, mode: 0o700 });
      const size = await sizeOf(image);
      if (size === null) await format(image, bytes);
      if (size !== null && size < bytes) await grow(image, mountPoint, bytes);
      if (!(await isMounted(mountPoint))) {
        await run("mount", ["-t", "ext4", "-o", "loop,nosuid,nodev,noatime", image, mountPoint]);
      }
      await mkdir(data, { recursive: true, mode: 0o700 });
      return data;
    } catch (cause) {
      throw new DriverError(
        "io-failed",
        `The disk image ${image} could not be made or mounted. That needs root, mkfs.ext4, resize2fs and loop devices on the engine's own host.`,
        { cause },
      );
    }
  }

  /** Where the disk is mounted; `null` when it is not. */
  async mounted(name: string): Promise<string | null> {
    const { mountPoint } = this.#pathsOf(name);
    return (await isMounted(mountPoint)) ? mountPoint : null;
  }

  async remove(name: string): Promise<void> {
    const { image, mountPoint } = this.#pathsOf(name);
    if (await isMounted(mountPoint)) await run("umount", [mountPoint]);
    await rm(mountPoint, { recursive: true, force: true });
    await rm(image, { force: true });
  }

  #pathsOf(name: string): { image: string; mountPoint: string; data: string } {
    const mountPoint = join(this.#directory, name);
    return { image: `${mountPoint}.ext4`, mountPoint, data: join(mountPoint, "data") };
  }
}

/** Under another name until it is whole: a half-made image is never mounted. */
async function format(image: string, bytes: number): Promise<void> {
  const draft = `${image}.draft`;
  const file = await open(draft, "w", 0o600);
  await file.truncate(bytes);
  await file.close();
  await run("mkfs.ext4", ["-q", "-F", "-m", "0", draft]);
  await rename(draft, image);
}

/** Nothing happens to the image before its larger copy is whole. */
async function grow(image: string, mountPoint: string, bytes: number): Promise<void> {
  if (await isMounted(mountPoint)) await run("umount", [mountPoint]);
  // A paused container has it still; it grows at a later start.
  if (!(await isFree(image))) return;
  const draft = `${image}.draft`;
  await run("cp", ["--sparse=always", image, draft]);
  await truncate(draft, bytes);
  // 1: errors were corrected.
  await run("e2fsck", ["-f", "-p", draft]).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === 1)) throw error;
  });
  await run("resize2fs", [draft]);
  await rename(draft, image);
}

/** A container that is starting has a copy of all mounts for a moment, whoever's they are. */
async function isFree(image: string): Promise<boolean> {
  for (let tries = 0; tries < 30; tries++) {
    const { stdout: users } = await run("losetup", ["-j", image]);
    if (users.trim() === "") return true;
    await systemClock.sleep(100);
  }
  return false;
}

/** In bytes; `null` without such a file. */
async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  );
}

/** A mounted disk is another device than the folder that it is in. */
async function isMounted(mountPoint: string): Promise<boolean> {
  const [inside, outside] = await Promise.all(
    [mountPoint, dirname(mountPoint)].map((path) => stat(path).catch(() => null)),
  );
  return inside !== null && inside !== undefined && inside.dev !== outside?.dev;
}
