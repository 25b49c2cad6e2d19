import { randomBytes } from "node:crypto";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { containerNames, containerProfile, keptLabels } from "../container-profile.ts";
import type { ContainerNames } from "../container-profile.ts";
import { DEFAULT_DEPLOYMENT } from "../containers/container-policy.ts";
import { isOurs } from "../containers/labels.ts";
import { GatewayConfigError } from "../gateway-config.ts";
import type { InstanceFailure, InstanceSpec, Observation } from "../instance.ts";
import { Engine } from "./docker/engine.ts";
import { ensureImage } from "./docker/images.ts";
import { refuseNoPool } from "./docker/subnets.ts";
import { DriverError } from "./driver.ts";
import type { Driver, DriverEvent, ListedInstance, Sighting } from "./driver.ts";
import { awaitAcceptance } from "./swarm/convergence.ts";
import { fullTask } from "./swarm/disk-space.ts";
import { removeFiles, storedFiles } from "./swarm/files.ts";
import { listedServices } from "./swarm/listing.ts";
import { lookAt } from "./swarm/look.ts";
import { Manager, swarmError } from "./swarm/manager.ts";
import { findRecord, noteNodes, removeRecord } from "./swarm/node-record.ts";
import { isUnderWay } from "./swarm/observation.ts";
import type { SwarmDriverOptions } from "./swarm/options.ts";
import { orderService } from "./swarm/ordering.ts";
import type { OrderPolicy } from "./swarm/ordering.ts";
import { ensureOverlay, findOverlay, overlayOf } from "./swarm/overlay.ts";
import type { Overlay } from "./swarm/overlay.ts";
import { memoryOf } from "./swarm/placement.ts";
import {
  refuseWhileRunning,
  removeNetwork,
  removeOutdated,
  removeService,
  scaleDown,
  wipeNodes,
} from "./swarm/removal.ts";
import type { Belongings } from "./swarm/removal.ts";
import { Routers } from "./swarm/routers.ts";
import { serviceLog } from "./swarm/service-log.ts";
import { SharedFolders } from "./swarm/shared-folders.ts";
import type { StatePolicy } from "./swarm/state-policy.ts";
import { surveyServices } from "./swarm/survey.ts";
import { Upkeep } from "./swarm/upkeep.ts";
import { Turns } from "./turns.ts";

export type { SwarmDriverOptions } from "./swarm/options.ts";
export type { NodeLabel } from "./swarm/placement.ts";
export type { StatePolicy } from "./swarm/state-policy.ts";

/**
 * The driver for a swarm: each gateway is a hardened service of one task with an overlay network of its own. Services
 * outlive this process; whoever starts the driver again finds them.
 *
 * @example
 * const driver = startSwarmDriver({ policy: { images: { openclaw: "ghcr.io/openclaw/openclaw:2026.9.6" } } });
 * await driver.prepare(spec);
 * await driver.start(spec);
 */
export function startSwarmDriver(options: SwarmDriverOptions): Driver {
  if (options.networkPool !== undefined) refuseNoPool(options.networkPool);
  return new SwarmDriver(options);
}

class SwarmDriver implements Driver {
  readonly name = "swarm";
  readonly replaces = true;
  readonly #options: SwarmDriverOptions;
  readonly #deployment: string;
  readonly #engine: Engine;
  /** Of the nodes that can be asked what is in a container. */
  readonly #engines: readonly Engine[];
  readonly #manager: Manager;
  readonly #routers: Routers;
  readonly #policy: OrderPolicy;
  readonly #folders: SharedFolders | null;
  readonly #clock: Clock;
  readonly #turns = new Turns();
  readonly #listeners = new Set<(event: DriverEvent) => void>();
  readonly #upkeep: Upkeep;
  /** A swarm gives no secret back: those that this process handed over, by instance. */
  readonly #secrets = new Map<string, readonly string[]>();

  constructor(options: SwarmDriverOptions) {
    this.#options = options;
    this.#deployment = options.policy.deployment ?? DEFAULT_DEPLOYMENT;
    this.#engine = new Engine(options.engine);
    this.#manager = new Manager(this.#engine, this.#deployment);
    const others = options.routerEngines?.map((address) => new Engine(address));
    this.#engines = [this.#engine, ...(others ?? [])];
    this.#routers = new Routers(others ?? [this.#engine], this.#deployment);
    const { state = STAYS } = options;
    this.#policy = {
      containers: options.policy,
      state,
      nodes: options.nodes ?? null,
      maxRestarts: options.maxRestarts ?? 5,
      stableAfterMs: options.stableAfterMs ?? 60_000,
      monitorMs: options.monitorMs ?? 10_000,
    };
    this.#folders = state.kind === "shared" ? new SharedFolders(state.directory) : null;
    this.#clock = options.clock ?? systemClock;
    this.#upkeep = new Upkeep({
      manager: this.#manager,
      routers: this.#routers,
      turns: this.#turns,
      clock: this.#clock,
      report: options.onError ?? (() => undefined),
    });
  }

  async observe(instanceId: string): Promise<Observation> {
    try {
      return await lookAt(this.#manager, { instanceId, names: this.#namesOf(instanceId) });
    } catch (error) {
      return { status: "unknown", reason: swarmError(error, "Looking at the service").message };
    }
  }

  prepare(
    spec: InstanceSpec,
    onStep?: (step: "pull" | "prepare") => void,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#inTurn(spec.id, "Preparing the service", async (own) => {
      const { policy, pull = "missing", encrypted = true, networkPool = "10.213.0.0/16" } = this.#options;
      const wish = {
        name: own.names.main,
        labels: keptLabels(spec, policy),
        internal: policy.egress === "internal",
        encrypted,
        pool: networkPool,
      };
      await this.#manager.sameSwarm();
      const { image } = containerProfile(spec, policy, NO_CONTEXT);
      await ensureImage(this.#engine, image, pull, onStep, signal);
      await removeOutdated(this.#manager, this.#routers, own, wish, this.#clock);
      const overlay = await this.#turns.take(NETWORKS, () => ensureOverlay(this.#engine, wish, this.#clock));
      await this.#routers.join(overlay);
      await this.#folders?.ensure(own.names.state);
    });
  }

  start(spec: InstanceSpec, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(spec.id, "Starting the service", async ({ names: { main } }) => {
      const [service, record, nodes] = await Promise.all([
        this.#manager.service(main, spec.id),
        findRecord(this.#manager, main, spec.id),
        this.#manager.nodes(),
      ]);
      const tasks = service === null ? [] : await this.#manager.tasks(service.id);
      if (service !== null && isUnderWay({ service, tasks, nodes }, spec.revision)) {
        if (record === null) await noteNodes(this.#manager, main, service);
        return;
      }
      const overlay = await this.#overlayOf(main, spec.id);
      const wish = { spec, overlay, attempt: this.#newAttempt() };
      const situation = { service, record, tasks, nodes };
      const profile = await orderService(this.#manager, this.#policy, wish, situation);
      this.#secrets.set(spec.id, profile.secrets);
      await awaitAcceptance(this.#manager, main, spec, tasks, this.#clock, signal);
      const started = this.#policy.state.kind === "fresh" ? await this.#manager.service(main, spec.id) : null;
      // Else the swarm alone knows where it put it.
      if (started !== null) await noteNodes(this.#manager, main, started);
      this.#upkeep.tidyLater(main, spec.id);
    });
  }

  stop(instanceId: string): Promise<void> {
    return this.#inTurn(instanceId, "Stopping the service", async (own) => {
      const service = await this.#manager.service(own.names.main, instanceId);
      if (service !== null) await scaleDown(this.#manager, own, service, this.#clock);
      // The swarm keeps secrets only while they are needed.
      await removeFiles(this.#engine, await storedFiles(this.#engine, this.#deployment, instanceId));
    });
  }

  destroy(instanceId: string): Promise<void> {
    return this.#inTurn(instanceId, "Removing the instance", async (own) => {
      const { state } = this.#policy;
      await refuseWhileRunning(this.#manager, own);
      await removeService(this.#manager, own, this.#clock);
      if (state.kind !== "shared") await wipeNodes(this.#manager, own, this.#clock);
      await removeFiles(this.#engine, await storedFiles(this.#engine, this.#deployment, instanceId));
      await removeNetwork(this.#manager, this.#routers, own, this.#clock);
      await this.#folders?.remove(own.names.state);
      // Until here it says that there is something to remove.
      await removeRecord(this.#manager, own.names.main, instanceId);
      this.#secrets.delete(instanceId);
    });
  }

  list(): Promise<readonly ListedInstance[]> {
    return this.#told("Listing the services", async () => {
      const [services, networks, secrets, configs] = await Promise.all([
        this.#manager.services(),
        this.#manager.networks(),
        this.#manager.secrets(),
        this.#manager.configs(),
      ]);
      return listedServices(services, networks, secrets, configs);
    });
  }

  survey(): Promise<ReadonlyMap<string, Sighting>> {
    return this.#told("Looking at the services", () => surveyServices(this.#manager));
  }

  memory(): Promise<number> {
    return this.#told("Asking the swarm for its memory", async () => {
      return memoryOf(await this.#manager.nodes(), this.#policy.nodes);
    });
  }

  /** Of gateways on nodes whose engines are known here. */
  async complaint(instanceId: string): Promise<InstanceFailure | null> {
    const { disk, kind } = this.#policy.state;
    if (disk.kind === "unlimited" || kind === "shared") return null;
    return this.#told("Looking at the disk", async () => {
      const service = await this.#manager.service(this.#namesOf(instanceId).main, instanceId);
      return service && fullTask(this.#engines, await this.#manager.tasks(service.id));
    });
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    this.#listeners.add(listener);
    this.#upkeep.watch((instanceId) => void this.#tell(instanceId));
    return () => this.#listeners.delete(listener);
  }

  logs(instanceId: string, lines: number): Promise<readonly string[]> {
    return this.#told("Reading the log", async () => {
      const service = await this.#manager.service(this.#namesOf(instanceId).main, instanceId);
      if (service === null) return [];
      return serviceLog(this.#engine, service.id, this.#secrets.get(instanceId) ?? [], lines);
    });
  }

  async close(): Promise<void> {
    this.#upkeep.close();
    this.#listeners.clear();
  }

  async #overlayOf(name: string, instanceId: string): Promise<Overlay> {
    const network = await findOverlay(this.#engine, name);
    const isPrepared = network !== null && isOurs(network.Labels, this.#deployment, instanceId);
    const overlay = isPrepared ? overlayOf(network) : null;
    if (overlay !== null) return overlay;
    throw new DriverError("start-failed", "The gateway has no network yet. It is prepared first.");
  }

  async #tell(instanceId: string): Promise<void> {
    const observation = await this.observe(instanceId);
    for (const listener of this.#listeners) listener({ instanceId, observation });
  }

  async #told<T>(doing: string, look: () => Promise<T>): Promise<T> {
    try {
      return await look();
    } catch (error) {
      throw swarmError(error, doing);
    }
  }

  #inTurn(instanceId: string, doing: string, work: (own: Belongings) => Promise<void>): Promise<void> {
    return this.#turns.take(instanceId, async () => {
      try {
        await work({ instanceId, names: this.#namesOf(instanceId) });
      } catch (error) {
        throw error instanceof GatewayConfigError ? error : swarmError(error, doing);
      }
    });
  }

  #namesOf(instanceId: string): ContainerNames {
    return containerNames(instanceId, this.#deployment);
  }

  #newAttempt(): string {
    return this.#options.newAttempt?.() ?? randomBytes(6).toString("hex");
  }
}

const STAYS: StatePolicy = { kind: "node", disk: { kind: "unlimited" } };
const NETWORKS = "networks";
const NO_CONTEXT = { routerAddresses: [], attempt: "" };
