import { isOurs } from "../../containers/labels.ts";
import type { Observation } from "../../instance.ts";
import type { Manager } from "./manager.ts";
import { findRecord } from "./node-record.ts";
import { isAlive, serviceObservation } from "./observation.ts";
import { findOverlay } from "./overlay.ts";
import type { Belongings } from "./removal.ts";
import { abandonedRevision } from "./superseded.ts";

/** What there is of an instance. */
export async function lookAt(manager: Manager, own: Belongings): Promise<Observation> {
  const service = await manager.service(own.names.main, own.instanceId);
  if (service === null) return lookWithoutService(manager, own);
  const [tasks, nodes] = await Promise.all([manager.tasks(service.id), manager.nodes()]);
  const abandoned = await abandonedRevision(manager, service, own.instanceId);
  return serviceObservation({ service, tasks, nodes, abandoned });
}

/** It was never started, or somebody removed its service. */
async function lookWithoutService(
  manager: Manager,
  { instanceId, names: { main } }: Belongings,
): Promise<Observation> {
  const [network, record, tasks, nodes] = await Promise.all([
    findOverlay(manager.engine, main),
    findRecord(manager, main, instanceId),
    manager.tasksOf(instanceId),
    manager.nodes(),
  ]);
  if (tasks.some((task) => isAlive(task, nodes))) {
    return { status: "unknown", reason: "The gateway's service was removed, and its task is being ended." };
  }
  if (record !== null || isOurs(network?.Labels, manager.deployment, instanceId)) {
    return { status: "stopped", exit: null };
  }
  await manager.sameSwarm();
  return { status: "absent" };
}
