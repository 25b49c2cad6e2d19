import type { ContainerInspectInfo } from "dockerode";
import { GATEWAY_PORT } from "../../container-profile.ts";
import { LABEL, targetFrom } from "../../containers/labels.ts";
import type { GatewayExit, InstanceFailure, Observation } from "../../instance.ts";
import { addressOf } from "./address.ts";
import type { Exposure } from "./address.ts";

export interface ObservationPolicy {
  readonly maxRestarts: number;
  /** A life of at least this many milliseconds is no crash loop. */
  readonly stableAfterMs: number;
}

/** sysexits.h EX_CONFIG: OpenClaw ends with it when starting again cannot help. */
const EXIT_CONFIG = 78;

/** What a container of ours, as the engine describes it, says about its instance. */
export function observationOf(container: ContainerInspectInfo, policy: ObservationPolicy): Observation {
  const { State: state } = container;
  const labels = container.Config.Labels;
  const revision = labels[LABEL.revision] ?? "";
  const exit: GatewayExit = { code: state.ExitCode, signal: null, at: Date.parse(state.FinishedAt) };
  switch (state.Status) {
    case "running": {
      const address = addressOf(exposureOf(container));
      if (address === null) return { status: "unknown", reason: "The container has no address yet." };
      const target = targetFrom(labels, address.host, address.port);
      const startedAt = Date.parse(state.StartedAt);
      const running = { status: "running", revision, target, startedAt, containerId: container.Id } as const;
      return state.Health?.Status === "unhealthy" ? { ...running, isUnhealthy: true } : running;
    }
    case "restarting":
      return { status: "restarting", revision, exit, attempt: container.RestartCount, retryAt: exit.at };
    case "removing":
      return { status: "unknown", reason: "The container is being removed." };
    case "created":
    case "paused":
      return { status: "stopped", exit: null };
    default: {
      if (exit.code === EXIT_CONFIG) return { status: "failed", revision, failure: CONFIG_REFUSED };
      const lived = exit.at - Date.parse(state.StartedAt);
      const isLoop = container.RestartCount >= policy.maxRestarts && lived < policy.stableAfterMs;
      return isLoop
        ? { status: "failed", revision, failure: crashLoop(container, exit) }
        : { status: "stopped", exit };
    }
  }
}

function exposureOf({ NetworkSettings, HostConfig }: ContainerInspectInfo): Exposure {
  const [binding] = NetworkSettings.Ports[`${GATEWAY_PORT}/tcp`] ?? [];
  return {
    published: binding ? { host: binding.HostIp, port: Number(binding.HostPort) } : null,
    isPublished: Object.keys(HostConfig.PortBindings ?? {}).length > 0,
    networks: NetworkSettings.Networks,
  };
}

const CONFIG_REFUSED: InstanceFailure = {
  code: "config-invalid",
  message: "The gateway refused its configuration and will not be started again. Its log says which setting.",
};

function crashLoop(
  { RestartCount, State, HostConfig }: ContainerInspectInfo,
  exit: GatewayExit,
): InstanceFailure {
  const times = `The gateway ended ${RestartCount + 1} times in a row`;
  const memory = Math.round((HostConfig.Memory ?? 0) / 1024 ** 2);
  return {
    code: "crash-loop",
    message: State.OOMKilled
      ? `${times}, killed for want of memory: its limit is ${memory} MB. Raise the limit.`
      : `${times}, the last time with exit code ${exit.code}. Its log says why.`,
  };
}
