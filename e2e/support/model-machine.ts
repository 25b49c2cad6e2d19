import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The scripted model on a machine of its own, as containers reach it. */
export interface ModelMachine {
  /** The OpenAI-compatible base, ending in `/v1`. */
  readonly baseUrl: string;
  [Symbol.asyncDispose](): Promise<void>;
}

const NAME = "automna-model";
const [HERE, THERE] = ["10.217.0.1", "10.217.0.2"];
const PORT = 8080;

/** A network namespace with the model server in it. Needs root. */
export async function startModelMachine(): Promise<ModelMachine> {
  const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
  removeStale();
  ip("netns", "add", NAME);
  try {
    ip("link", "add", "automna-m0", "type", "veth", "peer", "name", "eth0", "netns", NAME);
    ip("addr", "add", `${HERE}/30`, "dev", "automna-m0");
    ip("link", "set", "automna-m0", "up");
    ip("-n", NAME, "addr", "add", `${THERE}/30`, "dev", "eth0");
    ip("-n", NAME, "link", "set", "eth0", "up");
    ip("-n", NAME, "route", "add", "default", "via", HERE);
    const server = spawn(
      "ip",
      ["netns", "exec", NAME, process.execPath, join(import.meta.dirname, "model-server.ts")],
      { env: { ...process.env, HOST: THERE, PORT: String(PORT) }, stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(createInterface({ input: server.stdout }), "line");
    return {
      baseUrl: `http://${THERE}:${PORT}/v1`,
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

/** What a run that was killed left behind; one that is in use stays, and adding it again says so. */
function removeStale(): void {
  const { status, stdout } = spawnSync("ip", ["netns", "pids", NAME], { encoding: "utf8" });
  if (status === 0 && stdout.trim() === "") spawnSync("ip", ["netns", "del", NAME]);
}
