import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { claimSubnet } from "../../packages/control-plane/test/support/subnets.ts";

/** The scripted model on a machine of its own, as containers reach it. */
export interface ModelMachine {
  /** The OpenAI-compatible base, ending in `/v1`. */
  readonly baseUrl: string;
  /** Answers to messages with this text in them are no longer held in their middle. */
  letGo(text: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const PORT = 8080;

/** A network namespace with the model server in it. Needs root. */
export async function startModelMachine(): Promise<ModelMachine> {
  const subnet = await claimSubnet();
  const [here, there] = [subnet.address(1), subnet.address(2)];
  const [name, link] = [`automna-model${subnet.number}`, `automna-m${subnet.number}`];
  const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
  ip("netns", "add", name);
  try {
    ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("addr", "add", `${here}/30`, "dev", link);
    ip("link", "set", link, "up");
    ip("-n", name, "addr", "add", `${there}/30`, "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
    ip("-n", name, "route", "add", "default", "via", here);
    const server = spawn(
      "ip",
      ["netns", "exec", name, process.execPath, join(import.meta.dirname, "model-server.ts")],
      { env: { ...process.env, HOST: there, PORT: String(PORT) }, stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(createInterface({ input: server.stdout }), "line");
    return {
      baseUrl: `http://${there}:${PORT}/v1`,
      async letGo(text) {
        const answer = await fetch(`http://${there}:${PORT}/let-go`, { method: "POST", body: text });
        if (!answer.ok) throw new Error(`The model answers ${answer.status}.`);
        await answer.body?.cancel();
      },
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
