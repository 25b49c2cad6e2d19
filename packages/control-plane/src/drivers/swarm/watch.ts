import type { Clock } from "../../clock.ts";
import type { Manager } from "./manager.ts";
import { newestTask } from "./observation.ts";
import type { TaskView } from "./views.ts";

/** A swarm tells of services and nodes, not of tasks. */
const POLL_MS = 5_000;

/** Does it again and again until the signal aborts. */
export async function repeatedly(
  work: () => Promise<void>,
  everyMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // Who is away now is asked again.
    await work().catch(() => undefined);
    await clock.sleep(everyMs, signal).catch(() => undefined);
  }
}

/** Tells which instances had something happen to their task, until the signal aborts. */
export async function watchTasks(
  manager: Manager,
  tell: (instanceId: string) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let before: ReadonlyMap<string, string> | null = null;
  const look = async () => {
    const now = conditions(await manager.tasks());
    for (const instanceId of before === null ? [] : changedIn(before, now)) tell(instanceId);
    before = now;
  };
  await repeatedly(look, POLL_MS, clock, signal);
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
