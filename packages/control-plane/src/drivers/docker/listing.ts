import type { ContainerInfo, VolumeInspectInfo } from "dockerode";
import { isFilesVolume } from "../../container-profile.ts";
import { LABEL } from "../../containers/labels.ts";
import type { Labels } from "../../containers/labels.ts";
import type { ListedInstance } from "../driver.ts";

/** What the engine's lists say about instances: one that is stopped has volumes for its data only. */
export function listedInstances(
  containers: readonly Pick<ContainerInfo, "Labels" | "Created">[],
  volumes: readonly VolumeInspectInfo[],
): readonly ListedInstance[] {
  const found = new Map<string, ListedInstance>();
  const add = (labels: Labels | null | undefined, running: boolean, createdAt: number) => {
    const instanceId = labels?.[LABEL.instance];
    if (instanceId === undefined) return;
    const known = found.get(instanceId);
    found.set(instanceId, {
      instanceId,
      running: running || known?.running === true,
      createdAt: Math.min(createdAt, known?.createdAt ?? createdAt),
    });
  };
  for (const { Labels, Created } of containers) add(Labels, true, Created * 1000);
  for (const volume of volumes) add(volume.Labels, isFilesVolume(volume.Name), createdAtOf(volume));
  return [...found.values()].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
}

/** The types of the engine's answer leave it out. */
function createdAtOf(volume: VolumeInspectInfo): number {
  return "CreatedAt" in volume && typeof volume.CreatedAt === "string" ? Date.parse(volume.CreatedAt) : 0;
}
