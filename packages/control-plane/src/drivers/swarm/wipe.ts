import type Docker from "dockerode";
import { HOME_DIR } from "../../container-profile.ts";
import type { ContainerNames } from "../../container-profile.ts";
import { ownershipLabels } from "../../containers/labels.ts";
import type { Clock } from "../../clock.ts";
import { DriverError } from "../driver.ts";
import type { Manager } from "./manager.ts";
import { newestTask } from "./observation.ts";
import type { NodeView } from "./views.ts";

const LIMIT_MS = 120_000;
const POLL_MS = 200;

/** What is emptied, and by what. */
export interface WipeOrder {
  readonly instanceId: string;
  readonly names: Pick<ContainerNames, "main" | "state">;
  /** One that the node has. */
  readonly image: string;
  /** The instance's own; `null` when it is gone. */
  readonly networkId: string | null;
}

/**
 * Empties the volume of a stopped gateway on a node. A manager cannot remove another node's volumes; a task there can
 * remove what is in them.
 */
export async function wipe(manager: Manager, order: WipeOrder, node: NodeView, clock: Clock): Promise<void> {
  if (!node.isUp) {
    throw new DriverError(
      "engine-unreachable",
      `What the gateway kept lies on the node ${node.name}, which is away. It is removed when the node is back; docker node rm ${node.name} says that it never will be.`,
    );
  }
  const job = wipeJob(order, manager.deployment, node.id);
  const left = await manager.service(job.Name ?? "", order.instanceId);
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

/** Runs once on that node. */
export function wipeJob(
  { instanceId, names, image, networkId }: WipeOrder,
  deployment: string,
  nodeId: string,
): Docker.ServiceSpec {
  // No revision: it is no gateway's task.
  const marks = { ...ownershipLabels(deployment, instanceId) };
  return {
    Name: `${names.main}-wipe`,
    Labels: marks,
    Mode: { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } },
    TaskTemplate: {
      ContainerSpec: {
        Image: image,
        Labels: marks,
        Command: ["find", HOME_DIR, "-mindepth", "1", "-delete"],
        User: "0:0",
        ReadOnly: true,
        CapabilityDrop: ["ALL"],
        // The gateway may have taken rights from itself.
        CapabilityAdd: ["CAP_DAC_OVERRIDE", "CAP_FOWNER"],
        Mounts: [
          {
            Type: "volume",
            Source: names.state,
            Target: HOME_DIR,
            VolumeOptions: { NoCopy: true, Labels: marks, DriverConfig: { Name: "local", Options: {} } },
          },
        ],
      },
      ...(networkId === null ? {} : { Networks: [{ Target: networkId }] }),
      RestartPolicy: { Condition: "none" },
      Placement: { Constraints: [`node.id == ${nodeId}`] },
    },
  };
}
