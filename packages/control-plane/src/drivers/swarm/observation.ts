import { GATEWAY_PORT } from "../../container-profile.ts";
import { LABEL, targetFrom } from "../../containers/labels.ts";
import type { GatewayExit, InstanceFailure, Observation } from "../../instance.ts";
import type { NodeView, ServiceView, TaskState, TaskView } from "./views.ts";

/** sysexits.h EX_CONFIG: OpenClaw ends with it when starting again cannot help. */
const EXIT_CONFIG = 78;
/** By signal 9, which is also how the kernel ends what takes too much memory. */
const EXIT_KILLED = 137;

const ENDED: ReadonlySet<TaskState> = new Set([
  "complete",
  "shutdown",
  "failed",
  "rejected",
  "remove",
  "orphaned",
]);

/** What a manager knows of one instance. */
export interface ServiceFacts {
  readonly service: ServiceView;
  readonly tasks: readonly TaskView[];
  readonly nodes: readonly NodeView[];
  /** The revision that the swarm was told to run and went back from; null when there was none. */
  readonly abandoned: string | null;
}

/** Whether a process of it may run on a node that the swarm sees. */
export function isAlive({ state, nodeId }: TaskView, nodes: readonly NodeView[]): boolean {
  if (ENDED.has(state) || nodeId === null) return false;
  return nodes.find(({ id }) => id === nodeId)?.isUp === true;
}

export function newestTask(tasks: readonly TaskView[]): TaskView | null {
  return tasks.reduce<TaskView | null>(
    (newest, task) => (newest === null || task.createdAt > newest.createdAt ? task : newest),
    null,
  );
}

/** Whether the swarm is already about to run this revision, or does. */
export function isUnderWay(
  { service, tasks, nodes }: Omit<ServiceFacts, "abandoned">,
  revision: string,
): boolean {
  if (service.replicas === 0 || service.labels[LABEL.revision] !== revision) return false;
  if (service.pinnedTo !== null && !nodes.some(({ id }) => id === service.pinnedTo)) return false;
  const newest = newestTask(tasks);
  return newest === null || !ENDED.has(newest.state) || newest.wanted !== "shutdown";
}

/** What a service of ours, as a manager describes it, says about its instance. */
export function serviceObservation(facts: ServiceFacts): Observation {
  const { service, tasks, nodes, abandoned } = facts;
  if (service.replicas === 0) {
    return tasks.some((task) => isAlive(task, nodes))
      ? { status: "unknown", reason: "The gateway is being stopped." }
      : { status: "stopped", exit: null };
  }
  if (service.update === "rollback_started") {
    return { status: "unknown", reason: "The swarm puts the gateway back to what it was before." };
  }
  if (abandoned !== null && service.update?.startsWith("rollback") === true) {
    return { status: "failed", revision: abandoned, failure: rolledBack(tasks, abandoned) };
  }
  return taskObservation(facts);
}

function taskObservation({ service, tasks, nodes }: ServiceFacts): Observation {
  const revision = service.labels[LABEL.revision] ?? "";
  const newest = newestTask(tasks);
  // Its name leads to whatever still runs: only when the old one has gone does an answer prove anything.
  const isOldAlive = tasks.some((task) => task.revision !== revision && isAlive(task, nodes));
  if (isOldAlive || (newest !== null && newest.revision !== revision)) {
    return { status: "unknown", reason: "The gateway is being replaced." };
  }
  if (service.pinnedTo !== null && !nodes.some(({ id }) => id === service.pinnedTo)) {
    return { status: "stopped", exit: null };
  }
  const away = awayNode(service, newest, nodes);
  if (away !== null) return { status: "unknown", reason: nodeAway(away, service) };
  if (newest === null) return runningSince(service, null);
  const exit = exitOf(newest);
  if (!ENDED.has(newest.state)) return beginning(service, newest, tasks);
  if (newest.state === "complete") return { status: "stopped", exit };
  if (newest.wanted !== "shutdown") {
    return { status: "restarting", revision, exit, attempt: failures(tasks, revision), retryAt: exit.at };
  }
  if (newest.state === "failed" || newest.state === "rejected") {
    return { status: "failed", revision, failure: failureOf(newest, failures(tasks, revision), service) };
  }
  return { status: "unknown", reason: "The swarm moves the gateway." };
}

/** On its way up, for the first time or after an end that it did not choose. */
function beginning(service: ServiceView, task: TaskView, tasks: readonly TaskView[]): Observation {
  if (task.state === "pending" && task.error !== "") {
    return { status: "unknown", reason: `No node can take the gateway (${task.error}).` };
  }
  const failed = tasks.filter(({ id, state }) => id !== task.id && state === "failed");
  const last = newestTask(failed.filter(({ revision }) => revision === task.revision));
  if (task.state === "running" || last === null) return runningSince(service, task);
  return {
    status: "restarting",
    revision: task.revision,
    exit: exitOf(last),
    attempt: failed.length,
    retryAt: task.since,
  };
}

/** The service's name finds its task wherever that is; it resolves once the task is healthy. */
function runningSince({ spec, labels, changedAt }: ServiceView, task: TaskView | null): Observation {
  return {
    status: "running",
    revision: labels[LABEL.revision] ?? "",
    target: targetFrom(labels, spec.Name ?? "", GATEWAY_PORT),
    startedAt: task?.since ?? changedAt,
    ...(task?.containerId ? { containerId: task.containerId } : {}),
  };
}

function awayNode(
  { pinnedTo }: ServiceView,
  newest: TaskView | null,
  nodes: readonly NodeView[],
): NodeView | null {
  const needed = pinnedTo ?? (newest && !ENDED.has(newest.state) ? newest.nodeId : null);
  const node = nodes.find(({ id }) => id === needed);
  return node === undefined || node.isUp ? null : node;
}

function nodeAway({ name }: NodeView, { pinnedTo }: ServiceView): string {
  return pinnedTo === null
    ? `The node ${name} is away. The swarm starts the gateway on another.`
    : `The node ${name} is away, and what the gateway keeps is there. It goes on when the node is back; docker node rm ${name} says that it never will be.`;
}

function exitOf({ exitCode, since }: TaskView): GatewayExit {
  return { code: exitCode, signal: null, at: since };
}

function failures(tasks: readonly TaskView[], revision: string): number {
  return tasks.filter((task) => task.revision === revision && task.state === "failed").length;
}

function failureOf(task: TaskView, count: number, { memoryBytes }: ServiceView): InstanceFailure {
  if (task.exitCode === EXIT_CONFIG) {
    return {
      code: "config-invalid",
      message:
        "The gateway refused its configuration and will not be started again. Its log says which setting.",
    };
  }
  if (task.state === "rejected") {
    return { code: "driver-failed", message: `The node could not start the gateway: ${task.error}.` };
  }
  const times = `The gateway ended ${count} times in a row`;
  const memory = Math.round(memoryBytes / 1024 ** 2);
  return {
    code: "crash-loop",
    message:
      task.exitCode === EXIT_KILLED
        ? `${times}, killed, as is done to what takes more memory than its limit of ${memory} MB. Raise the limit if so.`
        : `${times} (${task.error}). Its log says why.`,
  };
}

function rolledBack(tasks: readonly TaskView[], abandoned: string): InstanceFailure {
  const failed = newestTask(tasks.filter(({ revision, error }) => revision === abandoned && error !== ""));
  const reason = failed === null ? "" : ` (${failed.error})`;
  return {
    code: "upgrade-failed",
    message: `The gateway did not start as it was ordered${reason}; the swarm put it back to what it was before, and that runs.`,
  };
}
