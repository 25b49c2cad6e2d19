import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { promisify } from "node:util";
import type Docker from "dockerode";
import { startDockerd } from "./dockerd.ts";
import type { Dockerd } from "./dockerd.ts";
import { dockerClient } from "./engine-objects.ts";
import { claimSubnet } from "./subnets.ts";

/** One node of a swarm: an engine in a network namespace, joined to the others by a bridge. */
export interface SwarmNode {
  readonly name: string;
  /** On the bridge, which this machine reaches. */
  readonly address: string;
  readonly host: string;
  readonly docker: Docker;
  /** The swarm's own name for it. */
  id(): Promise<string>;
  /** The first of its images whose name begins so. */
  imageNamed(repository: string): Promise<string>;
  /** Changes what the swarm is to do with a node, through this one. */
  change(wish: NodeWish, node: SwarmNode): Promise<void>;
  /** Whether a manager sees it. */
  isReady(manager: SwarmNode): Promise<boolean>;
  /** The machine is gone: engine and containers end at once, without a word. */
  lose(): Promise<void>;
  /** The machine is back, with its disk. */
  comeBack(): Promise<void>;
}

interface NodeWish {
  readonly labels?: Readonly<Record<string, string>>;
  readonly availability?: "active" | "pause";
}

export interface SwarmNodes extends AsyncDisposable {
  /** This machine's address on the bridge, which every container reaches. */
  readonly here: string;
  readonly nodes: readonly SwarmNode[];
}

/** Makes a swarm; all nodes are managers. Needs root, ip, iptables. */
export async function startSwarmNodes(count: number): Promise<SwarmNodes> {
  const subnet = await claimSubnet();
  const name = `automna-s${subnet.number}`;
  const rule = ["FORWARD", "-i", name, "-o", name, "-j", "ACCEPT"];
  const daemons: Dockerd[] = [];
  const namespaces: string[] = [];
  const dispose = async () => {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    for (const namespace of namespaces) run("ip", "netns", "del", namespace);
    run("iptables", "-D", ...rule);
    run("ip", "link", "del", name);
  };
  run("ip", "link", "add", name, "type", "bridge");
  // An engine of this machine sets the policy of FORWARD to DROP, which bridged frames pass too.
  run("iptables", "-I", ...rule);
  try {
    run("ip", "addr", "add", `${subnet.address(254)}/24`, "dev", name);
    run("ip", "link", "set", name, "up");
    const nodes: SwarmNode[] = [];
    for (let index = 1; index <= count; index++) {
      const namespace = `${name}-${index}`;
      const address = subnet.address(index);
      addMachine(namespace, name, `${address}/24`, subnet.address(254));
      namespaces.push(namespace);
      const daemon = await startDockerd({ machine: { namespace, hostname: `node${index}` } });
      daemons.push(daemon);
      nodes.push(nodeOf(`node${index}`, address, namespace, daemon));
    }
    await join(nodes);
    return { nodes, here: subnet.address(254), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function addMachine(namespace: string, bridge: string, address: string, gateway: string): void {
  const inside = (...args: string[]) => run("ip", "-n", namespace, ...args);
  run("ip", "netns", "add", namespace);
  run("ip", "link", "add", namespace, "type", "veth", "peer", "name", "eth0", "netns", namespace);
  run("ip", "link", "set", namespace, "master", bridge, "up");
  inside("addr", "add", address, "dev", "eth0");
  inside("link", "set", "eth0", "up");
  inside("link", "set", "lo", "up");
  inside("route", "add", "default", "via", gateway);
}

async function join([first, ...others]: readonly SwarmNode[]): Promise<void> {
  if (first === undefined) return;
  const cli = ({ host }: SwarmNode, ...args: string[]) =>
    execFileSync("docker", ["-H", host, "swarm", ...args], { encoding: "utf8" }).trim();
  // A lost node is noticed after three beats.
  cli(first, "init", "--advertise-addr", first.address, "--dispatcher-heartbeat", "2s");
  const token = cli(first, "join-token", "-q", "manager");
  for (const node of others) {
    cli(node, "join", "--token", token, "--advertise-addr", node.address, `${first.address}:2377`);
  }
}

function nodeOf(name: string, address: string, namespace: string, daemon: Dockerd): SwarmNode {
  const docker = dockerClient(daemon.host);
  let swarmName: string | null = null;
  return {
    name,
    address,
    host: daemon.host,
    docker,
    async id() {
      const info: { Swarm: { NodeID: string } } | null = swarmName === null ? await docker.info() : null;
      return (swarmName ??= info?.Swarm.NodeID ?? "");
    },
    async imageNamed(repository) {
      const images = await docker.listImages({ filters: { reference: [repository] } });
      return images[0]?.RepoTags?.[0] ?? "";
    },
    async change({ labels, availability }, node) {
      const known = docker.getNode(await node.id());
      const { Version, Spec }: { Version: { Index: number }; Spec: object } = await known.inspect();
      const wish = {
        ...Spec,
        ...(labels ? { Labels: labels } : {}),
        ...(availability ? { Availability: availability } : {}),
      };
      await known.update({ _query: { version: Version.Index }, _body: wish });
    },
    async isReady(manager) {
      const { Status }: { Status: { State: string } } = await manager.docker
        .getNode(swarmName ?? "")
        .inspect();
      return Status.State === "ready";
    },
    async lose() {
      const containers = await docker.listContainers();
      const pids = await Promise.all(
        containers.map(async ({ Id }) => (await docker.getContainer(Id).inspect()).State.Pid),
      );
      await daemon.kill();
      // With what runs beside the engine, such as its shims: they would hold the machine's network.
      for (const pid of [...pids, ...processesIn(namespace)]) endProcess(pid);
    },
    comeBack: () => daemon.restart(),
  };
}

function processesIn(namespace: string): readonly number[] {
  const pids = execFileSync("ip", ["netns", "pids", namespace], { encoding: "utf8" });
  return pids.split("\n").filter(Boolean).map(Number);
}

function endProcess(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, "SIGKILL");
  } catch {
    // It went with another.
  }
}

/** Carries an image from the first engine to the others: built twice, it would be two. */
export async function shareImage(
  [first, ...others]: readonly Pick<SwarmNode, "host">[],
  image: string,
): Promise<void> {
  const docker = (host: string, ...args: string[]) => promisify(execFile)("docker", ["-H", host, ...args]);
  if (first === undefined || others.length === 0) return;
  const folder = await mkdtemp(joinPath(tmpdir(), "automna-image-"));
  try {
    const archive = joinPath(folder, "image.tar");
    await docker(first.host, "save", "--output", archive, image);
    await Promise.all(others.map(({ host }) => docker(host, "load", "--input", archive)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
}
