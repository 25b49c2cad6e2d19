import { chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { GATEWAY_UID } from "../../container-profile.ts";
import { DriverError } from "../driver.ts";

/** Folders of gateways in a directory that all nodes share with this process. */
export class SharedFolders {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async ensure(name: string): Promise<void> {
    const path = join(this.#directory, name);
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
      await chown(path, GATEWAY_UID, GATEWAY_UID);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw new DriverError(
        "io-failed",
        `The folder of the gateway could not be made (${words}). The worker needs ${this.#directory} under the same path as the nodes, and may have to be root.`,
        { cause: error },
      );
    }
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#directory, name), { recursive: true, force: true });
  }
}
