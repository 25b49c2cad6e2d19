import { type ChildProcess, spawn } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../scripts/free-port.ts";
import { patienceMs } from "../../scripts/test-patience.ts";

/** A machine with a real screen: TigerVNC's X server, a terminal on it, and websockify in front. */
export interface VncMachine {
  /** `http://host:port` of its websockify. */
  readonly target: string;
  /** A folder in which the terminal's shell runs. */
  readonly folder: string;
  /** Ends websockify, as when the machine restarts it. */
  stopWebsockify(): Promise<void>;
  startWebsockify(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param password Eight characters at most; empty: it lets everybody in. */
export async function startVncMachine(password = ""): Promise<VncMachine> {
  const folder = await mkdtemp(join(tmpdir(), "automna-vnc-"));
  const [display, vncPort, webPort] = [`:${await freePort()}`, await freePort(), await freePort()];
  const running = new Set<ChildProcess>();
  const run = (program: string, args: readonly string[]) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", HOME: folder, DISPLAY: display, PS1: "$ " },
      stdio: "ignore",
      // A group of its own: websockify has a process for each connection, which outlives it.
      detached: true,
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    return child;
  };
  const end = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    try {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    } catch {
      // It ended by itself a moment ago, as a terminal does whose screen is gone.
    }
    await exited;
  };
  let websockify: ChildProcess;
  const machine: VncMachine = {
    target: `http://127.0.0.1:${webPort}`,
    folder,
    async startWebsockify() {
      websockify = run("websockify", [`127.0.0.1:${webPort}`, `127.0.0.1:${vncPort}`]);
      await untilListening(webPort);
    },
    stopWebsockify: () => end(websockify),
    async [Symbol.asyncDispose]() {
      for (const child of running) await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, hidden(password), { mode: 0o600 });
  const security = password === "" ? ["None"] : ["VncAuth", "-PasswordFile", passwordFile];
  const screen = ["-geometry", "800x600", "-depth", "24", "-localhost", "-SecurityTypes", ...security];
  run("Xtigervnc", [display, ...screen, "-rfbport", String(vncPort), "-AlwaysShared"]);
  await untilListening(vncPort);
  // Larger than the screen: every pixel is the terminal's.
  run("xterm", [
    "-geometry",
    "200x60+0+0",
    "-b",
    "0",
    "-bw",
    "0",
    "-bg",
    "#0a3d62",
    "-fg",
    "white",
    "-e",
    "sh",
  ]);
  await machine.startWebsockify();
  return machine;
}

/** A password as a VNC server keeps it: encrypted with a key that everybody knows. */
function hidden(password: string): Buffer {
  const key = Buffer.from("e84ad660c4721ae0".repeat(3), "hex");
  const cipher = createCipheriv("des-ede3-ecb", key, null).setAutoPadding(false);
  return cipher.update(Buffer.from(password.padEnd(8, "\0")));
}

async function untilListening(port: number): Promise<void> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(50)) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    } finally {
      socket.destroy();
    }
  }
}
