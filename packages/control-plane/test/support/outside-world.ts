import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { claimSubnet } from "./subnets.ts";

/** A machine beyond this host, as a network namespace of its own: something to reach, or not to. */
export interface OutsideWorld extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

const PORT = 8080;

export async function startOutsideWorld(): Promise<OutsideWorld> {
  const subnet = await claimSubnet();
  const [here, there] = [subnet.address(1), subnet.address(2)];
  const [name, link] = [`automna-world${subnet.number}`, `automna-w${subnet.number}`];
  const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
  ip("netns", "add", name);
  try {
    ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("addr", "add", `${here}/30`, "dev", link);
    ip("link", "set", link, "up");
    ip("-n", name, "addr", "add", `${there}/30`, "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
    const listener = `require("node:net").createServer((s) => s.end()).listen(${PORT}, () => console.log("up"))`;
    const server = spawn("ip", ["netns", "exec", name, process.execPath, "-e", listener]);
    await once(server.stdout, "data");
    return {
      address: there,
      port: PORT,
      async [Symbol.asyncDispose]() {
        server.kill("SIGKILL");
        await once(server, "exit");
        ip("netns", "del", name);
      },
    };
  } catch (error) {
    ip("netns", "del", name);
    throw error;
  }
}
