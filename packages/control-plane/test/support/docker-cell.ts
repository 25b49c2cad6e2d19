import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { containerNames, startDockerDriver } from "../../src/containers/index.ts";
import type { ContainerPolicy, DockerDriverOptions } from "../../src/containers/index.ts";
import type { Driver, InstanceSpec } from "../../src/index.ts";
import { tarArchive } from "../../src/drivers/docker/tar.ts";
import { dockerClient, removeObjects } from "./engine-objects.ts";
import { FAKE_GATEWAY_IMAGE } from "./fake-gateway-image.ts";

/** A docker driver with the fake gateway's image, and a second way to look at what it made. */
export interface DockerBench {
  readonly driver: Driver;
  readonly docker: Docker;
  readonly deployment: string;
  nameOf(spec: InstanceSpec): string;
  inspect(spec: InstanceSpec): Promise<ContainerInspectInfo>;
  behave(spec: InstanceSpec, behaviours: readonly string[]): Promise<void>;
  /** Removes everything of this deployment, whatever state it is in. */
  dispose(): Promise<void>;
}

export type DockerBenchOptions = Partial<Omit<DockerDriverOptions, "policy">> & {
  readonly policy?: Partial<ContainerPolicy>;
};

export function startDockerBench(dockerHost: string, options: DockerBenchOptions = {}): DockerBench {
  const deployment = `t${randomBytes(4).toString("hex")}`;
  const docker = dockerClient(dockerHost);
  const driver = startDockerDriver({
    engine: { host: dockerHost },
    pull: "never",
    maxRestarts: 2,
    ...options,
    policy: {
      deployment,
      images: { demo: FAKE_GATEWAY_IMAGE },
      limits: { demo: { stopGraceSeconds: 1 } },
      ...options.policy,
    },
  });
  const nameOf = ({ id }: InstanceSpec) => containerNames(id, deployment).main;
  return {
    driver,
    docker,
    deployment,
    nameOf,
    inspect: (spec) => docker.getContainer(nameOf(spec)).inspect(),
    behave: (spec, behaviours) =>
      writeBehaviour(docker, containerNames(spec.id, deployment).state, behaviours),
    async dispose() {
      await driver.close();
      await removeObjects(docker, deployment);
    },
  };
}

export async function writeBehaviour(
  docker: Docker,
  volume: string,
  behaviours: readonly string[],
): Promise<void> {
  const carrier = await docker.createContainer({
    Image: FAKE_GATEWAY_IMAGE,
    Cmd: ["true"],
    HostConfig: { Mounts: [{ Type: "volume", Source: volume, Target: "/home/node" }] },
  });
  const folder = "home/node/.automna-demo/";
  await carrier.putArchive(
    tarArchive([
      { path: folder, mode: 0o700, uid: 1000 },
      { path: `${folder}behaviour`, mode: 0o600, uid: 1000, content: behaviours.join("\n") },
    ]),
    { path: "/" },
  );
  await carrier.remove();
}
