import type Docker from "dockerode";
import { LABEL } from "../../containers/labels.ts";
import type { Labels } from "../../containers/labels.ts";

/** A service, as far as the driver looks at it. */
export interface ServiceView {
  readonly id: string;
  readonly version: number;
  readonly spec: Docker.ServiceSpec;
  readonly labels: Labels;
  readonly replicas: number;
  readonly networkId: string | null;
  /** `node.id` of its constraint. */
  readonly pinnedTo: string | null;
  /** As versions before the record of nodes wrote it. */
  readonly visited: readonly string[];
  readonly image: string;
  /** Of its secrets and configurations. */
  readonly fileIds: readonly string[];
  readonly forced: number;
  readonly memoryBytes: number;
  readonly graceMs: number;
  readonly update: Docker.UpdateState | null;
  readonly updateMessage: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly changedAt: number;
}

export type TaskState =
  | "new"
  | "pending"
  | "assigned"
  | "accepted"
  | "preparing"
  | "ready"
  | "starting"
  | "running"
  | "complete"
  | "shutdown"
  | "failed"
  | "rejected"
  | "remove"
  | "orphaned";

/** One try to run a gateway, on one node. */
export interface TaskView {
  readonly id: string;
  readonly instanceId: string | null;
  readonly revision: string;
  readonly nodeId: string | null;
  readonly state: TaskState;
  /** What the swarm wants it to become. */
  readonly wanted: TaskState;
  readonly error: string;
  readonly exitCode: number | null;
  readonly containerId: string | null;
  readonly createdAt: number;
  /** When it came into its state. */
  readonly since: number;
}

export interface NodeView {
  readonly id: string;
  readonly name: string;
  readonly isUp: boolean;
  /** Takes new tasks now. */
  readonly isActive: boolean;
  /** Is meant to take tasks, whether it is up at the moment or not. */
  readonly takesTasks: boolean;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly labels: Labels;
}

export type RawService = Pick<
  Docker.Service,
  "ID" | "Version" | "Spec" | "UpdateStatus" | "CreatedAt" | "UpdatedAt"
>;

export function serviceView(raw: RawService): ServiceView {
  const spec = raw.Spec ?? {};
  const template = spec.TaskTemplate;
  const container = template && "ContainerSpec" in template ? template.ContainerSpec : undefined;
  const files = [
    ...(container?.Secrets ?? []).map(({ SecretID }) => SecretID),
    ...(container?.Configs ?? []).map(({ ConfigID }) => ConfigID),
  ];
  return {
    id: raw.ID,
    version: raw.Version?.Index ?? 0,
    spec,
    labels: spec.Labels ?? {},
    replicas: spec.Mode?.Replicated?.Replicas ?? 0,
    networkId: template?.Networks?.[0]?.Target ?? null,
    pinnedTo: pinIn(template?.Placement?.Constraints ?? []),
    visited: (spec.Labels?.[LABEL.nodes] ?? "").split(" ").filter(Boolean),
    image: container?.Image ?? "",
    fileIds: files.flatMap((id) => id ?? []),
    forced: template?.ForceUpdate ?? 0,
    memoryBytes: template?.Resources?.Limits?.MemoryBytes ?? 0,
    graceMs: (container?.StopGracePeriod ?? 10e9) / 1e6,
    update: raw.UpdateStatus?.State ?? null,
    updateMessage: raw.UpdateStatus?.Message ?? "",
    createdAt: Date.parse(raw.CreatedAt ?? ""),
    changedAt: Date.parse(raw.UpdatedAt ?? ""),
  };
}

function pinIn(constraints: readonly string[]): string | null {
  for (const constraint of constraints) {
    const [, id] = /^node\.id ?== ?(\w+)$/.exec(constraint) ?? [];
    if (id !== undefined) return id;
  }
  return null;
}

/** The engine's answer; its types leave it out. */
export interface RawTask {
  readonly ID: string;
  readonly CreatedAt: string;
  readonly NodeID?: string;
  readonly DesiredState: TaskState;
  readonly Spec?: { readonly ContainerSpec?: { readonly Labels?: Labels } };
  readonly Status: {
    readonly State: TaskState;
    readonly Timestamp: string;
    readonly Err?: string;
    readonly ContainerStatus?: { readonly ContainerID?: string; readonly ExitCode?: number };
  };
}

export function taskView({ ID, CreatedAt, NodeID, DesiredState, Spec, Status }: RawTask): TaskView {
  const labels = Spec?.ContainerSpec?.Labels ?? {};
  return {
    id: ID,
    instanceId: labels[LABEL.instance] ?? null,
    revision: labels[LABEL.revision] ?? "",
    nodeId: NodeID || null,
    state: Status.State,
    wanted: DesiredState,
    error: Status.Err ?? "",
    exitCode: Status.ContainerStatus?.ExitCode ?? null,
    containerId: Status.ContainerStatus?.ContainerID || null,
    createdAt: Date.parse(CreatedAt),
    since: Date.parse(Status.Timestamp),
  };
}

/** The engine's answer; its types leave it out. */
export interface RawNode {
  readonly ID: string;
  readonly Spec: { readonly Availability: string; readonly Labels?: Labels };
  readonly Description?: {
    readonly Hostname?: string;
    readonly Resources?: { readonly NanoCPUs?: number; readonly MemoryBytes?: number };
  };
  readonly Status: { readonly State: string };
}

export function nodeView({ ID, Spec, Description, Status }: RawNode): NodeView {
  const isUp = Status.State === "ready";
  const takesTasks = Spec.Availability === "active";
  return {
    id: ID,
    name: Description?.Hostname ?? ID,
    isUp,
    isActive: isUp && takesTasks,
    takesTasks,
    cpus: (Description?.Resources?.NanoCPUs ?? 1e9) / 1e9,
    memoryBytes: Description?.Resources?.MemoryBytes ?? 0,
    labels: Spec.Labels ?? {},
  };
}
