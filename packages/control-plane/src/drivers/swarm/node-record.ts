import type { ConfigInfo } from "dockerode";
import { isOurs, LABEL, ownershipLabels } from "../../containers/labels.ts";
import type { Labels } from "../../containers/labels.ts";
import { isConflict } from "../docker/engine.ts";
import { DriverError } from "../driver.ts";
import type { Manager } from "./manager.ts";
import type { ServiceView, TaskView } from "./views.ts";

/** Where an instance's data lies. Whoever may speak to a manager can remove its service; this outlives it. */
export interface NodeRecord {
  /** The only node that may have it; null where the swarm chooses. */
  readonly pinnedTo: string | null;
  /** Nodes that may hold something of it. */
  readonly visited: readonly string[];
  /** One that has run there, if any has. */
  readonly image: string;
  /** Whether a volume of it may lie there. */
  readonly kept: boolean;
}

/** The record of an instance; `null` as long as it was never started. */
export async function findRecord(
  manager: Manager,
  service: string,
  instanceId: string,
): Promise<NodeRecord | null> {
  const found = await findConfig(manager, service, instanceId);
  return found === null ? null : recordFrom(found.Spec?.Labels ?? {});
}

/** Keeps it in the labels of a configuration, all of which that a swarm lets anybody change. */
export async function keepRecord(
  manager: Manager,
  service: string,
  instanceId: string,
  record: NodeRecord,
): Promise<void> {
  const Labels = { ...ownershipLabels(manager.deployment, instanceId), ...labelsOf(record) };
  const found = await findConfig(manager, service, instanceId);
  if (found === null) return create(manager, nameOf(service), Labels);
  const before = found.Spec?.Labels ?? {};
  if (Object.entries(Labels).every(([name, value]) => before[name] === value)) return;
  await manager.engine.ask((docker) =>
    docker
      .getConfig(found.ID)
      .update({ _query: { version: found.Version.Index }, _body: { ...found.Spec, Labels } }),
  );
}

export async function removeRecord(manager: Manager, service: string, instanceId: string): Promise<void> {
  const found = await findConfig(manager, service, instanceId);
  if (found !== null) await manager.engine.find((docker) => docker.getConfig(found.ID).remove());
}

/** Adds to the record what a service says of itself, and its tasks of where they were. */
export async function noteNodes(manager: Manager, name: string, service: ServiceView): Promise<void> {
  const instanceId = service.labels[LABEL.instance] ?? "";
  const [tasks, record] = await Promise.all([
    manager.tasks(service.id),
    findRecord(manager, name, instanceId),
  ]);
  const { pinnedTo } = record ?? service;
  const visited = visitedNodes(record, service, tasks, pinnedTo);
  const kept = mayHaveKept(record, service);
  await keepRecord(manager, name, instanceId, { pinnedTo, visited, image: service.image, kept });
}

/** Every node that may hold something of it. */
export function visitedNodes(
  record: NodeRecord | null,
  service: ServiceView | null,
  tasks: readonly TaskView[],
  pinnedTo: string | null,
): readonly string[] {
  const nodes = [
    ...(record?.visited ?? []),
    ...(service?.visited ?? []),
    ...[pinnedTo, ...tasks.map(({ nodeId }) => nodeId)].flatMap((id) => id ?? []),
  ];
  return [...new Set(nodes)];
}

/** A service without a record is of an earlier version, or its record was removed: nobody knows. */
export function mayHaveKept(record: NodeRecord | null, service: ServiceView | null): boolean {
  return record?.kept ?? service !== null;
}

async function create(manager: Manager, Name: string, Labels: Labels): Promise<void> {
  // The swarm takes no empty one.
  const order = { _query: {}, _body: { Name, Labels, Data: Buffer.from("\n").toString("base64") } };
  await manager.engine
    .ask((docker) => docker.createConfig(order))
    .catch((error: unknown) => {
      if (!isConflict(error)) throw error;
      throw new DriverError(
        "name-taken",
        `A configuration named ${Name} exists that is not of this deployment. Remove it: docker config rm ${Name}.`,
        { cause: error },
      );
    });
}

async function findConfig(
  { engine, deployment }: Manager,
  service: string,
  instanceId: string,
): Promise<ConfigInfo | null> {
  const found = await engine.find((docker) => docker.getConfig(nameOf(service)).inspect());
  return isOurs(found?.Spec?.Labels, deployment, instanceId) ? found : null;
}

const nameOf = (service: string) => `${service}-nodes`;

function labelsOf({ pinnedTo, visited, image, kept }: NodeRecord): Labels {
  return {
    [LABEL.pin]: pinnedTo ?? "",
    [LABEL.nodes]: visited.join(" "),
    [LABEL.image]: image,
    [LABEL.kept]: String(kept),
  };
}

function recordFrom(labels: Labels): NodeRecord {
  return {
    pinnedTo: labels[LABEL.pin] || null,
    visited: (labels[LABEL.nodes] ?? "").split(" ").filter(Boolean),
    image: labels[LABEL.image] ?? "",
    // Records of earlier versions do not say.
    kept: labels[LABEL.kept] !== "false",
  };
}
