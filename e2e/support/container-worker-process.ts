/**
 * A worker in a process of its own, for a test to kill. It is told by a message what to do, does it, and ends.
 */
import { once } from "node:events";
import { openContainerWorker, performWork } from "./container-worker.ts";
import type { WorkOrder } from "./worker-to-kill.ts";

// Whoever gave the work is gone, and nobody else would end this.
process.once("disconnect", () => process.exit());

const [{ work, home, engineHost, diesWhen }] = (await once(process, "message")) as [WorkOrder];

const at = (moment: typeof diesWhen) => () => {
  if (diesWhen === moment) process.kill(process.pid, "SIGKILL");
};
const worker = openContainerWorker(home, { engineHost, onReady: at("ready"), onTaken: at("taken") });
await performWork(work, worker);
await worker.close();
process.disconnect();
