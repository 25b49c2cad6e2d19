import { type Database, listOwned } from "@automna/control-plane/database";
import type { Gateways } from "./gateways.ts";
import type { Logger } from "./log.ts";

export interface AttendanceOptions {
  readonly database: Database;
  readonly gateways: Pick<Gateways, "ensure">;
  /** Calls back whenever an instance has changed; returns what ends that. */
  readonly onChange: (listener: () => void) => () => void;
  readonly log: Logger;
  /** How often everything is looked at anew, in milliseconds. Default 30,000. */
  readonly sweepMs?: number;
}

const MOST_INSTANCES = 10_000;

/**
 * Brings up what the database says is wanted: at first everything, since what an earlier process ran may be gone with
 * it, then what is not ready, whenever something changed and every now and then.
 */
export async function attendInstances(options: AttendanceOptions): Promise<() => Promise<void>> {
  const { database, gateways, onChange, log, sweepMs = 30_000 } = options;
  let closed = false;
  let again = false;
  const running: { sweep: Promise<void> | null } = { sweep: null };

  async function serve(which: "all" | "not-ready"): Promise<void> {
    for (const { instance, clerkId } of await listOwned(database, { limit: MOST_INSTANCES })) {
      if (closed || clerkId === null || instance.desired !== "running") continue;
      if (which === "all" || instance.observed !== "ready") await gateways.ensure(clerkId);
    }
  }

  function sweep(which: "all" | "not-ready"): void {
    if (closed) return;
    if (running.sweep) {
      again = true;
      return;
    }
    running.sweep = serve(which)
      .catch((error: unknown) => log.error({ err: error }, "instances could not be attended to"))
      .finally(() => {
        running.sweep = null;
        if (again) {
          again = false;
          sweep("not-ready");
        }
      });
  }

  sweep("all");
  await running.sweep;
  const unsubscribe = onChange(() => sweep("not-ready"));
  const timer = setInterval(() => sweep("not-ready"), sweepMs);
  return async () => {
    closed = true;
    clearInterval(timer);
    unsubscribe();
    await running.sweep;
  };
}
