import { readFile } from "node:fs/promises";
import { DriverError } from "../driver.ts";
import { Engine, EngineError } from "./engine.ts";
import type { EngineAddress } from "./engine.ts";
import type { DiskPolicy } from "./volumes.ts";

/**
 * Refuses disks by image files where this process stands in a container of the engine: what it mounts there the engine
 * does not see. An engine that does not answer is not asked again.
 *
 * @param mountInfo `/proc/self/mountinfo`.
 * @throws DriverError
 */
export async function refuseUnseenDisks(
  { disk, engine }: { readonly disk?: DiskPolicy; readonly engine?: EngineAddress },
  mountInfo: () => Promise<string> = () => readFile("/proc/self/mountinfo", "utf8").catch(() => ""),
): Promise<void> {
  if (disk?.kind !== "loopback") return;
  const id = containerIdIn(await mountInfo());
  if (id === null || !(await has(new Engine(engine), id))) return;
  throw new DriverError(
    "io-failed",
    "Disks cannot be limited by loopback from inside of a container: the engine does not see what is mounted there. Set GATEWAY_DISK_BY to quota or tmpfs, unset GATEWAY_DISK_MB, or run the app on the engine's host itself.",
  );
}

/** Of the container that these mounts are of, by the files that Docker mounts into each; `null` outside of any. */
export function containerIdIn(mountInfo: string): string | null {
  return /\/containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf) \/etc\//.exec(mountInfo)?.[1] ?? null;
}

async function has(engine: Engine, containerId: string): Promise<boolean> {
  try {
    const found = await engine.find((docker, abortSignal) =>
      docker.getContainer(containerId).inspect({ abortSignal }),
    );
    return found !== null;
  } catch (error) {
    // While it is away everything else starts as well.
    if (error instanceof EngineError) return false;
    throw error;
  }
}
