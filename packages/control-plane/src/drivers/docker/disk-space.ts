import { statfs } from "node:fs/promises";
import type { ContainerInspectInfo } from "dockerode";
import { HOME_DIR, WORKSPACE_DIR } from "../../container-profile.ts";
import type { InstanceFailure } from "../../instance.ts";
import type { Engine } from "./engine.ts";
import { outputWithin } from "./exec.ts";
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

export interface DiskHolder {
  /** Its volumes. */
  readonly volumes: readonly string[];
  /** The gateway's own container; `null` when there is none. */
  readonly container: () => Promise<ContainerInspectInfo | null>;
}

/**
 * The complaint about the first volume without room. Where the engine's disks cannot be seen from here, since it is
 * another machine's or this process stands in a container, the gateway is asked, while it runs. Without a limit there is
 * nothing to see: the disk is the machine's.
 *
 * @param see Rejects for what is not there.
 */
export async function fullDisk(
  engine: Engine,
  { volumes, container }: DiskHolder,
  { kind }: DiskPolicy,
  disks: LoopbackDisks | null,
  see: (path: string) => Promise<Space & { readonly type: number }> = statfs,
): Promise<InstanceFailure | null> {
  if (kind === "unlimited") return null;
  for (const name of volumes) {
    const path = disks === null ? await mountPointOf(engine, name) : await disks.mounted(name);
    if (path === null) continue;
    const space = await see(path).catch(() => null);
    if (space === null) return fullWithin(engine, await container(), [HOME_DIR, WORKSPACE_DIR]);
    // A volume in memory is mounted only while it is used; else this is the engine's own disk.
    if (kind === "tmpfs" && space.type !== TMPFS) continue;
    const complaint = complaintAbout(space);
    if (complaint !== null) return complaint;
  }
  return null;
}

/** The same of what is mounted in a container; `null` also while it does not run. */
export async function fullWithin(
  engine: Engine,
  container: Pick<ContainerInspectInfo, "Id" | "State"> | null,
  paths: readonly string[],
): Promise<InstanceFailure | null> {
  if (!container?.State.Running || container.State.Paused) return null;
  const table = await outputWithin(engine, container.Id, ["df", "-P", "-k", ...paths]);
  return spacesIn(table).reduce<InstanceFailure | null>(
    (found, space) => found ?? complaintAbout(space),
    null,
  );
}

/** What `df -P -k` prints: a line of names, then one for each path with its size, what is used and what is left. */
export function spacesIn(table: string): readonly Space[] {
  return table.split("\n").flatMap((line) => {
    const [, blocks, bavail] = /^\S+\s+(\d+)\s+\d+\s+(\d+)\s+\d+%\s/.exec(line) ?? [];
    return blocks === undefined ? [] : [{ blocks: Number(blocks), bavail: Number(bavail), bsize: 1024 }];
  });
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
