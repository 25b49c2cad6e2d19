import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { vi } from "vitest";
import { patienceMs } from "../../scripts/test-patience.ts";

import { freePort } from "../../scripts/free-port.ts";
import { stopProcess } from "./opencode.ts";

const run = promisify(execFile);
const SBIN = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;

/** A real OpenSSH server on loopback, with keys and a configuration of its own. The system's server is not touched. */
export interface SshServer {
  readonly port: number;
  /** Arguments of `ssh` up to and including the host. */
  readonly login: readonly string[];
  /** Runs a command over there, as `ssh host 'command'` does. */
  run(command: string): Promise<string>;
  /** `ssh -N -L …` for each of these, once all listen. Resolves with what ends it. */
  forward(
    ...forwards: readonly { readonly local: number; readonly remote: number }[]
  ): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

export async function startSshServer(): Promise<SshServer> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "sshd-")));
  const file = (name: string): string => join(folder, name);
  const { username } = userInfo();
  const port = await freePort();
  for (const key of ["host", "user"]) {
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", key, "-f", file(key)]);
  }
  const [type = "", hostKey = ""] = (await readFile(file("host.pub"), "utf8")).split(" ");
  await writeFile(file("known_hosts"), `[127.0.0.1]:${port} ${type} ${hostKey}\n`);
  const settings = {
    ListenAddress: `127.0.0.1:${port}`,
    HostKey: file("host"),
    AuthorizedKeysFile: file("user.pub"),
    PidFile: "none",
    PermitRootLogin: "yes",
    PasswordAuthentication: "no",
    KbdInteractiveAuthentication: "no",
    UsePAM: "no",
    // The folders above are as the machine has them.
    StrictModes: "no",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  await writeFile(file("sshd_config"), `${lines.join("\n")}\n`);
  // Debian makes this folder when it starts the system's server.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const { stdout: program } = await run("sh", ["-c", "command -v sshd"], { env: { PATH: SBIN } });
  const server = spawn(program.trim(), ["-D", "-e", "-f", file("sshd_config")], { stdio: "ignore" });
  await vi.waitFor(() => dial(port), { timeout: patienceMs });
  const options = {
    BatchMode: "yes",
    ExitOnForwardFailure: "yes",
    IdentitiesOnly: "yes",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: file("known_hosts"),
  };
  const login = [
    "-F",
    "none",
    "-p",
    String(port),
    "-i",
    file("user"),
    ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
    `${username}@127.0.0.1`,
  ];
  return {
    port,
    login,
    run: async (command) => (await run("ssh", [...login, command])).stdout,
    async forward(...forwards) {
      const each = forwards.flatMap(({ local, remote }) => ["-L", `127.0.0.1:${local}:localhost:${remote}`]);
      const client = spawn("ssh", ["-N", ...each, ...login], { stdio: "ignore" });
      for (const { local } of forwards) await vi.waitFor(() => dial(local), { timeout: patienceMs });
      return async () => void (await stopProcess(client));
    },
    async stop() {
      await stopProcess(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Rejects while nobody listens. */
function dial(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
}
