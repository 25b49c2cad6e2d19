import type { Database } from "../database/client.ts";
import { commandInstance, type CommandContext } from "../database/commands.ts";
import { POOL_OWNER } from "../database/instance-record.ts";
import { listLiveInstances } from "../database/instances.ts";
import { purgedInstances } from "../database/purge.ts";
import type { Driver } from "../drivers/driver.ts";
import { isIdle } from "../lifecycle.ts";
import { sweepPlan } from "./orphans.ts";

/**
 * Stops gateways that nobody used for a while. Activity that comes between the look and the stop wins: the stop is
 * decided again under the row's lock.
 *
 * @returns How many are being stopped.
 */
export async function cullIdle(context: CommandContext, idleAfterMs: number): Promise<number> {
  const now = context.now?.() ?? Date.now();
  const idle = (await listLiveInstances(context.database)).filter(
    (instance) => instance.ownerId !== POOL_OWNER && isIdle(instance, idleAfterMs, now),
  );
  for (const { id } of idle)
    await commandInstance(context, id, { kind: "stop", reason: "idle" }, { actor: "system" }, (instance) =>
      isIdle(instance, idleAfterMs, now),
    );
  return idle.length;
}

/**
 * Stops or removes what is provably this installation's and unwanted. A driver that cannot look rejects, and nothing is
 * done.
 *
 * @returns How many things were stopped or removed.
 */
export async function sweepOrphans(database: Database, driver: Driver, now: number): Promise<number> {
  const listed = await driver.list?.();
  if (!listed) return 0;
  // After the list: an instance that was made meanwhile is known, and was not listed.
  const known = [...(await listLiveInstances(database)), ...(await purgedInstances(database))];
  const actions = sweepPlan(listed, known, now);
  for (const { kind, instanceId } of actions) {
    await driver.stop(instanceId);
    if (kind === "destroy") await driver.destroy(instanceId);
  }
  return actions.length;
}
