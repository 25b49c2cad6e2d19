import { type Answer, type Json, startScriptedEngine } from "./scripted-engine.ts";

interface RouterNodeOptions {
  readonly deployment: string;
  /** Names of the instances' networks; the same array may change. */
  readonly networks: string[];
  /** Networks that take nobody in, and let nobody out. */
  readonly refusing?: Set<string>;
}

/** The engine of a node with one router on it, which also answers for the swarm's networks. */
export async function startRouterNode({ deployment, networks, refusing = new Set() }: RouterNodeOptions) {
  /** Ids of networks. */
  const joined = new Set<string>();
  const scripted = await startScriptedEngine((line, body): Answer => {
    if (line === "GET /containers/json") return [200, [containerIn(joined, deployment)]];
    if (line === "GET /networks") return [200, networks.map((name) => networkOf(name, deployment))];
    const [, method, name = "", rest] = /^(\w+) \/networks\/([^/]+)(?:\/(.*))?$/.exec(line) ?? [];
    if (rest === "disconnect" && refusing.has(name)) {
      return [500, { message: `container router is not connected to the network ${name}` }];
    }
    if (rest === "disconnect" && joined.delete(name)) return [200];
    if (!networks.includes(name)) return [404, { message: `network ${name} not found` }];
    if (method === "GET") return [200, networkOf(name, deployment)];
    if (method === "DELETE") networks.splice(networks.indexOf(name), 1);
    if (rest !== "connect") return [200];
    if (refusing.has(name)) return [500, { message: `could not attach ${String(body["Container"])}` }];
    joined.add(name);
    return [200];
  });
  return { ...scripted, joined };
}

const containerIn = (networks: ReadonlySet<string>, deployment: string): Json => ({
  Id: "router",
  ImageID: "sha256:1",
  Labels: { "ai.automna.router": deployment },
  NetworkSettings: {
    Networks: Object.fromEntries([...networks].map((id) => [nameOf(id), { NetworkID: id }])),
  },
});

/** What an id says after `@` is of an earlier network of the same name. */
const nameOf = (id: string) => id.replace(/@.*/, "");

/** Its id is its name, and its instance's. */
const networkOf = (name: string, deployment: string): Json => ({
  Id: name,
  Name: name,
  Scope: "swarm",
  Internal: false,
  Labels: { "ai.automna.deployment": deployment, "ai.automna.instance": name },
  IPAM: { Config: [{ Subnet: "10.213.0.0/27" }] },
});
