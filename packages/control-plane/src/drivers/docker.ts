import { randomBytes } from "node:crypto";
import type { ContainerInspectInfo } from "dockerode";
import { systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { containerNames, containerProfile, keptLabels } from "../container-profile.ts";
import type { ContainerNames, ProfileContext } from "../container-profile.ts";
import { DEFAULT_DEPLOYMENT } from "../containers/container-policy.ts";
import { isOurs, LABEL } from "../containers/labels.ts";
import { GatewayConfigError } from "../gateway-config.ts";
import type { InstanceFailure, InstanceSpec, Observation } from "../instance.ts";
import { containerLog } from "./docker/container-log.ts";
import { runContainer, stopContainer, unpauseContainer } from "./docker/containers.ts";
import { fullDisk } from "./docker/disk-space.ts";
import { driverError, Engine } from "./docker/engine.ts";
import { followEvents } from "./docker/engine-events.ts";
import { writeFiles, writerOf } from "./docker/files-volume.ts";
import { ensureImage } from "./docker/images.ts";
import { LoopbackDisks } from "./docker/loopback-disks.ts";
import { ensureNetwork, hostAddressOn, removeNetwork } from "./docker/networks.ts";
import { observationOf } from "./docker/observation.ts";
import { listedInstances } from "./docker/listing.ts";
import type { DockerDriverOptions } from "./docker/options.ts";
import { findOwned, removeOwned } from "./docker/ownership.ts";
import { SameEngine } from "./docker/same-engine.ts";
import { refuseNoPool } from "./docker/subnets.ts";
import { surveyContainers } from "./docker/survey.ts";
import { diskOf, ensureVolume, findVolume, removeVolume } from "./docker/volumes.ts";
import type { DiskPolicy } from "./docker/volumes.ts";
import { DriverError } from "./driver.ts";
import type { Driver, DriverEvent, ListedInstance, Sighting } from "./driver.ts";
import { Turns } from "./turns.ts";

export type { EngineAddress } from "./docker/engine.ts";
export type { DockerDriverOptions } from "./docker/options.ts";
export { refuseUnseenDisks } from "./docker/own-container.ts";
export type { DiskPolicy } from "./docker/volumes.ts";

/**
 * The driver for one Docker host: each gateway is a hardened container with a network of its own. Containers outlive
 * this process; whoever starts the driver again finds them.
 *
 * @example
 * const driver = startDockerDriver({ policy: { images: { openclaw: "ghcr.io/openclaw/openclaw:2026.9.6" } } });
 * await driver.prepare(spec);
 * await driver.start(spec);
 */
export function startDockerDriver(options: DockerDriverOptions): Driver {
  if (options.networkPool !== undefined) refuseNoPool(options.networkPool);
  return new DockerDriver(options);
}

class DockerDriver implements Driver {
  readonly name = "docker";
  readonly #options: DockerDriverOptions;
  readonly #deployment: string;
  readonly #engine: Engine;
  readonly #sameEngine: SameEngine;
  readonly #disk: DiskPolicy;
  readonly #disks: LoopbackDisks | null;
  readonly #clock: Clock;
  readonly #turns = new Turns();
  readonly #listeners = new Set<(event: DriverEvent) => void>();
  #events: AbortController | null = null;

  constructor(options: DockerDriverOptions) {
    this.#options = options;
    this.#deployment = options.policy.deployment ?? DEFAULT_DEPLOYMENT;
    this.#engine = new Engine(options.engine);
    this.#sameEngine = new SameEngine(this.#engine);
    this.#disk = options.disk ?? { kind: "unlimited" };
    this.#disks = this.#disk.kind === "loopback" ? new LoopbackDisks(this.#disk.directory) : null;
    this.#clock = options.clock ?? systemClock;
  }

  async observe(instanceId: string): Promise<Observation> {
    try {
      const names = this.#namesOf(instanceId);
      const container = await this.#find(names.main, instanceId);
      if (container !== null) {
        const { maxRestarts = DEFAULT_RESTARTS, stableAfterMs = 60_000 } = this.#options;
        return observationOf(container, { maxRestarts, stableAfterMs });
      }
      const labels = await findVolume(this.#engine, names.state);
      if (isOurs(labels, this.#deployment, instanceId)) return { status: "stopped", exit: null };
      await this.#sameEngine.check();
      return { status: "absent" };
    } catch (error) {
      return { status: "unknown", reason: driverError(error, "Looking at the container").message };
    }
  }

  prepare(
    spec: InstanceSpec,
    onStep?: (step: "pull" | "prepare") => void,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#inTurn(spec.id, "Preparing the container", async (names) => {
      const { policy, pull = "missing" } = this.#options;
      const labels = keptLabels(spec, policy);
      await this.#sameEngine.check();
      const { image } = containerProfile(spec, policy, NO_CONTEXT);
      await ensureImage(this.#engine, image, pull, onStep, signal);
      const context = await this.#connect(spec, names);
      const disk = diskOf(this.#disk, spec.limits?.disk);
      for (const name of [names.state, names.workspace]) {
        await ensureVolume(this.#engine, { name, labels, disk }, this.#disks);
      }
      await this.#writeFiles(spec, names, context);
    });
  }

  rewrite(spec: InstanceSpec): Promise<void> {
    return this.#inTurn(spec.id, "Writing the container's files", async (names) => {
      const found = await this.#find(names.main, spec.id);
      // The network that it runs in, even if one that is made today would be another.
      const hostAddress = found && (await hostAddressOn(this.#engine, names.main));
      if (hostAddress !== null) await this.#writeFiles(spec, names, this.#contextAt(hostAddress));
    });
  }

  start(spec: InstanceSpec): Promise<void> {
    return this.#inTurn(spec.id, "Starting the container", async (names) => {
      const found = await this.#find(names.main, spec.id);
      if (found !== null && found.Config.Labels[LABEL.revision] === spec.revision) {
        if (found.State.Paused) return unpauseContainer(this.#engine, found.Id);
        if (found.State.Running) return;
      }
      if (found !== null) await this.#remove(names.main, spec.id);
      const { policy, firstPort = 19_000, portCount = 1000, maxRestarts = DEFAULT_RESTARTS } = this.#options;
      const context = await this.#connect(spec, names);
      await runContainer(this.#engine, {
        profile: containerProfile(spec, policy, context),
        names,
        publish: { firstPort, lastPort: firstPort + portCount - 1 },
        maxRestarts,
      });
    });
  }

  stop(instanceId: string): Promise<void> {
    return this.#inTurn(instanceId, "Stopping the container", async (names) => {
      // One that a dead worker left holds the secrets' volume.
      await this.#remove(writerOf(names), instanceId);
      const found = await this.#find(names.main, instanceId);
      if (found !== null) {
        await stopContainer(this.#engine, found);
        await this.#remove(names.main, instanceId);
      }
      // The secrets lie on the disk only while they are needed.
      await removeVolume(this.#engine, names.files, this.#deployment, instanceId);
    });
  }

  rest(instanceId: string): Promise<void> {
    return this.#inTurn(instanceId, "Removing the network of a stopped gateway", async (names) => {
      if ((await this.#find(names.main, instanceId)) !== null) return;
      await removeNetwork(this.#engine, names.main, this.#deployment, instanceId);
    });
  }

  destroy(instanceId: string): Promise<void> {
    return this.#inTurn(instanceId, "Removing the instance", async (names) => {
      const found = await this.#find(names.main, instanceId);
      if (found?.State.Running) {
        throw new DriverError("still-running", "The gateway still runs. Stop it before its data is removed.");
      }
      await this.#remove(writerOf(names), instanceId);
      await this.#remove(names.main, instanceId);
      await removeNetwork(this.#engine, names.main, this.#deployment, instanceId);
      for (const volume of [names.files, names.workspace, names.state]) {
        await removeVolume(this.#engine, volume, this.#deployment, instanceId);
        await this.#disks?.remove(volume);
      }
    });
  }

  list(): Promise<readonly ListedInstance[]> {
    const filters = { label: [`${LABEL.deployment}=${this.#deployment}`] };
    return this.#told("Listing the containers", async () => {
      const [containers, volumes] = await Promise.all([
        this.#engine.ask((docker, abortSignal) => docker.listContainers({ all: true, filters, abortSignal })),
        this.#engine.ask((docker, abortSignal) => docker.listVolumes({ filters, abortSignal })),
      ]);
      return listedInstances(containers, volumes.Volumes);
    });
  }

  survey(): Promise<ReadonlyMap<string, Sighting>> {
    return this.#told("Looking at the containers", () => surveyContainers(this.#engine, this.#deployment));
  }

  reach(): Promise<void> {
    return this.#told("Asking the engine", async () => {
      await this.#engine.ask((docker) => docker.ping());
    });
  }

  memory(): Promise<number> {
    return this.#told("Asking the engine for its memory", async () => {
      return (await this.#engine.ask((docker) => docker.info())).MemTotal;
    });
  }

  complaint(instanceId: string): Promise<InstanceFailure | null> {
    return this.#told("Looking at the disk", () => {
      const { main, state, workspace } = this.#namesOf(instanceId);
      const holder = { volumes: [state, workspace], container: () => this.#find(main, instanceId) };
      return fullDisk(this.#engine, holder, this.#disk, this.#disks);
    });
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.#events === null) {
      this.#events = new AbortController();
      const { signal } = this.#events;
      void followEvents(this.#engine, this.#deployment, (id) => void this.#tell(id), this.#clock, signal);
    }
    return () => this.#listeners.delete(listener);
  }

  logs(instanceId: string, lines: number): Promise<readonly string[]> {
    return this.#told("Reading the log", async () => {
      const found = await this.#find(this.#namesOf(instanceId).main, instanceId);
      return found === null ? [] : containerLog(this.#engine, found, lines);
    });
  }

  async close(): Promise<void> {
    this.#events?.abort();
    this.#listeners.clear();
  }

  /** Makes the instance's network unless it is there, and says what its container learns from it. */
  async #connect(spec: InstanceSpec, names: ContainerNames): Promise<ProfileContext> {
    const { policy, networkPool = "10.213.0.0/16" } = this.#options;
    const { hostAddress } = await this.#turns.take(NETWORKS, () =>
      ensureNetwork(this.#engine, {
        name: names.main,
        labels: keptLabels(spec, policy),
        internal: policy.egress === "internal",
        pool: networkPool,
      }),
    );
    return this.#contextAt(hostAddress);
  }

  #contextAt(hostAddress: string): ProfileContext {
    return { routerAddresses: [hostAddress], attempt: this.#newAttempt() };
  }

  #writeFiles(spec: InstanceSpec, names: ContainerNames, context: ProfileContext): Promise<void> {
    return writeFiles(this.#engine, containerProfile(spec, this.#options.policy, context), names);
  }

  #find(name: string, instanceId: string): Promise<ContainerInspectInfo | null> {
    return findOwned(this.#engine, name, this.#deployment, instanceId);
  }

  #remove(name: string, instanceId: string): Promise<boolean> {
    return removeOwned(this.#engine, name, this.#deployment, instanceId);
  }

  async #tell(instanceId: string): Promise<void> {
    const observation = await this.observe(instanceId);
    for (const listener of this.#listeners) listener({ instanceId, observation });
  }

  async #told<T>(doing: string, look: () => Promise<T>): Promise<T> {
    try {
      return await look();
    } catch (error) {
      throw driverError(error, doing);
    }
  }

  #inTurn(instanceId: string, doing: string, work: (names: ContainerNames) => Promise<void>): Promise<void> {
    return this.#turns.take(instanceId, async () => {
      try {
        await work(this.#namesOf(instanceId));
      } catch (error) {
        throw error instanceof GatewayConfigError ? error : driverError(error, doing);
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

/** The engine doubles its delay from 100 ms. */
const DEFAULT_RESTARTS = 5;
const NETWORKS = "networks";
const NO_CONTEXT = { routerAddresses: [], attempt: "" };
