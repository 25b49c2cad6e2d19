import type { ContainerInfo } from "dockerode";
import { LABEL } from "../../containers/labels.ts";
import { DriverError } from "../driver.ts";
import type { Engine } from "../docker/engine.ts";
import { EngineError } from "../docker/engine.ts";
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
        await join(engine, container.Id, overlay);
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
