import { LABEL } from "../../containers/labels.ts";
import type { Clock } from "../../clock.ts";
import type { InstanceSpec } from "../../instance.ts";
import { DriverError } from "../driver.ts";
import type { Manager } from "./manager.ts";
import { isAlive, newestTask } from "./observation.ts";
import type { ServiceFacts } from "./observation.ts";
import type { ServiceView, TaskView } from "./views.ts";

const POLL_MS = 200;
/** A large image over a slow line: the node pulls it. */
const ACCEPTANCE_LIMIT_MS = 15 * 60_000;
/** The swarm may only just have made room. */
const UNPLACED_LIMIT_MS = 10_000;
/** A stop may take the whole grace, and the swarm some more. */
const STOP_MARGIN_MS = 30_000;
const IMAGE_MISSING = /no such image|pull access denied|manifest|not found: /i;

/**
 * Resolves when a node has begun to start the ordered gateway, or has failed in a way that an observation tells.
 *
 * @param before Tasks that were there before the order.
 * @param signal Ends the wait: the swarm goes on with the order.
 */
export async function awaitAcceptance(
  manager: Manager,
  name: string,
  { id, revision, image }: InstanceSpec,
  before: readonly TaskView[],
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  const old = new Set(before.map((task) => task.id));
  const startedAt = clock.now();
  for (; clock.now() - startedAt < ACCEPTANCE_LIMIT_MS; await clock.sleep(POLL_MS, signal)) {
    const service = await manager.service(name, id);
    if (service === null || service.labels[LABEL.revision] !== revision) return;
    const task = newestTask((await manager.tasks(service.id)).filter((each) => !old.has(each.id)));
    switch (task?.state) {
      case "rejected":
        if (IMAGE_MISSING.test(task.error)) throw imageMissing(image, task);
        return;
      case "starting":
      case "running":
      case "complete":
      case "failed":
      case "shutdown":
        return;
      case "pending":
        if (await isPinAway(manager, service)) return;
        if (task.error !== "" && clock.now() - startedAt > UNPLACED_LIMIT_MS) throw noNode(task);
        break;
      default:
    }
  }
}

async function isPinAway(manager: Manager, { pinnedTo }: ServiceView): Promise<boolean> {
  return pinnedTo !== null && !(await manager.nodes()).some(({ id, isUp }) => id === pinnedTo && isUp);
}

/** Resolves when no task of the scaled-down service runs any more on a node that the swarm sees. */
export async function awaitEnd(manager: Manager, service: ServiceView, clock: Clock): Promise<void> {
  const deadline = clock.now() + service.graceMs + STOP_MARGIN_MS;
  for (; clock.now() < deadline; await clock.sleep(POLL_MS)) {
    const [tasks, nodes] = await Promise.all([manager.tasks(service.id), manager.nodes()]);
    if (!tasks.some((task) => isAlive(task, nodes))) return;
  }
  throw new DriverError(
    "stop-failed",
    "The swarm did not end the gateway in its time. docker service ps says which node still runs it.",
  );
}

/** Whether the swarm has what it was told to run, runs nothing older, and would not go back by itself. */
export function isConverged({ service, tasks, nodes }: Omit<ServiceFacts, "abandoned">): boolean {
  const newest = newestTask(tasks);
  const revision = service.labels[LABEL.revision];
  return (
    (service.update === null || service.update === "completed") &&
    newest?.state === "running" &&
    newest.revision === revision &&
    !tasks.some((task) => task.revision !== revision && isAlive(task, nodes))
  );
}

function imageMissing(image: string | undefined, { error }: TaskView): DriverError {
  return new DriverError(
    "gateway-missing",
    `The image${image === undefined ? "" : ` ${image}`} is missing on a node: ${error}. Load it on every node that takes gateways, or let them pull it.`,
  );
}

function noNode(task: TaskView): DriverError {
  return new DriverError(
    "start-failed",
    `No node of the swarm can take the gateway: ${task.error}. Add a node, or remove what they run.`,
  );
}
