import type { ContainerNames } from "../../container-profile.ts";
import { isOurs } from "../../containers/labels.ts";
import type { Clock } from "../../clock.ts";
import { DriverError } from "../driver.ts";
import { awaitEnd } from "./convergence.ts";
import type { Manager } from "./manager.ts";
import { findRecord, noteNodes } from "./node-record.ts";
import { isAlive } from "./observation.ts";
import { findOverlay, isOutdated, removeOverlay } from "./overlay.ts";
import type { OverlayWish } from "./overlay.ts";
import type { Routers } from "./routers.ts";
import { withoutTask } from "./service-spec.ts";
import type { ServiceView } from "./views.ts";
import { wipe } from "./wipe.ts";

/** Whose they are, and how they are called. */
export interface Belongings {
  readonly instanceId: string;
  readonly names: ContainerNames;
}

/** Ends the task; the service stays. */
export async function scaleDown(
  manager: Manager,
  { names }: Belongings,
  service: ServiceView,
  clock: Clock,
): Promise<void> {
  await noteNodes(manager, names.main, service);
  if (service.replicas > 0 || service.fileIds.length > 0) {
    await manager.update(service, withoutTask(service.spec));
  }
  await awaitEnd(manager, service, clock);
}

/** Removes the service, running or not. What it kept stays where it is, and on record. */
export async function removeService(manager: Manager, belongings: Belongings, clock: Clock): Promise<void> {
  const service = await manager.service(belongings.names.main, belongings.instanceId);
  if (service === null) return;
  await scaleDown(manager, belongings, service, clock);
  await manager.remove(service.id);
}

/** Throws {@link DriverError} while a task of it runs. */
export async function refuseWhileRunning(
  manager: Manager,
  { instanceId }: Pick<Belongings, "instanceId">,
): Promise<void> {
  const [tasks, nodes] = await Promise.all([manager.tasksOf(instanceId), manager.nodes()]);
  if (!tasks.some((task) => isAlive(task, nodes))) return;
  throw new DriverError("still-running", "The gateway still runs. Stop it before its data is removed.");
}

/** Empties what nodes keep of a stopped gateway. Throws {@link DriverError} while one of them is away. */
export async function wipeNodes(
  manager: Manager,
  { instanceId, names }: Belongings,
  clock: Clock,
): Promise<void> {
  const record = await findRecord(manager, names.main, instanceId);
  if (record === null || !record.kept) return;
  const [nodes, network] = await Promise.all([manager.nodes(), findOverlay(manager.engine, names.main)]);
  const networkId = isOurs(network?.Labels, manager.deployment, instanceId) ? (network?.Id ?? null) : null;
  const order = { instanceId, names, image: record.image, networkId };
  for (const node of nodes.filter(({ id }) => record.visited.includes(id))) {
    await wipe(manager, order, node, clock);
  }
}

/** Removes the instance's network, which no service of it uses any more. */
export async function removeNetwork(
  manager: Manager,
  routers: Routers,
  { instanceId, names }: Belongings,
  clock: Clock,
): Promise<void> {
  const network = await findOverlay(manager.engine, names.main);
  if (network === null || !isOurs(network.Labels, manager.deployment, instanceId)) return;
  await routers.leave(names.main);
  await removeOverlay(manager.engine, network.Id, clock);
}

/** No network can be changed. Its service goes with it; what that kept stays where it is. */
export async function removeOutdated(
  manager: Manager,
  routers: Routers,
  own: Belongings,
  wish: OverlayWish,
  clock: Clock,
): Promise<void> {
  const found = await findOverlay(manager.engine, wish.name);
  if (found === null || found.Scope === "local") return;
  if (!isOurs(found.Labels, manager.deployment, own.instanceId) || !isOutdated(found, wish)) return;
  await refuseWhileHeld(routers, wish);
  await removeService(manager, own, clock);
  await removeNetwork(manager, routers, own, clock);
}

/** Without its service the gateway would be down until the last router could be asked to leave. */
async function refuseWhileHeld(routers: Routers, { name }: OverlayWish): Promise<void> {
  const [away] = (await routers.presence()).away;
  if (away === undefined) return;
  throw new DriverError(
    "engine-unreachable",
    `An engine of a router's node cannot be asked (${away.message}). The network ${name} is made anew once it is back; take it out of ROUTER_ENGINES if it will not be.`,
    { cause: away },
  );
}
