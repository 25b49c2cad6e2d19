import { containerProfile } from "../../container-profile.ts";
import type { ContainerPolicy, ContainerProfile } from "../../container-profile.ts";
import { LABEL } from "../../containers/labels.ts";
import type { InstanceSpec } from "../../instance.ts";
import { isConflict } from "../docker/engine.ts";
import { diskOf } from "../docker/volumes.ts";
import { DriverError } from "../driver.ts";
import { createFiles, removeFiles } from "./files.ts";
import type { SwarmFile } from "./files.ts";
import { imageReference } from "./image-reference.ts";
import type { Manager } from "./manager.ts";
import { keepRecord, mayHaveKept, visitedNodes } from "./node-record.ts";
import type { NodeRecord } from "./node-record.ts";
import type { Overlay } from "./overlay.ts";
import { chooseNode, constraintsFor, eligibleNodes } from "./placement.ts";
import type { NodeLabel } from "./placement.ts";
import { reservedMemory, serviceWeaknesses, swarmService, withoutTask } from "./service-spec.ts";
import { isInMemory } from "./state-policy.ts";
import type { StatePolicy } from "./state-policy.ts";
import type { NodeView, ServiceView, TaskView } from "./views.ts";

/** What an operator decides for every service. */
export interface OrderPolicy {
  readonly containers: ContainerPolicy;
  readonly state: StatePolicy;
  readonly nodes: NodeLabel | null;
  readonly maxRestarts: number;
  /** Milliseconds. */
  readonly stableAfterMs: number;
  /** Milliseconds. */
  readonly monitorMs: number;
}

/** What there is before the order. */
export interface Situation {
  readonly service: ServiceView | null;
  /** Where it was, whether there is still a service that says so or not. */
  readonly record: NodeRecord | null;
  readonly tasks: readonly TaskView[];
  readonly nodes: readonly NodeView[];
}

/**
 * Creates the service, or orders another revision of it, and has the manager's word that it is as hardened as ordered.
 *
 * @param attempt Names this try.
 * @returns What the gateway was ordered to be.
 */
export async function orderService(
  manager: Manager,
  policy: OrderPolicy,
  wish: { readonly spec: InstanceSpec; readonly overlay: Overlay; readonly attempt: string },
  situation: Situation,
): Promise<ContainerProfile> {
  const { spec, overlay } = wish;
  const { service, record, tasks, nodes } = situation;
  const profile = await profileOf(manager, policy, wish, nodes);
  const pinnedTo = await pinOf(manager, policy, profile, situation);
  const visited = visitedNodes(record, service, tasks, pinnedTo);
  // Nobody knows yet whether the ordered one runs.
  const image = service?.image ?? profile.image;
  const state = { ...policy.state, disk: diskOf(policy.state.disk, spec.limits?.disk) };
  const kept = mayHaveKept(record, service) || !isInMemory(state);
  await keepRecord(manager, profile.name, spec.id, { pinnedTo, visited, image, kept });
  const files = await createFiles(manager.engine, profile);
  const order = swarmService(profile, {
    networkId: overlay.id,
    files,
    state,
    constraints: constraintsFor(policy.nodes),
    pinnedTo,
    maxRestarts: policy.maxRestarts,
    stableAfterMs: policy.stableAfterMs,
    monitorMs: policy.monitorMs,
    forced: (service?.forced ?? 0) + 1,
    startInterval: await hasStartInterval(manager),
  });
  if (service === null) await create(manager, order, files);
  else await manager.update(service, order);
  await verify(manager, profile, spec.id, files);
  return profile;
}

async function profileOf(
  manager: Manager,
  { containers, nodes: label }: OrderPolicy,
  { spec, overlay, attempt }: { spec: InstanceSpec; overlay: Overlay; attempt: string },
  nodes: readonly NodeView[],
): Promise<ContainerProfile> {
  const { routerAddresses } = overlay;
  const profile = containerProfile(spec, containers, { routerAddresses, attempt, workspace: "within" });
  const image = await imageReference(manager.engine, profile.image);
  // An engine refuses more CPUs than it has.
  const most = Math.min(...eligibleNodes(nodes, label).map(({ cpus }) => cpus));
  return { ...profile, image, limits: { ...profile.limits, cpus: Math.min(profile.limits.cpus, most) } };
}

/** A node that was removed from the swarm will not come back: another one is chosen then. */
async function pinOf(
  manager: Manager,
  { state, nodes: label }: OrderPolicy,
  profile: ContainerProfile,
  { service, record, nodes }: Situation,
): Promise<string | null> {
  if (state.kind !== "node") return null;
  const pinnedTo = (record ?? service)?.pinnedTo ?? null;
  if (pinnedTo !== null && nodes.some(({ id }) => id === pinnedTo)) return pinnedTo;
  return chooseNode(eligibleNodes(nodes, label), await manager.tasks(), reservedMemory(profile));
}

async function create(
  manager: Manager,
  order: ReturnType<typeof swarmService>,
  files: readonly SwarmFile[],
): Promise<void> {
  await manager.create(order).catch(async (error: unknown) => {
    if (!isConflict(error)) throw error;
    // Each try would leave another secret.
    await removeFiles(manager.engine, files);
    throw new DriverError(
      "name-taken",
      `A service named ${order.Name} exists that is not of this deployment. Rename or remove it: docker service rm ${order.Name}.`,
      { cause: error },
    );
  });
}

async function verify(
  manager: Manager,
  profile: ContainerProfile,
  instanceId: string,
  files: readonly SwarmFile[],
): Promise<void> {
  const made = await manager.service(profile.name, instanceId);
  const isOurs = made?.labels[LABEL.attempt] === profile.labels[LABEL.attempt];
  const found = isOurs ? serviceWeaknesses(made?.spec, profile) : [];
  if (made === null || found.length === 0) return;
  await manager.update(made, withoutTask(made.spec));
  await removeFiles(manager.engine, files);
  throw new DriverError(
    "not-hardened",
    `The swarm made the service weaker than ordered (${found.join(", ")}); it was stopped. Update Docker on its managers.`,
  );
}

const START_INTERVAL_API = 44;

async function hasStartInterval(manager: Manager): Promise<boolean> {
  const { ApiVersion } = await manager.engine.ask((docker) => docker.version());
  return Number(ApiVersion.split(".")[1]) >= START_INTERVAL_API;
}
