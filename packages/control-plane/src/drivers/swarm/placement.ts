import { DriverError } from "../driver.ts";
import type { NodeView, TaskView } from "./views.ts";

/** Nodes with this label take gateways. */
export interface NodeLabel {
  readonly name: string;
  readonly value: string;
}

export function constraintsFor(label: NodeLabel | null): readonly string[] {
  return label === null ? [] : [`node.labels.${label.name} == ${label.value}`];
}

export function eligibleNodes(nodes: readonly NodeView[], label: NodeLabel | null): readonly NodeView[] {
  return nodes.filter(({ labels }) => label === null || labels[label.name] === label.value);
}

/** Bytes of the nodes that are meant to take gateways: one that only starts anew takes no room away. */
export function memoryOf(nodes: readonly NodeView[], label: NodeLabel | null): number {
  return eligibleNodes(nodes, label)
    .filter(({ takesTasks }) => takesTasks)
    .reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
}

/**
 * The node with the most memory that is not spoken for. A gateway whose state stays on its node is given one before
 * its first start, so that it has never been anywhere else.
 *
 * Throws {@link DriverError} when no node takes gateways.
 *
 * @param tasks Of all gateways.
 * @param reserved Bytes that each of them reserves.
 */
export function chooseNode(nodes: readonly NodeView[], tasks: readonly TaskView[], reserved: number): string {
  const free = ({ id, memoryBytes }: NodeView) =>
    memoryBytes -
    reserved * tasks.filter(({ nodeId, wanted }) => nodeId === id && wanted === "running").length;
  const best = nodes
    .filter(({ isActive }) => isActive)
    .reduce<NodeView | null>(
      (first, node) => (first === null || free(node) > free(first) ? node : first),
      null,
    );
  if (best === null) {
    throw new DriverError(
      "start-failed",
      "No node of the swarm takes gateways: none is ready, active and labelled as GATEWAY_NODES says. docker node ls shows them.",
    );
  }
  return best.id;
}
