import { LABEL } from "../../containers/labels.ts";
import { isConverged } from "./convergence.ts";
import { removeFiles, storedFiles } from "./files.ts";
import type { StoredFile } from "./files.ts";
import type { Manager } from "./manager.ts";
import type { ServiceView } from "./views.ts";

/** What the swarm was told to run and went back from: its files are still there, and nothing uses them. */
export async function abandonedRevision(
  manager: Manager,
  service: ServiceView,
  instanceId: string,
): Promise<string | null> {
  if (service.update?.startsWith("rollback") !== true) return null;
  const unused = await unusedFiles(manager, service, instanceId);
  const others = unused.filter(({ revision }) => revision !== service.labels[LABEL.revision]);
  return others.toSorted((a, b) => b.createdAt - a.createdAt)[0]?.revision ?? null;
}

/**
 * Removes the files of earlier revisions once the swarm has settled on this one, and would not go back any more.
 *
 * @returns Whether there is nothing left to do.
 */
export async function removeSuperseded(manager: Manager, name: string, instanceId: string): Promise<boolean> {
  const service = await manager.service(name, instanceId);
  if (service === null || service.replicas === 0) return true;
  const [tasks, nodes] = await Promise.all([manager.tasks(service.id), manager.nodes()]);
  if (!isConverged({ service, tasks, nodes })) return false;
  await removeFiles(manager.engine, await unusedFiles(manager, service, instanceId));
  return true;
}

async function unusedFiles(
  manager: Manager,
  { fileIds }: ServiceView,
  instanceId: string,
): Promise<readonly StoredFile[]> {
  const files = await storedFiles(manager.engine, manager.deployment, instanceId);
  return files.filter(({ id }) => !fileIds.includes(id));
}
