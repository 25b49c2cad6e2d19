import type Docker from "dockerode";
import { LABEL } from "../../containers/labels.ts";
import type { Labels } from "../../containers/labels.ts";
import type { Clock } from "../../clock.ts";
import { DriverError } from "../driver.ts";
import type { Manager } from "./manager.ts";
import { newestTask } from "./observation.ts";
import type { NodeView, ServiceView } from "./views.ts";

const LIMIT_MS = 120_000;
const POLL_MS = 200;

/**
 * Empties the volumes of a stopped service on a node. A manager cannot remove another node's volumes; a task there can
 * remove what is in them.
 */
export async function wipe(
  manager: Manager,
  service: ServiceView,
  node: NodeView,
  clock: Clock,
): Promise<void> {
  if (!node.isUp) {
    throw new DriverError(
      "engine-unreachable",
      `What the gateway kept lies on the node ${node.name}, which is away. It is removed when the node is back; docker node rm ${node.name} says that it never will be.`,
    );
  }
  const job = wipeJob(service, node.id);
  if (job === null) return;
  const left = await manager.service(job.Name ?? "", service.labels[LABEL.instance] ?? "");
  // An earlier worker died between its creation and its removal.
  if (left !== null) await manager.remove(left.id);
  const id = await manager.create(job);
  try {
    await completion(manager, id, node, clock);
  } finally {
    await manager.remove(id);
  }
}

async function completion(manager: Manager, id: string, node: NodeView, clock: Clock): Promise<void> {
  for (const deadline = clock.now() + LIMIT_MS; clock.now() < deadline; await clock.sleep(POLL_MS)) {
    const task = newestTask(await manager.tasks(id));
    if (task?.state === "complete") return;
    if (task?.state !== "failed" && task?.state !== "rejected") continue;
    throw new DriverError(
      "io-failed",
      `What the gateway kept could not be removed from the node ${node.name}: ${task.error}.`,
    );
  }
  throw new DriverError(
    "io-failed",
    `What the gateway kept was not removed from the node ${node.name} within ${LIMIT_MS / 1000} s. It is tried again.`,
  );
}

/** Runs once on that node; `null` when there is nothing to empty. */
export function wipeJob({ spec, labels }: ServiceView, nodeId: string): Docker.ServiceSpec | null {
  const template = spec.TaskTemplate;
  const container = template && "ContainerSpec" in template ? template.ContainerSpec : undefined;
  const mounts = (container?.Mounts ?? []).filter(
    // One without a name went with its task.
    ({ Type, Source }) => Type === "volume" && Source !== "",
  );
  if (mounts.length === 0) return null;
  return {
    Name: `${spec.Name}-wipe`,
    Labels: marks(labels),
    Mode: { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } },
    TaskTemplate: {
      ContainerSpec: {
        Image: container?.Image,
        Labels: marks(labels),
        Command: ["find", ...mounts.map(({ Target }) => Target), "-mindepth", "1", "-delete"],
        User: "0:0",
        ReadOnly: true,
        CapabilityDrop: ["ALL"],
        // The gateway may have taken rights from itself.
        CapabilityAdd: ["CAP_DAC_OVERRIDE", "CAP_FOWNER"],
        Mounts: mounts,
      },
      Networks: template?.Networks,
      RestartPolicy: { Condition: "none" },
      Placement: { Constraints: [`node.id == ${nodeId}`] },
    },
  };
}

/** No revision: it is no gateway's task. */
function marks(labels: Labels): Record<string, string> {
  return Object.fromEntries([LABEL.deployment, LABEL.instance].map((name) => [name, labels[name] ?? ""]));
}
