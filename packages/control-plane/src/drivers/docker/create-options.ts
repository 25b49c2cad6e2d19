import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import type { ContainerProfile } from "../../container-profile.ts";
import { GATEWAY_PORT } from "../../container-profile.ts";
import type { ContainerNames } from "../../container-profile.ts";
import { LABEL } from "../../containers/labels.ts";

const PORT_KEY = `${GATEWAY_PORT}/tcp`;
const NANOSECONDS = 1e9;
const NO_NEW_PRIVILEGES = "no-new-privileges";

/**
 * The engine's request for one container of this profile.
 *
 * @param port Where it is published; null for one that is not. Never a range, of which the engine would choose anew at
 *   each start, behind the back of whoever sends people there.
 */
export function createOptions(
  profile: ContainerProfile,
  names: ContainerNames,
  port: number | null,
  maxRestarts: number,
): ContainerCreateOptions {
  const { limits, health } = profile;
  const [program, ...args] = profile.command;
  return {
    name: profile.name,
    Image: profile.image,
    Hostname: "gateway",
    User: profile.user,
    Entrypoint: [program],
    Cmd: args,
    Env: Object.entries(profile.env).map(([name, value]) => `${name}=${value}`),
    Labels: { ...profile.labels, ...(port === null ? {} : { [LABEL.port]: String(port) }) },
    WorkingDir: "/app",
    StopSignal: "SIGTERM",
    StopTimeout: limits.stopGraceSeconds,
    ExposedPorts: { [PORT_KEY]: {} },
    Healthcheck: {
      Test: ["CMD", ...health.command],
      Interval: health.intervalSeconds * NANOSECONDS,
      Timeout: health.timeoutSeconds * NANOSECONDS,
      StartPeriod: health.startPeriodSeconds * NANOSECONDS,
      Retries: health.retries,
    },
    HostConfig: {
      Init: true,
      Privileged: false,
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: [NO_NEW_PRIVILEGES],
      IpcMode: "private",
      Memory: limits.memoryBytes,
      // The same as the memory: no swap.
      MemorySwap: limits.memoryBytes,
      NanoCpus: limits.cpus * NANOSECONDS,
      PidsLimit: limits.pids,
      NetworkMode: profile.name,
      Mounts: [
        ...profile.volumes.map(({ name, path }) => ({
          Type: "volume" as const,
          Source: name,
          Target: path,
          ReadOnly: false,
        })),
        { Type: "volume", Source: names.files, Target: profile.filesDir, ReadOnly: true },
      ],
      Tmpfs: Object.fromEntries(
        Object.entries(profile.tmpfs).map(([path, bytes]) => [
          path,
          `rw,nosuid,nodev,mode=1777,size=${bytes}`,
        ]),
      ),
      PortBindings: port === null ? {} : { [PORT_KEY]: [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
      RestartPolicy: { Name: "on-failure", MaximumRetryCount: maxRestarts },
      LogConfig: {
        Type: "json-file",
        Config: { "max-size": String(profile.log.maxBytes), "max-file": String(profile.log.maxFiles) },
      },
    },
  };
}

/** What the engine did not grant, in words; nothing when the container is as the profile says. */
export function weaknesses(made: ContainerInspectInfo, profile: ContainerProfile): readonly string[] {
  const { HostConfig: host, Config: config } = made;
  const bindings = Object.values(host.PortBindings ?? {}).flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  const checks: readonly (readonly [string, boolean])[] = [
    ["it runs as another user", config.User === profile.user],
    ["it is privileged", host.Privileged !== true],
    ["it keeps capabilities", host.CapDrop?.includes("ALL") === true && (host.CapAdd ?? []).length === 0],
    [
      "it may gain privileges",
      host.SecurityOpt?.some((option: string) => option.startsWith(NO_NEW_PRIVILEGES)) === true,
    ],
    ["its root can be written", host.ReadonlyRootfs === true],
    ["its memory has no limit", host.Memory === profile.limits.memoryBytes],
    ["its CPU has no limit", (host.NanoCpus ?? 0) > 0],
    ["its processes have no limit", host.PidsLimit === profile.limits.pids],
    ["it shares a network", host.NetworkMode === profile.name],
    ["it is published beyond loopback", bindings.every(({ HostIp }) => HostIp === "127.0.0.1")],
  ];
  return checks.flatMap(([weakness, holds]) => (holds ? [] : [weakness]));
}
