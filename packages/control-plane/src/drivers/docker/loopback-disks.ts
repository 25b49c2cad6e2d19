import { execFile } from "node:child_process";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { DriverError } from "../driver.ts";

const run = promisify(execFile);

/** One ext4 image file for each volume, so that a full disk is its owner's alone. Sparse: it takes what is used. */
export class LoopbackDisks {
  readonly #directory: string;
  readonly #bytes: number;

  constructor(directory: string, bytes: number) {
    this.#directory = directory;
    this.#bytes = bytes;
  }

  /**
   * Makes the disk unless it is there and mounts it. Resolves with a folder inside of it: a container whose disk is
   * not mounted then fails to start instead of writing beside it.
   */
  async mount(name: string): Promise<string> {
    const { image, mountPoint, data } = this.#pathsOf(name);
    try {
      await mkdir(mountPoint, { recursive: true, mode: 0o700 });
      if (!(await isThere(image))) await this.#format(image);
      if (!(await isMounted(mountPoint))) {
        await run("mount", ["-t", "ext4", "-o", "loop,nosuid,nodev,noatime", image, mountPoint]);
      }
      await mkdir(data, { recursive: true, mode: 0o700 });
      return data;
    } catch (cause) {
      throw new DriverError(
        "io-failed",
        `The disk image ${image} could not be made or mounted. That needs root, mkfs.ext4 and loop devices on the engine's own host.`,
        { cause },
      );
    }
  }

  async remove(name: string): Promise<void> {
    const { image, mountPoint } = this.#pathsOf(name);
    if (await isMounted(mountPoint)) await run("umount", [mountPoint]);
    await rm(mountPoint, { recursive: true, force: true });
    await rm(image, { force: true });
  }

  /** Under another name until it is whole: a half-made image is never mounted. */
  async #format(image: string): Promise<void> {
    const draft = `${image}.draft`;
    const file = await open(draft, "w", 0o600);
    await file.truncate(this.#bytes);
    await file.close();
    await run("mkfs.ext4", ["-q", "-F", "-m", "0", draft]);
    await rename(draft, image);
  }

  #pathsOf(name: string): { image: string; mountPoint: string; data: string } {
    const mountPoint = join(this.#directory, name);
    return { image: `${mountPoint}.ext4`, mountPoint, data: join(mountPoint, "data") };
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isMounted(mountPoint: string): Promise<boolean> {
  const table = await readFile("/proc/self/mounts", "utf8");
  return table
    .split("\n")
    .some((line) => line.split(" ")[1] === mountPoint.replaceAll(" ", String.raw`\040`));
}
