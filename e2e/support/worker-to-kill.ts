import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Work, WorkerHome } from "./container-worker.ts";

const PROGRAM = join(import.meta.dirname, "container-worker-process.ts");

export interface WorkOrder {
  readonly work: Work;
  readonly home: WorkerHome;
  readonly engineHost: string;
  /** It kills itself after its first handshake with a gateway, or as soon as one has taken other secrets over. */
  readonly diesWhen: "ready" | "taken" | null;
}

export interface WorkerToKill {
  /** By SIGKILL. */
  kill(): void;
  /** How it ended: by SIGKILL, or with its work done. Rejects when the work failed. */
  readonly ended: Promise<"killed" | "done">;
}

/** A process that does one piece of a worker's work. */
export function startWorkerToKill(order: WorkOrder): WorkerToKill {
  const child = fork(PROGRAM, { serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
  child.send(order);
  return {
    kill: () => child.kill("SIGKILL"),
    ended: once(child, "exit").then(([status, signal]) => {
      if (signal === "SIGKILL") return "killed";
      if (status === 0) return "done";
      throw new Error(`The worker ended with ${signal ?? `status ${status}`}; its output is above.`);
    }),
  };
}
