import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { patienceMs } from "../../../../scripts/test-patience.ts";

/** A second way to look at what a driver made. */
export function dockerClient(dockerHost: string): Docker {
  return new Docker({ socketPath: dockerHost.replace("unix://", "") });
}

const filtersFor = (deployment: string) => ({ label: [`ai.automna.deployment=${deployment}`] });

/** Everything of the deployment that the engine has: `running container …`, `network …`, `volume …`. */
export async function objectsOf(docker: Docker, deployment: string): Promise<readonly string[]> {
  const filters = filtersFor(deployment);
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  return [
    ...containers.map(({ Names, State }) => `${State} container ${(Names[0] ?? "").slice(1)}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...volumes.Volumes.map(({ Name }) => `volume ${Name}`),
  ].sort();
}

/** Removes everything of the deployment, whatever state it is in. */
export async function removeObjects(docker: Docker, deployment: string): Promise<void> {
  const filters = filtersFor(deployment);
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(Id).remove({ force: true, v: true });
  }
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes)
    await docker.getVolume(Name).remove();
}

/**
 * Pauses a container, however often the engine must be asked: on a loaded machine with the first version of cgroups runc
 * gives up before every thread has come to rest (https://github.com/opencontainers/runc/pull/2791).
 */
export async function pauseContainer(container: Docker.Container): Promise<void> {
  for (const deadline = Date.now() + patienceMs; ; await delay(50)) {
    try {
      await container.pause();
      return;
    } catch (error) {
      const isBusy = error instanceof Error && error.message.includes("unable to freeze");
      if (!isBusy || Date.now() > deadline) throw error;
    }
  }
}
