import type { ContainerInfo } from "dockerode";
import { LABEL } from "../../containers/labels.ts";
import { DriverError } from "../driver.ts";
import type { Engine } from "../docker/engine.ts";
import { EngineError, isConflict, isMissing } from "../docker/engine.ts";
import type { Overlay } from "./overlay.ts";

/** Containers that may reach gateways: the routers' and the workers', on the engines of their nodes. */
export class Routers {
  readonly #engines: readonly Engine[];
  readonly #label: string;

  constructor(engines: readonly Engine[], deployment: string) {
    this.#engines = engines;
    this.#label = `${LABEL.router}=${deployment}`;
  }

  /** Lets each of them into the network, at an address that its gateway believes. */
  async join(overlay: Overlay): Promise<void> {
    const found = await this.#found();
    if (found.length === 0) {
      throw new DriverError(
        "start-failed",
        `No running container has the label ${this.#label}, so nobody could reach the gateway. Give it to the containers of the router and the worker; docs/deployment.md shows how.`,
      );
    }
    for (const { engine, container } of found) {
      if (container.NetworkSettings.Networks[overlay.name] === undefined)
        await letIn(engine, container, overlay);
    }
  }

  async leave(network: string): Promise<void> {
    for (const { engine, container } of await this.#found()) {
      if (container.NetworkSettings.Networks[network] === undefined) continue;
      await engine.find((docker) =>
        docker.getNetwork(network).disconnect({ Container: container.Id, Force: true }),
      );
    }
  }

  /** Their ids: another set has yet to be let in. */
  async ids(): Promise<readonly string[]> {
    return (await this.#found()).map(({ container }) => container.Id).sort();
  }

  async #found(): Promise<readonly { readonly engine: Engine; readonly container: ContainerInfo }[]> {
    const lists = await Promise.all(
      this.#engines.map(async (engine) => {
        const filters = { label: [this.#label] };
        const containers = await engine.ask((docker, abortSignal) =>
          docker.listContainers({ filters, abortSignal }),
        );
        return containers.map((container) => ({ engine, container }));
      }),
    );
    return lists.flat();
  }
}

async function letIn(engine: Engine, container: ContainerInfo, overlay: Overlay): Promise<void> {
  try {
    await join(engine, container.Id, overlay);
  } catch (error) {
    if (container.Labels[TASK] === undefined || !isMissing(error)) throw error;
    // Docker lets a task of a swarm only into networks that its node has already (moby, findAndAttachNetwork).
    await whileOnNode(engine, container.ImageID, overlay, () => join(engine, container.Id, overlay));
  }
}

/** On containers of a swarm's services. */
const TASK = "com.docker.swarm.task.id";
/** Ends by itself, should nobody be left to end it. */
const GUEST_LIFE_SECONDS = 60;

/** Has a container in the network meanwhile: with the first of them a node gets the network, and it stays for others. */
async function whileOnNode(
  engine: Engine,
  image: string,
  { name }: Overlay,
  work: () => Promise<void>,
): Promise<void> {
  const guest = await engine.ask((docker) =>
    docker.createContainer({
      Image: image,
      Entrypoint: ["sleep", String(GUEST_LIFE_SECONDS)],
      Cmd: [],
      HostConfig: {
        AutoRemove: true,
        CapDrop: ["ALL"],
        NetworkMode: name,
        ReadonlyRootfs: true,
        SecurityOpt: ["no-new-privileges"],
      },
    }),
  );
  await engine.ask(() => guest.start());
  try {
    await work();
  } finally {
    await engine
      .find(() => guest.kill())
      .catch((error: unknown) => {
        // It has ended by itself.
        if (!isConflict(error)) throw error;
      });
  }
}

async function join(engine: Engine, container: string, overlay: Overlay): Promise<void> {
  for (const address of overlay.routerAddresses) {
    try {
      await engine.ask((docker) =>
        docker.getNetwork(overlay.id).connect({
          Container: container,
          EndpointConfig: { IPAMConfig: { IPv4Address: address } },
        }),
      );
      return;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // Another worker let it in meanwhile.
      if (/already exists in network|already attached/i.test(error.message)) return;
      if (!/address (is )?already in use/i.test(error.message)) throw error;
    }
  }
  throw new DriverError(
    "no-free-network",
    `The network ${overlay.name} has no address left for another router: it holds ${overlay.routerAddresses.length}.`,
  );
}
