import type { ContainerInfo } from "dockerode";
import { LABEL } from "../../containers/labels.ts";
import { DriverError } from "../driver.ts";
import type { Engine } from "../docker/engine.ts";
import { EngineError, isConflict, isMissing } from "../docker/engine.ts";
import type { Overlay } from "./overlay.ts";

/** A router's container, and where it runs. */
interface Router {
  readonly engine: Engine;
  readonly container: ContainerInfo;
}

/** Which routers there are, as far as engines answer. */
export interface Presence {
  readonly routers: readonly Router[];
  /** Why the others did not: their nodes' routers are not there now. */
  readonly away: readonly EngineError[];
}

/** Of a list of containers, which an engine at hand gives in milliseconds. */
const LOOK_LIMIT_MS = 10_000;

/** Containers that may reach gateways: the routers' and the workers', on the engines of their nodes. */
export class Routers {
  readonly #engines: readonly Engine[];
  readonly #label: string;
  readonly #lacking = new Set<string>();

  constructor(engines: readonly Engine[], deployment: string) {
    this.#engines = engines;
    this.#label = `${LABEL.router}=${deployment}`;
  }

  /** Names of networks that some router may not have been let into. */
  get lacking(): readonly string[] {
    return [...this.#lacking];
  }

  /** Of a network that is no more. */
  forget(network: string): void {
    this.#lacking.delete(network);
  }

  /** Rejects when no engine answers: a lost node must not pass for all of them. */
  async presence(): Promise<Presence> {
    const filters = { label: [this.#label] };
    const looks = await Promise.allSettled(
      this.#engines.map(async (engine) => {
        const containers = await engine.ask(
          (docker, abortSignal) => docker.listContainers({ filters, abortSignal }),
          LOOK_LIMIT_MS,
        );
        return containers.map((container) => ({ engine, container }));
      }),
    );
    const away = looks.flatMap((look) => (look.status === "rejected" ? [engineError(look.reason)] : []));
    if (away.length === looks.length) throw away[0];
    return { routers: looks.flatMap((look) => (look.status === "fulfilled" ? look.value : [])), away };
  }

  /** Lets each of them into the network, at an address that its gateway believes. */
  async join(overlay: Overlay, presence?: Presence): Promise<void> {
    this.#lacking.add(overlay.name);
    const { routers, away } = presence ?? (await this.presence());
    const missed = [...away];
    let admitted = 0;
    for (const { engine, container } of routers) {
      const networkId = container.NetworkSettings.Networks[overlay.name]?.NetworkID;
      if (networkId !== overlay.id) {
        try {
          if (networkId) await letOut(engine, container, networkId);
          await letIn(engine, container, overlay);
        } catch (error) {
          if (!isUnreachable(error)) throw error;
          missed.push(error);
          continue;
        }
      }
      admitted += 1;
    }
    if (admitted === 0) throw missed[0] ?? this.#nobody();
    if (missed.length === 0) this.#lacking.delete(overlay.name);
  }

  /** Of an engine that is away the router stays, until it is back and somebody tries again. */
  async leave(network: string): Promise<void> {
    const { routers } = await this.presence();
    for (const { engine, container } of routers) {
      if (container.NetworkSettings.Networks[network] === undefined) continue;
      await engine.find((docker) =>
        docker.getNetwork(network).disconnect({ Container: container.Id, Force: true }),
      );
    }
    this.#lacking.delete(network);
  }

  #nobody(): DriverError {
    return new DriverError(
      "start-failed",
      `No running container has the label ${this.#label}, so nobody could reach the gateway. Give it to the containers of the router and the worker; docs/deployment.md shows how.`,
    );
  }
}

/** A setting that no engine can be asked by is nobody's absence. */
function engineError(reason: unknown): EngineError {
  if (reason instanceof EngineError) return reason;
  throw reason;
}

function isUnreachable(error: unknown): error is EngineError {
  return error instanceof EngineError && error.status === null;
}

/** Of an earlier network of the same name. Its engine may know it no more. */
async function letOut(engine: Engine, { Id }: ContainerInfo, networkId: string): Promise<void> {
  try {
    await engine.find((docker) => docker.getNetwork(networkId).disconnect({ Container: Id, Force: true }));
  } catch (error) {
    if (!(error instanceof EngineError && /is not connected to/i.test(error.message))) throw error;
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
