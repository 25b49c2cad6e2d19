import { statfs } from "node:fs/promises";
import type { InstanceFailure } from "../../instance.ts";
import type { Engine } from "./engine.ts";
import type { LoopbackDisks } from "./loopback-disks.ts";
import type { DiskPolicy } from "./volumes.ts";

/** Of a file system, as far as it is looked at. */
interface Space {
  readonly blocks: number;
  readonly bavail: number;
  readonly bsize: number;
}

const TMPFS = 0x0102_1994;
/** ext4 refuses to write while it still has 2 % or 16 MB, whichever is less. */
const RESERVED_PART = 0.05;
const RESERVED_BYTES = 32 * 1024 ** 2;

/**
 * The complaint about the first volume without room; `null` also where its disk cannot be seen from here. Without a
 * limit there is nothing to see: the disk is the machine's.
 */
export async function fullDisk(
  engine: Engine,
  volumes: readonly string[],
  { kind }: DiskPolicy,
  disks: LoopbackDisks | null,
): Promise<InstanceFailure | null> {
  if (kind === "unlimited") return null;
  for (const name of volumes) {
    const path = disks === null ? await mountPointOf(engine, name) : await disks.mounted(name);
    const space = path === null ? null : await statfs(path).catch(() => null);
    // A volume in memory is mounted only while it is used; else this is the engine's own disk.
    if (space === null || (kind === "tmpfs" && space.type !== TMPFS)) continue;
    const complaint = complaintAbout(space);
    if (complaint !== null) return complaint;
  }
  return null;
}

/** What there is to say of a disk with this much space; `null` when there is room. */
export function complaintAbout({ blocks, bavail, bsize }: Space): InstanceFailure | null {
  if (blocks === 0 || bavail * bsize > Math.min(blocks * bsize * RESERVED_PART, RESERVED_BYTES)) return null;
  const megabytes = Math.round((blocks * bsize) / 1024 ** 2);
  return {
    code: "disk-full",
    message: `The gateway's disk of ${megabytes} MB is full, and nothing new can be kept. Have the agent delete files, or raise the disk limit and restart it.`,
  };
}

async function mountPointOf(engine: Engine, name: string): Promise<string | null> {
  const volume = await engine.find((docker, abortSignal) => docker.getVolume(name).inspect({ abortSignal }));
  return volume?.Mountpoint ?? null;
}
