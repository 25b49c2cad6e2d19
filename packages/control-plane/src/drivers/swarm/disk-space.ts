import { HOME_DIR } from "../../container-profile.ts";
import type { InstanceFailure } from "../../instance.ts";
import { fullWithin } from "../docker/disk-space.ts";
import type { Engine } from "../docker/engine.ts";
import type { TaskView } from "./views.ts";

/** The complaint about the disk of the task that runs; `null` also where none of these engines has its container. */
export async function fullTask(
  engines: readonly Engine[],
  tasks: readonly TaskView[],
): Promise<InstanceFailure | null> {
  const running = tasks.find(({ state, wanted }) => state === "running" && wanted === "running");
  const id = running?.containerId;
  if (!id) return null;
  for (const engine of engines) {
    const container = await engine.find((docker) => docker.getContainer(id).inspect());
    if (container !== null) return fullWithin(engine, container, [HOME_DIR]);
  }
  return null;
}
