import type { Clock } from "../../clock.ts";
import type { Manager } from "./manager.ts";
import { newestTask } from "./observation.ts";
import { overlayOf } from "./overlay.ts";
import type { Routers } from "./routers.ts";
import type { TaskView } from "./views.ts";

/** A swarm tells of services and nodes, not of tasks. */
const POLL_MS = 5_000;

/**
 * Tells which instances had something happen to their task, and lets routers that were started meanwhile into the
 * networks, until the signal aborts.
 */
export async function watchSwarm(
  manager: Manager,
  routers: Routers,
  tell: (instanceId: string) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let before: ReadonlyMap<string, string> | null = null;
  let joined = "";
  while (!signal.aborted) {
    try {
      const now = conditions(await manager.tasks());
      for (const instanceId of before === null ? [] : changedIn(before, now)) tell(instanceId);
      before = now;
      const present = (await routers.ids()).join(" ");
      if (present !== joined && present !== "") {
        const overlays = (await manager.networks()).map(overlayOf);
        for (const overlay of overlays) if (overlay !== null) await routers.join(overlay);
      }
      joined = present;
    } catch {
      // The manager is away, or a router went while it was let in: both end in another try.
    }
    await clock.sleep(POLL_MS, signal).catch(() => undefined);
  }
}

/** One word for each instance, another one when its task is another or in another state. */
export function conditions(tasks: readonly TaskView[]): ReadonlyMap<string, string> {
  const byInstance = Map.groupBy(
    tasks.filter(({ instanceId }) => instanceId !== null),
    ({ instanceId }) => instanceId ?? "",
  );
  return new Map(
    [...byInstance].map(([instanceId, own]) => {
      const newest = newestTask(own);
      return [instanceId, `${newest?.id} ${newest?.state}`];
    }),
  );
}

export function changedIn(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): readonly string[] {
  const all = new Set([...before.keys(), ...now.keys()]);
  return [...all].filter((instanceId) => before.get(instanceId) !== now.get(instanceId));
}
