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
 * @param isMeant Of all that nothing uses.
 * @returns Whether there is nothing left to do.
 */
export async function removeSuperseded(
  manager: Manager,
  name: string,
  instanceId: string,
  isMeant: (file: StoredFile) => boolean = () => true,
): Promise<boolean> {
  const service = await manager.service(name, instanceId);
  if (service === null || service.replicas === 0) return true;
  const [tasks, nodes] = await Promise.all([manager.tasks(service.id), manager.nodes()]);
  if (!isConverged({ service, tasks, nodes })) return false;
  await removeFiles(manager.engine, (await unusedFiles(manager, service, instanceId)).filter(isMeant));
  return true;
}

/** Ids of the files that no service which runs uses, by instance. */
export async function strayFiles(manager: Manager): Promise<ReadonlyMap<string, readonly string[]>> {
  const [services, files] = await Promise.all([
    manager.services(),
    storedFiles(manager.engine, manager.deployment),
  ]);
  const used = new Map(
    services.flatMap(({ labels, replicas, fileIds }) =>
      replicas > 0 ? [[labels[LABEL.instance] ?? "", fileIds] as const] : [],
    ),
  );
  const stray = files.filter(({ id, instanceId }) => used.get(instanceId)?.includes(id) === false);
  const byInstance = Map.groupBy(stray, ({ instanceId }) => instanceId);
  return new Map([...byInstance].map(([instanceId, own]) => [instanceId, own.map(({ id }) => id)]));
}

async function unusedFiles(
  manager: Manager,
  { fileIds }: ServiceView,
  instanceId: string,
): Promise<readonly StoredFile[]> {
  const files = await storedFiles(manager.engine, manager.deployment, instanceId);
  return files.filter(({ id }) => !fileIds.includes(id));
}
