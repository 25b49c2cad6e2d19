import type Docker from "dockerode";
import type { ContainerHealth, ContainerProfile } from "../../container-profile.ts";
import { usualMemory } from "../../capacity.ts";
import { GATEWAY_PORT, GATEWAY_UID } from "../../container-profile.ts";
import { LABEL } from "../../containers/labels.ts";
import type { Labels } from "../../containers/labels.ts";
import { volumeOptions } from "../docker/volumes.ts";
import type { SwarmFile } from "./files.ts";
import { isInMemory } from "./state-policy.ts";
import type { StatePolicy } from "./state-policy.ts";

const NANOSECONDS = 1e9;

/** Everything about one service that its profile does not say. */
export interface ServiceOrder {
  readonly networkId: string;
  readonly files: readonly SwarmFile[];
  readonly state: StatePolicy;
  /** Of nodes that may have it, as the engine writes constraints. */
  readonly constraints: readonly string[];
  /** The only node that may have it; null where the swarm chooses. */
  readonly pinnedTo: string | null;
  readonly maxRestarts: number;
  /** Milliseconds. */
  readonly stableAfterMs: number;
  /** Milliseconds that a new task must have run before an update counts as done. */
  readonly monitorMs: number;
  /** Grows where the same order is to have a new task. */
  readonly forced: number;
  /** Whether the engines beat faster while a container starts (Docker 25). */
  readonly startInterval: boolean;
}

/** The types of the engine's request leave it out. */
interface NewerPrivileges extends Docker.Privileges {
  readonly NoNewPrivileges: boolean;
}

const PRIVILEGES: NewerPrivileges = { NoNewPrivileges: true };

/**
 * Engines before 25 drop the same wish of a service without a word. The kernel's flag is inherited by everything that
 * this program becomes or starts.
 */
const WITHOUT_NEW_PRIVILEGES = ["setpriv", "--no-new-privs"];

/** The swarm's request for one service of this profile: at most one task, reachable on its own overlay alone. */
export function swarmService(profile: ContainerProfile, order: ServiceOrder): Docker.ServiceSpec {
  const { limits } = profile;
  return {
    Name: profile.name,
    Labels: { ...profile.labels, ...announcement(profile) },
    Mode: { Replicated: { Replicas: 1 } },
    // The name resolves to the task itself: no virtual address, nothing published.
    EndpointSpec: { Mode: "dnsrr" },
    ...updates(order),
    TaskTemplate: {
      ContainerSpec: {
        ...containerSpec(profile, order),
        HealthCheck: healthCheck(profile.health, order.startInterval),
      },
      Networks: [{ Target: order.networkId }],
      Resources: {
        Limits: {
          MemoryBytes: limits.memoryBytes,
          NanoCPUs: Math.round(limits.cpus * NANOSECONDS),
          Pids: limits.pids,
        },
        // As much as a gateway was seen to use: a node that lacks it is passed over.
        Reservations: { MemoryBytes: reservedMemory(profile) },
      },
      RestartPolicy: {
        Condition: "on-failure",
        Delay: NANOSECONDS,
        MaxAttempts: order.maxRestarts,
        Window: order.stableAfterMs * 1e6,
      },
      Placement: { Constraints: constraintsOf(order) },
      LogDriver: {
        Name: "json-file",
        Options: { "max-size": String(profile.log.maxBytes), "max-file": String(profile.log.maxFiles) },
      },
      ForceUpdate: order.forced,
    },
  };
}

export function reservedMemory({ limits }: Pick<ContainerProfile, "limits">): number {
  return usualMemory(limits.memoryBytes);
}

/** The same service without a task: it runs nothing and holds no secret. */
export function withoutTask(spec: Docker.ServiceSpec): Docker.ServiceSpec {
  const template = spec.TaskTemplate;
  const container = template && "ContainerSpec" in template ? template.ContainerSpec : undefined;
  return {
    ...spec,
    Mode: { Replicated: { Replicas: 0 } },
    TaskTemplate: { ...template, ContainerSpec: { ...container, Secrets: [], Configs: [] } },
  };
}

function containerSpec(profile: ContainerProfile, { files, state }: ServiceOrder): Docker.ContainerSpec {
  const owned = (path: string) => ({
    Name: path,
    UID: String(GATEWAY_UID),
    GID: String(GATEWAY_UID),
    Mode: 0o400,
  });
  return {
    Image: profile.image,
    Labels: { ...profile.labels },
    Hostname: "gateway",
    Command: [...WITHOUT_NEW_PRIVILEGES, ...profile.command],
    Env: Object.entries(profile.env).map(([name, value]) => `${name}=${value}`),
    Dir: "/app",
    User: profile.user,
    Init: true,
    ReadOnly: true,
    CapabilityDrop: ["ALL"],
    Privileges: PRIVILEGES,
    StopSignal: "SIGTERM",
    StopGracePeriod: profile.limits.stopGraceSeconds * NANOSECONDS,
    Mounts: [...stateMounts(profile, state), ...Object.entries(profile.tmpfs).map(tmpfsMount)],
    Secrets: files
      .filter(({ secret }) => secret)
      .map(({ id, name, path }) => ({ SecretID: id, SecretName: name, File: owned(path) })),
    Configs: files
      .filter(({ secret }) => !secret)
      .map(({ id, name, path }) => ({ ConfigID: id, ConfigName: name, File: owned(path) })),
  };
}

function stateMounts(profile: ContainerProfile, state: StatePolicy): Docker.MountSettings[] {
  return profile.volumes.map(({ name, path }) => {
    const inMemory = isInMemory(state);
    const options =
      state.kind === "shared" && !inMemory
        ? { type: "none", o: "bind", device: `${state.directory}/${name}` }
        : volumeOptions(state.disk);
    return {
      Type: "volume",
      // A task has its own, which goes with it. As a mount of its own kind it would be root's.
      Source: inMemory ? "" : name,
      Target: path,
      VolumeOptions: {
        NoCopy: false,
        Labels: ownership(profile.labels),
        DriverConfig: { Name: "local", Options: options },
      },
    };
  });
}

function tmpfsMount([path, bytes]: readonly [string, number]): Docker.MountSettings {
  return { Type: "tmpfs", Source: "", Target: path, TmpfsOptions: { SizeBytes: bytes, Mode: 0o1777 } };
}

/** Labels of what outlives a revision. */
function ownership(labels: Labels): Record<string, string> {
  return Object.fromEntries([LABEL.deployment, LABEL.instance].map((name) => [name, labels[name] ?? ""]));
}

/** Two gateways on one state would spoil it: the old one ends first, unless each has a state of its own. */
function updates({
  state,
  monitorMs,
}: ServiceOrder): Pick<Docker.ServiceSpec, "UpdateConfig" | "RollbackConfig"> {
  const common = {
    Parallelism: 1,
    Monitor: monitorMs * 1e6,
    MaxFailureRatio: 0,
    Order: isInMemory(state) ? "start-first" : "stop-first",
  };
  return {
    UpdateConfig: { ...common, FailureAction: "rollback" },
    RollbackConfig: { ...common, FailureAction: "pause" },
  };
}

function constraintsOf({ constraints, pinnedTo }: ServiceOrder): string[] {
  return [...constraints, ...(pinnedTo === null ? [] : [`node.id == ${pinnedTo}`])];
}

/**
 * A name resolves once the first beat was heard. Where that cannot be hastened, all beats are faster, and as many more
 * may fail: a swarm ends what it takes for ill.
 */
function healthCheck(health: ContainerHealth, startInterval: boolean): Docker.HealthConfig {
  const { intervalSeconds: usual, timeoutSeconds, startPeriodSeconds, retries, command } = health;
  return {
    Test: ["CMD", ...command],
    Interval: (startInterval ? usual : EARLY_BEAT_SECONDS) * NANOSECONDS,
    Timeout: timeoutSeconds * NANOSECONDS,
    StartPeriod: startPeriodSeconds * NANOSECONDS,
    Retries: startInterval ? retries : Math.ceil((retries * usual) / EARLY_BEAT_SECONDS),
    ...(startInterval ? { StartInterval: NANOSECONDS } : {}),
  };
}

const EARLY_BEAT_SECONDS = 2;

/** In a swarm Traefik passes over every service that names no port, with all its rules. No rule leads to this one. */
function announcement({ name, labels }: ContainerProfile): Labels {
  return labels["traefik.enable"] === "true"
    ? { [`traefik.http.services.${name}.loadbalancer.server.port`]: String(GATEWAY_PORT) }
    : {};
}

/** What the swarm did not take over from the order, in words; nothing when the service is as the profile says. */
export function serviceWeaknesses(
  made: Docker.ServiceSpec | undefined,
  profile: ContainerProfile,
): readonly string[] {
  const template = made?.TaskTemplate;
  const container = template && "ContainerSpec" in template ? template.ContainerSpec : undefined;
  const limits = template?.Resources?.Limits;
  const [first, second] = container?.Command ?? [];
  const checks: readonly (readonly [string, boolean])[] = [
    ["it runs as another user", container?.User === profile.user],
    ["it keeps capabilities", isAllDropped(container)],
    ["it may gain privileges", first === WITHOUT_NEW_PRIVILEGES[0] && second === WITHOUT_NEW_PRIVILEGES[1]],
    ["its root can be written", container?.ReadOnly === true],
    ["its memory has no limit", limits?.MemoryBytes === profile.limits.memoryBytes],
    ["its CPU has no limit", (limits?.NanoCPUs ?? 0) > 0],
    ["its processes have no limit", limits?.Pids === profile.limits.pids],
    ["it shares a network", template?.Networks?.length === 1],
    ["it is published", (made?.EndpointSpec?.Ports ?? []).length === 0],
    ["it has a virtual address", made?.EndpointSpec?.Mode === "dnsrr"],
  ];
  return checks.flatMap(([weakness, holds]) => (holds ? [] : [weakness]));
}

function isAllDropped(container: Docker.ContainerSpec | undefined): boolean {
  const { CapabilityDrop: dropped = [], CapabilityAdd: added } = container ?? {};
  return dropped.includes("ALL") && (added ?? []).length === 0;
}
