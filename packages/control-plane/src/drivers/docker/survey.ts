import type { ContainerInfo } from "dockerode";
import { containerNames, GATEWAY_PORT, isInstanceId } from "../../container-profile.ts";
import { LABEL, targetFrom } from "../../containers/labels.ts";
import type { Sighting } from "../driver.ts";
import { addressOf } from "./address.ts";
import type { Exposure } from "./address.ts";
import type { Engine } from "./engine.ts";

/** A container as the engine lists it, as far as it is looked at. */
type ListedContainer = Pick<
  ContainerInfo,
  "Names" | "Labels" | "State" | "Status" | "Ports" | "NetworkSettings"
>;

/** The gateways of a deployment that run, by one request. */
export async function surveyContainers(
  engine: Engine,
  deployment: string,
): Promise<ReadonlyMap<string, Sighting>> {
  const filters = { label: [`${LABEL.deployment}=${deployment}`] };
  const containers = await engine.ask((docker, abortSignal) =>
    docker.listContainers({ filters, abortSignal }),
  );
  return sightingsIn(containers, deployment);
}

/** Of which nothing has to be asked beside the list: what has ended, waits or is unhealthy is left out. */
function sightingsIn(
  containers: readonly ListedContainer[],
  deployment: string,
): ReadonlyMap<string, Sighting> {
  const found = new Map<string, Sighting>();
  for (const container of containers) {
    const { Names, Labels: labels, State, Status } = container;
    const instanceId = labels[LABEL.instance] ?? "";
    if (!isInstanceId(instanceId) || !Names.includes(`/${containerNames(instanceId, deployment).main}`))
      continue;
    if (State !== "running" || Status.includes("(unhealthy)")) continue;
    const address = addressOf(exposureOf(container));
    const revision = labels[LABEL.revision];
    if (address === null || revision === undefined) continue;
    found.set(instanceId, { revision, target: targetFrom(labels, address.host, address.port) });
  }
  return found;
}

function exposureOf({ Ports, Labels, NetworkSettings }: ListedContainer): Exposure {
  // Before it is published it may be listed with its own port alone.
  const binding = Ports.find(({ PrivatePort, PublicPort }) => PrivatePort === GATEWAY_PORT && PublicPort > 0);
  return {
    published: binding ? { host: binding.IP, port: binding.PublicPort } : null,
    isPublished: LABEL.port in Labels,
    networks: NetworkSettings.Networks,
  };
}
