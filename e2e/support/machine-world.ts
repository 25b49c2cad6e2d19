import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import type { DockerMachine } from "./docker-machine.ts";

/** Where somebody listens. */
export interface Listener {
  readonly host: string;
  readonly port: number;
}

/** What lies around a machine, each with something that answers on the same port. */
export interface MachineWorld extends AsyncDisposable {
  readonly port: number;
  readonly internet: Listener;
  /** A neighbour in its private network, a cloud's metadata, and the machine by IPv6. */
  readonly forbidden: readonly Listener[];
  /** What that neighbour has on another port, as the node of a swarm that the model relay is on. */
  readonly relay: Listener;
}

/** RFC 5737: nobody's. */
const INTERNET = "203.0.113.9";
const METADATA = "169.254.169.254";
const MACHINE_IPV6 = "fd00:a07a:77a::2";

export async function startWorld(machine: DockerMachine): Promise<MachineWorld> {
  for (const address of [INTERNET, METADATA]) {
    execFileSync("ip", ["addr", "add", `${address}/32`, "dev", machine.cable], { stdio: "inherit" });
    await machine.run("ip", ["route", "add", `${address}/32`, "via", machine.peer]);
  }
  await machine.run("ip", ["addr", "add", `${MACHINE_IPV6}/64`, "dev", "eth0", "nodad"]);
  const here = await listen("0.0.0.0");
  const relay = await listen(machine.peer);
  const port = portOf(here);
  const listener = `require("node:net").createServer((s) => s.end()).listen(${port}, "::", () => console.log("up"))`;
  const [program, ...args] = machine.within;
  const there = spawn(program, [...args, process.execPath, "-e", listener], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(there.stdout, "data");
  return {
    port,
    internet: { host: INTERNET, port },
    forbidden: [machine.peer, METADATA, MACHINE_IPV6].map((host) => ({ host, port })),
    relay: { host: machine.peer, port: portOf(relay) },
    async [Symbol.asyncDispose]() {
      there.kill("SIGKILL");
      await once(there, "exit");
      const closed = [here, relay].map((server) => once(server, "close"));
      for (const server of [here, relay]) server.close();
      await Promise.all(closed);
    },
  };
}

async function listen(host: string): Promise<Server> {
  const server = createServer((socket) => socket.end());
  server.listen(0, host);
  await once(server, "listening");
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
