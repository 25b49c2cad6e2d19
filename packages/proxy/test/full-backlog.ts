import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";

import { onTestFinished } from "vitest";

import { until } from "./rig.ts";

/** A port whose listener is frozen and whose queue is full: a connect to it gets no answer at all. */
export async function startFullBacklog(): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      "-e",
      `const s = require("node:net").createServer();
       s.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(s.address().port));`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    child.kill("SIGKILL");
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(line.toString());
  child.kill("SIGSTOP");
  await until("the listener is frozen", () =>
    / T /.test(readFileSync(`/proc/${child.pid}/stat`, "utf8").replace(/\(.*\)/, "")),
  );
  let connected = 0;
  for (let count = 0; count < 8; count += 1) {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => undefined).on("connect", () => (connected += 1));
    sockets.push(socket);
  }
  await until("its queue is full", () => connected >= 2);
  return port;
}
