import type { Clock } from "../../clock.ts";
import { DriverError } from "../driver.ts";
import { awaitEnd } from "./convergence.ts";
import type { Manager } from "./manager.ts";
import { isAlive } from "./observation.ts";
import { visitedNodes } from "./ordering.ts";
import { withoutTask } from "./service-spec.ts";
import type { ServiceView } from "./views.ts";
import { wipe } from "./wipe.ts";

/** Ends the task; the service stays as the record that there is an instance. */
export async function scaleDown(manager: Manager, service: ServiceView, clock: Clock): Promise<void> {
  if (service.replicas > 0 || service.fileIds.length > 0) {
    const tasks = await manager.tasks(service.id);
    await manager.update(service, withoutTask(service.spec, visitedNodes(service, tasks, null)));
  }
  await awaitEnd(manager, service, clock);
}

/**
 * Removes the service. Throws {@link DriverError} while it runs, and while a node that has its data is away.
 *
 * @param isOnNodes Whether its data lies on nodes, and has to be removed there.
 */
export async function removeService(
  manager: Manager,
  service: ServiceView,
  isOnNodes: boolean,
  clock: Clock,
): Promise<void> {
  const [tasks, nodes] = await Promise.all([manager.tasks(service.id), manager.nodes()]);
  if (tasks.some((task) => isAlive(task, nodes))) {
    throw new DriverError("still-running", "The gateway still runs. Stop it before its data is removed.");
  }
  await scaleDown(manager, service, clock);
  const visited = isOnNodes ? visitedNodes(service, tasks, service.pinnedTo) : [];
  for (const node of nodes.filter(({ id }) => visited.includes(id))) {
    await wipe(manager, service, node, clock);
  }
  await manager.remove(service.id);
}
