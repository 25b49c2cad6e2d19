import type { Labels } from "../../containers/labels.ts";
import { isOurs, LABEL } from "../../containers/labels.ts";
import { DriverError } from "../driver.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./engine.ts";
import type { LoopbackDisks } from "./loopback-disks.ts";

/** How the size of an instance's volumes is limited. Bytes are for each volume. */
export type DiskPolicy =
  /** Not at all. */
  | { readonly kind: "unlimited" }
  /** By the engine's own volumes: needs XFS with project quotas under Docker's data folder. */
  | { readonly kind: "quota"; readonly bytes: number }
  /** An ext4 image for each volume, mounted on this host: needs root, and the engine on this host. */
  | { readonly kind: "loopback"; readonly bytes: number; readonly directory: string }
  /** In memory: what the agent keeps is gone when it stops. */
  | { readonly kind: "tmpfs"; readonly bytes: number };

export interface VolumeWish {
  readonly name: string;
  readonly labels: Labels;
  readonly disk: DiskPolicy;
}

/** Makes the volume unless it is there, and has its disk mounted. */
export async function ensureVolume(
  engine: Engine,
  wish: VolumeWish,
  disks: LoopbackDisks | null,
): Promise<void> {
  const { name, labels, disk } = wish;
  const found = await findVolume(engine, name);
  if (found !== null && !isOurs(found, labels[LABEL.deployment] ?? "", labels[LABEL.instance] ?? "")) {
    throw new DriverError(
      "name-taken",
      `A volume named ${name} exists that is not of this deployment. Rename or remove it: docker volume rm ${name}.`,
    );
  }
  // After a restart of the machine an image has to be mounted again.
  const mountedAt = disk.kind === "loopback" ? await disks?.mount(name, disk.bytes) : undefined;
  if (found !== null) return;
  try {
    await engine.ask((docker, abortSignal) =>
      docker.createVolume({
        Name: name,
        Driver: "local",
        Labels: { ...labels },
        DriverOpts: volumeOptions(disk, mountedAt),
        abortSignal,
      }),
    );
  } catch (error) {
    if (disk.kind !== "quota" || !(error instanceof EngineError) || !/quota/i.test(error.message))
      throw error;
    throw new DriverError(
      "io-failed",
      "The engine cannot limit the size of volumes: that needs XFS mounted with pquota. Limit disks by tmpfs, by loopback where the app stands on the engine's host itself, or not at all.",
      { cause: error },
    );
  }
}

/** The labels of a volume; `null` when there is none. */
export async function findVolume(engine: Engine, name: string): Promise<Labels | null> {
  const found = await engine.find((docker, abortSignal) => docker.getVolume(name).inspect({ abortSignal }));
  return found === null ? null : (found.Labels ?? {});
}

/** Removes the volume if it is this instance's. */
export async function removeVolume(
  engine: Engine,
  name: string,
  deployment: string,
  instanceId: string,
): Promise<void> {
  if (!isOurs(await findVolume(engine, name), deployment, instanceId)) return;
  await engine.find((docker, abortSignal) => docker.getVolume(name).remove({ abortSignal }));
}

/** The operator's way of limiting it, the instance's own size. */
export function diskOf<Policy extends DiskPolicy>(policy: Policy, bytes: number | undefined): Policy {
  return policy.kind === "unlimited" || bytes === undefined ? policy : { ...policy, bytes };
}

/** What the engine's own volume driver is told. */
export function volumeOptions(disk: DiskPolicy, mountedAt?: string): Record<string, string> {
  switch (disk.kind) {
    case "unlimited":
      return {};
    case "quota":
      return { size: String(disk.bytes) };
    case "tmpfs":
      return {
        type: "tmpfs",
        device: "tmpfs",
        o: `size=${disk.bytes},mode=0700,uid=1000,gid=1000,nosuid,nodev`,
      };
    case "loopback":
      return { type: "none", o: "bind", device: mountedAt ?? "" };
  }
}
