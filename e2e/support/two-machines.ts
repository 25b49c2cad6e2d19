import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { promisify } from "node:util";

import { vi } from "vitest";

import { stopProcess } from "./opencode.ts";

const run = promisify(execFile);

/** Two machines on a wire between them: network namespaces of their own. This machine's network is not touched. */
export interface TwoMachines {
  /** Address of the near one, as the far one sees it. */
  readonly address: string;
  /** Goes in front of a command that is to run on the near one. */
  readonly near: readonly string[];
  /** A request from the far one to the near one. */
  fetchFromFar(
    url: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: string }>;
  stop(): Promise<void>;
}

const ADDRESS = "198.51.100.1";
const FAR_ADDRESS = "198.51.100.2";

/** `status` 0: nobody answers there. */
const FETCH = `
const [url, headers] = process.argv.slice(1);
const { request } = require("node:http");
const req = request(url, { headers: JSON.parse(headers), timeout: 10000 }, async (res) => {
  let body = "";
  for await (const chunk of res) body += chunk;
  console.log(JSON.stringify({ status: res.statusCode, body }));
});
req.on("error", (error) => console.log(JSON.stringify({ status: 0, body: error.code })));
req.end();
`;

export async function startTwoMachines(): Promise<TwoMachines> {
  const [nearHolder, farHolder] = await Promise.all([startNamespace(), startNamespace()]);
  const inside = (holder: ChildProcess): string[] => ["nsenter", "--net", "-t", String(holder.pid), "--"];
  const near = inside(nearHolder);
  const far = inside(farHolder);
  const ip = (where: readonly string[], ...args: readonly string[]) => runInside(where, "ip", ...args);
  const peer = ["peer", "name", "wire", "netns", String(farHolder.pid)];
  await ip(near, "link", "add", "wire", "type", "veth", ...peer);
  await ip(near, "address", "add", `${ADDRESS}/24`, "dev", "wire");
  await ip(far, "address", "add", `${FAR_ADDRESS}/24`, "dev", "wire");
  for (const machine of [near, far]) {
    for (const link of ["lo", "wire"]) await ip(machine, "link", "set", link, "up");
  }
  return {
    address: ADDRESS,
    near,
    async fetchFromFar(url, headers = {}) {
      const script = [process.execPath, "-e", FETCH, url, JSON.stringify(headers)];
      return JSON.parse((await runInside(far, ...script)).stdout);
    },
    async stop() {
      await Promise.all([stopProcess(nearHolder), stopProcess(farHolder)]);
    },
  };
}

function runInside(where: readonly string[], ...command: readonly string[]): Promise<{ stdout: string }> {
  const [program = "", ...args] = [...where, ...command];
  return run(program, args);
}

/** A process that does nothing but hold a network namespace open. */
async function startNamespace(): Promise<ChildProcess> {
  const holder = spawn("unshare", ["--net", "sleep", "infinity"], { stdio: "ignore" });
  const own = await namespaceOf("self");
  await vi.waitFor(async () => {
    if ((await namespaceOf(String(holder.pid))) === own) throw new Error("It has no network of its own yet.");
  });
  return holder;
}

async function namespaceOf(pid: string): Promise<string> {
  return (await run("readlink", [`/proc/${pid}/ns/net`])).stdout;
}
