import { LABEL } from "../../containers/labels.ts";
import type { Sighting } from "../driver.ts";
import type { Manager } from "./manager.ts";
import { serviceObservation } from "./observation.ts";
import type { NodeView, ServiceView, TaskView } from "./views.ts";

/** The gateways of a deployment that run, by three requests. */
export async function surveyServices(manager: Manager): Promise<ReadonlyMap<string, Sighting>> {
  const lists = await Promise.all([manager.services(), manager.tasks(), manager.nodes()]);
  return servicesSeen(...lists);
}

/** Of which nothing has to be asked beside the lists: what has no task, or went back to what it was, is left out. */
function servicesSeen(
  services: readonly ServiceView[],
  tasks: readonly TaskView[],
  nodes: readonly NodeView[],
): ReadonlyMap<string, Sighting> {
  // What empties volumes has no revision.
  const gateways = tasks.filter(({ revision }) => revision !== "");
  const byInstance = Map.groupBy(gateways, ({ instanceId }) => instanceId ?? "");
  const found = new Map<string, Sighting>();
  for (const service of services) {
    const instanceId = service.labels[LABEL.instance] ?? "";
    const own = byInstance.get(instanceId);
    if (own === undefined || service.update?.startsWith("rollback") === true) continue;
    const seen = serviceObservation({ service, tasks: own, nodes, abandoned: null });
    if (seen.status === "running") found.set(instanceId, { revision: seen.revision, target: seen.target });
  }
  return found;
}
