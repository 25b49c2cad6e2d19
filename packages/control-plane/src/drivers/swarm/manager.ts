import type { ConfigInfo, NetworkInspectInfo, ServiceSpec } from "dockerode";
import { isOurs, LABEL } from "../../containers/labels.ts";
import type { Labels } from "../../containers/labels.ts";
import { DriverError } from "../driver.ts";
import type { Engine } from "../docker/engine.ts";
import { driverError, EngineError } from "../docker/engine.ts";
import { nodeView, serviceView, taskView } from "./views.ts";
import type { NodeView, RawNode, RawService, RawTask, ServiceView, TaskView } from "./views.ts";

/** A swarm, asked and ordered through one of its managers. */
export class Manager {
  readonly engine: Engine;
  readonly deployment: string;
  #swarmId: string | null = null;

  constructor(engine: Engine, deployment: string) {
    this.engine = engine;
    this.deployment = deployment;
  }

  /** A service of this name that carries this instance's labels; `null` without one, or when it is somebody else's. */
  async service(name: string, instanceId: string): Promise<ServiceView | null> {
    const raw = await this.engine.find<RawService>((docker) => docker.getService(name).inspect());
    if (raw === null || !isOurs(raw.Spec?.Labels, this.deployment, instanceId)) return null;
    return serviceView(raw);
  }

  async services(): Promise<readonly ServiceView[]> {
    const services = await this.engine.ask((docker, abortSignal) =>
      docker.listServices({ filters: { label: [this.#mark()] }, abortSignal }),
    );
    return services.map((service) => serviceView(service));
  }

  async networks(): Promise<readonly NetworkInspectInfo[]> {
    const filters = { label: [this.#mark()] };
    return this.engine.ask((docker, abortSignal) => docker.listNetworks({ filters, abortSignal }));
  }

  /** The labels of each secret. */
  async secrets(): Promise<readonly Labels[]> {
    const filters = { label: [this.#mark()] };
    const secrets = await this.engine.ask((docker) => docker.listSecrets({ filters }));
    return secrets.map(({ Spec }) => Spec?.Labels ?? {});
  }

  async configs(): Promise<readonly ConfigInfo[]> {
    const filters = { label: [this.#mark()] };
    return this.engine.ask((docker) => docker.listConfigs({ filters }));
  }

  /** Of one service, or else of all gateways. */
  async tasks(serviceId?: string): Promise<readonly TaskView[]> {
    const filters = serviceId === undefined ? { label: [this.#mark()] } : { service: [serviceId] };
    const tasks: readonly RawTask[] = await this.engine.ask((docker) => docker.listTasks({ filters }));
    return tasks.map(taskView);
  }

  /** Of an instance's gateway, also those that outlive their service for a moment. */
  async tasksOf(instanceId: string): Promise<readonly TaskView[]> {
    const filters = { label: [`${LABEL.instance}=${instanceId}`] };
    const tasks: readonly RawTask[] = await this.engine.ask((docker) => docker.listTasks({ filters }));
    // What empties its volumes has no revision.
    return tasks.map(taskView).filter(({ revision }) => revision !== "");
  }

  async nodes(): Promise<readonly NodeView[]> {
    const nodes: readonly RawNode[] = await this.engine.ask((docker) => docker.listNodes());
    return nodes.map(nodeView);
  }

  async create(spec: ServiceSpec): Promise<string> {
    // Given no other credentials, the client would send the whole order as some.
    const made: { readonly id?: string; readonly ID?: string } = await this.engine.ask((docker) =>
      docker.createService({}, spec),
    );
    return made.id ?? made.ID ?? "";
  }

  async update({ id, version }: ServiceView, spec: ServiceSpec): Promise<void> {
    await this.engine.ask((docker) => docker.getService(id).update({ _query: { version }, _body: spec }));
  }

  async remove(serviceId: string): Promise<void> {
    await this.engine.find((docker) => docker.getService(serviceId).remove());
  }

  /** Another swarm knows nothing of our instances; its silence must not pass for their absence. */
  async sameSwarm(): Promise<void> {
    const info: { readonly Swarm?: { readonly Cluster?: { readonly ID?: string } } } = await this.engine.ask(
      (docker) => docker.info(),
    );
    const id = info.Swarm?.Cluster?.ID || null;
    if (id === null) {
      throw new DriverError(
        "engine-unreachable",
        "The engine is no manager of a swarm. Run docker swarm init there, or write the address of a manager into DOCKER_HOST.",
      );
    }
    this.#swarmId ??= id;
    if (this.#swarmId === id) return;
    throw new DriverError(
      "engine-unreachable",
      "Another swarm answers than before. Restart the app if that is meant; gateways of the other one stay there.",
    );
  }

  #mark(): string {
    return `${LABEL.deployment}=${this.deployment}`;
  }
}

/** The same failure in the driver's words. */
export function swarmError(error: unknown, doing: string): DriverError {
  if (
    error instanceof EngineError &&
    (error.status === 503 || /has(?: no| not a|n't a)? leader|does not have a leader/i.test(error.message))
  ) {
    return new DriverError(
      "engine-unreachable",
      `The swarm cannot be asked (${error.message}). More than half of its managers must be up, and DOCKER_HOST must name one.`,
      { cause: error },
    );
  }
  return driverError(error, doing);
}
