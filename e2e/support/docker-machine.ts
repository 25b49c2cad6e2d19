import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { claimSubnet } from "../../packages/control-plane/test/support/subnets.ts";
import { type Dockerd, startDockerd } from "../../packages/control-plane/test/support/dockerd.ts";

/** A machine with a network and a Docker engine of its own, on a cable to this one. */
export interface DockerMachine {
  /** Address of the engine, as `DOCKER_HOST`. */
  readonly engine: string;
  /** Where this machine reaches it, and it this one. */
  readonly address: string;
  readonly peer: string;
  /** This machine's end of the cable. */
  readonly cable: string;
  /** A command that runs another one with the machine's network. */
  readonly within: readonly [string, ...string[]];
  /** Runs a program with the machine's network, and resolves with what it printed. */
  readonly run: (
    program: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) => Promise<string>;
  readonly docker: (...args: string[]) => Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Needs root, and Debian's docker.io and iproute2. */
export async function startDockerMachine(): Promise<DockerMachine> {
  const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
  const subnet = await claimSubnet();
  const [name, cable] = [`automna-m${subnet.number}`, `automna-c${subnet.number}`];
  const [here, there] = [subnet.address(1), subnet.address(2)];
  ip("netns", "add", name);
  let engine: Dockerd | null = null;
  const dispose = async () => {
    await engine?.stop();
    ip("netns", "del", name);
  };
  // Not `ip netns exec`: that hides the control groups.
  const within = ["nsenter", `--net=/var/run/netns/${name}`] as const;
  const run = async (
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 256 * 1024 ** 2 };
    const [entry, ...rest] = within;
    return (await promisify(execFile)(entry, [...rest, program, ...args], options)).stdout.trim();
  };
  try {
    ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("addr", "add", `${here}/30`, "dev", cable);
    ip("link", "set", cable, "up");
    ip("-n", name, "link", "set", "lo", "up");
    // Without a way elsewhere: what looks for a registry's name is refused at once.
    ip("-n", name, "addr", "add", `${there}/30`, "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
    const { host } = (engine = await startDockerd({ machine: { namespace: name, hostname: name } }));
    return {
      engine: host,
      address: there,
      peer: here,
      cable,
      within,
      run,
      docker: (...args) => run("docker", args, { DOCKER_HOST: host }),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
