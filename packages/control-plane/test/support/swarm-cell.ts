import { randomBytes } from "node:crypto";
import type { ServiceSpec } from "dockerode";
import { containerNames, startSwarmDriver } from "../../src/containers/index.ts";
import type { ContainerPolicy, SwarmDriverOptions } from "../../src/containers/index.ts";
import type { Driver, InstanceSpec, Observation } from "../../src/index.ts";
import { writeBehaviour } from "./docker-cell.ts";
import { FAKE_GATEWAY_IMAGE } from "./fake-gateway-image.ts";
import type { SwarmNode } from "./swarm-nodes.ts";

/** A swarm driver with the fake gateway's image, a container where a router would be, and a second way to look. */
export interface SwarmBench extends AsyncDisposable {
  readonly driver: Driver;
  readonly deployment: string;
  /** Another worker's, of the same deployment. */
  driverWith(options: SwarmBenchOptions): Driver;
  nameOf(spec: InstanceSpec): string;
  service(spec: InstanceSpec): Promise<ServiceSpec>;
  /** Of its running task, in its own network. */
  addressOf(spec: InstanceSpec): Promise<string>;
  /** Which node has its task. */
  nodeOf(spec: InstanceSpec): Promise<string | undefined>;
  /** As when the router's node is lost: its container is another one. */
  replaceRouter(): Promise<void>;
  /** For an instance that will run on the first node. */
  behave(spec: InstanceSpec, behaviours: readonly string[]): Promise<void>;
  /** Asks from inside of the router's container. */
  readonly ask: (observed: Observation, path: string) => Promise<unknown>;
  dispose(): Promise<void>;
}

export type SwarmBenchOptions = Partial<Omit<SwarmDriverOptions, "policy" | "engine">> & {
  readonly policy?: Partial<ContainerPolicy>;
};

const PORT = 8080;
/** Fetches what it is asked for. */
const RELAY = `require("http").createServer(async (request, response) => {
  try {
    const url = new URL(request.url, "http://relay").searchParams.get("url");
    response.end(await (await fetch(url, { signal: AbortSignal.timeout(15_000) })).text());
  } catch (error) {
    response.writeHead(502).end(String(error.cause ?? error));
  }
}).listen(${PORT})`;

/** The router's container runs on this node, which is also the manager that is asked. */
export async function startSwarmBench(node: SwarmNode, options: SwarmBenchOptions = {}): Promise<SwarmBench> {
  const deployment = `t${randomBytes(4).toString("hex")}`;
  const { docker } = node;
  await docker.createNetwork({ Name: `${deployment}-outside`, Driver: "bridge" });
  let router = await startRouter(node, deployment);
  const drivers: Driver[] = [];
  const driverWith = (wish: SwarmBenchOptions) => {
    const made = startSwarmDriver({
      engine: { host: node.host },
      maxRestarts: 2,
      pull: "never",
      // This machine's kernel need not have IPsec.
      encrypted: false,
      monitorMs: 2000,
      ...wish,
      policy: {
        deployment,
        images: { demo: FAKE_GATEWAY_IMAGE },
        limits: { demo: { stopGraceSeconds: 1 } },
        ...wish.policy,
      },
    });
    drivers.push(made);
    return made;
  };
  const driver = driverWith(options);
  const nameOf = ({ id }: InstanceSpec) => containerNames(id, deployment).main;
  const taskOf = async (spec: InstanceSpec): Promise<RunningTask | undefined> => {
    const filters = { service: [nameOf(spec)], "desired-state": ["running"] };
    const tasks: RunningTask[] = await docker.listTasks({ filters });
    return tasks.find(({ Status }) => Status.State === "running");
  };
  const dispose = async () => {
    await Promise.all(drivers.map((each) => each.close()));
    const filters = { label: [`ai.automna.deployment=${deployment}`] };
    for (const { ID } of await docker.listServices({ filters })) await docker.getService(ID).remove();
    await docker.getContainer(router.id).remove({ force: true });
  };
  return {
    driver,
    deployment,
    driverWith,
    nameOf,
    async service(spec) {
      const found: { Spec: ServiceSpec } = await docker.getService(nameOf(spec)).inspect();
      return found.Spec;
    },
    async addressOf(spec) {
      const task = await taskOf(spec);
      const [attached] = task?.NetworksAttachments ?? [];
      return (attached?.Addresses[0] ?? "").split("/")[0] ?? "";
    },
    nodeOf: async (spec) => (await taskOf(spec))?.NodeID,
    async replaceRouter() {
      await docker.getContainer(router.id).remove({ force: true });
      router = await startRouter(node, deployment);
    },
    behave: (spec, behaviours) =>
      writeBehaviour(docker, containerNames(spec.id, deployment).state, behaviours),
    ask: (observed, path) => askThrough(`http://${node.address}:${router.port}`, observed, path),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

interface RunningTask {
  readonly NodeID: string;
  readonly Status: { readonly State: string };
  readonly NetworksAttachments?: readonly { readonly Addresses: readonly string[] }[];
}

/** A container where a router would be, which fetches what it is asked for. */
export async function startRouter(
  { docker }: SwarmNode,
  deployment: string,
): Promise<{ readonly id: string; readonly port: string }> {
  const container = await docker.createContainer({
    Image: FAKE_GATEWAY_IMAGE,
    Cmd: ["node", "-e", RELAY],
    Labels: { "ai.automna.router": deployment },
    ExposedPorts: { [`${PORT}/tcp`]: {} },
    HostConfig: {
      // A name that is not known yet is refused at once: there is nobody else to ask.
      Dns: ["127.0.0.1"],
      NetworkMode: `${deployment}-outside`,
      PortBindings: { [`${PORT}/tcp`]: [{ HostPort: "0" }] },
    },
  });
  await container.start();
  const { NetworkSettings } = await container.inspect();
  return { id: container.id, port: NetworkSettings.Ports[`${PORT}/tcp`]?.[0]?.HostPort ?? "" };
}

export async function askThrough(relay: string, observed: Observation, path: string): Promise<unknown> {
  if (observed.status !== "running") throw new Error(`The gateway is ${observed.status}.`);
  const { host, port } = observed.target;
  const asked = new URLSearchParams({ url: `http://${host}:${port}${path}` });
  const answer = await fetch(`${relay}/?${asked}`, { signal: AbortSignal.timeout(20_000) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}
