import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";

/** A machine beyond this host, as a network namespace of its own: something to reach, or not to. */
export interface OutsideWorld extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

const NAME = "automna-world";
const [HERE, THERE] = ["10.216.0.1", "10.216.0.2"];
const PORT = 8080;

export async function startOutsideWorld(): Promise<OutsideWorld> {
  const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
  ip("netns", "add", NAME);
  try {
    ip("link", "add", "automna-w0", "type", "veth", "peer", "name", "eth0", "netns", NAME);
    ip("addr", "add", `${HERE}/30`, "dev", "automna-w0");
    ip("link", "set", "automna-w0", "up");
    ip("-n", NAME, "addr", "add", `${THERE}/30`, "dev", "eth0");
    ip("-n", NAME, "link", "set", "eth0", "up");
    const listener = `require("node:net").createServer((s) => s.end()).listen(${PORT}, () => console.log("up"))`;
    const server = spawn("ip", ["netns", "exec", NAME, process.execPath, "-e", listener]);
    await once(server.stdout, "data");
    return {
      address: THERE,
      port: PORT,
      async [Symbol.asyncDispose]() {
        server.kill("SIGKILL");
        await once(server, "exit");
        ip("netns", "del", NAME);
      },
    };
  } catch (error) {
    ip("netns", "del", NAME);
    throw error;
  }
}
